"""LookBack asks what VISCO's algorithm asks, for any number of steps; "none needed" is an answer of its own."""

from __future__ import annotations

from typing import Any

from tests.workers.critics.chains import a_chain
from tests.workers.critics.scripted_model import CRITICAL
from tests.workers.critics.test_methods import criticise


def test_the_stages_come_with_what_each_may_see() -> None:
    written, engine = criticise("lookback", CRITICAL)
    (own,) = engine.asked_by("own_answer")
    assert "blue bar reaches 40" not in own.text  # the plain question: no chain
    assert [asked.text.count("1. The blue bar") for asked in engine.asked_by("lookback_questions")] == [1, 1, 1]
    assert "2. The red" not in engine.asked_by("lookback_questions")[0].text  # steps 1 to i only
    for asked in engine.asked_by("lookback_lookup"):
        assert "How high is the bar?" in asked.text
        assert "reaches" not in asked.text and "together" not in asked.text  # the image alone
    (last,) = engine.asked_by("lookback_critique")
    assert "Q: How high is the bar?\nA: 60" in last.text
    assert "which may be wrong too: 100" in last.text
    pairs = [evidence for evidence in written.evidence if evidence.kind == "question_answer"]
    assert [pair.step for pair in pairs] == [1, 2]


def test_none_needed_is_an_answer_and_no_substring() -> None:
    asked = {"questions": ["Does the label say N/A?", "Is none needed?"]}
    written, _ = criticise("lookback", {**CRITICAL, "lookback_questions": asked})
    assert sum(evidence.kind == "question_answer" for evidence in written.evidence) == 2 * 3
    assert written.extra["notes"] == []
    written, _ = criticise("lookback", {**CRITICAL, "lookback_questions": {"none_needed": True}})
    assert not any(evidence.kind == "question_answer" for evidence in written.evidence)
    assert written.extra["notes"] == []


def test_questions_that_do_not_parse_are_noted_and_the_critique_goes_on() -> None:
    def broken_once(asked: Any) -> Any:
        return "N/A" if "step 2, the last" in asked.text else {"none_needed": True}

    written, _ = criticise("lookback", {**CRITICAL, "lookback_questions": broken_once})
    assert written.extra["notes"] == ["step 2: its questions did not parse, so nothing was looked up"]
    assert written.judgments[1].verdict == "incorrect"


def test_no_more_questions_than_the_setting_allows() -> None:
    many = {"questions": [f"What is number {n}?" for n in range(9)]}
    written, _ = criticise("lookback", {**CRITICAL, "lookback_questions": many}, a_chain(), questions_per_step=2)
    assert sum(evidence.kind == "question_answer" for evidence in written.evidence) == 2 * 3
