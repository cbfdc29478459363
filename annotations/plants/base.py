"""Known errors for correct chains: a kind of error is a file with a `PLANT`.

A plant changes one place of one step, says which type and severity that is, and, where a value changed, which value the
later steps would go on with. Nothing is drawn but from the generator it is given.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from annotations.core.plugins import modules_of
from annotations.core.schema import Severity

NUMBER = re.compile(r"(?<![\w.])\d{1,9}(?:\.\d{1,4})?(?![\w]|\.\d)", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """In step `step` (from 1): code points start to end become `text`. A changed value: `value`, was and is.

    also: what other steps become whole, by their numbers, such as the other one of two that were swapped.
    """

    step: int
    start: int
    end: int
    text: str
    value: tuple[str, str] | None = None
    also: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantKind:
    """`find(steps, random)` gives a change, or None where the chain has no place for this error."""

    name: str
    title: str
    error_type: str
    severity: Severity
    explanation: str
    find: Callable[[Sequence[str], random.Random], Change | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """The chain with its error. `start`, `end`: the error's place in the text of `step` as it is now."""

    kind: PlantKind
    steps: tuple[str, ...]
    answer: str | None
    step: int
    start: int
    end: int
    before: str  # the step's text as it was
    consistent: bool
    inherits: tuple[int, ...] = ()  # later steps whose text changed with it
    answer_changed: bool = False


@cache
def kinds() -> dict[str, PlantKind]:
    """By name, in the order of their files."""
    found = [getattr(module, "PLANT", None) for module in modules_of("annotations.plants")]
    return {kind.name: kind for kind in found if kind is not None}


def plant(
    kind: PlantKind, steps: Sequence[str], answer: str | None, generator: random.Random, *, consistent: bool
) -> Planted | None:
    """The chain with one error of this kind; None where it has no place. consistent: later steps go on with it."""
    change = kind.find(steps, generator)
    if change is None:
        return None
    before = steps[change.step - 1]
    changed = [*steps]
    changed[change.step - 1] = before[: change.start] + change.text + before[change.end :]
    for number, text in change.also:
        changed[number - 1] = text
    inherits: list[int] = []
    said, now = change.value or ("", "")
    if consistent and said:
        for number in range(change.step + 1, len(steps) + 1):
            text = replace_value(changed[number - 1], said, now)
            if text != changed[number - 1]:
                changed[number - 1] = text
                inherits.append(number)
    is_last = change.step == len(steps)
    follows = answer is not None and bool(said) and (consistent or is_last)
    new_answer = replace_value(answer, said, now) if follows and answer is not None else answer
    return Planted(
        kind=kind,
        steps=tuple(changed),
        answer=new_answer,
        step=change.step,
        start=change.start,
        end=change.start + len(change.text),
        before=before,
        consistent=consistent,
        inherits=tuple(inherits),
        answer_changed=new_answer != answer,
    )


def replace_value(text: str, said: str, now: str) -> str:
    """Whole numbers or words only: 4 is not replaced within 40 or 4.5."""
    return re.sub(rf"(?<![\w.]){re.escape(said)}(?!\w|\.\d)", lambda _: now, text)


def numbers(steps: Sequence[str], wanted: Callable[[str], bool] = lambda step: True) -> list[tuple[int, re.Match[str]]]:
    """Every number of the steps that are wanted, with its step."""
    return [(number, match) for number, step in enumerate(steps, 1) if wanted(step) for match in NUMBER.finditer(step)]


def change_number(number: int, match: re.Match[str], text: str) -> Change:
    return Change(step=number, start=match.start(), end=match.end(), text=text, value=(match[0], text))


def swapped(pairs: Sequence[tuple[str, str]]) -> Callable[[Sequence[str], random.Random], Change | None]:
    """One of two words for the other, in either direction, keeping a capital."""
    words = dict(pairs) | {other: one for one, other in pairs}
    pattern = re.compile(rf"\b({'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})\b", re.IGNORECASE)

    def find(steps: Sequence[str], generator: random.Random) -> Change | None:
        places = [(number, match) for number, step in enumerate(steps, 1) for match in pattern.finditer(step)]
        if not places:
            return None
        number, match = generator.choice(places)
        text = words[match[0].lower()]
        text = text.capitalize() if match[0][0].isupper() else text
        return Change(step=number, start=match.start(), end=match.end(), text=text)

    return find
