"""MR-Ben: solutions in seven subjects with a person's first wrong step, its reasons and the step rectified.

Source: Zeng et al. 2024, repository dvlab-research/Mr-Ben. Steps count from 1, as text ("5"), "N/A" for none. Reasons
and rectified steps are lists by two people, or one text. Coding has its solution as one text, and the error step as a
line of code: there a step is a line, and the line is looked up by its text. Where that is missing or stands more than
once, the place of the error is unknown: no step is labelled, and the reason becomes the comment.
"""

from __future__ import annotations

import re
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import Author, Finding, Judgment, Problem
from annotations.importers import fields
from annotations.importers.base import ImportFormat
from annotations.importers.chains import chain, first_error_judgments, imported, key_of, one_of
from annotations.importers.json_records import read_by

PEOPLE = Author(kind="person", name="MR-Ben")
NONE_SAID = "N/A"
_UNKNOWN_PLACE = 0
_OPTION = re.compile(r"^\s*[A-Z]\s*[:.)]\s*(.*?)\s*$", re.MULTILINE)


def problem_of(record: dict[str, Any]) -> Problem:
    question = fields.text(fields.require(record, "Question"), "Question")
    subject = fields.as_text(record.get("Subject")) or ""
    steps = _steps(fields.require(record, "Model_Solution_Steps"))
    called = one_of(record.get("Model_Solution_Correctness"), ("correct", "incorrect"), "Model_Solution_Correctness")
    first = _first(record.get("Model_Solution_First_Error_Step"), steps)
    if (called == "correct") != (first is None):
        raise FieldError(
            "Model_Solution_First_Error_Step", f"a step exactly where the solution is incorrect ({called})", str(first)
        )
    reasons = _said(record.get("Model_Solution_Error_Reason"))
    key = key_of("mr-ben", record.get("Question_UUID") or question)
    chain_key = key_of(key, record.get("Sampled_Model") or "", "\n\n".join(steps))
    if first is _UNKNOWN_PLACE:
        judgments = tuple(Judgment(step=number, state="unlabelled") for number in range(1, len(steps) + 1))
    else:
        findings = _findings(record, reasons) if first else ()
        judgments = first_error_judgments(len(steps), first, field="Model_Solution_First_Error_Step", findings=findings)
    comment = "\n\n".join(reasons) if first is _UNKNOWN_PLACE else ""
    options = record.get("Options")
    return Problem(
        key=key,
        question=question,
        options=tuple(_OPTION.findall(options)) if isinstance(options, str) else (),
        reference_answer=fields.as_text(record.get("Ground_Truth_Answer")) or None,
        source_dataset="MR-Ben",
        superskill="Reasoning",
        skill=subject,
        licence="MIT",
        responses=(
            chain(
                chain_key,
                steps,
                field="Model_Solution_Steps",
                generator=fields.as_text(record.get("Sampled_Model")) or "",
                critiques=(imported(f"{chain_key}#reference", PEOPLE, judgments, comment=comment),),
                extra={"record": record},
            ),
        ),
    )


def _steps(value: Any) -> tuple[str, ...]:
    """A list as it is; one text (coding) by its lines that are not blank."""
    if isinstance(value, str):
        return tuple(line for line in value.splitlines() if line.strip())
    return fields.texts(value, "Model_Solution_Steps")


def _first(value: Any, steps: tuple[str, ...]) -> int | None:
    said = fields.text(value, "Model_Solution_First_Error_Step") if not isinstance(value, int) else str(value)
    if said.strip() == NONE_SAID:
        return None
    if said.strip().isdecimal():
        return int(said)
    places = [number for number, step in enumerate(steps, 1) if step.strip() == said.strip()]
    if said.strip() and not places:
        raise FieldError("Model_Solution_First_Error_Step", "a number, N/A, or a line of the solution", repr(said)[:80])
    return places[0] if len(places) == 1 else _UNKNOWN_PLACE


def _findings(record: dict[str, Any], reasons: tuple[str, ...]) -> tuple[Finding, ...]:
    rectified = _said(record.get("Model_Solution_Rectified_First_Error_Step"))
    return (Finding(explanations=reasons, corrected_text=rectified[0] if rectified else None),)


def _said(value: Any) -> tuple[str, ...]:
    texts = [value] if isinstance(value, str) else value if isinstance(value, list) else []
    return tuple(text.strip() for text in texts if isinstance(text, str) and text.strip() not in ("", NONE_SAID))


FORMAT = ImportFormat(
    name="mr_ben",
    title="MR-Ben",
    help="JSON or JSONL; the first error alone is labelled, with two people's reasons. Both rectified steps are kept.",
    suffixes=(".json", ".jsonl"),
    read=read_by(problem_of, key_field="Question_UUID"),
)
