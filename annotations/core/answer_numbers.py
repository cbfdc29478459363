"""Answers that are numbers: read, converted to one unit, compared."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction
from math import isclose

from annotations.core.answer_rule import OUTCOMES, AnswerRule, Told
from annotations.core.quantities import Number, Quantity, plain, read_quantity
from annotations.core.units import PERCENT


def match_number(said: str, reference: str, options: Sequence[str], rule: AnswerRule) -> Told:
    """Equal within the tolerance, after converting units of one measure; a unit that one side leaves out is no matter.

    Without a tolerance: a reference written with decimals is met by all that rounds to it (29.2 by 29.17); an exact
    one that has no end as a decimal (a fraction, a root, π) by its value to two decimals and two digits or more; any
    other exactly. A percentage is met by its fraction (31.9 % by 0.319). Units that cannot be compared give `unparsed`.
    """
    wanted, found = sides_of(reference), sides_of(said) or _only_quantity(said)
    if not wanted or not found:
        return "unparsed", f"no single number in {(said if wanted else reference)[:80]!r}"
    told = [agree(found[-1], side, rule) for side in wanted]
    return next((one for outcome in OUTCOMES for one in told if one[0] == outcome), told[0])


_SIDES = re.compile(r"=|≈|\\approx|\\simeq")


def sides_of(text: str) -> list[Quantity]:
    """Every side of "a = b ≈ c" that is a number; empty if the last is none."""
    sides = [read_quantity(side) for side in _SIDES.split(plain(text))]
    return [side for side in sides if side] if sides[-1] else []


_NUMBER_IN_TEXT = re.compile(r"(?<![\w.,])[+-]?[€$£]?\d[\d.,]*(?:\s?/\s?\d+)?\s?(?:%|°C?|€)?(?![\w])")


def _only_quantity(said: str) -> list[Quantity]:
    """The one number in a sentence; with a second one nobody knows which is meant."""
    found = _NUMBER_IN_TEXT.findall(plain(said))
    quantity = read_quantity(found[0].rstrip(".,")) if len(found) == 1 else None
    return [quantity] if quantity else []


def agree(found: Quantity, wanted: Quantity, rule: AnswerRule) -> Told:
    compared = f"{found.value} {found.unit.name} against {wanted.value} {wanted.unit.name}".replace(
        " against", "against"
    )
    if found.unit.name and wanted.unit.name and found.unit != wanted.unit:
        if not (found.unit.is_known and wanted.unit.is_known):
            return "unparsed", f"units that do not compare: {found.unit.name} and {wanted.unit.name}"
        if not found.unit.measures & wanted.unit.measures:
            return "wrong", compared
        factor = found.unit.factor / wanted.unit.factor
        digits = found.decimals if factor == 1 else None
        found = Quantity(found.value * factor, wanted.unit, digits)
    if _close(found, wanted, rule):
        return "right", ""
    if (found.unit == PERCENT) != (wanted.unit == PERCENT) and "" in (found.unit.name, wanted.unit.name):
        factor = Fraction(1, 100) if found.unit == PERCENT else Fraction(100)
        decimals = None if found.decimals is None else found.decimals + (2 if factor < 1 else -2)
        if _close(Quantity(found.value * factor, wanted.unit, decimals), wanted, rule):
            return "right", ""
    return "wrong", compared


def _told(quantity: Quantity) -> str:
    return f"{quantity.value} {quantity.unit.name}".strip()


def _close(found: Quantity, wanted: Quantity, rule: AnswerRule) -> bool:
    if isclose(found.value, wanted.value, rel_tol=1e-9, abs_tol=1e-12) and not _both_exact(found, wanted):
        return True
    difference = _difference(found.value, wanted.value)
    if rule.relative_tolerance is not None or rule.absolute_tolerance is not None:
        allowed = max((rule.relative_tolerance or 0) * abs(float(wanted.value)), rule.absolute_tolerance or 0)
        return float(difference) <= allowed * (1 + 1e-12)
    if wanted.decimals is not None:
        return difference <= Fraction(10) ** -wanted.decimals / 2
    if _ends(wanted) or found.decimals is None or found.decimals < 2 or abs(found.value) * 10**found.decimals < 10:
        return not difference
    return difference <= Fraction(10) ** -found.decimals / 2


def _both_exact(found: Quantity, wanted: Quantity) -> bool:
    return isinstance(found.value, Fraction) and isinstance(wanted.value, Fraction)


def _difference(one: Number, other: Number) -> Number:
    if isinstance(one, Fraction) and isinstance(other, Fraction):
        return abs(one - other)
    return abs(float(one) - float(other))


def _ends(quantity: Quantity) -> bool:
    """Whether the value can be written as a decimal: its denominator has no prime factor but 2 and 5."""
    if not isinstance(quantity.value, Fraction):
        return False
    below = quantity.value.denominator
    for factor in (2, 5):
        while below % factor == 0:
            below //= factor
    return below == 1
