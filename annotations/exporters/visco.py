"""VISCO's own files: `test.jsonl` from the reference critiques, and one model-output file for each critic beside it.

Built from the judgments, so that a changed verdict shows as just that; what the tables do not hold comes from what
`importers/visco.py` kept under `extra`, so that what came in from VISCO comes out the same. For other data the id is
made in VISCO's form, `test1` for an answer that is judged wrong and `test2` otherwise: VISCO's scorer reads the prefix.

VISCO has no word for a label without verdict: such a response is skipped and counted, unless its label came as null
from such a file. In a critic's file it is null, which VISCO's scorer takes as not flagged. Its scorer wants exactly
three explanations of a wrong step: where people gave fewer they are repeated in turn, and of several findings the i-th
explanations are joined.
Source: PlusLabNLP/VISCO at 12e64a9 (README, evaluation code).
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import chain, count
from typing import Any

from annotations.core import schema
from annotations.core.critique_facts import visco_label
from annotations.exporters.base import CriticSource, ExportFormat, Item, Option, Sink

FIELDS = (
    "id", "question", "image", "label", "response", "answer_correctness", "reasoning_correctness", "reasoning_critic",
    "meta_data",
)  # fmt: skip
LABEL_FIELDS = ("answer_correctness", "reasoning_correctness", "reasoning_critic")
ALTERNATIVES = 3
NAME_LENGTH = 120  # characters of a critic's name in its file's name


def write(items: Iterable[Item], options: Mapping[str, str], sink: Sink) -> None:
    test = sink.file("test.jsonl")
    outputs = {critic: sink.file(f"critics/{name}.jsonl", critic) for critic, name in _file_names(sink.critics).items()}
    for item in items:
        for response in item.problem.responses:
            label = _label(response, options["labels"])
            if label is None:
                sink.skip(f"no {_WHOSE[options['labels']]}")
            elif not _decided(label):
                sink.skip(f"a {_WHOSE[options['labels']]} that leaves the answer or a step undecided")
            else:
                test.write(_row(item, response, label))
                written = {_source(critique): critique for critique in response.critiques}
                for critic, file in outputs.items():
                    file.write(_output(written.get(critic), len(label.judgments)))


_WHOSE = {"reference": "reference critique", "people": "person's critique"}


def _decided(label: schema.Critique) -> bool:
    if _came_from_visco(label):
        return True
    return _correct(label.answer) is not None and all(visco_label(judgment) is not None for judgment in label.judgments)


def _came_from_visco(label: schema.Critique) -> bool:
    return "visco" in label.extra


def _label(response: schema.Response, labels: str) -> schema.Critique | None:
    if labels == "reference":
        return next((critique for critique in response.critiques if critique.reference), None)
    people = (
        critique for critique in response.critiques if critique.author.kind == "person" and not critique.reference
    )
    return next(people, None)


def _row(item: Item, response: schema.Response, label: schema.Critique) -> dict[str, Any]:
    problem = item.problem
    kept = problem.extra.get("visco", {}) if response.key == problem.key else {}
    came_as = response.extra.get("visco", {})
    values = {
        "id": response.key if kept else _made_id(problem, response, label),
        "question": problem.question,
        "image": _image(item, kept),
        "label": kept.get("label", problem.reference_answer),
        "response": _ordered(
            {
                "reasoning": [response.source_text[step.start : step.end] for step in response.steps or ()],
                "answer": came_as.get("answer", response.answer),
                **came_as.get("unknown", {}),
            },
            came_as.get("fields"),
        ),
        "answer_correctness": _correct(label.answer),
        "reasoning_correctness": [visco_label(judgment) for judgment in label.judgments],
        "reasoning_critic": _explanations(label),
        "meta_data": kept.get("meta_data", _meta_data(problem, response)),
        **kept.get("unknown", {}),
    }
    order = kept.get("fields")
    if order and not _came_from_visco(label):  # the file may have come without labels: now it has them
        order = [*order, *(field for field in LABEL_FIELDS if field not in order)]
    return _ordered(values, order)


def _ordered(values: dict[str, Any], fields: list[str] | None) -> dict[str, Any]:
    """Exactly these fields in this order, where the importer met others than the usual ones."""
    return {field: values[field] for field in fields} if fields else values


def _made_id(problem: schema.Problem, response: schema.Response, label: schema.Critique) -> str:
    prefix = "test2" if _correct(label.answer) else "test1"
    return "||".join([prefix, problem.superskill, problem.skill, problem.source_dataset, response.key])


def _meta_data(problem: schema.Problem, response: schema.Response) -> dict[str, Any]:
    return {
        "critic_superskill": problem.superskill,
        "critic_skill": problem.skill,
        "src_dataset": problem.source_dataset,
        "src_model": response.generator,
    }


def _image(item: Item, kept: Mapping[str, Any]) -> str | None:
    """VISCO has one image a problem: the first, as base64 behind whatever prefix it came with."""
    if not item.problem.images:
        return kept.get("image")
    encoded = base64.b64encode(item.image_bytes(item.problem.images[0])).decode("ascii")
    return (kept.get("image") or "") + encoded


def _correct(answer: schema.AnswerJudgment) -> bool | None:
    return {"correct": True, "neutral": True, "incorrect": False}.get(answer.verdict or "")


def _explanations(label: schema.Critique) -> list[Any]:
    """One list a step. A critique that came from VISCO gives its own lists back, odd ones too."""
    if not _came_from_visco(label):
        return [_three(judgment) for judgment in label.judgments]
    odd = label.extra["visco"].get("explanations", {})
    return [odd.get(str(judgment.step), _as_given(judgment)) for judgment in label.judgments]


def _as_given(judgment: schema.Judgment) -> list[str]:
    return [text for finding in judgment.findings for text in finding.explanations] or [""] * ALTERNATIVES


def _three(judgment: schema.Judgment) -> list[str]:
    if visco_label(judgment) is not False:
        return [""] * ALTERNATIVES
    given = [[text for text in finding.explanations if text] for finding in judgment.findings]
    told = [texts for texts in given if texts]
    return [" ".join(texts[index % len(texts)] for texts in told) for index in range(ALTERNATIVES)]


def _source(critique: schema.Critique) -> CriticSource:
    return CriticSource(critique.author.name, critique.run, critique.sample)


def _file_names(critics: tuple[CriticSource, ...]) -> dict[CriticSource, str]:
    """A critic's name; with its run and sample where others share it, on file systems that ignore case too."""
    plain = {critic: _file_name(critic.name) for critic in critics}
    shared = Counter(name.casefold() for name in plain.values())
    names: dict[CriticSource, str] = {}
    taken: set[str] = set()
    for critic, name in plain.items():
        base = name if shared[name.casefold()] == 1 else f"{name}-{_file_name(critic.run)[-12:]}-{critic.sample}"
        tries = chain([base], (f"{base}-{number}" for number in count(2)))
        names[critic] = next(candidate for candidate in tries if candidate.casefold() not in taken)
        taken.add(names[critic].casefold())
    return names


_UNFIT = re.compile(r"[^\w.-]+")


def _file_name(name: str) -> str:
    return _UNFIT.sub("-", name).strip(".-")[:NAME_LENGTH] or "critic"


def _output(critique: schema.Critique | None, steps: int) -> dict[str, Any]:
    """One line of a critic's file; a response that the critic has not critiqued is a format error without text."""
    if critique is None:
        formatted = {
            "answer_correctness": None,
            "reasoning_correctness": [None] * steps,
            "reasoning_critic": [""] * steps,
        }
        return {"response": "", "formatted": formatted, "format_error": True}
    kept = critique.extra.get("visco_output", {})
    values = {
        "response": kept.get("response", critique.raw_output),
        "formatted": kept.get("formatted", _formatted(critique)),
        "format_error": kept.get("format_error", any(judgment.state == "unparsed" for judgment in critique.judgments)),
        **kept.get("unknown", {}),
    }
    return _ordered(values, kept.get("fields"))


def _formatted(critique: schema.Critique) -> dict[str, Any]:
    return {
        "answer_correctness": _correct(critique.answer),
        "reasoning_correctness": [visco_label(judgment) for judgment in critique.judgments],
        "reasoning_critic": [
            " ".join(text for finding in judgment.findings for text in finding.explanations[:1])
            for judgment in critique.judgments
        ],
    }


FORMAT = ExportFormat(
    name="visco",
    group="lossless",
    title="VISCO test.jsonl and model outputs",
    help="What VISCO's scorer takes: references as test.jsonl, each critic's critiques in the same order beside it.",
    write=write,
    options=(
        Option(
            name="labels",
            values=("reference", "people"),
            help="Whose verdicts are the labels: the reference critique, or the first person's critique.",
        ),
    ),
)
