"""What a problem may say about how its answers are checked, and what checking says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

from annotations.core.codec import FieldError
from annotations.core.quantities import plain
from annotations.core.schema import ANSWER_OUTCOMES as OUTCOMES
from annotations.core.schema import AnswerOutcome as Outcome

AnswerType = Literal["number", "option", "yes_no", "text", "list"]
Told = tuple[Outcome, str]  # and why, in words
__all__ = ["OUTCOMES", "AnswerRule", "AnswerType", "Outcome", "Told", "answer_rule", "normal"]

RULE_FIELD = "answer_check"  # of a problem's extra


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRule:
    """What a problem's metadata may say: the type, and how far a number may be off (both tolerances may apply)."""

    type: AnswerType | None = None
    relative_tolerance: float | None = None
    absolute_tolerance: float | None = None


def answer_rule(extra: Mapping[str, Any]) -> AnswerRule:
    """From a problem's metadata. Raises FieldError where it says something that is no rule."""
    given = extra.get(RULE_FIELD)
    if given is None:
        return AnswerRule()
    known = ("type", "relative_tolerance", "absolute_tolerance")
    if not isinstance(given, dict) or not set(given) <= set(known):
        raise FieldError(f"extra.{RULE_FIELD}", f"an object with {', '.join(known)}", repr(given)[:120])
    if given.get("type") not in (None, *get_args(AnswerType)):
        raise FieldError(f"extra.{RULE_FIELD}.type", f"one of {', '.join(get_args(AnswerType))}", repr(given["type"]))
    for name in known[1:]:
        value = given.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0):
            raise FieldError(f"extra.{RULE_FIELD}.{name}", "a number from 0", repr(value))
    return AnswerRule(**given)


def normal(text: str) -> str:
    """NFKC, without case, LaTeX, articles and punctuation, but with the signs that numbers need."""
    text = unicodedata.normalize("NFKC", plain(text)).casefold()
    text = re.sub(r"(?<!\d)[.,:;](?!\d)|[.,:;](?!\d)|[^\w\s.,:;+\-*/^%°€$£√<>=]", " ", text)
    words = text.split()
    if len(words) == 1 or set("+*/^=√<>") & set(text):  # "a" may be the answer, and the a of "a + b" is no article
        return " ".join(words)
    return " ".join(word for word in words if word not in ("a", "an", "the"))
