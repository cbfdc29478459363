"""Figures in words: a value with its interval, shares as per cent, look-ups by name."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django import template
from django.utils.formats import date_format, number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.metrics.bootstrap import Figure
from annotations.web.insight_blocks import OUTCOMES

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

LISTS = {
    "steps": gettext_lazy("Steps"),
    "answers": gettext_lazy("Answers"),
    "couples": gettext_lazy("Steps that both judged"),
    "claims": gettext_lazy("Judgments with a confidence"),
    "corrections": gettext_lazy("Corrections"),
}
OTHER_OUTCOMES = {
    "agree": gettext_lazy("alike"),
    "differ": gettext_lazy("apart"),
    "rr": gettext_lazy("right → right"),
    "rw": gettext_lazy("right → wrong"),
    "wr": gettext_lazy("wrong → right"),
    "ww": gettext_lazy("wrong → wrong"),
    "unknown": gettext_lazy("could not be told"),
}


@register.filter
def ruling_words(status: str) -> str:
    return str(RULINGS[status])


@register.filter
def at(held: Mapping[str, Any], name: str) -> Any:
    return held.get(name)


@register.filter
def moment(at: str) -> str:
    """A time of a report, which is JSON, in the words of the page."""
    return str(date_format(localtime(datetime.fromisoformat(at)), "DATETIME_FORMAT"))


@register.filter
def percent(share: float | None) -> str:
    return "–" if share is None else f"{number_format(round(100 * share, 1), 1)} %"


@register.filter
def decimal(value: float | None) -> str:
    """Three places, rounded (`number_format` alone cuts off); a dash where undefined."""
    return "–" if value is None else number_format(round(value, 3), 3)


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


@register.filter
def with_links(chart: SafeString, items_url: str) -> SafeString:
    """A chart's links, which begin with "?", lead to the page of items."""
    return mark_safe(chart.replace('href="?', f'href="{escape(items_url)}?'))  # noqa: S308  # drawn by us, escaped there


@register.filter
def asked_words(asked: Mapping[str, str]) -> str:
    """What a list of items holds: author, kind, outcome, in words where there are some."""
    parts = [asked[name] for name in ("author", "other", "source", "level", "type") if asked.get(name)]
    outcome = asked.get("outcome", "")
    parts.append(str(OUTCOMES.get(outcome, OTHER_OUTCOMES.get(outcome, outcome))))
    return " · ".join(part for part in (str(LISTS.get(asked.get("of", ""), "")), *parts) if part)
