"""Words for what the schema says in codes."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.schema import Judgment
from annotations.core.taxonomy import Taxonomy
from annotations.verbs.words import word

register = template.Library()

STAGES = {
    "blind": gettext_lazy("before the reveal"),
    "after_reveal": gettext_lazy("after the reveal"),
    "imported": gettext_lazy("imported"),
    "model": gettext_lazy("model"),
}
SEVERITIES = {
    "cosmetic": gettext_lazy("cosmetic"),
    "minor": gettext_lazy("minor"),
    "decisive": gettext_lazy("decides the answer"),
}
MINUTE = 60


@register.filter
def stage_words(stage: str) -> str:
    return str(STAGES[stage])


@register.filter
def severity_words(severity: str) -> str:
    return str(SEVERITIES[severity])


@register.filter
def verdict_word(judgment: Any) -> str:
    """Of a step's or an answer's judgment: the verdict, or the state that stands for one."""
    return word(judgment.verdict or judgment.state)


@register.filter
def origin_words(judgment: Judgment) -> str:
    """Where an error comes from: "its own", "inherited from 2, 3", both, or "" where nobody said."""
    words = [_("its own")] if judgment.own_error else []
    if judgment.inherits_from:
        words.append(_("inherited from %(steps)s") % {"steps": ", ".join(map(str, judgment.inherits_from))})
    if judgment.origin_unknown:
        words.append(_("origin unknown"))
    return _(" and ").join(words)


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
