"""Findings against the reference's, by hand; steps by skill tags; who is beaten on cost; several tables as one."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.schema import Finding, Judgment
from annotations.metrics import findings, first_error, skills, visco
from annotations.metrics.bootstrap import figures, side_by_side
from annotations.metrics.costs import leaderboard, pareto_front
from annotations.metrics.visco import Pair
from tests.annotations.metrics.builders import critique


def flagged(step: int, *kinds: str, severity: str | None = None) -> Judgment:
    held = tuple(Finding(error_type=kind, severity=severity) for kind in kinds)  # type: ignore[arg-type]
    return Judgment(step=step, verdict="incorrect", own_error=True, findings=held)


def pair(wanted: list[Judgment], told: list[Judgment]) -> Pair:
    blank = critique("c" * len(wanted))
    return Pair(reference=replace(blank, judgments=tuple(wanted)), predicted=replace(blank, judgments=tuple(told)))


def test_precision_recall_and_f1_by_hand() -> None:
    """Of two wanted and three told one is the same: the type in the same step."""
    two = pair(
        [flagged(1, "perception"), flagged(2, "reasoning"), Judgment(step=3, verdict="correct")],
        [flagged(1, "perception"), Judgment(step=2, verdict="correct"), flagged(3, "knowledge")],
    )
    kinds = findings.of_kind("perception") | findings.of_kind("reasoning") | findings.of_kind("knowledge")
    counts = findings.counts([two], types=["perception", "reasoning", "knowledge"])
    told = {name: one.value for name, one in figures(counts, {**findings.FORMULAS, **kinds}, resamples=20).items()}
    assert (told["finding_precision"], told["finding_recall"], told["finding_f1"]) == (0.5, 0.5, 0.5)
    assert told["perception.finding_recall"] == told["perception.finding_precision"] == 1
    assert told["reasoning.finding_recall"] == 0
    assert told["reasoning.finding_precision"] is None
    assert told["knowledge.finding_precision"] == 0


def test_a_critique_against_itself_is_matched_whole() -> None:
    same = [flagged(1, "perception", "reasoning", severity="minor"), flagged(2, "knowledge")]
    told = figures(findings.counts([pair(same, same)]), findings.FORMULAS, resamples=20)
    assert {one.value for one in told.values()} == {1.0}


def test_a_step_with_two_skills_counts_for_each_and_the_sums_reconcile() -> None:
    wanted = [
        Judgment(step=1, verdict="incorrect", own_error=True, skills=("ocr", "counting")),
        Judgment(step=2, verdict="correct", skills=("ocr",)),
        Judgment(step=3, verdict="correct"),
    ]
    sums = skills.counts([pair(wanted, list(critique("ici").judgments))]).sums()
    assert (sums["ocr.given"], sums["ocr.wrong"], sums["ocr.hits"], sums["ocr.flagged"]) == (2, 1, 1, 1)
    assert sum(sums[f"{skill}.given"] for skill in skills.SKILLS) - sums["tagged"] == sums["tags"] - sums["tagged"] == 1
    assert skills.step_f1_of("ocr")(sums) == 1


PAIRS = st.sampled_from(list(product(("ccc", "cic", "iic", "iii"), ("ccc", "cii", "i?c", "-ai"))))


@given(st.lists(PAIRS, min_size=2, max_size=6))
def test_several_tables_as_one_give_the_same_figures(held: list[tuple[str, str]]) -> None:
    pairs = [Pair(reference=critique(wanted), predicted=critique(told)) for wanted, told in held]
    apart = figures(visco.counts(pairs), visco.FORMULAS, resamples=50)
    firsts = figures(first_error.counts(pairs), first_error.FORMULAS, resamples=50)
    families = {"": (visco.counts(pairs), visco.FORMULAS), "f.": (first_error.counts(pairs), first_error.FORMULAS)}
    together = figures(*side_by_side(families), resamples=50)
    assert together == apart | {f"f.{name}": one for name, one in firsts.items()}


def test_tables_of_other_responses_are_refused() -> None:
    one, two = visco.counts([pair([flagged(1)], [flagged(1)])]), visco.counts([])
    with pytest.raises(ValueError, match="the same responses"):
        side_by_side({"": (one, {}), "b": (two, {})})


def test_who_is_dearer_and_no_better_is_beaten() -> None:
    measured = {"cheap": (1.0, 0.3), "good": (9.0, 0.6), "beaten": (9.5, 0.5), "same": (1.0, 0.3)}
    assert pareto_front(measured) == {"cheap", "good", "same"}


def test_weights_on_cost_alone_put_the_cheapest_first() -> None:
    measured = {"cheap": {"f1": 0.3, "seconds": 1.0}, "good": {"f1": 0.6, "seconds": 9.0}, "half": {"f1": 0.5}}
    assert [name for name, _ in leaderboard(measured, {"seconds": -1.0, "f1": 0.0})] == ["cheap", "good"]
    assert leaderboard(measured, {"f1": 1.0})[0] == ("good", 1.0)
    assert leaderboard({}, {"f1": 1.0}) == []
