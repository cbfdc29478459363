"""Recall of planted errors, by people and critics alike, with what was wrongly flagged beside it.

A plant is found if its step is flagged. It is localised if, beyond that, a finding there overlaps the planted span
(intersection ÷ union ½ or more), and typed if one has its type. A false flag is a flagged step before the plant, where
the chain was correct. Steps after it may follow from it, and are not counted. The trivial critic that flags every step
has recall 1, and its false flags stand beside it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from annotations.core.critique_facts import is_flagged
from annotations.core.schema import Critique, Finding, Span
from annotations.metrics.bootstrap import Figure
from annotations.metrics.gold import share

OVERLAP = 0.5
ALL = ""  # the key of all kinds together


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One critique of a chain with a plant; `known` is the plant's own critique."""

    kind: str
    said: Critique
    known: Critique


@dataclass(frozen=True, slots=True)
class Recall:
    """Figures by share; `false_flags` is of the steps before the plants, which are correct."""

    plants: int
    found: Figure
    localised: Figure
    typed: Figure
    false_flags: Figure
    flag_everything: Figure  # false flags of the trivial critic: 1 wherever there is a step before a plant


def recall(readings: Iterable[Reading]) -> dict[str, Recall]:
    """By kind, and all together under ALL; kinds in alphabetical order after it."""
    held: dict[str, list[Reading]] = {ALL: []}
    for reading in readings:
        held[ALL].append(reading)
        held.setdefault(reading.kind, []).append(reading)
    return {kind: _recall(held[kind]) for kind in sorted(held) if held[kind]}


def _recall(readings: list[Reading]) -> Recall:
    before = [flag for reading in readings for flag in _false_flags(reading)]
    return Recall(
        plants=len(readings),
        found=share(found(reading) for reading in readings),
        localised=share(_localised(reading) for reading in readings),
        typed=share(_typed(reading) for reading in readings),
        false_flags=share(before),
        flag_everything=share(True for _ in before),
    )


def step_of(known: Critique) -> int:
    """The step that holds the planted error. Raises ValueError where a critique has none."""
    for judgment in known.judgments:
        if judgment.own_error:
            return judgment.step
    raise ValueError("expected a step with an error of its own, found none")


def found(reading: Reading) -> bool:
    return is_flagged(reading.said.judgments[step_of(reading.known) - 1])


def _localised(reading: Reading) -> bool | None:
    step = step_of(reading.known)
    planted = _points(reading.known.judgments[step - 1].findings)
    if not planted:
        return None
    judgment = reading.said.judgments[step - 1]
    return is_flagged(judgment) and any(
        len(points & planted) >= OVERLAP * len(points | planted)
        for finding in judgment.findings
        if (points := _points((finding,)))
    )


def _typed(reading: Reading) -> bool | None:
    step = step_of(reading.known)
    wanted = {finding.error_type for finding in reading.known.judgments[step - 1].findings if finding.error_type}
    said = {finding.error_type for finding in reading.said.judgments[step - 1].findings}
    return bool(wanted & said) and found(reading) if wanted else None


def _points(findings: Iterable[Finding]) -> set[int]:
    spans = (mark for finding in findings for mark in finding.marks if isinstance(mark, Span))
    return {point for span in spans for point in range(span.start, span.end)}


def _false_flags(reading: Reading) -> list[bool | None]:
    before = reading.said.judgments[: step_of(reading.known) - 1]
    return [is_flagged(judgment) if judgment.state == "judged" else None for judgment in before]


def by_author(readings: Mapping[str, Iterable[Reading]]) -> dict[str, dict[str, Recall]]:
    """Author's name → kind → recall."""
    return {name: recall(held) for name, held in readings.items()}
