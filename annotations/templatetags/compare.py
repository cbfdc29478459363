"""Words for what the schema says in codes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django import template

from annotations.core.schema import Judgment
from annotations.core.taxonomy import Taxonomy

register = template.Library()

STAGES = {"blind": "before the reveal", "after_reveal": "after the reveal", "imported": "imported", "model": "model"}
SEVERITIES = {"cosmetic": "cosmetic", "minor": "minor", "decisive": "decides the answer"}
MINUTE = 60


@register.filter
def stage_words(stage: str) -> str:
    return STAGES[stage]


@register.filter
def severity_words(severity: str) -> str:
    return SEVERITIES[severity]


@register.filter
def verdict_word(judgment: Any) -> str:
    """Of a step's or an answer's judgment: the verdict, or the state that stands for one."""
    return (judgment.verdict or judgment.state).capitalize()


@register.filter
def origin_words(judgment: Judgment) -> str:
    """Where an error comes from: "its own", "inherited from 2, 3", both, or "" where nobody said."""
    words = ["its own"] if judgment.own_error else []
    if judgment.inherits_from:
        words.append(f"inherited from {', '.join(map(str, judgment.inherits_from))}")
    if judgment.origin_unknown:
        words.append("origin unknown")
    return " and ".join(words)


@register.filter
def type_words(code: str, taxonomy: Taxonomy) -> str:
    """`perception/text_reading` as "Perception: text reading", in the words of the project."""
    return taxonomy.label(code)


@register.filter
def duration(seconds: float) -> str:
    """Seconds for people: "3.1 s", "1 min 12 s"."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole} s" if whole < MINUTE else f"{whole // MINUTE} min {whole % MINUTE} s"


@register.filter
def model_name(model: str) -> str:
    """The last part of a model's path or name."""
    return PurePosixPath(model).name or model
