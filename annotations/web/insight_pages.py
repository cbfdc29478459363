"""Which pages of insights there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy

from annotations.web.insight_blocks import Block, Told, agreement, critics, overview, people
from annotations.web.insight_outcomes import calibration, corrections, costs, patterns


@dataclass(frozen=True, slots=True)
class Page:
    slug: str
    title: str
    words: str
    blocks: Sequence[Block] = field(default_factory=list)


PAGES: dict[str, tuple[Any, Any, Callable[[Told], list[Block]]]] = {
    "overview": (
        gettext_lazy("Overview"),
        gettext_lazy("Where people and critics agree, and who finds what."),
        overview,
    ),
    "critics": (gettext_lazy("Critics"), gettext_lazy("Each critic version against the reference."), critics),
    "people": (gettext_lazy("People"), gettext_lazy("Each person against the reference."), people),
    "agreement": (
        gettext_lazy("Agreement"),
        gettext_lazy("People among themselves, and everybody two by two."),
        agreement,
    ),
    "corrections": (
        gettext_lazy("Corrections"),
        gettext_lazy("Whether a critique helps to get it right."),
        corrections,
    ),
    "calibration": (gettext_lazy("Calibration"), gettext_lazy("Whether confidence means something."), calibration),
    "patterns": (
        gettext_lazy("Patterns"),
        gettext_lazy("How critics fail, and what seeing them does to people."),
        patterns,
    ),
    "costs": (gettext_lazy("Costs"), gettext_lazy("What quality costs."), costs),
}


def page(slug: str, told: Told) -> Page:
    title, told_words, build = PAGES[slug]
    return Page(slug, str(title), str(told_words), build(told))
