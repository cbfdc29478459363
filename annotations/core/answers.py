"""Is an answer right? One explicit matcher per type of answer, and `unparsed` wherever a matcher would have to guess.

VISCO's released matchers guess on what they cannot read (POPE falls back to yes, MMMU picks an option at random,
MathVista takes the nearest by edit distance: METHODS.md 1.4). Here an answer is `right` or `wrong` only where both it
and the reference were understood.

The type is what the problem's metadata says (`extra.answer_check`, see `AnswerRule`), or is found in this order:

1. `option`: the problem has options (or its question lists them as A, B, C …) and the reference is one of them, by its
   letter or by its text; or the reference is a single letter from A to J;
2. `yes_no`: the reference begins with yes, no, true or false as a word of its own;
3. `number`: the whole reference is a number, with or without a unit; "a = b ≈ c" gives every side;
4. `list`: the reference stands in brackets and has commas, or has two or more parts of which one is a number;
5. `text`: everything else.

Of an answer its last box counts, else what follows its last "answer is" or "answer:", else all of it. How the types
compare is told by their functions below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from annotations.core.answer_numbers import match_number, sides_of
from annotations.core.answer_options import match_option, option_named, options_in, without_letter
from annotations.core.answer_rule import AnswerRule, AnswerType, Outcome, Told, answer_rule, normal
from annotations.core.quantities import plain, read_quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """`reason` says in words why nothing could be told, or what was compared with what."""

    outcome: Outcome
    type: AnswerType | None = None
    reason: str = ""


class Answerable(Protocol):
    """What checking needs of a problem: a core record and a row of the database have it alike."""

    @property
    def question(self) -> str: ...
    @property
    def reference_answer(self) -> str | None: ...
    @property
    def options(self) -> Sequence[object]: ...
    @property
    def extra(self) -> Mapping[str, Any]: ...


def check_answer(answer: str | None, problem: Answerable) -> Match:
    """Whether the answer to this problem is right, by its reference answer, options and metadata. Raises FieldError."""
    return match_answer(
        answer,
        problem.reference_answer,
        options=problem.options,
        question=problem.question,
        rule=answer_rule(problem.extra),
    )


def match_answer(
    answer: str | None,
    reference: str | None,
    *,
    options: Sequence[object] = (),
    question: str = "",
    rule: AnswerRule | None = None,
) -> Match:
    """Compares an answer with the reference. options: their texts in order, the first being A."""
    rule = rule or AnswerRule()
    if reference is None or not reference.strip():
        return Match(outcome="unparsed", reason="the problem has no reference answer")
    choices = tuple(without_letter(str(option), place) for place, option in enumerate(options))
    choices = choices or options_in(question)
    kind = rule.type or type_of(reference, choices)
    if answer is None or not answer.strip():
        return Match(outcome="unparsed", type=kind, reason="there is no answer")
    if normal(answer) == normal(reference) and normal(reference):
        return Match(outcome="right", type=kind)
    said = said_in(answer)
    outcome, reason = _MATCHERS[kind](said, reference, choices, rule)
    return Match(outcome=outcome, type=kind, reason=reason)


def type_of(reference: str, options: Sequence[str] = ()) -> AnswerType:
    """By the order in the module's docstring. options: without their letters."""
    if (options and option_named(reference, options) is not None) or re.fullmatch(r"\(?[A-J]\)?\.?", reference.strip()):
        return "option"
    if _yes_or_no(reference) is not None:
        return "yes_no"
    if sides_of(reference):
        return "number"
    parts = _parts(reference)
    if len(parts) > 1 and (_BRACKETED.fullmatch(reference.strip()) or any(map(read_quantity, parts))):
        return "list"
    return "text"


_CUE = re.compile(r"\banswer\s*(?:is|was|would be|must be|should be|[:：=])\s*[:：]?\s*", re.IGNORECASE)
_BOX = re.compile(r"\\(?:boxed|fbox)\s*\{")


def said_in(answer: str) -> str:
    """The part of the text that is the answer: the last box, else what follows the last cue, else everything."""
    boxes = list(_BOX.finditer(answer))
    if boxes and (content := _braced(answer, boxes[-1].end())):
        return content
    cues = list(_CUE.finditer(answer))
    said = answer[cues[-1].end() :] if cues else answer
    return said.strip() or answer


def _braced(text: str, start: int) -> str | None:
    depth = 1
    for at in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[at], 0)
        if not depth:
            return text[start:at].strip()
    return None


# --- Yes and no


def _yes_no(said: str, reference: str, options: Sequence[str], rule: AnswerRule) -> Told:
    """By the first word; in a sentence that begins otherwise nothing is guessed."""
    wanted, found = _yes_or_no(reference), _yes_or_no(said)
    if wanted is None or found is None:
        return "unparsed", f"neither yes nor no: {(said if wanted is not None else reference)[:80]!r}"
    return ("right", "") if found == wanted else ("wrong", "")


def _yes_or_no(text: str) -> bool | None:
    """True, False, or None; "no one" and "no bar" say neither, "no: …", "no, …" and "no" do."""
    match = re.match(r"\W*(yes|no|true|false)(?=\W*\Z|\s*[.,:;!–—])", text.strip(), re.IGNORECASE)
    return None if match is None else match[1].casefold() in ("yes", "true")


# --- Lists

_BRACKETED = re.compile(r"\\?[(\[{].*[)\]}]", re.DOTALL)


def _list(said: str, reference: str, options: Sequence[str], rule: AnswerRule) -> Told:
    """Part by part, each as a number, else as text. In ( ) and [ ] order counts, otherwise it does not."""
    wanted, found = _parts(reference), _parts(said)
    if len(found) == 1 and len(wanted) > 1:
        return "unparsed", f"expected {len(wanted)} parts, found {said[:80]!r}"
    if len(wanted) != len(found):
        return "wrong", f"{len(found)} parts against {len(wanted)}"
    if re.match(r"[(\[]", plain(reference)):
        told = [_part(*pair, rule) for pair in zip(found, wanted, strict=True)]
    else:
        told = _paired(found, wanted, rule)
    outcome: Outcome = "wrong" if "wrong" in told else "unparsed" if "unparsed" in told else "right"
    return outcome, "" if outcome == "right" else f"{found} against {wanted}"


def _part(found: str, wanted: str, rule: AnswerRule) -> Outcome:
    if normal(found) == normal(wanted):
        return "right"
    return (match_number if read_quantity(wanted) else _text)(found, wanted, (), rule)[0]


def _paired(found: Sequence[str], wanted: Sequence[str], rule: AnswerRule) -> list[Outcome]:
    """For each wanted part the best of the found ones that is left: right, else unparsed, else wrong."""
    left, told = list(found), []
    for part in wanted:
        outcomes = [_part(one, part, rule) for one in left]
        best = min(outcomes, key=("right", "unparsed", "wrong").index)
        del left[outcomes.index(best)]
        told.append(best)
    return told


def _parts(text: str) -> list[str]:
    text = plain(text).strip().removesuffix(".")
    inner = re.fullmatch(r"\\?[(\[{](.*?)\\?[)\]}]", text, re.DOTALL)
    rule = r";\s*" if ";" in text else r",\s+|\s+and\s+|\s+or\s+" if inner is None or ", " in text else r","
    return [part.strip() for part in re.split(rule, inner[1] if inner else text) if part.strip()]


# --- Text

SHORT_WORDS = 6
_FILLERS = frozenset("a an the is are was were it its of in on at to and or by with".split())  # noqa: SIM905


def _text(said: str, reference: str, options: Sequence[str], rule: AnswerRule) -> Told:
    """Right if equal but for case, punctuation and articles; wrong if both are short and share no word.

    Anything between ("the red one" against "dark red", "9時" against "9時00分"), and any sentence, is `unparsed`.
    """
    found, wanted = normal(said), normal(reference)
    if found == wanted and wanted:
        return "right", ""
    words, others = (set(text.split()) - _FILLERS for text in (found, wanted))
    if (
        words & others
        or found in wanted
        or wanted in found
        or max(len(found.split()), len(wanted.split())) > SHORT_WORDS
        or not words
        or not others
    ):
        return "unparsed", f"not to be compared as texts: {said[:80]!r} and {reference[:80]!r}"
    return "wrong", f"{found[:80]!r} against {wanted[:80]!r}"


_MATCHERS: dict[AnswerType, Callable[[str, str, Sequence[str], AnswerRule], Told]] = {
    "number": match_number,
    "option": match_option,
    "yes_no": _yes_no,
    "list": _list,
    "text": _text,
}
