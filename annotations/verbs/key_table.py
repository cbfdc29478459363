"""The one table of what keys do where people judge and compare: bindings, hints, dialog, palette and docs come from it.

A key is told as the browser tells it (`KeyboardEvent.key`): "n", "?", "Enter", "ArrowDown", " "; before it "Ctrl+" (or
Command) and "Shift+", the latter only where Shift makes no other character. So a person presses what stands on their
keyboard, whatever its layout; where its letters are not Latin, the place of the key counts instead (static/js/keys).
An action that the page at hand does not have is neither bound nor shown. The workbench, the page of a submitted
critique and the comparison are three places: the same key may do one thing here and another there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

GROUPS = {
    "step": gettext_lazy("Steps"),
    "origin": gettext_lazy("Where an error comes from"),
    "finding": gettext_lazy("Findings"),
    "mark": gettext_lazy("Marks"),
    "image": gettext_lazy("Image"),
    "item": gettext_lazy("Item"),
    "submitted": gettext_lazy("After submitting"),
    "compare": gettext_lazy("Comparing"),
    "any": gettext_lazy("Everywhere"),
}
# The place of a group: one of its own, everywhere, or else the workbench.
PLACES = {"submitted": "submitted", "compare": "compare", "any": "any"}


@dataclass(frozen=True, slots=True)
class Action:
    """`keys`: as they come; the first is the one that a person changes and that hints show. None: palette only."""

    name: str
    group: str
    label: Any  # lazy words
    keys: tuple[str, ...] = ()

    @property
    def place(self) -> str:
        return PLACES.get(self.group, "workbench")

    def meets(self, other: Action) -> bool:
        """Whether both are on one page, so that one key cannot be both's."""
        return self.place == other.place or "any" in (self.place, other.place)


ACTIONS = (
    Action("verdict:1", "step", gettext_lazy("first verdict"), ("1",)),
    Action("verdict:2", "step", gettext_lazy("second verdict"), ("2",)),
    Action("verdict:3", "step", gettext_lazy("third verdict"), ("3",)),
    Action("verdict:4", "step", gettext_lazy("fourth verdict"), ("4",)),
    Action("correct", "step", gettext_lazy("correct, and the next step"), (" ",)),
    Action("confidence", "step", gettext_lazy("confidence: high, medium, low, not said"), ("c",)),
    Action("reason", "step", gettext_lazy("why unsure"), ("r",)),
    Action("asks", "step", gettext_lazy("what the step asks; of the answer, how difficult: then a number"), ("a",)),
    Action("leave", "step", gettext_lazy("leave this step unlabelled"), ("0",)),
    Action("next", "step", gettext_lazy("next step, then the answer"), ("Enter", "j", "ArrowDown")),
    Action("previous", "step", gettext_lazy("previous step"), ("k", "ArrowUp")),
    Action("recut", "step", gettext_lazy("this step is split badly"), ("d",)),
    Action("own", "origin", gettext_lazy("the error is its own"), ("o",)),
    Action("inherited", "origin", gettext_lazy("the error is inherited: then the step's number"), ("i",)),
    Action("unknown", "origin", gettext_lazy("its origin is unknown"), ("u",)),
    Action("rest", "origin", gettext_lazy("the following steps inherit this error"), ("Shift+Enter",)),
    Action("leaveRest", "origin", gettext_lazy("leave the following steps unlabelled"), ("l",)),
    Action("finding", "finding", gettext_lazy("new finding"), ("n",)),
    Action("type", "finding", gettext_lazy("type of error: first letters, then Enter"), ("t",)),
    Action("severity", "finding", gettext_lazy("severity: then a number"), ("v",)),
    Action("why", "finding", gettext_lazy("why it is wrong"), ("y",)),
    Action("corrected", "finding", gettext_lazy("what it should have been"), ("w",)),
    Action("mark", "mark", gettext_lazy("mark the selected text"), ("m",)),
    Action(
        "span",
        "mark",
        gettext_lazy(
            "mark by words: arrows move, a letter jumps to its word, with Shift extend, with Alt by characters, "
            "Tab moves the other end, Enter marks"
        ),
        ("s",),
    ),
    Action("box", "mark", gettext_lazy("box: arrows move, with Shift size it, Enter keeps, Esc drops"), ("b",)),
    Action(
        "polygon",
        "mark",
        gettext_lazy("polygon: as a box; Tab goes through its corners, + adds one, Del takes one away"),
        ("p",),
    ),
    Action("edit", "mark", gettext_lazy("change a mark, then the next; Del removes it"), ("e",)),
    Action("fit", "image", gettext_lazy("the whole image"), ("f",)),
    Action("nearer", "image", gettext_lazy("nearer"), ("+", "=")),
    Action("farther", "image", gettext_lazy("farther"), ("-",)),
    Action("rotate", "image", gettext_lazy("turn the image"), ()),
    Action("light", "image", gettext_lazy("light ground behind the image"), ()),
    Action("guideline", "item", gettext_lazy("guideline"), ("g",)),
    Action("submit", "item", gettext_lazy("submit, and the next item"), ("Ctrl+Enter",)),
    Action("undo", "item", gettext_lazy("undo"), ("Ctrl+z",)),
    Action("redo", "item", gettext_lazy("redo"), ("Ctrl+Shift+z", "Ctrl+y")),
    Action("skip", "item", gettext_lazy("skip this item"), ()),
    Action("recent", "item", gettext_lazy("your last items"), ("h",)),
    Action("nextFinding", "submitted", gettext_lazy("the critics’ next finding"), ("j", "ArrowDown")),
    Action("previousFinding", "submitted", gettext_lazy("the critics’ previous finding"), ("k", "ArrowUp")),
    Action("agree", "submitted", gettext_lazy("agree, I missed this"), ("a",)),
    Action("carry", "submitted", gettext_lazy("agree, and take it into a revision"), ("Shift+a",)),
    Action("wrong", "submitted", gettext_lazy("this finding is wrong"), ("w",)),
    Action("alreadySaid", "submitted", gettext_lazy("already said"), ("s",)),
    Action("outcome", "submitted", gettext_lazy("what came of it"), ("o",)),
    Action("revise", "submitted", gettext_lazy("revise"), ("r",)),
    Action("correctChain", "submitted", gettext_lazy("correct the chain"), ("c",)),
    Action("nextItem", "submitted", gettext_lazy("the next item"), ("Enter", "n")),
    Action("nextDifference", "compare", gettext_lazy("next difference"), ("j",)),
    Action("previousDifference", "compare", gettext_lazy("previous difference"), ("k",)),
    Action("nextResponse", "compare", gettext_lazy("the next response where critiques differ"), ("n",)),
    Action("keys", "any", gettext_lazy("these keys"), ("?",)),
    Action("palette", "any", gettext_lazy("find any of this by name"), ("Ctrl+k",)),
    Action("escape", "any", gettext_lazy("out of a text field, back to the step"), ("Escape",)),
)
BY_NAME = {action.name: action for action in ACTIONS}
# Escape always leads out, and Tab belongs to the browser.
FIXED = frozenset({"escape"})
NAMED = ("Enter", "ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown", "Delete")
_KEY = re.compile(rf"(?:Ctrl\+)?(?:Shift\+)?(?:[^\s\x00-\x1f]|{'|'.join(NAMED)}|F[1-9]|F1[0-2])| ")
# With Ctrl these close, open or reload, and never reach the page.
_BROWSERS = frozenset(f"Ctrl+{letter}" for letter in "lnqrtw")
Changes = Mapping[str, str]  # action → its key, "" for none


def keys_with(changes: Changes) -> dict[str, tuple[str, ...]]:
    """Action → keys, with a person's changes. A changed key takes the place of the first, and is nobody else's."""
    found = {}
    for action in ACTIONS:
        taken = {key for name, key in changes.items() if key and name in BY_NAME and BY_NAME[name].meets(action)}
        if action.name in changes:
            first, others = changes[action.name], action.keys[1:]
        else:
            first, others = (action.keys or ("",))[0], action.keys[1:]
        kept = [key for key in others if key not in taken]
        found[action.name] = tuple(key for key in (first, *kept) if key)
    return found


def checked(changes: Changes) -> dict[str, str]:
    """What differs from the table. Raises ValidationError by action: unknown, malformed, the browser's, or taken."""
    errors: dict[str, str] = {}
    wanted: dict[str, str] = {}
    for name, key in changes.items():
        if name not in BY_NAME or name in FIXED:
            raise ValidationError(_("There is no such key to change: %(name)s.") % {"name": name})
        if key and not _KEY.fullmatch(key):
            errors[name] = _("Expected one key, such as n, ? or Shift+Enter; found %(found)s.") % {"found": key[:40]}
        elif key in _BROWSERS:
            errors[name] = _("%(key)s belongs to the browser; choose another.") % {"key": key}
        elif key != (BY_NAME[name].keys or ("",))[0]:
            wanted[name] = key
    firsts = {action.name: wanted.get(action.name, (action.keys or ("",))[0]) for action in ACTIONS}
    for place, (name, key) in enumerate(firsts.items()):
        for other in list(firsts)[:place]:
            if key and key == firsts[other] and BY_NAME[name].meets(BY_NAME[other]):
                blamed, owner = (name, other) if name in wanted else (other, name)
                told = {"key": key, "other": BY_NAME[owner].label}
                errors[blamed] = _("%(key)s is already the key for “%(other)s”.") % told
    if errors:
        raise ValidationError(errors)
    return wanted
