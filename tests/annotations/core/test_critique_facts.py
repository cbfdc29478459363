"""What follows from a critique is reckoned, never typed."""

from typing import Any

import pytest

from annotations.core.critique_facts import (
    FirstError,
    FlagCounts,
    differing_steps,
    first_error,
    flag_counts,
    is_flagged,
    stance,
    visco_label,
)
from annotations.core.schema import Author, Critique, Judgment

CORRECT: dict[str, Any] = {"verdict": "correct"}
WRONG: dict[str, Any] = {"verdict": "incorrect"}
OWN: dict[str, Any] = {"verdict": "incorrect", "own_error": True}
UNSURE: dict[str, Any] = {"verdict": "unsure"}
UNLABELLED: dict[str, Any] = {"state": "unlabelled"}


def inherited(*steps: int) -> dict[str, Any]:
    return {"verdict": "incorrect", "own_error": False, "inherits_from": steps}


def a_critique(*judgments: dict[str, Any]) -> Critique:
    numbered = tuple(Judgment(step=step, **judgment) for step, judgment in enumerate(judgments, 1))
    return Critique(author=Author(kind="person", name="p"), judgments=numbered)


@pytest.mark.parametrize(
    ("judgment", "label"),
    [
        (CORRECT, True),
        (WRONG, False),
        ({"verdict": "correct", "own_error": True}, False),
        ({"verdict": "correct", "inherits_from": (1,)}, False),
        ({"verdict": "neutral"}, True),
        (UNSURE, None),
        (UNLABELLED, None),
        ({"state": "unparsed"}, None),
        ({"state": "abstained", "own_error": True}, None),
    ],
)
def test_viscos_label_is_own_or_inherited_error(judgment: dict[str, Any], label: bool | None) -> None:
    assert visco_label(Judgment(step=2, **judgment)) is label
    assert is_flagged(Judgment(step=2, **judgment)) is (label is False)


def test_what_neutral_becomes_is_the_callers_choice() -> None:
    neutral = Judgment(step=1, verdict="neutral")
    assert visco_label(neutral, neutral=None) is None
    assert visco_label(neutral, neutral=False) is False


@pytest.mark.parametrize(
    ("judgments", "step", "certain"),
    [
        ([CORRECT, CORRECT], None, True),
        ([], None, True),
        ([CORRECT, OWN, OWN], 2, True),
        ([CORRECT, {"verdict": "incorrect", "origin_unknown": True}, WRONG], 2, True),
        ([inherited(), OWN], 2, True),
        ([CORRECT, inherited(1), OWN], 3, True),
        ([CORRECT, {"verdict": "incorrect", "inherits_from": (1,)}], None, True),
        ([CORRECT, {"verdict": "incorrect", "own_error": True, "inherits_from": (1,)}], 2, True),
        ([UNLABELLED, OWN], 2, False),
        ([UNSURE, OWN], 2, False),
        ([OWN, UNLABELLED], 1, True),
        ([CORRECT, UNLABELLED], None, False),
    ],
)
def test_the_first_error_is_the_earliest_step_with_an_error_of_its_own(
    judgments: list[dict[str, Any]], step: int | None, certain: bool
) -> None:
    assert first_error(a_critique(*judgments)) == FirstError(step, certain)


def test_flags_are_counted_with_their_origin_reckoned_in() -> None:
    critique = a_critique(CORRECT, {"verdict": "correct", "inherits_from": (1,)}, WRONG, UNSURE, UNLABELLED)
    counts = flag_counts(critique)
    assert counts == FlagCounts(correct=1, incorrect=2, unsure=1, unlabelled=1)
    assert counts.judged == 4


def test_steps_differ_where_stances_do_and_unjudged_steps_take_none() -> None:
    one = a_critique(CORRECT, OWN, UNLABELLED, CORRECT)
    two = a_critique(CORRECT, inherited(1), WRONG, UNSURE)
    assert differing_steps([one, two]) == (4,)
    assert differing_steps([one, two, a_critique(WRONG, CORRECT, WRONG, CORRECT)]) == (1, 2, 4)
    assert differing_steps([one]) == ()
    assert stance(Judgment(step=1, verdict="correct", own_error=True)) == "incorrect"
