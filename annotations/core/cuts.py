"""Other cuts into steps: one cut more or less, and what was said of the old steps carried over to the new ones.

All positions are code points of the response's source text unless they are a span's, which counts within its step.

How judgments are carried (`carried`), for a step that was split into several and for steps that were joined into one:

- A verdict other than `incorrect` holds for every part of a split step. `incorrect` holds for the parts that hold one
  of its findings; where it has no finding, for all parts if the error is inherited; else it is open again.
- A joined step is incorrect if a part is; else open if a part is; else unsure, correct or neutral, in this order.
- Its own error and an unknown origin hold if they held for a part; origins are renumbered, and one that lies inside
  the same step now is gone. A known origin is stronger than an unknown one.
- Confidence is that of the part that is least sure; reasons are put one below the other; seconds are shared out by the
  length of the text, so that their sum stays. Of anything else the first value counts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from annotations.core.maths import segments
from annotations.core.offsets import grapheme_edges
from annotations.core.schema import Span, StepRange

Ranges = Sequence[StepRange]
Said = Mapping[str, Any]  # of one step: verdict, own_error, inherits_from, … as a draft names them
_CARRIED_BY_RULE = ("verdict", "own_error", "inherits_from", "origin_unknown", "confidence", "reason", "seconds")
_STRONGEST = ("unsure", "correct", "neutral")


class CutError(ValueError):
    """A cut that cannot be made: what was expected, what was found."""


def split_at(text: str, steps: Ranges, at: int) -> tuple[StepRange, ...]:
    """The steps with the one around `at` cut there; white space around the cut becomes layout. Raises CutError."""
    index = next((index for index, step in enumerate(steps) if step.start < at < step.end), None)
    if index is None:
        raise CutError(f"at: expected a position inside a step, found {at}")
    step = steps[index]
    inside = text[step.start : step.end]
    offset = at - step.start
    if offset not in grapheme_edges(inside):
        raise CutError(f"at: expected a position between two characters, found {at}, inside one")
    if any(part.math is not None and part.start < offset < part.end for part in segments(inside)):
        raise CutError(f"at: expected a position outside of a formula, found {at}, inside one")
    first, second = text[step.start : at].rstrip(), text[at : step.end].lstrip()
    if not first.strip() or not second.strip():
        raise CutError(f"at: expected some text on both sides of the cut, found none on one side of {at}")
    parts = (
        StepRange(start=step.start, end=step.start + len(first)),
        StepRange(start=step.end - len(second), end=step.end),
    )
    return (*steps[:index], *parts, *steps[index + 1 :])


def join_at(steps: Ranges, at: int) -> tuple[StepRange, ...]:
    """The steps with the one that ends at `at` joined with the next. Raises CutError where there is no such pair."""
    index = next((index for index, step in enumerate(steps[:-1]) if step.end == at), None)
    if index is None:
        raise CutError(f"at: expected the end of a step that another follows, found {at}")
    joined = StepRange(start=steps[index].start, end=steps[index + 1].end)
    return (*steps[:index], joined, *steps[index + 2 :])


def shared(old: Ranges, new: Ranges) -> dict[int, tuple[int, ...]]:
    """Of each old step the numbers of the new ones that hold some of its text; of an empty one, the nearest's."""
    found = {}
    for number, step in enumerate(old, 1):
        held = tuple(other for other, part in enumerate(new, 1) if _common(step, part))
        nearest = min(range(1, len(new) + 1), key=lambda other: abs(new[other - 1].start - step.start))
        found[number] = held or (nearest,)
    return found


def rebased(span: Span, step: int, old: Ranges, new: Ranges) -> tuple[tuple[int, Span], ...]:
    """A span of an old step as spans of new ones: (step, span) for each that holds some of its text, in order."""
    start, end = old[step - 1].start + span.start, old[step - 1].start + span.end
    pieces = []
    for number, part in enumerate(new, 1):
        first, last = max(start, part.start), min(end, part.end)
        if first < last:
            pieces.append((number, Span(start=first - part.start, end=last - part.start)))
    return tuple(pieces)


def carried(
    said: Mapping[int, Said], findings: Mapping[int, Collection[int]], old: Ranges, new: Ranges
) -> dict[int, dict[str, Any]]:
    """What was said of the old steps, of the new ones; names without a value are left out.

    findings: of each old step with findings, the new steps that hold them.
    """
    to_new = shared(old, new)
    found: dict[int, dict[str, Any]] = {}
    for number in range(1, len(new) + 1):
        sources = [step for step, parts in to_new.items() if number in parts]
        told = [_of_part(said.get(step, {}), number, to_new[step], findings.get(step, ())) for step in sources]
        values = _joined(told)
        origins = sorted(
            {
                other
                for each in told
                for origin in each.get("inherits_from") or ()
                for other in _holding(to_new[origin], findings.get(origin, ()))
                if other < number
            }
        )
        values["inherits_from"] = origins or None
        known = values.get("own_error") or origins
        values["origin_unknown"] = (any(each.get("origin_unknown") for each in told) and not known) or None
        shares = [
            seconds * _share(old[step - 1], number, to_new[step], new)
            for step in sources
            if (seconds := said.get(step, {}).get("seconds")) is not None
        ]
        values["seconds"] = sum(shares) if shares else None
        found[number] = {name: value for name, value in values.items() if value is not None}
    return found


def _of_part(said: Said, number: int, parts: Sequence[int], holding: Collection[int]) -> Said:
    """What was said of a step, as far as it holds for one of its parts."""
    if len(parts) == 1 or said.get("verdict") != "incorrect":
        return said
    holds = number in holding if holding else bool(said.get("inherits_from"))
    lost = ("verdict", "own_error", "inherits_from", "origin_unknown", "confidence")
    return said if holds else {name: value for name, value in said.items() if name not in lost}


def _joined(told: Sequence[Said]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in {name for each in told for name in each if name not in _CARRIED_BY_RULE}:
        values[name] = next((each[name] for each in told if each.get(name) is not None), None)
    values["verdict"] = _verdict([each.get("verdict") for each in told])
    owns = [each.get("own_error") for each in told]
    values["own_error"] = True if True in owns else (False if False in owns else None)
    given = [each["confidence"] for each in told if each.get("confidence") is not None]
    values["confidence"] = min(given) if given and values["verdict"] else None
    values["reason"] = "\n".join(dict.fromkeys(each["reason"] for each in told if each.get("reason"))) or None
    return values


def _verdict(verdicts: Sequence[str | None]) -> str | None:
    if "incorrect" in verdicts:
        return "incorrect"
    if None in verdicts:
        return None
    return next((verdict for verdict in _STRONGEST if verdict in verdicts), None)


def _holding(parts: Sequence[int], holding: Collection[int]) -> Sequence[int]:
    """The parts of a step that its error lies in: those with a finding, or all where none tells."""
    return [part for part in parts if part in holding] or parts


def _common(one: StepRange, other: StepRange) -> int:
    return max(0, min(one.end, other.end) - max(one.start, other.start))


def _share(step: StepRange, number: int, parts: Sequence[int], new: Ranges) -> float:
    """How much of an old step a new one holds, of what is in steps still; an empty step goes to the first."""
    held = {part: _common(step, new[part - 1]) for part in parts}
    whole = sum(held.values())
    return held[number] / whole if whole else float(number == parts[0])
