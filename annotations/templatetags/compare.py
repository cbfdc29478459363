"""Words for what the schema says in codes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any
from uuid import UUID

from django import template
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.schema import Judgment
from annotations.core.taxonomy import Taxonomy
from annotations.verbs.words import word
from annotations.web.workbench import SKILL_LABELS

register = template.Library()

STAGES = {
    "blind": gettext_lazy("before the reveal"),
    "after_reveal": gettext_lazy("after the reveal"),
    "imported": gettext_lazy("imported"),
    "model": gettext_lazy("model"),
    "review": gettext_lazy("a reviewer's version"),
    "adjudication": gettext_lazy("adjudicated"),
}
SEVERITIES = {
    "cosmetic": gettext_lazy("cosmetic"),
    "minor": gettext_lazy("minor"),
    "decisive": gettext_lazy("decides the answer"),
}
MINUTE = 60


# What rollouts say, in words: the key is the prefix they went on from, or the change between two.
PREFIXES = {
    "before": gettext_lazy("before the step"),
    "after": gettext_lazy("after the step"),
    "corrected": gettext_lazy("after its correction"),
}
CHANGES = {
    ("step", "worse"): gettext_lazy("The step spoils the outcome"),
    ("step", "better"): gettext_lazy("The step helps the outcome"),
    ("step", "no clear change"): gettext_lazy("The step makes no clear difference"),
    ("correction", "worse"): gettext_lazy("Its correction spoils the outcome"),
    ("correction", "better"): gettext_lazy("Its correction mends the outcome"),
    ("correction", "no clear change"): gettext_lazy("Its correction makes no clear difference"),
}
EFFECTS = {
    "fixed": gettext_lazy("fixed"),
    "unchanged": gettext_lazy("unchanged"),
    "broke": gettext_lazy("broke"),
    "unparsed": gettext_lazy("unparsed"),
}
LEVELS = {
    "none": gettext_lazy("guided by nothing"),
    "A": gettext_lazy("guided by the answer verdict"),
    "AS": gettext_lazy("guided by answer and step verdicts"),
    "ASE": gettext_lazy("guided by the whole critique"),
}

# Who found a finding: on its chip, and counted.
FOUND = {"people": gettext_lazy("only people"), "critics": gettext_lazy("only critics")}
FOUND_COUNTED = {
    "both": gettext_lazy("by both"),
    "people": gettext_lazy("only by people"),
    "critics": gettext_lazy("only by critics"),
    "several": gettext_lazy("by several"),
    "one": gettext_lazy("by one"),
}


@register.filter
def skill_words(skill: str) -> str:
    return str(SKILL_LABELS[skill])


@register.filter
def found_words(found_by: str) -> str:
    return str(FOUND[found_by])


@register.filter
def found_counted(found_by: str) -> str:
    return str(FOUND_COUNTED[found_by])


@register.simple_tag
def finding_check(checks: Mapping[tuple[UUID, int], Any], critique: UUID, ordinal: int) -> Any:
    """The check of a critique's finding, or None."""
    return checks.get((critique, ordinal)) if checks else None


@register.filter
def prefix_words(name: str) -> str:
    return str(PREFIXES[name])


@register.simple_tag
def change_words(name: str, change: str) -> str:
    return str(CHANGES[name, change])


@register.filter
def effect_words(effect: str) -> str:
    return str(EFFECTS[effect])


@register.filter
def level_words(level: str) -> str:
    return str(LEVELS[level])


@register.filter
def points(share: float) -> str:
    """A difference of shares in percentage points, with its sign: "−50", "+8", "0"."""
    rounded = round(100 * share)
    return f"{rounded:+d}".replace("-", "−") if rounded else "0"


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
