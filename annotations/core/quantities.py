r"""Numbers as people and models write them: separators, fractions, roots, powers, LaTeX, units.

Read exactly (as a `Fraction`) where no root or π is in it. Which separator means what:

- both `,` and `.`: the last one is the decimal point: 1,234.5 and 1.234,5;
- commas alone in front of groups of three digits part thousands (2,000), any other single comma is a decimal one;
- one point alone is a decimal point (1.234), several part thousands;
- a blank (also a narrow one) or an apostrophe between groups of three digits parts thousands.

What is not wholly understood is no number: `read_quantity` gives None rather than a part of it.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from fractions import Fraction

from annotations.core.units import NONE, Unit, read_unit

LONGEST = 200  # code points: nothing longer is one number
MOST_BITS = 4096  # of an exact power

Number = Fraction | float


@dataclass(frozen=True, slots=True)
class Quantity:
    """`decimals`: digits behind the point where it was written as one decimal number, None for an exact form.

    "1.20" has two, "1.2e3" has -2, "12", "3/8" and "√2" have None.
    """

    value: Number
    unit: Unit = NONE
    decimals: int | None = None


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789")
_SIGNS = str.maketrans({"−": "-", "–": "-", "×": "*", "·": "*", "⋅": "*", "∙": "*", "÷": "/", "⁄": "/"})
_HALVES = {"½": "1/2", "⅓": "1/3", "⅔": "2/3", "¼": "1/4", "¾": "3/4", "⅕": "1/5", "⅛": "1/8", "⅜": "3/8", "⅝": "5/8"}
_TEXT = re.compile(r"\\(?:text(?:bf|rm|it)?|mathrm|mathbf|mathit|mathsf|operatorname|mbox|boxed|fbox)\s*\{([^{}]*)\}")
_COMMANDS: tuple[tuple[str, str], ...] = (
    (r"\\(?:left|right|displaystyle|big|Big|bigg|!)(?![A-Za-z])", ""),
    (r"\\[,;: ]|\\q?quad(?![A-Za-z])|~", " "),
    (r"\^\s*\{?\s*\\circ\s*\}?|\\degree|\\circ", "°"),
    (r"\\pi(?![A-Za-z])", "π"),
    (r"\\(?:cdot|times|ast)(?![A-Za-z])", "*"),
    (r"\\div(?![A-Za-z])", "/"),
    (r"\\(?:approx|simeq)(?![A-Za-z])", "≈"),
    (r"\\sqrt", "√"),
    (r"\\([%$€£])", r"\1"),
    (r"\{,\}", ","),
    (r"\\[()\[\]]", ""),
)
_FRACTION = re.compile(r"\\[dtc]?frac\s*(?:\{([^{}]*)\}|(\d))\s*(?:\{([^{}]*)\}|(\d))")
_ROOT = re.compile(r"√\s*(?:\[(\d)\])?\s*\{([^{}]*)\}")
_BRACES = re.compile(r"([\^_])\{([^{}]*)\}")
_SCIENTIFIC = re.compile(r"(?<=\d)\s*\*\s*10\s*\^\s*\(?([+-]?\d{1,3})\)?")


def plain(text: str) -> str:
    """LaTeX and typographic signs as plain characters: `\frac{1}{60}` as `((1)/(60))`, `cm²` as `cm^2`."""
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda match: "^" + match[0].translate(_SUPERSCRIPTS), text)
    for sign, written in _HALVES.items():
        text = re.sub(rf"(\d?)\s*{sign}", lambda match, w=written: f"{match[1]} {w}" if match[1] else w, text)  # type: ignore[misc]
    text = text.translate(_SIGNS)
    for pattern, written in _COMMANDS:
        text = re.sub(pattern, written, text)
    text = re.sub(r"\$\$|\$(?=[^$]*\$)|(?<=[^\s$])\$(?!\d)", "", text)
    for _ in range(LONGEST):  # from the innermost braces outwards
        changed = text
        for rule in (_TEXT, _ROOT, _FRACTION, _BRACES):
            changed = rule.sub(_unnested, changed)
        if changed == text:
            break
        text = changed
    return text.strip()


def _unnested(match: re.Match[str]) -> str:
    if match.re is _TEXT:
        return match[1]
    if match.re is _ROOT:
        return f"(({match[2]})^(1/{match[1]}))" if match[1] else f"√({match[2]})"
    if match.re is _BRACES:
        return f"{match[1]}({match[2]})"
    above, below = match[1] or match[2], match[3] or match[4]
    return f"(({above})/({below}))"


_CURRENCY = re.compile(r"([+-]?)\s*([€$£])\s*(?=\d)")
_APPROXIMATELY = re.compile(r"\A(?:about|approximately|approx\.?|around|roughly|circa|ca\.|~|≈)\s*", re.IGNORECASE)
_TIME_PART = re.compile(
    r"(\d+(?:[.,]\d+)?)\s*(h|hrs?|hours?|min|minutes?|s|sec|seconds?)\b\.?\s*(?:and\s+)?", re.IGNORECASE
)


def read_quantity(text: str) -> Quantity | None:
    """The one number, with its unit, that the text is; None where it is anything else, or not wholly understood."""
    if len(text) > LONGEST:
        return None
    text = _APPROXIMATELY.sub("", plain(text).strip()).strip().removesuffix(".").strip()
    if duration := _duration(text):
        return duration
    ahead = ""
    if match := _CURRENCY.match(text):
        ahead, text = match[2], match[1] + text[match.end() :]
    text = _SCIENTIFIC.sub(r"e\1", text)
    try:
        reader = _Reader(text)
        value, decimals = reader.expression()
        unit = read_unit(ahead or text[reader.at :])
        if ahead and text[reader.at :].strip():
            return None
    except (_NotANumber, ArithmeticError, RecursionError):
        return None
    if unit is None or (isinstance(value, float) and not math.isfinite(value)):
        return None
    return Quantity(value, unit, decimals)


def _duration(text: str) -> Quantity | None:
    """ "1 h 35 min" in seconds."""
    parts = list(_TIME_PART.finditer(text))
    if len(parts) < 2 or "".join(part[0] for part in parts).strip() != text:
        return None
    seconds = Fraction(0)
    for part in parts:
        unit = read_unit(part[2])
        seconds += Fraction(part[1].replace(",", ".")) * (unit.factor if unit else 1)
    return Quantity(seconds, read_unit("s") or NONE)


class _NotANumber(Exception):
    pass


_GROUPED = re.compile(r"\d{1,3}(?:[ \u00a0\u2009\u202f'’]\d{3})+(?!\d)(?:[.,]\d+)?")
_DIGITS = re.compile(r"\d[\d.,]*\d|\d|\.\d+")
_EXPONENT = re.compile(r"[eE]([+-]?\d{1,3})(?![\d.])")
_MIXED = re.compile(r"\s+(\d{1,4})\s*/\s*(\d{1,4})(?![\d.])")
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+")


class _Reader:
    """Recursive descent over sums, products, powers, roots, π and brackets. `at` is how far it understood."""

    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def expression(self) -> tuple[Number, int | None]:
        value, decimals = self._product()
        while (sign := self._next("+-")) is not None:
            before = self.at
            self.at += 1
            try:
                more, _ = self._product()
            except _NotANumber:
                self.at = before
                break
            value, decimals = (value + more if sign == "+" else value - more), None
        return value, decimals

    def _product(self) -> tuple[Number, int | None]:
        value, decimals = self._signed()
        while True:
            before, sign = self.at, self._next("*/(√π")
            if sign is None:
                return value, decimals
            if sign in "*/":
                self.at += 1
            try:
                more, _ = self._signed() if sign in "*/" else self._power()
            except _NotANumber:
                self.at = before
                return value, decimals
            if sign == "/" and not more:
                raise ZeroDivisionError
            value, decimals = (value / more if sign == "/" else value * more), None

    def _signed(self) -> tuple[Number, int | None]:
        sign = self._next("+-")
        if sign is None:
            return self._power()
        self.at += 1
        value, decimals = self._power()
        return (-value if sign == "-" else value), decimals

    def _power(self) -> tuple[Number, int | None]:
        value, decimals = self._atom()
        if self._next("^") is None:
            return value, decimals
        self.at += 1
        exponent, _ = self._signed()
        return _raised(value, exponent), None

    def _atom(self) -> tuple[Number, int | None]:
        sign = self._next("(√π")
        if sign == "π":
            self.at += 1
            return math.pi, None
        if sign == "√":
            self.at += 1
            value, _ = self._atom()
            return _root(value), None
        if sign == "(":
            self.at += 1
            value, decimals = self.expression()
            if self._next(")") is None:
                raise _NotANumber
            self.at += 1
            return value, decimals
        return self._literal()

    def _literal(self) -> tuple[Number, int | None]:
        self._next("")
        match = _GROUPED.match(self.text, self.at) or _DIGITS.match(self.text, self.at)
        if match is None:
            raise _NotANumber
        value, decimals = _decimal(match[0])
        self.at = match.end()
        if exponent := _EXPONENT.match(self.text, self.at):
            self.at = exponent.end()
            value *= Fraction(10) ** int(exponent[1])
            return value, None if decimals is None else decimals - int(exponent[1])
        if decimals is None and (mixed := _MIXED.match(self.text, self.at)) and int(mixed[2]):
            self.at = mixed.end()
            return value + Fraction(int(mixed[1]), int(mixed[2])), None
        return value, decimals

    def _next(self, signs: str) -> str | None:
        """The next sign, past white space, if it is one of these; it is not taken."""
        at = self.at
        while at < len(self.text) and self.text[at].isspace():
            at += 1
        if not signs:
            self.at = at
        elif at < len(self.text) and self.text[at] in signs:
            self.at = at
            return self.text[at]
        return None


def _decimal(written: str) -> tuple[Fraction, int | None]:
    """Value and digits behind the point (None: none). Raises _NotANumber for separators that make no sense."""
    digits = re.sub(r"[ \u00a0\u2009\u202f'’]", "", written)
    commas, points = digits.count(","), digits.count(".")
    point = ""
    if commas and points:
        point = max(",.", key=digits.rfind)
        whole, _, part = digits.rpartition(point)
        if point in whole or not re.fullmatch(rf"\d{{1,3}}(?:[{',' if point == '.' else '.'}]\d{{3}})+", whole):
            raise _NotANumber
    elif commas:
        point = "" if _THOUSANDS.fullmatch(digits) else ","
    elif points > 1:
        if not _THOUSANDS.fullmatch(digits.replace(".", ",")):
            raise _NotANumber
    elif points:
        point = "."
    if point and digits.count(point) > 1:
        raise _NotANumber
    whole, _, part = digits.rpartition(point) if point else (digits, "", "")
    whole = re.sub("[.,]", "", whole) or "0"
    return (Fraction(int(whole + part), 10 ** len(part)), len(part)) if point else (Fraction(int(whole)), None)


def _raised(base: Number, exponent: Number) -> Number:
    if isinstance(base, Fraction) and isinstance(exponent, Fraction) and exponent.denominator == 1:
        bits = max(base.numerator.bit_length(), base.denominator.bit_length())
        if bits * abs(exponent.numerator) > MOST_BITS:
            raise OverflowError
        return base**exponent.numerator
    value = float(base) ** float(exponent)
    if isinstance(value, complex):
        raise _NotANumber
    return value


def _root(value: Number) -> Number:
    if value < 0:
        raise _NotANumber
    if isinstance(value, Fraction):
        above, below = math.isqrt(value.numerator), math.isqrt(value.denominator)
        if above**2 == value.numerator and below**2 == value.denominator:
            return Fraction(above, below)
    return math.sqrt(value)
