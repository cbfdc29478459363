"""A person's own correction: the chain from the first error on, written anew, guided by their submitted critique.

It is stored as any correction is (corrections.py): a response that revises the original. What lies before the first
error stays as it was cut; the rest is cut by the project's rule.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.core.critique_facts import first_error
from annotations.core.steps import SEGMENTATION_RULE, split_steps
from annotations.core.storable import unstorable_text
from annotations.models import Critique, Response, Step
from annotations.models.records import critique_record
from annotations.verbs.corrections import store_correction

LONGEST_TEXT = 50_000  # code points
LONGEST_ANSWER = 2_000


class NothingToCorrect(LookupError):
    """The critique finds no error, so there is no step from which on to correct."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """Where a correction begins: the source text before the first error, its steps, and what to begin writing with."""

    step: int
    kept_text: str
    kept_steps: tuple[schema.StepRange, ...]
    rest: str  # from the first error on, with the corrected texts that the critique gives put in


def generator_of(person: Any) -> str:
    """The stable name by which a person's corrections go."""
    return f"person:{person.get_username()}"


def beginning_of(own: Critique) -> Beginning:
    """Of a critique with its parts. Two queries. Raises NothingToCorrect."""
    record = critique_record(own)
    number = first_error(record).step
    if number is None:
        raise NothingToCorrect("Your critique finds no error in this chain, so there is nothing to correct.")
    text = own.response.source_text
    rows = Step.objects.filter(response=own.response, segmentation=own.segmentation).order_by("number")
    steps = [schema.StepRange(start=row.start, end=row.end) for row in rows]
    first = steps[number - 1].start
    rest, position = "", first
    for judgment, step in zip(record.judgments[number - 1 :], steps[number - 1 :], strict=True):
        given = next((finding.corrected_text for finding in judgment.findings if finding.corrected_text), None)
        rest += text[position : step.start] + (given if given is not None else text[step.start : step.end])
        position = step.end
    return Beginning(number, text[:first], tuple(steps[: number - 1]), rest + text[position:])


@transaction.atomic
def correct(own: Critique, rest: str, answer: str, *, by: Any) -> Response:
    """Stores the chain with `rest` in place of all from the first error on. Sent twice, it is stored once.

    Raises PermissionError for a critique of somebody else, NothingToCorrect, FieldError (`rest`, `answer`).
    """
    if own.author.user_id != by.pk:
        raise PermissionError("Only the author of a critique corrects the chain with it.")
    beginning = beginning_of(own)
    _check("rest", rest, LONGEST_TEXT)
    _check("answer", answer, LONGEST_ANSWER)
    _take_turns(own)
    text = beginning.kept_text + rest
    offset = len(beginning.kept_text)
    added = (schema.StepRange(start=step.start + offset, end=step.end + offset) for step in split_steps(rest))
    known = Response.objects.filter(guided_by=own, source_text=text, answer=answer, effect__corrector__user=by).first()
    if known is not None:
        return known
    if text == own.response.source_text and answer == own.response.answer:
        raise FieldError("rest", "something else than the chain as it was", "the same text and the same answer")
    record = schema.Response(
        key="",
        source_text=text,
        steps=(*beginning.kept_steps, *added),
        segmentation=SEGMENTATION_RULE,
        answer=answer,
        generator=generator_of(by),
    )
    author = schema.Author(kind="person", name=own.author.name)
    return store_correction(own.response, record, author=author, user=by, guided_by=own)


def _check(field: str, text: str, longest: int) -> None:
    if not text.strip():
        raise FieldError(field, "some text", "none")
    if len(text) > longest:
        raise FieldError(field, f"at most {longest} characters", f"{len(text)}")
    for error in unstorable_text(text, field):
        raise error


def _take_turns(own: Critique) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"correction by {own.pk}"])
