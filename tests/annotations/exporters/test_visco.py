from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from annotations.core import schema
from annotations.exporters.base import CriticSource, Item
from annotations.exporters.visco import FORMAT
from annotations.models import Critique, Project
from annotations.models.records import critique_record
from annotations.verbs.store import set_reference, store_critique
from tests.annotations.exporters.visco_scorer import answer_f1, assert_readable, step_f1
from tests.annotations.verbs.published import a_snapshot, content, imported, rows
from tests.builders import a_critic, a_critique, a_problem, a_project, a_response, png
from tests.samples import sample

pytestmark = pytest.mark.usefixtures("committed_db")

NAMED = (
    "id", "question", "image", "label", "response", "answer_correctness", "reasoning_correctness", "reasoning_critic",
    "meta_data",
)  # fmt: skip
IMAGE = base64.b64encode(png()).decode()
NONE, THREE = ["", "", ""], ["It is 5.", "Reads 4 for 5.", "No."]


def a_line(id: str = "test1||Reasoning||Math||MathVista||5", **fields: Any) -> dict[str, Any]:
    """A line as VISCO has it, with two steps of which the second is wrong."""
    return {
        "id": id,
        "question": "How much?",
        "image": IMAGE,
        "label": "5",
        "response": {"reasoning": ["The bar reads 4.", "So the answer is 4."], "answer": "4"},
        "answer_correctness": False,
        "reasoning_correctness": [True, False],
        "reasoning_critic": [NONE, THREE],
        "meta_data": {"critic_superskill": "Reasoning", "critic_skill": "Math", "src_dataset": "MathVista"},
    } | fields


def write(folder: Path, lines: list[dict[str, Any]], name: str = "in.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def from_visco(folder: Path, *lines: dict[str, Any], **recipe: Any) -> Project:
    return imported(write(folder, list(lines)), format="visco", **recipe)


def assert_same(came: list[dict[str, Any]], went: list[dict[str, Any]]) -> None:
    """Field by field, so that a difference names its field; then whole, which says that fields kept their order."""
    assert len(came) == len(went)
    for before, after in zip(came, went, strict=True):
        for name in before:
            assert json.dumps(after.get(name)) == json.dumps(before[name]), name
        assert json.dumps(after) == json.dumps(before)


def test_the_real_record_comes_out_as_it_came_in() -> None:
    path = sample("visco_one_record/test.jsonl")
    came = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    went = rows(a_snapshot(imported(path, format="visco"), "visco"), "test.jsonl")
    assert set(NAMED) <= set(went[0])
    assert_same(came, went)


ODD = {
    "a label that is a number": {"label": 5},
    "a label that is a float": {"label": 1.50},
    "a label that is a list": {"label": ["5", 5.0, None]},
    "a label that is a truth value": {"label": True},
    "no label given": {"label": None},
    "no image": {"image": None},
    "an empty image": {"image": ""},
    "an image as data URL": {"image": f"data:image/png;base64,{IMAGE}"},
    "an answer that is a number": {"response": {"reasoning": ["a", "b"], "answer": 4}},
    "no answer given": {"response": {"reasoning": ["a", "b"], "answer": None}},
    "a response without answer": {"response": {"reasoning": ["a", "b"]}},
    "a response in another order, with more": {"response": {"answer": "4", "seed": 7, "reasoning": ["a", "b"]}},
    "steps with line breaks, blanks and none of either": {"response": {"reasoning": ["", " a\n\n b "], "answer": "4"}},
    "two explanations": {"reasoning_critic": [NONE, ["one", "two"]]},
    "four explanations": {"reasoning_critic": [NONE, ["1", "2", "3", "4"]]},
    "no explanation of a wrong step": {"reasoning_critic": [NONE, []]},
    "empty explanations of a wrong step": {"reasoning_critic": [NONE, NONE]},
    "one empty among three": {"reasoning_critic": [NONE, ["", "two", ""]]},
    "an explanation of a correct step": {"reasoning_critic": [["fine", "", ""], THREE]},
    "an empty list on a correct step": {"reasoning_critic": [[], THREE]},
    "null on a correct step": {"reasoning_critic": [None, THREE]},
    "a verdict that is null": {"reasoning_correctness": [None, False]},
    "an answer's verdict that is null": {"answer_correctness": None},
    "emoji and other scripts": {"question": "Wie viel? 📊 कितना? \u2028", "label": "ß"},
    "fields that nobody knows": {"votes": [1, 2.50, {"b": None, "a": 1e-7}], "zz": "", "split": "test"},
    "meta data of any kind": {"meta_data": {"src_dataset": 3, "big": 12345678901234567890, "critic_skill": None}},
    "empty meta data": {"meta_data": {}},
}  # fmt: skip


def test_odd_records_come_out_as_they_came_in(tmp_path: Path) -> None:
    lines = [a_line(f"test1||{case}", **fields) for case, fields in ODD.items()]
    lines.append(dict(reversed(a_line("test1||other order").items())))
    for gone in ("image", "label", "reasoning_critic", "meta_data"):
        lines.append({name: value for name, value in a_line(f"test1||without {gone}").items() if name != gone})
    assert_same(lines, rows(a_snapshot(from_visco(tmp_path, *lines), "visco"), "test.jsonl"))


OUTPUTS = [
    {"response": "raw", "formatted": {"answer_correctness": False, "reasoning_correctness": [True, False],
                                      "reasoning_critic": ["", "why"]}, "format_error": False},
    {"response": "not JSON", "formatted": {"answer_correctness": None, "reasoning_correctness": [None, None],
                                           "reasoning_critic": ["", ""]}, "format_error": True},
    {"response": "none", "formatted": None, "format_error": True},
    {"response": "explains what it calls right", "formatted": {"answer_correctness": True,
     "reasoning_correctness": [True, True], "reasoning_critic": ["good", "good"]}, "format_error": False},
    {"format_error": False, "formatted": {"reasoning_correctness": [False, None], "answer_correctness": None,
                                          "reasoning_critic": ["x", ""]}, "response": "", "response_history": [1]},
]  # fmt: skip


def test_a_critics_output_comes_out_beside_it_in_the_same_order(tmp_path: Path) -> None:
    lines = [a_line(f"test1||{number}") for number in range(len(OUTPUTS))]
    output = write(tmp_path, OUTPUTS, "out.jsonl")
    project = from_visco(tmp_path, *lines, critic_output=output, critic="a/model: 7B")
    snapshot = a_snapshot(project, "visco")
    assert_same(OUTPUTS, rows(snapshot, "critics/a-model-7B.jsonl"))
    assert [file["critic"] for file in snapshot.manifest["files"] if file["rows"] is not None] == [
        None, {"name": "a/model: 7B", "run": "", "sample": 0},
    ]  # fmt: skip


def test_one_changed_verdict_shows_as_just_that(tmp_path: Path) -> None:
    came = [a_line("test1||a"), a_line("test1||b", label=5, votes=[1]), a_line("test1||c")]
    project = from_visco(tmp_path, *came)
    stored = Critique.objects.whole().get(response__key="test1||b")
    record = critique_record(stored)
    first = replace(record.judgments[0], verdict="incorrect", own_error=True)
    adjudicated = replace(record, key="", judgments=(first, record.judgments[1]), extra={})
    set_reference(store_critique(adjudicated, stored.response), "adjudicated")
    changed = came[1] | {"reasoning_correctness": [False, False]}
    assert_same([came[0], changed, came[2]], rows(a_snapshot(project, "visco"), "test.jsonl"))


def test_chains_that_came_without_labels_get_them_behind_their_own_fields(tmp_path: Path) -> None:
    line = {name: value for name, value in a_line().items() if name not in NAMED[5:8]}
    project = from_visco(tmp_path, line)
    assert rows(a_snapshot(project, "visco"), "test.jsonl") == []
    set_reference(a_critique(project.responses.get(), "correct", "incorrect", answer=RIGHT), "gold")
    (row,) = rows(a_snapshot(project, "visco"), "test.jsonl")
    labels = {"answer_correctness": True, "reasoning_correctness": [True, False], "reasoning_critic": [NONE, NONE]}
    assert_same([line | labels], [row])


RIGHT = schema.AnswerJudgment(verdict="correct", state="judged")
WRONG = schema.AnswerJudgment(verdict="incorrect", state="judged")


def judged(*verdicts: str | None, **explained: Any) -> tuple[schema.Judgment, ...]:
    """Verdicts by step (None: unparsed); `step2=("why",)` explains it in one finding, a list of tuples in several."""
    made = []
    for step, verdict in enumerate(verdicts, 1):
        texts = explained.get(f"step{step}", [])
        findings = tuple(schema.Finding(explanations=each) for each in (texts if isinstance(texts, list) else [texts]))
        state = "judged" if verdict else "unparsed"
        made.append(schema.Judgment(step=step, verdict=verdict, state=state, findings=findings))  # type: ignore[arg-type]
    return tuple(made)


def test_data_of_others_gets_visco_s_form() -> None:
    project = a_project()
    problem = a_problem(
        project, key="p", superskill="Perception", skill="OCR", source_dataset="Ours", images=0, reference_answer="7"
    )
    response = a_response(["One.", "Two.", "Three."], problem=problem, key="r/1", generator="G", answer="8")
    several = [("a", "b"), (), ("x", "", "y", "z")]
    explained = judged("incorrect", "neutral", "incorrect", step1=("why",), step2=("is fine",), step3=several)
    set_reference(a_critique(response, answer=WRONG, judgments=explained), "gold")
    assert rows(a_snapshot(project, "visco"), "test.jsonl") == [
        {
            "id": "test1||Perception||OCR||Ours||r/1",
            "question": problem.question,
            "image": None,
            "label": "7",
            "response": {"reasoning": ["One.", "Two.", "Three."], "answer": "8"},
            "answer_correctness": False,
            "reasoning_correctness": [False, True, False],
            "reasoning_critic": [["why"] * 3, NONE, ["a x", "b y", "a z"]],
            "meta_data": {
                "critic_superskill": "Perception", "critic_skill": "OCR", "src_dataset": "Ours", "src_model": "G",
            },
        }
    ]  # fmt: skip


def test_what_has_no_label_is_skipped_and_counted() -> None:
    project = a_project()
    for verdict in ("correct", "unsure"):
        set_reference(a_critique(a_response(2, project=project), verdict, answer=RIGHT), "gold")
    set_reference(a_critique(a_response(2, project=project), "correct"), "gold")  # says nothing of the answer
    a_critique(a_response(2, project=project), "correct", answer=RIGHT)
    snapshot = a_snapshot(project, "visco")
    assert len(rows(snapshot, "test.jsonl")) == 1
    assert snapshot.manifest["skipped"] == {
        "count": 3,
        "reasons": {
            "a reference critique that leaves the answer or a step undecided": 2,
            "no reference critique": 1,
        },
    }


def test_labels_by_people_are_those_of_the_first_person() -> None:
    project = a_project()
    response = a_response(2, project=project)
    set_reference(a_critique(response, "correct", answer=RIGHT), "gold")
    for name, verdict in (("first", "incorrect"), ("second", "correct")):
        person = schema.Author(kind="person", name=name)
        a_critique(response, verdict, author=person, answer=WRONG, stage="blind")
    (row,) = rows(a_snapshot(project, "visco", options={"labels": "people"}), "test.jsonl")
    assert (row["id"][:5], row["reasoning_correctness"]) == ("test1", [False, True])


def test_visco_s_scorer_gives_the_scores_computed_by_hand() -> None:
    """Answers: reference wrong, wrong, right; the critic says wrong, nothing, wrong: 1 hit of 2 flags, 2 wrong.

    Steps: 4 wrong of 7; the critic flags 3, of which 2 are wrong: F1 = 2·2 / (3 + 4).
    """
    project = a_project()
    cases: list[tuple[Any, tuple[str, ...], Any, tuple[str | None, ...]]] = [
        (WRONG, ("correct", "incorrect", "incorrect"), WRONG, ("incorrect", "incorrect", "correct")),
        (WRONG, ("incorrect", "correct"), schema.AnswerJudgment(state="unparsed"), (None, None)),
        (RIGHT, ("incorrect", "neutral"), WRONG, ("incorrect", "correct")),
    ]
    for answer, verdicts, said, flags in cases:
        response = a_response(len(verdicts), project=project)
        person = schema.Author(kind="person", name="expert")
        truth = a_critique(response, author=person, answer=answer, judgments=judged(*verdicts), stage="imported")
        set_reference(truth, "gold")
        a_critique(response, author=a_critic("one"), answer=said, judgments=judged(*flags), run="r")
    a_critique(response, author=a_critic("lazy"), answer=RIGHT, judgments=judged("correct", "correct"))
    snapshot = a_snapshot(project, "visco")
    test = rows(snapshot, "test.jsonl")
    one, lazy = rows(snapshot, "critics/one.jsonl"), rows(snapshot, "critics/lazy.jsonl")
    for output in (one, lazy):
        assert_readable(test, output)
    assert answer_f1(test, one) == pytest.approx(100 * 2 * 1 / (2 + 2))
    assert step_f1(test, one) == pytest.approx(100 * 2 * 2 / (3 + 4))
    assert (answer_f1(test, lazy), step_f1(test, lazy)) == (0, 0)
    assert [row["format_error"] for row in one] == [False, True, False]
    assert [row["format_error"] for row in lazy] == [True, True, False]


def test_runs_of_one_critic_are_told_apart_by_their_files_names() -> None:
    project = a_project()
    response = a_response(1, project=project)
    set_reference(a_critique(response, "correct", answer=RIGHT, author=schema.Author(kind="person", name="e")), "gold")
    for name, run in (("a b", ""), ("A-b", ""), ("c", "run-1"), ("c", "run-2"), ("../d", ""), ("x" * 200, "")):
        a_critique(response, author=a_critic(name), run=run)
    names = [file["name"] for file in a_snapshot(project, "visco").manifest["files"] if file["rows"] is not None]
    assert len({name.casefold() for name in names}) == 7
    assert {"critics/c-run-1-0.jsonl", "critics/c-run-2-0.jsonl", "critics/d.jsonl"} <= set(names)
    assert all(".." not in name and len(name) < 200 for name in names)


def test_each_file_is_written_a_row_at_a_time() -> None:
    """An exporter may not gather: what it has read of a thousand problems must be written before the next."""
    written: list[str] = []

    class ScriptedSink:
        critics: tuple[CriticSource, ...] = ()

        def file(self, name: str, critic: CriticSource | None = None) -> ScriptedSink:
            return self

        def write(self, row: Any) -> None:
            written.append(row["id"])

        def skip(self, why: str) -> None:
            raise AssertionError(why)

    def items() -> Any:
        critique = schema.Critique(
            author=a_critic(), answer=RIGHT, judgments=judged("correct"), reference="gold", stage="model"
        )
        for number in range(3):
            assert len(written) == number
            steps = (schema.StepRange(start=0, end=1),)
            response = schema.Response(key=f"r{number}", source_text="x", steps=steps, critiques=(critique,))
            yield Item(
                schema.Problem(key="p", question="?", responses=(response,)),
                lambda image: b"",
                lambda author: author.name,
            )

    FORMAT.write(items(), {"labels": "reference"}, ScriptedSink())
    assert len(written) == 3


def test_files_are_json_lines_in_utf_8(tmp_path: Path) -> None:
    project = from_visco(tmp_path, a_line(question="ß 📊"))
    assert "ß 📊".encode() in content(a_snapshot(project, "visco"), "test.jsonl")
