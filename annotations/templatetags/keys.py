"""The person's keys in templates: `{% key "finding" %}` is a `<kbd>` with the key of that action."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from annotations.verbs import key_table

register = template.Library()

SHOWN = {
    "Enter": "↵",
    "Shift": "⇧",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "Escape": "Esc",
    "Delete": "Del",
    " ": "␣",
    "-": "−",
}


def shown(key: str) -> str:
    """ "Ctrl+Shift+z" as "Ctrl ⇧ Z"; the same as in static/js/key_names.js."""
    parts = [*key[:-1].split("+"), key[-1]] if key.endswith("+") else key.split("+")
    return " ".join(SHOWN.get(part, part.upper() if len(part) == 1 else part) for part in parts if part)


@register.simple_tag(takes_context=True)
def key(context: Any, action: str) -> SafeString:
    keys = key_table.keys_with(_changes(context))[action]
    return format_html(
        '<kbd aria-hidden="true" data-key="{}"{}>{}</kbd>',
        action,
        "" if keys else SafeString(" hidden"),
        shown(keys[0]) if keys else "",
    )


@register.simple_tag(takes_context=True)
def keys_of_page(context: Any, place: str = "workbench") -> dict[str, Any]:
    """What the scripts need: rows of (action, group, words, keys by default), the groups, and the person's changes."""
    here = [action for action in key_table.ACTIONS if action.place in (place, "any")]
    groups = {action.group for action in here}
    return {
        "groups": {code: str(words) for code, words in key_table.GROUPS.items() if code in groups},
        "actions": [[action.name, action.group, str(action.label), *action.keys] for action in here],
        "changes": _changes(context),
    }


def _changes(context: Any) -> key_table.Changes:
    mine = context.get("preferences")
    return mine.keys if mine is not None else {}
