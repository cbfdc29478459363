"""Confidence from probabilities: P(True), P(IK), severity by digits, SelfCheck's support, layer agreement."""

from __future__ import annotations

import pytest

from annotations.core.schema import Critique
from tests.workers.critics.chains import a_chain
from tests.workers.critics.scripted_model import CRITICAL
from tests.workers.critics.test_methods import criticise
from workers.critics.layer_agreement import agreement
from workers.critics.selfcheck import score
from workers.critics.severity import expected_value, severity_of


def evidence(written: Critique, kind: str) -> dict[int | None, dict]:
    return {one.step: one.content for one in written.evidence if one.kind == kind}


def test_p_true_is_the_confidence_in_the_verdict_that_was_given() -> None:
    written, _ = criticise("p_true", CRITICAL)
    assert [judgment.confidence for judgment in written.judgments] == pytest.approx([0.95, 0.9, 0.9])
    assert written.answer.confidence == pytest.approx(0.9)
    assert evidence(written, "p_true")[2] == {"plain": 0.1, "after_samples": 0.1}


def test_own_samples_are_drawn_shown_and_the_second_reading_counts() -> None:
    script = {**CRITICAL, "p_true": lambda asked: (0.3, 0.7) if "answers of yours" in asked.text else (0.6, 0.4)}
    written, engine = criticise("p_true", script, samples=3)
    assert evidence(written, "p_true")[1] == {"plain": 0.6, "after_samples": 0.3}
    assert written.judgments[0].confidence == pytest.approx(0.3)
    assert len({asked.seed for asked in engine.asked_by("own_answer")}) == 3
    written, engine = criticise("p_true", script, samples=0)
    assert written.judgments[0].confidence == pytest.approx(0.6)
    assert engine.asked_by("own_answer") == []


def test_whether_it_knows_is_asked_before_any_chain_is_read_with_and_without_the_image() -> None:
    script = {**CRITICAL, "p_know": lambda asked: (0.2, 0.8) if "No image" in asked.text else (0.7, 0.3)}
    written, engine = criticise("p_true", script)
    assert evidence(written, "p_know")[None] == {"with_image": 0.7, "without_image": 0.2}
    assert not any("reaches" in asked.text for asked in engine.asked_by("p_know"))
    written, _ = criticise("p_true", script, a_chain(images=(), image_lines=()))
    assert evidence(written, "p_know")[None] == {"with_image": None, "without_image": 0.2}


def test_a_known_distribution_has_its_exact_expected_value() -> None:
    assert expected_value((0.1, 0.2, 0.3, 0.2, 0.2)) == pytest.approx(0.1 + 0.4 + 0.9 + 0.8 + 1.0)
    assert [severity_of(number) for number in (1.0, 2.33, 2.34, 3.66, 3.67, 5.0, None)] == [
        "cosmetic", "cosmetic", "minor", "minor", "decisive", "decisive", None,
    ]  # fmt: skip


def test_the_severity_is_written_after_reasons_with_the_expected_value_beside_it() -> None:
    written, _ = criticise("severity", CRITICAL)
    assert written.judgments[1].findings[0].severity == "decisive"
    told = evidence(written, "severity")[2]
    assert (told["reasoned"], told["expected"]) == (4.75, pytest.approx(4.5))
    assert told["attributes"]["what_is_wrong"] == "a value"


@pytest.mark.parametrize("number", ["9.00", "5.01", "4.7", "high", 4.75, None])
def test_a_severity_off_the_scale_is_none_and_never_a_guess(number: object) -> None:
    script = {**CRITICAL, "severity_reasoned": {"severity": number}}
    written, _ = criticise("severity", script)
    assert written.judgments[1].findings[0].severity is None
    assert evidence(written, "severity")[2]["reasoned"] is None


def test_selfcheck_scores_supported_0_contradicted_1_and_no_word_a_half() -> None:
    assert score(["supported"] * 3) == 0
    assert score(["contradicted"] * 3) == 1
    assert score(["not_mentioned"] * 2) == 0.5
    assert score(["contradicted", "unparsed", "supported"]) == 0.5
    assert score(["unparsed"]) is None


def test_selfchecks_threshold_decides_and_fresh_chains_never_see_the_one_that_is_judged() -> None:
    said = iter(["contradicted", "supported", "supported"] * 4)
    script = {**CRITICAL, "selfcheck": lambda asked: {"the_statement_is": next(said)}}
    written, engine = criticise("selfcheck", script, samples=3, threshold=0.3)
    assert [judgment.verdict for judgment in written.judgments] == ["incorrect"] * 3
    assert written.judgments[0].confidence == pytest.approx(1 / 3)
    assert not any("The red bar reaches 70" in asked.text for asked in engine.asked_by("selfcheck_solve"))
    assert len({asked.seed for asked in engine.asked_by("selfcheck_solve")}) == 3


def test_layers_that_all_read_alike_agree_wholly() -> None:
    assert agreement([0.9, 0.9, 0.9]) == 1
    assert agreement([0.2]) == 1
    assert agreement([0.9, 0.8, 0.3, 0.1]) == pytest.approx(1 / 3)
    written, _ = criticise("layer_agreement", CRITICAL)
    assert all(judgment.confidence == 1 for judgment in written.judgments)
