"""The Annotate page as a plain form: what a browser without JavaScript sends, as paths and values of the draft."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from annotations.core.codec import FieldError
from annotations.core.quotes import find_quote
from annotations.verbs.draft_paths import FINDING_ID

_FINDING = re.compile(rf"findings\.({FINDING_ID})\.(step|error_type|severity|explanation|corrected_text)")
_NEW_MARK = re.compile(rf"findings\.({FINDING_ID})\.(quote|box)")
_STEP_CHOICES = ("own_error", "origin_unknown")


def values_of_form(
    form: QueryDict, *, steps: int, stored: Mapping[str, Any], asks_skills: bool = False
) -> dict[str, Any]:
    """Path → value for every field that the form shows; an empty field is null, an unticked box too.

    `add_finding` names a step: a new finding is added to it.
    """
    values: dict[str, Any] = {
        "answer.verdict": form.get("answer.verdict") or None,
        "comment": _text(form, "comment"),
    }
    if "answer.confidence" in form:
        values["answer.confidence"] = _number(form, "answer.confidence")
    for step in range(1, steps + 1):
        path = f"steps.{step}"
        values[f"{path}.verdict"] = form.get(f"{path}.verdict") or None
        values[f"{path}.reason"] = _text(form, f"{path}.reason")
        if f"{path}.confidence" in form:
            values[f"{path}.confidence"] = _number(form, f"{path}.confidence")
        for name in _STEP_CHOICES:
            ticked = f"{path}.{name}" in form
            values[f"{path}.{name}"] = True if ticked else (False if stored.get(f"{path}.{name}") is False else None)
        values[f"{path}.inherits_from"] = _numbers_of_steps(form, f"{path}.inherits_from")
        values[f"{path}.state"] = form.get(f"{path}.state") or None
        if asks_skills:
            values[f"{path}.skills"] = form.getlist(f"{path}.skills") or None
    if "difficulty" in form:
        raw = form["difficulty"]
        values["difficulty"] = _whole(form, "difficulty", raw) if raw else None
    if "add_finding" in form:
        values[f"findings.{new_finding_id()}.step"] = _whole(form, "add_finding", form["add_finding"])
    return values | _findings(form)


def new_finding_id() -> str:
    """Sorts by the time it was made, as those made by the page's scripts do."""
    return f"{time.time_ns() // 1_000_000:012x}-{secrets.token_hex(3)}"


def _findings(form: QueryDict) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in form:
        if not (match := _FINDING.fullmatch(name)):
            continue
        values[name] = _whole(form, name, form[name]) if match[2] == "step" else _text(form, name)
        if match[2] == "step" and form.get(f"findings.{match[1]}.remove"):
            values[name] = None
    return values


def marks_of_form(form: QueryDict, *, texts: Sequence[str], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Marks that a person without a mouse's help adds: `findings.ID.quote`, words copied from the finding's step, and
    `findings.ID.box`, four percentages of the first image. Raises FieldError for what is not there.
    """
    values: dict[str, list[dict[str, Any]]] = {}
    for name in form:
        typed = form.get(name, "").strip()
        if not (match := _NEW_MARK.fullmatch(name)) or not typed:
            continue
        path = f"findings.{match[1]}.marks"
        step = _whole(form, name, form.get(f"findings.{match[1]}.step", ""))
        mark = _box(name, typed) if match[2] == "box" else _quoted(name, typed, texts[step - 1 : step])
        values.setdefault(path, list(stored.get(path) or ())).append(mark)
    return values


def _quoted(name: str, quote: str, texts: Sequence[str]) -> dict[str, Any]:
    span = find_quote(texts[0], quote) if texts else None
    if span is None:
        raise FieldError(name, "words that stand in the step, copied from it", repr(quote)[:80])
    return {"kind": "span", "start": span.start, "end": span.end}


def _box(name: str, raw: str) -> dict[str, Any]:
    numbers = [float(part) / 100 for part in re.findall(r"\d{1,3}(?:\.\d{1,4})?", raw, re.ASCII)]
    if len(numbers) != 4 or not (0 <= numbers[0] < numbers[2] <= 1 and 0 <= numbers[1] < numbers[3] <= 1):
        expected = "four percentages of the image, left, top, right, bottom, such as 10, 20, 45.5, 60"
        raise FieldError(name, expected, repr(raw)[:40])
    return {"kind": "region", "image": 1, "shape": "box", "points": [numbers[:2], numbers[2:]]}


def _numbers_of_steps(form: QueryDict, name: str) -> list[int] | None:
    """From "1, 3": steps are named by their numbers."""
    parts = [part for raw in form.getlist(name) for part in re.split(r"[,;\s]+", raw) if part]
    return sorted({_whole(form, name, part) for part in parts}) or None


def _text(form: QueryDict, name: str) -> str | None:
    """Browsers send line breaks as CRLF; the text that was typed has LF."""
    return form.get(name, "").replace("\r\n", "\n") or None


def _number(form: QueryDict, name: str) -> float | None:
    raw = form.get(name, "")
    try:
        return float(raw) if raw else None
    except ValueError as error:
        raise FieldError(name, "a number", repr(raw)[:40]) from error


def _whole(form: QueryDict, name: str, raw: str | list[object]) -> int:
    if not isinstance(raw, str) or not re.fullmatch(r"\d{1,4}", raw, re.ASCII):
        raise FieldError(name, "the number of a step", repr(raw)[:40])
    return int(raw)
