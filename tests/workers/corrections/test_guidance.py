"""What a corrector is told at each level, and what it is not."""

from __future__ import annotations

import pytest

from annotations.core.effects import choose_explanations, finding_explanations
from tests.workers.corrections.builders import a_critique
from workers.corrections.guidance import Guide, first_flagged

CRITIQUE = a_critique()


def told(level, **fields):
    return Guide(level=level, critique=None if level == "none" else CRITIQUE, **fields).in_words()


def test_nothing_at_all():
    assert told("none") == "(No feedback is given. Check the reasoning yourself.)"


def test_the_answer_verdict_alone():
    assert told("A") == "The final answer is incorrect."


def test_step_verdicts_too_and_a_missing_one_is_no_verdict():
    assert told("AS").splitlines() == [
        "The final answer is incorrect.",
        "Step 1: not judged.",
        "Step 2: incorrect.",
        "Step 3: incorrect.",
    ]


def test_all_of_it_with_the_chosen_explanations():
    lines = told("ASE", explanations=(2, 1)).splitlines()
    assert lines[2] == "Step 2: incorrect. 60, not 70. It is orange."
    assert "It ends at 60." not in "".join(lines)


def test_the_corrected_text_is_told_only_where_asked_for():
    assert "It should be: It reaches 60." in told("ASE", explanations=(1, 1), corrected_text=True)
    assert "It reaches 60." not in told("ASE", explanations=(1, 1))


def test_a_finding_that_is_left_out_leaves_no_trace():
    chosen = choose_explanations(finding_explanations(CRITIQUE), 3, left_out=1)
    lines = told("ASE", explanations=chosen, left_out=1, corrected_text=True).splitlines()
    assert lines[2] == "Step 2: incorrect. It is orange."


def test_a_step_whose_only_finding_is_left_out_is_told_as_not_judged():
    only_one = a_critique()
    judgments = list(only_one.judgments)
    from dataclasses import replace

    judgments[1] = replace(judgments[1], findings=judgments[1].findings[:1])
    critique = replace(only_one, judgments=tuple(judgments))
    guide = Guide(level="ASE", critique=critique, explanations=(0,), left_out=1)
    assert guide.in_words().splitlines()[2] == "Step 2: not judged."


@pytest.mark.parametrize("level", ["B", "", "ase"])
def test_an_unknown_level_is_refused(level):
    with pytest.raises(ValueError, match="level: expected one of none, A, AS, ASE"):
        Guide(level=level, critique=CRITIQUE)


def test_a_level_without_critique_and_a_critique_without_level_are_refused():
    with pytest.raises(ValueError, match="expected a critique"):
        Guide(level="A")
    with pytest.raises(ValueError, match="expected a critique"):
        Guide(critique=CRITIQUE)


def test_the_first_flagged_step():
    assert first_flagged(CRITIQUE) == 2
    assert first_flagged(None) is None
