"""Shares in words."""

from __future__ import annotations

from django import template
from django.utils.formats import number_format

register = template.Library()


@register.filter
def share(value: float | None) -> str:
    """0.4567 is 46 %; nothing, where nothing was counted, is –."""
    return "–" if value is None else f"{number_format(100 * value, 0)} %"
