"""VISCO's test.jsonl. Constructed records, but for the one real record that is named so."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from annotations.core.schema import Critique
from annotations.core.steps import step_texts
from annotations.importers.visco import explanations_of
from tests.annotations.importers.builders import errors, jsonl, output_record, records, visco_record
from tests.builders import png
from tests.samples import sample


def reference(**fields: Any) -> Critique:
    (problem,) = records("visco", jsonl(visco_record(**fields)))
    (critique,) = problem.responses[0].critiques
    return critique


def test_a_record_is_a_problem_with_one_response_and_its_reference():
    (problem,) = records("visco", jsonl(visco_record()))
    (response,) = problem.responses
    assert (problem.key, problem.reference_answer, problem.source_dataset) == (visco_record()["id"], "3", "MathVista")
    assert (problem.superskill, problem.skill, response.generator, response.answer) == (
        "Reasoning", "Math", "GPT-4o", "4",
    )  # fmt: skip
    assert step_texts(response.source_text, response.steps or ()) == ("There are 4 bars.", "All 4 are taller than 5.")
    assert base64.b64decode(problem.images[0].base64) == png()


def test_the_three_explanations_are_alternatives_of_one_finding_and_the_origin_is_unknown():
    critique = reference()
    assert (critique.author.kind, critique.author.name, critique.reference) == ("person", "VISCO reference", "gold")
    right, wrong = critique.judgments
    assert (right.verdict, right.findings, right.origin_unknown) == ("correct", (), False)
    assert (wrong.verdict, wrong.origin_unknown, wrong.own_error) == ("incorrect", True, None)
    (finding,) = wrong.findings
    assert finding.explanations == ("Only 3 are.", "One is shorter.", "The last bar is 4.")


@pytest.mark.parametrize("label", ["(0, 0)", 3, 2.5, ["a", "b"], {"x": 1}, True, None])
def test_a_label_of_any_type_is_shown_as_text_and_kept_as_it_was(label):
    (problem,) = records("visco", jsonl(visco_record(label=label)))
    if label is None or isinstance(label, str):
        assert problem.reference_answer == label
    else:
        assert problem.reference_answer == json.dumps(label)
        assert problem.extra["visco"]["label"] == label


@pytest.mark.parametrize(
    "alternatives",
    [
        [["", "", ""], ["", "", ""]],
        [["", "", ""], ["one", "", ""]],
        [["", "", ""], ["one", "two"]],
        [["", "", ""], ["1", "2", "3", "4"]],
        [["", "", ""], []],
        [[], ["1", "2", "3"]],
        [["fine, but why?", "", ""], ["1", "2", "3"]],
        [["", ""], ["1", "2", "3"]],
    ],
)
def test_odd_explanations_can_be_given_back_as_they_came(alternatives):
    critique = reference(reasoning_critic=alternatives)
    odd = critique.extra["visco"].get("explanations", {})
    rebuilt = [odd.get(str(judgment.step), list(explanations_of(judgment))) for judgment in critique.judgments]
    assert rebuilt == alternatives


def test_a_verdict_that_is_null_is_unlabelled():
    critique = reference(reasoning_correctness=[True, None], answer_correctness=None)
    assert [judgment.state for judgment in critique.judgments] == ["judged", "unlabelled"]
    assert (critique.answer.state, critique.answer.verdict) == ("unlabelled", None)


def test_a_record_without_verdicts_has_no_reference():
    record = visco_record()
    for field in ("answer_correctness", "reasoning_correctness", "reasoning_critic"):
        del record[field]
    (problem,) = records("visco", jsonl(record))
    assert problem.responses[0].critiques == ()
    assert problem.extra["visco"]["fields"] == list(record)


def test_unknown_fields_keep_their_order_everywhere():
    record = {"split": "x", **visco_record(), "aaa": {"z": 1, "a": 2}}
    record["response"]["confidence"] = 0.5
    (problem,) = records("visco", jsonl(record))
    kept = problem.extra["visco"]
    assert list(kept["unknown"].items()) == [("split", "x"), ("aaa", {"z": 1, "a": 2})]
    assert list(kept["unknown"]["aaa"]) == ["z", "a"]
    assert kept["fields"] == list(record)
    assert kept["meta_data"] == record["meta_data"]
    assert problem.responses[0].extra["visco"]["unknown"] == {"confidence": 0.5}


def test_a_data_url_keeps_its_prefix():
    encoded = "data:image/png;base64," + base64.b64encode(png()).decode()
    (problem,) = records("visco", jsonl(visco_record(image=encoded)))
    assert problem.extra["visco"]["image"] + problem.images[0].base64 == encoded


@pytest.mark.parametrize("image", [None, ""])
def test_a_record_without_image_is_a_text_problem(image):
    (problem,) = records("visco", jsonl(visco_record(image=image)))
    assert problem.images == ()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"image": "not base64!"}, "image"),
        ({"image": "QUJ=" + "\n"}, "image"),
        ({"image": "QUJ="}, "image"),  # stray bits: it would not come out the same
        ({"id": 5}, "id"),
        ({"question": None}, "question"),
        ({"response": {"reasoning": "one text", "answer": ""}}, "response.reasoning"),
        ({"response": {"reasoning": ["a", 5], "answer": ""}}, "response.reasoning.1"),
        ({"response": {"reasoning": [], "answer": ""}}, "response.reasoning"),
        ({"reasoning_correctness": [True]}, "reasoning_correctness"),
        ({"reasoning_correctness": [True, "False"]}, "reasoning_correctness.1"),
        ({"reasoning_correctness": [1, 0]}, "reasoning_correctness.0"),
        ({"reasoning_critic": [["", "", ""]]}, "reasoning_critic"),
        ({"reasoning_critic": [["", "", ""], "why"]}, "reasoning_critic.1"),
        ({"meta_data": []}, "meta_data"),
        ({"question": "half a pair \ud83d"}, "question"),
        ({"meta_data": {"a": "NUL \0"}}, "meta_data.a"),
    ],
)
def test_a_record_that_does_not_fit_is_told_by_line_and_field(fields, field):
    (error,) = errors("visco", jsonl(visco_record("fine"), visco_record(**fields)))
    assert (error.line, error.field) == (2, field)
    assert error.expected
    assert error.found


def test_a_critics_output_beside_it_is_a_further_critique():
    (problem,) = records("visco", jsonl(visco_record()), jsonl(output_record()))
    reference, critic = problem.responses[0].critiques
    assert (reference.author.kind, critic.author.kind, critic.author.name) == ("person", "critic", "GPT")
    assert critic.key == f"{problem.key}#GPT"


@pytest.mark.parametrize(("lines", "line"), [(1, 2), (3, 3)])
def test_an_output_of_another_length_is_an_error(lines, line):
    content = jsonl(visco_record("a"), visco_record("b"))
    (error,) = errors("visco", content, jsonl(*[output_record()] * lines))
    assert (error.line, error.field) == (line, "critic_output")


def test_the_real_record_reads_whole():
    content = sample("visco_one_record/test.jsonl").read_bytes()
    (problem,) = records("visco", content)
    (critique,) = problem.responses[0].critiques
    assert [judgment.verdict for judgment in critique.judgments] == ["correct", "incorrect", "incorrect"]
    assert critique.answer.verdict == "incorrect"
    assert "fields" not in problem.extra["visco"]
    assert critique.extra == {"visco": {}}
