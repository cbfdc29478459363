"""A person's correction: from the first error on, guided by their critique, stored once."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.models import Critique, Effect, Response, Slot
from annotations.models.records import steps_of
from annotations.verbs.own_correction import NothingToCorrect, beginning_of, correct
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db

CHAIN = ("Two bars.", "The second shows 66.", "So it grew by 19.")
JUDGED = (
    schema.Judgment(step=1, verdict="correct"),
    schema.Judgment(
        step=2,
        verdict="incorrect",
        own_error=True,
        findings=(schema.Finding(explanations=("62.",), corrected_text="The second shows 62."),),
    ),
    schema.Judgment(step=3, verdict="incorrect", inherits_from=(2,)),
)


def a_submitted(**rules: Any) -> tuple[Critique, Any]:
    project = a_project(**rules)
    person = a_person("ann", role="annotator", project=project)
    response = a_response(CHAIN, problem=a_problem(project, reference_answer="31.9 %"))
    stored = a_critique(response, by=person, judgments=JUDGED)
    return Critique.objects.whole().select_related("response__project").get(pk=stored.pk), person


def test_it_begins_at_the_first_error_with_what_the_critique_says_it_should_have_been() -> None:
    own, _ = a_submitted()
    beginning = beginning_of(own)
    assert (beginning.step, beginning.kept_text) == (2, "Two bars.\n")
    assert beginning.rest == "The second shows 62.\nSo it grew by 19."


def test_it_is_a_response_that_revises_guided_by_the_critique_and_cut_into_steps() -> None:
    own, ann = a_submitted()
    correction = correct(own, "The second shows 62.\n\nSo it grew by 15.\n\nThat is 31.9 %.", "31.9 %", by=ann)
    whole = Response.objects.prefetch_related("steps").get(pk=correction.pk)
    assert (whole.revises, whole.guided_by, whole.generator) == (own.response, own, "person:ann")
    assert [whole.source_text[step.start : step.end] for step in steps_of(whole)] == [
        "Two bars.",
        "The second shows 62.",
        "So it grew by 15.",
        "That is 31.9 %.",
    ]
    effect = Effect.objects.get(correction=whole)
    assert (effect.corrector.user, effect.before, effect.after, effect.effect) == (ann, "wrong", "right", "fixed")
    assert not Slot.objects.filter(response=whole).exists(), "made to be measured, not to be critiqued"


def test_a_project_may_queue_corrections_too() -> None:
    own, ann = a_submitted(queue_corrections=True, overlap=2)
    correction = correct(own, "It shows 62.", "31.9 %", by=ann)
    assert Slot.objects.filter(response=correction, state="open").count() == 2


def test_sent_twice_it_is_stored_once() -> None:
    own, ann = a_submitted()
    assert correct(own, "It shows 62.", "31.9 %", by=ann) == correct(own, "It shows 62.", "31.9 %", by=ann)
    assert Response.objects.filter(guided_by=own).count() == 1


@pytest.mark.parametrize(
    ("rest", "answer", "field"),
    [(" ", "31.9 %", "rest"), ("It shows 62.", "", "answer"), ("\n".join(CHAIN[1:]), "40.4 %", "rest")],
)
def test_what_is_empty_or_as_it_was_is_refused_by_field(rest: str, answer: str, field: str) -> None:
    own, ann = a_submitted()
    with pytest.raises(FieldError) as refused:
        correct(own, rest, answer, by=ann)
    assert refused.value.field == field


def test_a_critique_without_an_error_corrects_nothing_and_nobody_uses_one_of_somebody_else() -> None:
    own, _ = a_submitted()
    with pytest.raises(PermissionError):
        correct(own, "x", "y", by=a_person())
    clean = a_critique(own.response, by=a_person())
    with pytest.raises(NothingToCorrect):
        beginning_of(Critique.objects.whole().get(pk=clean.pk))
