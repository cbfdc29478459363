"""Fine-Grained RLHF's QA feedback: errors marked as spans of the first of four answers, with type, and a correction.

Source: Wu et al. 2023, repository allenai/FineGrainedRLHF. Offsets count code points of `prediction 1`. A span over
several steps becomes a finding in each. Steps without a mark are correct: people marked all that was wrong. The types
(Irrelevant, Wrong-Grounding, …) are none of our taxonomy: they stand in the explanation and, whole, in the record.
Missing information is of no step: it stands in the comment. `corrected-prediction` is a correction guided by these
marks; the six preferences (pairs 12, 13, 14, 23, 24, 34) are kept with the problem.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Critique, Finding, Judgment, Problem, Response, Span, StepRange
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import imported, key_of
from annotations.importers.json_records import read_by

PEOPLE = Author(kind="person", name="Fine-Grained RLHF annotator")
PREDICTIONS = 4


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "question"), "question")
    key = key_of("fine-grained-rlhf", question)
    responses = [
        _response(record, key, number) for number in range(1, PREDICTIONS + 1) if f"prediction {number}" in record
    ]
    feedback = fields.mapping(fields.require(record, "feedback"), "feedback")
    if corrected := feedback.get("corrected-prediction"):
        text = fields.text(corrected, "feedback.corrected-prediction")
        responses.append(
            Response(
                key=f"{key}/corrected",
                source_text=text,
                generator=PEOPLE.name,
                revises=f"{key}/1",
                guided_by=f"{key}/1#feedback",
            )
        )
    return Problem(
        key=key,
        question=question,
        reference_answer=fields.as_text(record.get("gold")),
        source_dataset="Fine-Grained RLHF QA feedback",
        superskill="Reasoning",
        licence="Apache-2.0",
        responses=tuple(responses),
        extra={name: record[name] for name in ("passages", "preference") if name in record},
    )


def _response(record: dict[str, Any], key: str, number: int) -> Response:
    field = f"prediction {number}"
    text = fields.text(record[field], field)
    ranges = split_steps(text)
    critiques = (_critique(record["feedback"], key, text, ranges),) if number == 1 else ()
    return Response(
        key=f"{key}/{number}",
        source_text=text,
        steps=ranges,
        segmentation=SEGMENTATION_RULE,
        generator="prediction",
        sample=number - 1,
        critiques=critiques,
    )


def _critique(feedback: dict[str, Any], key: str, text: str, ranges: tuple[StepRange, ...]) -> Critique:
    errors = [
        _error(error, f"feedback.errors.{index}", len(text))
        for index, error in enumerate(fields.listed(feedback.get("errors") or [], "feedback.errors"))
    ]
    judgments = []
    for number, step in enumerate(ranges, 1):
        findings = tuple(
            Finding(
                explanations=(why,),
                marks=(Span(start=max(start, step.start) - step.start, end=min(end, step.end) - step.start),),
            )
            for why, start, end in errors
            if start < step.end and step.start < end
        )
        wrong = bool(findings)
        judgments.append(
            Judgment(
                step=number,
                verdict="incorrect" if wrong else "correct",
                own_error=True if wrong else None,
                findings=findings,
            )
        )
    missing = fields.listed(feedback.get("missing-info") or [], "feedback.missing-info")
    return imported(
        f"{key}/1#feedback",
        PEOPLE,
        judgments,
        reference=None,
        comment="\n".join(f"Missing: {item if isinstance(item, str) else fields.as_text(item)}" for item in missing),
        extra={"feedback": {name: value for name, value in feedback.items() if name != "corrected-prediction"}},
    )


def _error(value: Any, path: str, length: int) -> tuple[str, int, int]:
    error = fields.mapping(value, path)
    start, end = error.get("start"), error.get("end")
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= length:
        raise FieldError(path, f"start before end, within the {length} code points", f"{start} to {end}")
    kind, why = error.get("error type") or "", error.get("explanation") or ""
    return ": ".join(part for part in (str(kind), str(why).strip()) if part), start, end


FORMAT = ImportFormat(
    name="fine_grained_rlhf",
    title="Fine-Grained RLHF (QA feedback)",
    help="JSON or JSONL; spans with their types, a correction, three further answers.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of),
)
