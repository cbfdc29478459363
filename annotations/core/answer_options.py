"""Answers that choose among options: by letter, by text, by value."""

from __future__ import annotations

import re
from collections.abc import Sequence

from annotations.core.answer_numbers import agree, match_number, sides_of
from annotations.core.answer_rule import AnswerRule, Told, normal
from annotations.core.quantities import plain

_LABEL = re.compile(
    r"\s*(?:option|choice)?\s*[*_]*(?:\(([A-Za-z])\)|([A-Za-z])[*_]*\s*([):.]|\Z))[*_]*\s*:?\s*", re.IGNORECASE
)
_IN_BRACKETS = re.compile(r"\(([A-Z])\)|\b(?:option|choice)\s+\(?([A-Z])\b", re.IGNORECASE)
_LISTED = re.compile(r"^\s*\(?([A-Z])[):.]\s*(\S.*?)\s*$", re.MULTILINE)


def match_option(said: str, reference: str, options: Sequence[str], rule: AnswerRule) -> Told:
    """By letter, by text or by value; letter and text that contradict each other are `unparsed`.

    A number that no option has is wrong where the reference's option is a number; any other text that names no option
    is `unparsed`. In a sentence the one letter in brackets, or the one option whose text stands in it, counts.
    """
    wanted = option_named(reference, options)
    if wanted is None:
        return "unparsed", f"the reference {reference[:80]!r} is none of the options"
    found = option_named(said, options)
    if found is not None:
        return ("right", "") if found == wanted else ("wrong", f"option {_letter(found)} against {_letter(wanted)}")
    if options and sides_of(said) and sides_of(options[wanted]):
        return match_number(said, options[wanted], (), rule)
    return "unparsed", f"no single option in {said[:80]!r}"


def option_named(text: str, options: Sequence[str]) -> int | None:
    """Which option the text names, from 0; None if none or several. Without options a bare letter is enough."""
    text = plain(text).strip()
    count = len(options) or 10
    by_text = _by_text(text, options)
    label = _LABEL.match(text)
    by_letter, rest = None, ""
    if label:
        place = ord((label[1] or label[2]).upper()) - ord("A")
        by_letter, rest = (place if place < count else None), text[label.end() :].strip()
    if by_text is not None:
        return by_text if by_letter in (None, by_text) or rest else None
    if by_letter is not None:
        named = _by_text(rest, options) if rest else by_letter
        return by_letter if named in (None, by_letter) else None
    if label:
        return None  # a letter that no option has
    lettered = {(one or other).upper() for one, other in _IN_BRACKETS.findall(text)}
    if lettered:
        place = ord(lettered.pop()) - ord("A")
        return place if not lettered and place < count else None
    return _named_in(text, options)


def _by_text(text: str, options: Sequence[str]) -> int | None:
    """The one option with this text, or with this value where both are numbers."""
    said = normal(text)
    same = [place for place, option in enumerate(options) if said and normal(option) == said]
    if not same and (value := sides_of(text)):
        numbers = [(place, sides_of(option)) for place, option in enumerate(options)]
        same = [
            place for place, number in numbers if number and agree(value[-1], number[-1], AnswerRule())[0] == "right"
        ]
    return same[0] if len(same) == 1 else None


def _named_in(text: str, options: Sequence[str]) -> int | None:
    words = f" {normal(text)} "
    named = [
        place for place, option in enumerate(options) if len(normal(option)) > 1 and f" {normal(option)} " in words
    ]
    return named[0] if len(named) == 1 else None


def without_letter(option: str, place: int) -> str:
    """ "(B) 36" as the second option is "36"; "(B)" alone stays."""
    label = _LABEL.match(option)
    if label and (label[1] or label[3]) and (label[1] or label[2]).upper() == _letter(place):
        return option[label.end() :].strip() or option
    return option


def options_in(question: str) -> tuple[str, ...]:
    """The options that a question lists itself, one a line, lettered from A without a gap; else none."""
    found = [(letter, text) for letter, text in _LISTED.findall(question)]
    letters = [letter for letter, _ in found]
    if len(found) < 2 or letters != [_letter(place) for place in range(len(found))]:
        return ()
    return tuple(text for _, text in found)


def _letter(place: int) -> str:
    return chr(ord("A") + place)
