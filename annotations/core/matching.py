"""Which finding of one critique is which of another: one to one, by what both say of where and what.

The likeness of two findings is a weighted mean of up to five parts, each from 0 to 1:

- step: 1 in the same step, ½ in neighbouring ones (an error is often told one step early or late), else 0
- type: 1 for the same code, ½ for the same first-level type, else 0
- span: intersection ÷ union of the marked code points, counted in the response's source
- region: intersection ÷ union of the marked areas, over all images
- text: likeness of the explanations (rapidfuzz's token sort ratio less its chance level), the best of alternatives

A part that either side does not give drops out of the mean; it is never counted as 0. Pairs below the threshold are no
match. Among all one-to-one matchings the one with the greatest sum of likeness is taken
(`scipy.optimize.linear_sum_assignment`). The result does not depend on the order of findings, nor on whose are first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from rapidfuzz import fuzz
from scipy.optimize import linear_sum_assignment
from shapely import MultiPolygon, Polygon, box, unary_union
from shapely.geometry.base import BaseGeometry

from annotations.core.schema import Critique, Finding, Region, Span

CHANCE_TEXT_RATIO = 0.42  # of two unrelated explanations of some 20 words


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each part counts, and from which likeness on two findings are one."""

    step: float = 3.0
    type: float = 2.0
    span: float = 3.0
    region: float = 2.0
    text: float = 2.0
    threshold: float = 0.5


DEFAULT_WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Placed:
    """A finding in its step; `offset` is where the step begins in the response's source text."""

    step: int
    finding: Finding
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """`one` and `other` are places in the two lists."""

    one: int
    other: int
    likeness: float


@dataclass(frozen=True, slots=True)
class Matching:
    """Places in the two lists: found by both, only by the one, only by the other."""

    both: tuple[Match, ...]
    only_one: tuple[int, ...]
    only_other: tuple[int, ...]


def placed(critique: Critique, starts: Sequence[int] = ()) -> tuple[Placed, ...]:
    """A critique's findings in their order; `starts` (steps,) are the steps' offsets, 0 where not given."""
    return tuple(
        Placed(judgment.step, finding, starts[judgment.step - 1] if starts else 0)
        for judgment in critique.judgments
        for finding in judgment.findings
    )


def match(one: Sequence[Placed], other: Sequence[Placed], weights: Weights = DEFAULT_WEIGHTS) -> Matching:
    """The best one-to-one matching of the findings of two critiques of one response."""
    if len(one) == len(other) == 1:  # most critiques have one finding, and then there is nothing to assign
        first_one, second_one = sorted((one[0], other[0]), key=_sort_key)
        alike = likeness(first_one, second_one, weights)
        is_same = alike >= weights.threshold and alike > 0
        return Matching((Match(0, 0, alike),), (), ()) if is_same else Matching((), (0,), (0,))
    first, second = _in_fixed_order(one), _in_fixed_order(other)
    swapped = [_sort_key(one[place]) for place in first] > [_sort_key(other[place]) for place in second]
    rows, columns = ((other, second), (one, first)) if swapped else ((one, first), (other, second))
    table = np.array([[likeness(rows[0][r], columns[0][c], weights) for c in columns[1]] for r in rows[1]])
    both = []
    if table.size:
        worth = np.where(table >= weights.threshold, table, 0.0)
        for row, column in zip(*linear_sum_assignment(worth, maximize=True), strict=True):
            if worth[row, column] > 0:
                here, there = rows[1][row], columns[1][column]
                pair = (there, here) if swapped else (here, there)
                both.append(Match(*pair, likeness=float(table[row, column])))
    both.sort(key=lambda found: found.one)
    return Matching(
        tuple(both),
        tuple(sorted(set(range(len(one))) - {found.one for found in both})),
        tuple(sorted(set(range(len(other))) - {found.other for found in both})),
    )


def likeness(one: Placed, other: Placed, weights: Weights = DEFAULT_WEIGHTS) -> float:
    """From 0 to 1, the same in both directions; the weighted mean of the parts that both sides give."""
    parts = (
        (weights.step, _step_likeness(one, other)),
        (weights.type, _type_likeness(one.finding, other.finding)),
        (weights.span, _span_likeness(one, other)),
        (weights.region, _region_likeness(one.finding, other.finding)),
        (weights.text, _text_likeness(one.finding, other.finding)),
    )
    given = [(weight, part) for weight, part in parts if part is not None and weight > 0]
    total = sum(weight for weight, _ in given)
    return sum(weight * part for weight, part in given) / total if total else 0.0


def _step_likeness(one: Placed, other: Placed) -> float:
    return {0: 1.0, 1: 0.5}.get(abs(one.step - other.step), 0.0)


def _type_likeness(one: Finding, other: Finding) -> float | None:
    if not one.error_type or not other.error_type:
        return None
    if one.error_type == other.error_type:
        return 1.0
    return 0.5 if one.error_type.partition("/")[0] == other.error_type.partition("/")[0] else 0.0


def _span_likeness(one: Placed, other: Placed) -> float | None:
    marked, also = _code_points(one), _code_points(other)
    return len(marked & also) / len(marked | also) if marked and also else None


def _code_points(placed: Placed) -> set[int]:
    """Offsets in the source; a finding whose step's offset is not known is told apart by its step."""
    base = placed.offset if placed.offset else placed.step << 32
    spans = (mark for mark in placed.finding.marks if isinstance(mark, Span))
    return {base + point for span in spans for point in range(span.start, span.end)}


def _region_likeness(one: Finding, other: Finding) -> float | None:
    areas, others = _areas(one), _areas(other)
    if not areas or not others:
        return None
    shared = union = 0.0
    for image in areas.keys() | others.keys():
        here, there = areas.get(image, MultiPolygon()), others.get(image, MultiPolygon())
        shared += here.intersection(there).area
        union += here.union(there).area
    return shared / union if union else None


def _areas(finding: Finding) -> dict[int, BaseGeometry]:
    regions = sorted((mark for mark in finding.marks if isinstance(mark, Region)), key=lambda mark: mark.image)
    return {
        image: unary_union([_shape(region) for region in held])
        for image, held in groupby(regions, key=lambda region: region.image)
    }


def _shape(region: Region) -> BaseGeometry:
    if region.shape == "box":
        (left, top), (right, bottom) = region.points
        return box(left, top, right, bottom)
    return Polygon(region.points).buffer(0)  # a polygon that crosses itself becomes a valid one


def _text_likeness(one: Finding, other: Finding) -> float | None:
    pairs = [(here, there) for here in one.explanations for there in other.explanations if here and there]
    if not pairs:
        return None
    best = max(fuzz.token_sort_ratio(here.casefold(), there.casefold()) / 100 for here, there in pairs)
    return max(0.0, (best - CHANCE_TEXT_RATIO) / (1 - CHANCE_TEXT_RATIO))


def _in_fixed_order(findings: Sequence[Placed]) -> list[int]:
    return sorted(range(len(findings)), key=lambda place: _sort_key(findings[place]))


def _sort_key(placed: Placed) -> tuple[int, str]:
    return placed.step, repr(placed.finding)
