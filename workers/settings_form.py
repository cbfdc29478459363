"""Forms from dataclasses: a method's settings and a kind's parameters, for page, shell and API from the same fields.

A field's metadata may have `help`, `range` (least, most), `choices`, and `settings_of` (settings of a method within).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from workers.critics.base import Method
from workers.registry import declared_in


def methods() -> dict[str, Any]:
    """Everything a critic can be made with: critics' methods, and correctors."""
    return {**declared_in("workers.critics", "METHOD"), **declared_in("workers.corrections", "CORRECTOR")}


def default_of(field: Field[Any]) -> Any:
    make: Any = field.default_factory
    return field.default if make is MISSING else make()


def form_field(field: Field[Any]) -> forms.Field:
    """The control for one field, by the type of its default."""
    default, limits, choices = default_of(field), field.metadata.get("range"), field.metadata.get("choices")
    told: dict[str, Any] = {
        "label": field.name.replace("_", " ").capitalize(),
        "help_text": _help(field),
        "initial": default,
        "required": False,
    }
    if isinstance(default, bool):
        return forms.BooleanField(**told)
    if isinstance(default, int | float):
        number = forms.IntegerField if isinstance(default, int) else forms.FloatField
        least, most = limits or (None, None)
        return number(min_value=least, max_value=most, **told)
    if choices:
        return forms.ChoiceField(choices=[(choice, choice) for choice in choices], **told)
    if isinstance(default, str):
        if field.name == "of":
            return forms.ChoiceField(choices=[(name, method.title) for name, method in _inner().items()], **told)
        return forms.CharField(**told)
    return forms.JSONField(**{**told, "initial": default}, widget=forms.Textarea(attrs={"rows": 2}))


def _help(field: Field[Any]) -> str:
    limits = field.metadata.get("range")
    said = _(field.metadata.get("help", "")) if field.metadata.get("help") else ""
    if not limits:
        return said
    return f"{said} " + _("From %(least)s to %(most)s.") % {"least": limits[0], "most": limits[1]}


def _inner() -> dict[str, Method]:
    return declared_in("workers.critics", "METHOD")


class SettingsForm(forms.Form):
    """One control for each field of `of`. `settings()` gives the values, those left empty at their defaults."""

    def __init__(self, of: type, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        for one in fields(of):
            self.fields[one.name] = form_field(one)

    def settings(self) -> dict[str, Any]:
        """Of a valid form. Raises ValueError where the dataclass says no to the values together."""
        found = {}
        for one in fields(self.of):
            value = self.cleaned_data[one.name]
            found[one.name] = default_of(one) if value in (None, "") and default_of(one) != "" else value
        try:
            self.of(**found)
        except (TypeError, KeyError) as wrong:
            raise ValueError(str(wrong)) from wrong
        return found


def settings_from(of: type, given: Mapping[str, Any]) -> dict[str, Any]:
    """From API or shell: values or their text; what is not given keeps its default.

    Raises ValueError that names the field.
    """
    known = {one.name: one for one in fields(of)}
    if unknown := sorted(set(given) - set(known)):
        there = ", ".join(known) or _("none")
        raise ValueError(_("settings: expected %(there)s, found %(found)s") % {"there": there, "found": unknown[0]})
    asked = {name: given[name] if name in given else default_of(one) for name, one in known.items()}
    form = SettingsForm(of, {name: _as_text(value) for name, value in asked.items()})
    if not form.is_valid():
        raise ValueError("; ".join(f"{name}: {' '.join(map(str, wrong))}" for name, wrong in form.errors.items()))
    return form.settings()


def _as_text(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict | list) else value


def described(of: type) -> list[dict[str, Any]]:
    """The same fields for a program: name, type, default, range, choices and help."""
    return [
        {
            "name": one.name,
            "type": type(default_of(one)).__name__,
            "default": default_of(one),
            "range": one.metadata.get("range"),
            "choices": one.metadata.get("choices"),
            "help": one.metadata.get("help", ""),
        }
        for one in fields(of)
    ]
