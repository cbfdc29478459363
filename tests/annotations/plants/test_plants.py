"""Planted errors: where they are, what changes with them, and how finding them is measured."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from annotations.core.schema import Finding, Judgment, Span
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.metrics.plants import ALL, Reading, recall
from annotations.plants.base import kinds, plant
from tests.annotations.metrics.builders import critique

CHAIN = (
    "The left bar shows 62 cm and the right bar 47 cm, since the axis is in steps of 10.",
    "There are 4 bars above the line, red ones first.",
    "The difference is 62 - 47 = 15.",
    "So it grew by 15 cm.",
)


@pytest.mark.parametrize("name", sorted(kinds()))
@pytest.mark.parametrize("consistent", [True, False])
def test_every_kind_changes_one_place_and_tells_where(name: str, consistent: bool) -> None:
    kind = kinds()[name]
    assert DEFAULT_TAXONOMY.known(kind.error_type)
    found = plant(kind, CHAIN, "15 cm", random.Random(4), consistent=consistent)
    assert found is not None
    now, before = found.steps[found.step - 1], CHAIN[found.step - 1]
    assert found.before == before != now
    assert now[: found.start] == before[: found.start]
    assert 0 <= found.start < found.end <= len(now)
    assert found.steps[: found.step - 1] == CHAIN[: found.step - 1]
    changed_later = {n for n in range(found.step + 1, 5) if found.steps[n - 1] != CHAIN[n - 1]}
    assert changed_later == set(found.inherits) or name == "swapped_step"
    again = plant(kind, CHAIN, "15 cm", random.Random(4), consistent=consistent)
    assert again == found


def test_later_steps_and_the_answer_go_on_with_a_wrong_value_where_asked() -> None:
    consistent = plant(kinds()["arithmetic"], CHAIN, "15 cm", random.Random(1), consistent=True)
    assert consistent is not None
    assert consistent.step == 3
    value = consistent.steps[2].rpartition("= ")[2].rstrip(".")
    assert consistent.steps[3] == f"So it grew by {value} cm."
    assert (consistent.answer, consistent.inherits, consistent.answer_changed) == (f"{value} cm", (4,), True)
    alone = plant(kinds()["arithmetic"], CHAIN, "15 cm", random.Random(1), consistent=False)
    assert alone is not None
    assert (alone.steps[3], alone.answer, alone.inherits) == (CHAIN[3], "15 cm", ())


def test_a_value_is_not_replaced_within_another() -> None:
    chain = ("It shows 15 here.", "Thus 15 of 150 and 1.15 and 15.5, 15.")
    found = plant(kinds()["misread_value"], (chain[0], chain[1] + " a=b"), None, random.Random(2), consistent=True)
    assert found is not None
    value = found.steps[0].split()[2]
    assert found.steps[1] == f"Thus {value} of 150 and 1.15 and 15.5, {value}. a=b"


@pytest.mark.parametrize("name", ["arithmetic", "sign", "count", "unit", "dropped_premise"])
def test_a_chain_without_a_place_for_it_gets_none(name: str) -> None:
    assert (
        plant(kinds()[name], ("Nothing here to change.", "Nor here."), None, random.Random(0), consistent=True) is None
    )


def known(step: int) -> Reading:
    finding = Finding(error_type="reasoning/arithmetic", marks=(Span(start=4, end=8),))
    truth = critique("ccc")
    judgments = [*truth.judgments]
    judgments[step - 1] = Judgment(step=step, verdict="incorrect", own_error=True, findings=(finding,))
    return Reading(kind="arithmetic", said=critique("ccc"), known=replace(truth, judgments=tuple(judgments)))


def test_recall_place_type_and_false_flags_by_hand() -> None:
    """Four readings of a plant in step 2: right with span and type, flagged alone, missed, all flagged."""
    base = known(2)
    right = replace(base, said=base.known)
    flagged = replace(base, said=critique("cic"))
    everything = replace(base, said=critique("iii"))
    told = recall([right, flagged, base, everything])
    both = told[ALL]
    assert told.keys() == {ALL, "arithmetic"}
    assert (both.found.value, both.localised.value, both.typed.value) == (0.75, 0.25, 0.25)
    assert (both.false_flags.value, both.false_flags.clusters) == (0.25, 4)
    assert both.flag_everything.value == 1
    assert both.found.low is not None
    assert 0.30 < both.found.low < 0.31  # Wilson, 3 of 4
