"""The Annotate page as a plain form: what a browser without JavaScript sends, as paths and values of the draft."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from annotations.core.codec import FieldError
from annotations.verbs.draft_paths import FINDING_ID

_FINDING = re.compile(rf"findings\.({FINDING_ID})\.(step|error_type|severity|explanation|corrected_text)")
_STEP_CHOICES = ("own_error", "origin_unknown")


def values_of_form(form: QueryDict, *, steps: int, stored: Mapping[str, Any]) -> dict[str, Any]:
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
        origins = sorted({_whole(form, f"{path}.inherits_from", raw) for raw in form.getlist(f"{path}.inherits_from")})
        values[f"{path}.inherits_from"] = origins or None
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
