"""Figures in words: a value with its interval, shares as per cent, look-ups by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.metrics.bootstrap import Figure

register = template.Library()

RULINGS = {
    "both": gettext_lazy("by both"),
    "real": gettext_lazy("real"),
    "nitpick": gettext_lazy("nitpick"),
    "wrong": gettext_lazy("nothing there"),
    "duplicate": gettext_lazy("duplicate"),
    "cannot_tell": gettext_lazy("cannot tell"),
    "open": gettext_lazy("open"),
}


@register.filter
def ruling_words(status: str) -> str:
    return str(RULINGS[status])


@register.filter
def at(held: Mapping[str, Any], name: str) -> Any:
    return held.get(name)


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{number_format(100 * share, 1)} %"


@register.filter
def decimal(value: float | None) -> str:
    """Three places; a dash where undefined."""
    return "–" if value is None else number_format(value, 3)


@register.filter
def figure(held: Figure | Mapping[str, Any] | None) -> SafeString | str:
    """The value, its interval small beside it; a dash with the count where it is undefined."""
    if held is None:
        return "–"
    told = held if isinstance(held, Mapping) else {"value": held.value, "low": held.low, "high": held.high}
    if told["value"] is None:
        return format_html('<abbr title="{}">–</abbr>', _("undefined: there is nothing of the kind"))
    if told["low"] is None or told["high"] is None:
        return decimal(told["value"])
    return format_html(
        '{} <small class="soft interval">{} … {}</small>',
        decimal(told["value"]),
        decimal(told["low"]),
        decimal(told["high"]),
    )
