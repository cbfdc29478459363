"""A critic's output in VISCO's form. Constructed, but for the sample that is named so."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.core.schema import Critique
from annotations.importers.visco_output import critique_of, formatted_of
from tests.annotations.importers.builders import errors, jsonl, output_record, records, visco_record
from tests.samples import sample


def critique(**fields: Any) -> Critique:
    return critique_of(output_record(**fields), "r1", "GPT", steps=2)


def test_verdicts_and_explanations_become_judgments_and_the_raw_text_stays():
    found = critique()
    assert (found.stage, found.raw_output, found.answer.verdict) == ("model", "raw words", "correct")
    assert [judgment.verdict for judgment in found.judgments] == ["correct", "incorrect"]
    assert found.judgments[1].findings[0].explanations == ("I count 3.",)
    assert found.extra == {}


def test_a_verdict_that_is_none_is_unparsed_and_not_a_verdict():
    found = critique(
        formatted={"answer_correctness": None, "reasoning_correctness": [None, False], "reasoning_critic": ["", "x"]}
    )
    assert (found.answer.state, found.answer.verdict) == ("unparsed", None)
    assert [judgment.state for judgment in found.judgments] == ["unparsed", "judged"]
    assert found.extra == {"visco_output": {"format_error": False}}  # what the file itself had said


def test_a_format_error_leaves_everything_unparsed_and_keeps_what_was_formatted():
    found = critique(format_error=True)
    assert {judgment.state for judgment in found.judgments} | {found.answer.state} == {"unparsed"}
    assert found.raw_output == "raw words"
    assert found.extra["visco_output"]["formatted"] == output_record()["formatted"]


@pytest.mark.parametrize("formatted", [None, {}, {"reasoning_correctness": None}])
def test_an_output_without_verdicts_is_unparsed(formatted):
    found = critique(formatted=formatted)
    assert {judgment.state for judgment in found.judgments} == {"unparsed"}
    assert found.extra["visco_output"]["formatted"] == formatted


def test_a_list_that_is_too_short_leaves_the_last_steps_unparsed():
    found = critique(formatted={**output_record()["formatted"], "reasoning_correctness": [False]})
    assert [judgment.state for judgment in found.judgments] == ["judged", "unparsed"]


def test_a_list_that_is_too_long_is_an_error():
    output = output_record()
    output["formatted"]["reasoning_correctness"] = [True, True, False]
    (error,) = errors("visco", jsonl(visco_record()), jsonl(output))
    assert (error.line, error.field) == (1, "critic_output.formatted.reasoning_correctness")


def test_what_is_formatted_can_be_built_again_from_the_judgments():
    found = critique()
    assert formatted_of(found.answer, found.judgments) == output_record()["formatted"]


def test_further_fields_are_kept():
    found = critique(response_history=["a", "b"])
    assert found.extra["visco_output"]["unknown"] == {"response_history": ["a", "b"]}


def test_the_sample_output_fits_the_real_record():
    content = sample("visco_one_record/test.jsonl").read_bytes()
    output = sample("formats/visco_model_output.jsonl").read_bytes()
    (problem,) = records("visco", content, output)
    assert [judgment.verdict for judgment in problem.responses[0].critiques[1].judgments] == [
        "correct", "incorrect", "correct",
    ]  # fmt: skip
