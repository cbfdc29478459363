"""The traps of each corpus (FORMATS.md), on constructed records: index bases, types that drift, what stays unknown."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from annotations.core.schema import Critique, Problem, Span
from annotations.core.steps import step_texts
from tests.annotations.importers.builders import errors, jsonl, records
from tests.builders import png

STEPS = ["There are 3 bars.", "The last is 4.", "So 3 + 4 = 8."]


def one(format: str, record: dict[str, Any]) -> Problem:
    (problem,) = records(format, jsonl(record))
    return problem


def judged(problem: Problem, critique: int = 0) -> list[str]:
    return [step.verdict or step.state for step in critique_of(problem, critique).judgments]


def critique_of(problem: Problem, critique: int = 0) -> Critique:
    return problem.responses[0].critiques[critique]


def bbm(**more: Any) -> dict[str, Any]:
    return {"input": "How many?", "steps": STEPS, "target": "7", "answer": "8", "mistake_index": 2, **more}


def test_big_bench_mistake_counts_from_0_and_null_is_no_mistake() -> None:
    assert judged(one("big_bench_mistake", bbm())) == ["correct", "correct", "incorrect"]
    assert judged(one("big_bench_mistake", bbm(mistake_index=0))) == ["incorrect", "unlabelled", "unlabelled"]
    none = one("big_bench_mistake", bbm(mistake_index=None, answer="7"))
    assert judged(none) == ["correct"] * 3
    assert critique_of(none).answer.verdict == "correct"


@pytest.mark.parametrize("place", [3, -1, "1", 1.0, True])
def test_a_place_that_is_none_is_an_error_that_names_the_field(place: Any) -> None:
    (error,) = errors("big_bench_mistake", jsonl(bbm(mistake_index=place)))
    assert error.field == "mistake_index"


def processbench(**more: Any) -> dict[str, Any]:
    told = {"id": "gsm8k-0", "generator": "g", "problem": "How many?", "final_answer_correct": False}
    return {**told, "steps": STEPS, "label": 1, **more}


def test_processbench_counts_from_0_and_minus_1_is_no_error() -> None:
    assert judged(one("processbench", processbench())) == ["correct", "incorrect", "unlabelled"]
    assert judged(one("processbench", processbench(label=-1))) == ["correct"] * 3
    assert one("processbench", processbench()).skill == "gsm8k"


def test_an_evaluations_prediction_is_a_critique_of_its_own_and_null_did_not_parse() -> None:
    evaluated = one("processbench", processbench(prediction=0, match=False, generated_critique="Step 0 is off."))
    assert judged(evaluated, 1) == ["incorrect", "unlabelled", "unlabelled"]
    assert critique_of(evaluated, 1).reference is None
    assert critique_of(evaluated, 1).raw_output == "Step 0 is off."
    assert judged(one("processbench", processbench(prediction=None)), 1) == ["unparsed"] * 3


def mr_ben(**more: Any) -> dict[str, Any]:
    return {
        "Question_UUID": "u1", "Subject": "math", "Question": "How many?", "Options": "A: 7 \nB: 8",
        "Ground_Truth_Answer": "A", "Sampled_Model": "m", "Model_Solution_Steps": STEPS,
        "Model_Solution_Correctness": "incorrect", "Model_Solution_First_Error_Step": "3",
        "Model_Solution_Error_Reason": ["It is 7.", "Wrong sum."],
        "Model_Solution_Rectified_First_Error_Step": ["So 3 + 4 = 7.", "7"], **more,
    }  # fmt: skip


def test_mr_ben_counts_from_1_in_text_and_keeps_both_reasons() -> None:
    problem = one("mr_ben", mr_ben())
    assert judged(problem) == ["correct", "correct", "incorrect"]
    (finding,) = critique_of(problem).judgments[2].findings
    assert finding.explanations == ("It is 7.", "Wrong sum.")
    assert finding.corrected_text == "So 3 + 4 = 7."
    assert problem.options == ("7", "8")


def test_mr_bens_not_applicable_is_no_error() -> None:
    right = mr_ben(Model_Solution_Correctness="correct", Model_Solution_First_Error_Step="N/A",
                   Model_Solution_Error_Reason="N/A", Model_Solution_Rectified_First_Error_Step="N/A")  # fmt: skip
    problem = one("mr_ben", right)
    assert judged(problem) == ["correct"] * 3
    assert all(not step.findings for step in critique_of(problem).judgments)


def test_mr_bens_code_is_one_text_whose_error_is_a_line() -> None:
    code = "def f(x):\n    y = x\n\n    return y + 2\n    return y"
    held = mr_ben(Model_Solution_Steps=code, Model_Solution_First_Error_Step="    return y + 2",
                  Model_Solution_Error_Reason="It adds.",
                  Model_Solution_Rectified_First_Error_Step="return y")  # fmt: skip
    problem = one("mr_ben", held)
    response = problem.responses[0]
    assert step_texts(response.source_text, response.steps or ())[2] == "    return y + 2"
    assert judged(problem) == ["correct", "correct", "incorrect", "unlabelled"]


@pytest.mark.parametrize("line", ["", "    pass"])
def test_a_line_that_is_missing_or_stands_twice_leaves_the_place_unknown(line: str) -> None:
    held = mr_ben(Model_Solution_Steps="    pass\n    pass", Model_Solution_First_Error_Step=line,
                  Model_Solution_Error_Reason="It passes.")  # fmt: skip
    problem = one("mr_ben", held)
    assert judged(problem) == ["unlabelled"] * 2
    assert critique_of(problem).comment == "It passes."


def test_mr_ben_may_not_call_a_solution_correct_and_name_an_error() -> None:
    (error,) = errors("mr_ben", jsonl(mr_ben(Model_Solution_Correctness="correct")))
    assert error.field == "Model_Solution_First_Error_Step"


def test_mr_ben_as_one_object_by_id() -> None:
    held = mr_ben()
    del held["Question_UUID"]
    (problem,) = records("mr_ben", json.dumps({"u7": held}).encode())
    assert problem.key == "mr-ben/u7"


def mr_gsm8k(**more: Any) -> dict[str, Any]:
    return {
        "uuid": "u1", "question": "How many?", "ground_truth_answer": "7", "model_output_steps": STEPS,
        "model_output_answer_correctness": "wrong", "model_output_solution_first_error_step": 3,
        "model_output_solution_first_error_reason": "It is 7.", **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("verdict", "step", "expected"),
    [
        ("wrong", "2", ["correct", "incorrect", "unlabelled"]),
        ("**Wrong**", "Step 2", ["correct", "incorrect", "unlabelled"]),
        ("Correct", "N/A", ["correct"] * 3),
        ("**Correct**", None, ["correct"] * 3),
        ("hard to say", "2", ["unparsed"] * 3),
        ("wrong", "somewhere", ["unparsed"] * 3),
        ("wrong", "17", ["unparsed"] * 3),
    ],
)
def test_a_models_critique_may_come_in_any_case_and_markup(verdict: str, step: Any, expected: list[str]) -> None:
    output = {"correctness_pred": verdict, "error_step_pred": step, "error_reason": "Why.", "response": "All of it."}
    problem = one("mr_gsm8k", mr_gsm8k(gpt_eval_output=output, error_reason_correctness="correct"))
    assert judged(problem) == ["correct", "correct", "incorrect"]
    assert judged(problem, 1) == expected
    assert critique_of(problem, 1).author.model == "gpt"
    assert critique_of(problem, 1).extra == {"error_reason_correctness": "correct"}


def test_reason_evals_steps_are_lists_of_lines_and_a_right_answer_may_have_a_wrong_step() -> None:
    record = {
        "id": 3, "question": "How many?", "ground_truth_answer": "7", "generator": "m",
        "model_output_step_format": [["There are 3."], ["So:", "3 + 4 = 7"]],
        "model_output_answer_correctness": "correct", "model_output_solution_correctness": "wrong",
        "model_output_solution_first_error_step": 2,
    }  # fmt: skip
    problem = one("reason_eval", record)
    assert judged(problem) == ["correct", "incorrect"]
    assert critique_of(problem).answer.verdict == "correct"
    assert step_texts(problem.responses[0].source_text, problem.responses[0].steps or ())[1] == "So:\n3 + 4 = 7"
    right = one("reason_eval", {**record, "model_output_solution_first_error_step": "N/A"})
    assert judged(right) == ["correct", "correct"]


def prm800k(*steps: dict[str, Any]) -> dict[str, Any]:
    return {
        "labeler": "l1", "timestamp": "2023-01-22T04:34:27.052924", "generation": None,
        "question": {"problem": "How many?", "ground_truth_answer": "7"},
        "label": {"steps": list(steps), "total_time": 2500, "finish_reason": "solution"},
    }  # fmt: skip


def completion(text: str, rating: int | None) -> dict[str, Any]:
    return {"text": text, "rating": rating, "flagged": None}


def test_prm800ks_ratings_stay_three_way_and_alternatives_are_kept() -> None:
    record = prm800k(
        {"completions": [completion("a", 1), completion("b", -1)], "human_completion": None, "chosen_completion": 0},
        {"completions": [completion("c", 0)], "human_completion": None, "chosen_completion": 0},
        {"completions": [completion("d", -1)], "human_completion": {"text": "e"}, "chosen_completion": None},
        {"completions": [completion("f", None)], "human_completion": None, "chosen_completion": None},
    )
    problem = one("prm800k", record)
    assert step_texts(problem.responses[0].source_text, problem.responses[0].steps or ()) == ("a", "c", "e", "f")
    assert judged(problem) == ["correct", "neutral", "correct", "unlabelled"]
    kept = [(one.step, one.content["text"], one.content["rating"]) for one in critique_of(problem).evidence]
    assert kept == [(1, "b", -1), (3, "d", -1)]
    assert critique_of(problem).active_seconds == 2.5


def test_prm800ks_choice_must_be_there() -> None:
    bad = {"completions": [completion("a", 1)], "human_completion": None, "chosen_completion": 1}
    (error,) = errors("prm800k", jsonl(prm800k(bad)))
    assert error.field == "label.steps.0.chosen_completion"
    (error,) = errors("prm800k", jsonl(prm800k({"completions": [completion("a", 2)], "chosen_completion": 0})))
    assert error.field == "label.steps.0.completions.0.rating"


def test_math_shepherds_signs_stand_where_the_tags_do_and_minus_in_a_formula_is_none() -> None:
    problem = one("math_shepherd", {"input": "Q? Step 1: 5 - 3 = 2. ки\nStep 2: The answer is: 2 ки",
                                    "label": "Q? Step 1: 5 - 3 = 2. +\nStep 2: The answer is: 2 -"})  # fmt: skip
    assert judged(problem) == ["correct", "incorrect"]
    assert (problem.question, problem.responses[0].answer) == ("Q?", "2")
    assert critique_of(problem).author.kind == "critic"
    (error,) = errors("math_shepherd", jsonl({"input": "Q? Step 1: x ки", "label": "Q? Step 1: y +"}))
    assert error.field == "label"


def test_visual_process_bench_is_three_way_and_names_images() -> None:
    record = {
        "image": ["a/1.png"], "question": "How many?", "answer": "7", "policy_model": "m", "data_source": "MMMU",
        "response": {"steps": STEPS, "process_correctness": [1, 0, -1]},
    }  # fmt: skip
    problem = one("visual_process_bench", record)
    assert judged(problem) == ["correct", "neutral", "incorrect"]
    assert problem.images[0].path == "a/1.png"
    short = {**record, "response": {"steps": STEPS, "process_correctness": [1]}}
    (error,) = errors("visual_process_bench", jsonl(short))
    assert error.field == "response.process_correctness"


def test_prmbench_counts_from_1_and_names_every_wrong_step() -> None:
    record = {
        "idx": "q1", "original_question": "How many?", "modified_question": "How many?", "ground_truth": "7",
        "original_process": ["There are 3 bars.", "So 3 + 4 = 7."], "modified_process": STEPS, "modified_steps": [2],
        "error_steps": [2, 3], "reason": "The last is 5.", "classification": "counterfactual",
    }  # fmt: skip
    problem = one("prmbench", record)
    assert judged(problem) == ["correct", "incorrect", "incorrect"]
    assert critique_of(problem).judgments[1].findings[0].explanations == ("The last is 5.",)
    assert not critique_of(problem).judgments[2].findings
    assert [step.verdict for step in problem.responses[1].critiques[0].judgments] == ["correct", "correct"]
    (error,) = errors("prmbench", jsonl({**record, "error_steps": [0]}))
    assert error.field == "error_steps.0"


def test_fine_grained_rlhfs_span_over_two_steps_is_a_finding_in_each() -> None:
    text = "It was in 1878. It is old."
    record = {
        "question": "When?", "prediction 1": text, "prediction 2": "In 1878.", "preference": [1],
        "feedback": {"errors": [{"error type": "Irrelevant", "explanation": "", "start": 10, "end": 21}],
                     "missing-info": [], "corrected-prediction": "It was in 1879."},
    }  # fmt: skip
    problem = one("fine_grained_rlhf", record)
    first, second = critique_of(problem).judgments
    assert first.findings[0].marks == (Span(start=10, end=15),)
    assert second.findings[0].marks == (Span(start=0, end=5),)
    assert first.findings[0].explanations == ("Irrelevant",)
    corrected = problem.responses[-1]
    assert (corrected.revises, corrected.guided_by) == (problem.responses[0].key, critique_of(problem).key)
    record["feedback"]["errors"][0]["end"] = 99
    (error,) = errors("fine_grained_rlhf", jsonl(record))
    assert error.field == "feedback.errors.0"


@pytest.mark.parametrize("as_text", [False, True])
def test_vsrs_votes_are_lists_or_their_text_and_each_voter_counts_once(as_text: bool) -> None:
    held: dict[str, Any] = {"vote_true_validator_id": [13, 2, 2], "vote_false_validator_id": [17, 13]}
    held = {name: str(voters) for name, voters in held.items()} if as_text else held
    problem = one("vsr", {"image": "1.jpg", "caption": "The cat is in the sink.", "label": 1, "relation": "in", **held})
    names = {critique.author.name: critique.judgments[0].verdict for critique in problem.responses[0].critiques}
    assert names == {"VSR label": "correct", "VSR voter 13": "incorrect", "VSR voter 2": "correct",
                     "VSR voter 17": "incorrect"}  # fmt: skip


def test_puzzle_vqas_options_of_either_type_are_text() -> None:
    record = {
        "image": "i.png",
        "question": "Which?",
        "options": [6, "3"],
        "answer": 4,
        "caption": "c",
        "deduction": "d",
    }
    problem = one("puzzle_vqa", record)
    assert (problem.options, problem.reference_answer) == (("6", "3"), "4")
    assert judged(problem) == ["correct", "correct"]


def test_mathvista_is_an_object_by_pid_and_an_output_brings_its_chain() -> None:
    record = {"question": "How many?", "choices": ["1", "2"], "answer": "2", "image": "images/1.jpg",
              "metadata": {"source": "ChartQA", "task": "figure QA"},
              "response": "Two. So 2.", "extraction": "2"}  # fmt: skip
    (problem,) = records("math_questions", json.dumps({"17": record}).encode())
    assert (problem.key, problem.source_dataset, problem.skill) == ("mathvista/17", "ChartQA", "figure QA")
    assert (problem.responses[0].source_text, problem.responses[0].answer) == ("Two. So 2.", "2")


def rlhf_v_row() -> dict[str, Any]:
    said = {"question": "What is shown?", "chosen": "A cat sits. It is raining.",
            "rejected": "A dog sits. It is raining."}  # fmt: skip
    return {
        "ds_name": "RLHF-V-Hall_v0", "image": {"bytes": png(), "path": "x.jpg"}, "text": json.dumps(said), "idx": 0,
        "origin_dataset": "coco", "origin_split": json.dumps({"model": "Muffin"}),
    }  # fmt: skip


def test_rlhf_vs_parquet_has_its_text_as_json_and_marks_derived_from_the_correction() -> None:
    out = io.BytesIO()
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist([rlhf_v_row()]), out)
    (problem,) = records("rlhf_v", out.getvalue())
    first, second = problem.responses
    assert (first.generator, second.revises, second.source_text) == ("Muffin", first.key, "A cat sits. It is raining.")
    assert judged(problem) == ["incorrect", "correct"]
    (mark,) = critique_of(problem).judgments[0].findings[0].marks
    assert isinstance(mark, Span)
    assert first.source_text[mark.start : mark.end] == "dog"
    assert base64.b64decode(problem.images[0].base64) == png()


def test_rlaif_vs_columns_are_read_the_same_way_and_a_broken_parquet_is_told() -> None:
    row = {"question": "What?", "chosen": "A cat.", "rejected": "A dog.", "idx": 3, "image": "x.jpg"}
    assert judged(one("rlhf_v", row)) == ["incorrect"]
    (error,) = errors("rlhf_v", b"PAR1 and nothing more")
    assert error.expected == "a whole Parquet file"
