"""The Annotate page as a plain form: what a browser without JavaScript sends, as paths and values of the draft."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import QueryDict

from annotations.core.codec import FieldError
from annotations.verbs.draft_paths import FINDING_ID

_FINDING = re.compile(rf"findings\.({FINDING_ID})\.(step|error_type|severity|explanation|corrected_text)")
_STEP_CHOICES = ("own_error", "origin_unknown")


def values_of_form(form: QueryDict, *, steps: int, stored: Mapping[str, Any]) -> dict[str, Any]:
    """Path → value for every field that the form shows; an empty field is null, an unticked box too.

    A finding that is new and empty is left out: the form offers one for each step.
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
    values |= _findings(form, stored)
    return values


def _findings(form: QueryDict, stored: Mapping[str, Any]) -> dict[str, Any]:
    findings: dict[str, dict[str, Any]] = {}
    for name in form:
        if match := _FINDING.fullmatch(name):
            value = _whole(form, name, form[name]) if match[2] == "step" else _text(form, name)
            findings.setdefault(match[1], {})[name] = value
    values: dict[str, Any] = {}
    for id, fields in findings.items():
        known = stored.get(f"findings.{id}.step") is not None
        filled = any(value is not None for name, value in fields.items() if not name.endswith(".step"))
        if form.get(f"findings.{id}.remove"):
            values[f"findings.{id}.step"] = None
        elif known or filled:
            values |= fields
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
