"""Units of measure that an answer may carry: their spellings, what they measure, and how they convert.

A unit may measure one of several things ("°" an angle or a temperature, "cent" a hundredth of euro or dollar); two
units compare where they have one in common. Temperatures convert into nothing: their zeros differ.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Unit:
    """`measures` is empty for a word that we know nothing of; `factor` is what one of it is in its base unit."""

    name: str
    measures: frozenset[str] = frozenset()
    factor: Fraction = Fraction(1)

    @property
    def is_known(self) -> bool:
        return bool(self.measures)


NONE = Unit("")
PERCENT = Unit("%", frozenset({"ratio"}), Fraction(1, 100))

# spellings, what it measures, factor to the base unit
_TABLE: tuple[tuple[str, str, str], ...] = (
    ("mm millimetre millimeter", "length", "1/1000"),
    ("cm centimetre centimeter", "length", "1/100"),
    ("dm decimetre decimeter", "length", "1/10"),
    ("m metre meter", "length", "1"),
    ("km kilometre kilometer", "length", "1000"),
    ("in inch inches", "length", "0.0254"),
    ("ft foot feet", "length", "0.3048"),
    ("mi mile", "length", "1609.344"),
    ("mg milligram", "mass", "1/1000000"),
    ("g gram", "mass", "1/1000"),
    ("kg kilogram kilo", "mass", "1"),
    ("t tonne", "mass", "1000"),
    ("ml millilitre milliliter", "volume", "1/1000000"),
    ("cl centilitre centiliter", "volume", "1/100000"),
    ("l litre liter", "volume", "1/1000"),
    ("ms millisecond", "time", "1/1000"),
    ("s sec second", "time", "1"),
    ("min minute", "time", "60"),
    ("h hr hour", "time", "3600"),
    ("d day", "time", "86400"),
    ("week", "time", "604800"),
    ("° degree deg", "angle temperature:C temperature:F", "1"),
    ("°c celsius", "temperature:C", "1"),
    ("°f fahrenheit", "temperature:F", "1"),
    ("k kelvin", "temperature:K", "1"),
    ("€ eur euro", "money:EUR", "1"),
    ("$ usd dollar", "money:USD", "1"),
    ("£ gbp pound", "money:GBP", "1"),
    ("cent ct ¢", "money:EUR money:USD", "1/100"),
    ("wh", "energy", "3600"),
    ("kwh", "energy", "3600000"),
    ("mwh", "energy", "3600000000"),
    ("j joule", "energy", "1"),
    ("kj kilojoule", "energy", "1000"),
    ("w watt", "power", "1"),
    ("kw kilowatt", "power", "1000"),
    ("km/h kmh kph", "speed", "1000/3600"),
    ("m/s", "speed", "1"),
    ("mph", "speed", "0.44704"),
    ("hz hertz", "frequency", "1"),
)
_UNITS = {
    spelling: Unit(spellings.split()[0], frozenset(measures.split()), Fraction(*map(Fraction, factor.split("/"))))
    for spellings, measures, factor in _TABLE
    for spelling in spellings.split()
} | dict.fromkeys(("%", "percent", "per cent", "pct", "percentage points"), PERCENT)

_POWER = re.compile(r"(?:(square|sq\.?|cubic)\s+)?(.*?)(?:\^?\(?([23])\)?|\s+(squared|cubed))?")
_WORDS = re.compile(r"[^\W\d_]+(?:[ -][^\W\d_]+){0,3}")
_PREFIXES = {"square": 2, "sq": 2, "sq.": 2, "cubic": 3, "squared": 2, "cubed": 3}


def read_unit(text: str) -> Unit | None:
    """The unit that the text spells, NONE for an empty one, an unknown one for up to four words, else None."""
    text = re.sub(r"\s+", " ", text).strip().removesuffix(".").strip().casefold()
    if not text:
        return NONE
    text = re.sub(r"° (?=[cf]\b)", "°", text).replace("degrees celsius", "°c").replace("degrees fahrenheit", "°f")
    if found := _spelled(text):
        return found
    if match := _POWER.fullmatch(text):
        before, name, digit, after = match.groups()
        power = int(digit or 0) or _PREFIXES.get(before or after or "", 1)
        base = _spelled(name.strip())
        if base and power > 1 and "length" in base.measures:
            return Unit(f"{base.name}^{power}", frozenset({"area" if power == 2 else "volume"}), base.factor**power)
    return Unit(text.removesuffix("s")) if _WORDS.fullmatch(text) else None


def _spelled(text: str) -> Unit | None:
    return _UNITS.get(text) or (_UNITS.get(text.removesuffix("s")) if len(text) > 3 else None)
