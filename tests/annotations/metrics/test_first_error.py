"""The first error: exact, near, and ProcessBench's F1, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from annotations.metrics import first_error
from annotations.metrics.visco import Pair
from tests.annotations.metrics.builders import critique


def scores(*pairs: tuple[str, str]) -> dict[str, float]:
    sums = first_error.counts(Pair(reference=critique(a), predicted=critique(b)) for a, b in pairs).sums()
    return {name: float(formula(sums)) for name, formula in first_error.FORMULAS.items()}


def test_a_hand_computed_case() -> None:
    """With an error: exact, one off, missed, two off → ¼, within one 2/4. Clean: kept, flagged → ½. F1 = 2·¼·½/¾."""
    found = scores(("cic", "cic"), ("cic", "cci"), ("cii", "ccc"), ("iccc", "ccic"), ("cc", "cc"), ("cc", "ci"))
    assert found["accuracy_with_error"] == 1 / 4
    assert found["accuracy_clean"] == 1 / 2
    assert found["accuracy"] == pytest.approx(2 / 6)
    assert found["accuracy_within_one"] == pytest.approx(3 / 6)
    assert found["processbench_f1"] == pytest.approx(2 * 0.25 * 0.5 / 0.75)


def test_labels_of_the_first_error_alone_are_enough() -> None:
    assert scores(("ci---", "cicic"))["accuracy"] == 1


def test_a_reference_that_is_not_certain_leaves_the_score() -> None:
    found = scores(("-ic", "cic"))
    assert math.isnan(found["accuracy"])


def test_what_was_left_undecided_is_not_a_clean_chain() -> None:
    assert scores(("cc", "c-"))["coverage"] == 0
    assert scores(("cc", "c?"))["accuracy_clean"] == 1  # unparsed counts as not flagged


def test_an_inherited_error_is_never_the_first() -> None:
    reference = critique("ci")
    inherits = replace(reference.judgments[1], own_error=False, inherits_from=(1,))
    pair = Pair(reference=replace(reference, judgments=(reference.judgments[0], inherits)), predicted=critique("cc"))
    assert first_error.counts([pair]).sums()["clean"] == 1


def test_all_wrong_is_zero_and_a_missing_kind_is_undefined() -> None:
    assert scores(("ic", "ci"), ("cc", "ci"))["processbench_f1"] == 0
    assert math.isnan(scores(("cc", "cc"))["processbench_f1"])
