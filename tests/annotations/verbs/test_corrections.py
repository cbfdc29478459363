"""A correction is stored with what came of it, and the database holds the two together."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.models import Effect, Slot
from annotations.verbs.corrections import Guidance, store_correction
from annotations.verbs.store import set_reference
from tests.annotations.models.rows import a_full_critique
from tests.builders import a_correction, a_corrector, a_critic, a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def wrong():
    """Its answer is 40.4 %, the reference 31.9 %."""
    return a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."])


def test_a_correction_with_the_right_answer_fixed_it(wrong):
    critique = a_full_critique(wrong)
    correction = a_correction(wrong, guided_by=critique, guidance=Guidance(seed=5, explanation_seed=7))
    effect = Effect.objects.get()
    assert (correction.revises, correction.guided_by, effect.correction) == (wrong, critique, correction)
    assert (effect.before, effect.before_by, effect.after, effect.effect) == ("wrong", "matcher", "right", "fixed")
    assert (effect.level, effect.source, effect.seed, effect.round) == ("ASE", "self", 5, 1)
    assert (effect.corrector.method, effect.corrector.model) == ("revise", "scripted-1")
    assert [step.number for step in correction.steps.all()] == [1, 2]


def test_the_shown_explanation_is_chosen_by_the_recorded_seed(wrong):
    critique = a_full_critique(wrong)  # of three explanations
    shown = set()
    for seed in range(12):
        a_correction(wrong, guided_by=critique, guidance=Guidance(explanation_seed=seed))
        effect = Effect.objects.get(explanation_seed=seed)
        shown.add(tuple(effect.explanations))
    assert shown == {(1,), (2,), (3,)}


def test_without_a_critique_it_is_the_baseline(wrong):
    a_correction(wrong, answer="50 %")
    effect = Effect.objects.get()
    assert (effect.level, effect.source, effect.critique, effect.effect) == ("none", "none", None, "unchanged")


def test_the_projects_reference_says_whether_the_answer_was_right_before(wrong):
    """The matcher cannot know that the project accepts 40.4 %."""
    set_reference(a_critique(wrong, answer=schema.AnswerJudgment(verdict="correct", state="judged")), "gold")
    a_correction(wrong, answer="50 %")
    effect = Effect.objects.get()
    assert (effect.before, effect.before_by, effect.effect) == ("right", "reference", "broke")


def test_an_answer_that_cannot_be_read_has_no_effect_but_unparsed(wrong):
    a_correction(wrong, answer="between 31 and 32")
    assert Effect.objects.get().effect == "unparsed"
    a_correction(wrong, answer=None)
    assert set(Effect.objects.values_list("after", "effect")) == {("unparsed", "unparsed")}


def test_a_second_round_revises_the_first_and_keeps_the_root(wrong):
    first = a_correction(wrong, answer="50 %")
    second = a_correction(first, guidance=Guidance(round=2), guided_by=a_critique(first, "incorrect"))
    effect = Effect.objects.get(correction=second)
    assert (effect.revised, effect.root, effect.round, effect.effect) == (first, wrong, 2, "fixed")


def test_rejected_drafts_are_kept_with_it(wrong):
    correction = a_correction(wrong, rejected=2)
    kept = [(draft.step, draft.text, draft.reason) for draft in correction.effect.rejected_steps.all()]
    assert kept == [(1, "Draft 1.", "no"), (1, "Draft 2.", "no")]


def test_a_person_writes_one_by_hand_and_its_text_is_split(wrong):
    ann = a_person("ann")
    correction = store_correction(
        wrong,
        schema.Response(key="", source_text="Step 1: look again.\n\nStep 2: it is 31.9 %.", answer="31.9 %"),
        author=schema.Author(kind="person", name="ann"),
        user=ann,
        guided_by=a_critique(wrong, "incorrect", by=ann),
    )
    assert correction.step_count == 2
    assert (correction.effect.source, correction.effect.corrector.user) == ("human", ann)


@pytest.mark.parametrize("queued", [False, True])
def test_a_correction_gets_slots_only_where_the_project_says_so(queued):
    correction = a_correction(a_response(2, project=a_project(overlap=2, queue_corrections=queued)))
    assert Slot.objects.filter(response=correction, state="open").count() == (2 if queued else 0)


def test_a_text_without_steps_is_refused(wrong):
    with pytest.raises(FieldError, match="at least one step"):
        a_correction(wrong, steps=())


def test_a_critique_of_another_response_is_refused(wrong):
    with pytest.raises(ValueError, match="expected a critique of"):
        a_correction(wrong, guided_by=a_critique(a_response(2)))


def test_one_job_stores_each_of_its_corrections_once(wrong):
    job = wrong.pk
    a_correction(wrong, job=job)
    with pytest.raises(IntegrityError, match="corrections_of_a_job"), transaction.atomic():
        a_correction(wrong, job=job)
    a_correction(wrong, job=job, ordinal=2)


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"effect": "fixed"}, "effect_follows"),
        ({"after": "maybe"}, "effect_after|effect_follows"),
        ({"level": "none", "explanations": []}, "guided_exactly_by_a_critique"),
        ({"left_out": 9}, "effect_without_finding"),
        ({"finding_count": 3, "explanations": [1, 0, 0]}, "effect_of_all_findings"),
        ({"explanations": []}, "explanations_of_all_findings"),
        ({"left_out": 1}, "nothing_shown_of_what_is_left_out"),
        ({"round": 0}, "effect_round"),
    ],
)
def test_the_database_refuses_an_effect_that_does_not_follow(wrong, changes, constraint):
    critique = a_full_critique(wrong)
    correction = a_correction(wrong, answer="50 %", guided_by=critique)
    effect = correction.effect
    other = a_response(1, problem=wrong.problem, slots=0, revises=wrong, guided_by=critique).pk  # without an effect
    columns = {field.attname: getattr(effect, field.attname) for field in Effect._meta.concrete_fields}
    columns |= {"correction_id": other, **changes}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Effect(**{name: value for name, value in columns.items() if name != "created_at"}).save(force_insert=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_database_refuses_an_effect_of_what_is_no_such_correction(wrong):
    critique = a_full_critique(wrong)
    other = a_response(2, problem=wrong.problem)
    with pytest.raises(IntegrityError, match="effect_as_linked"), transaction.atomic():
        Effect.objects.create(
            correction=other, project=wrong.project, problem=wrong.problem, revised=wrong, root=wrong,
            critique=critique, corrector=critique.author, level="AS", source="self", finding_count=1,
            before="wrong", before_by="matcher", after="wrong", effect="unchanged",
        )  # fmt: skip


def test_a_critique_by_another_model_is_a_cross_critique(wrong):
    a_correction(wrong, guided_by=a_critique(wrong, author=a_critic()), author=a_corrector("large"))
    assert Effect.objects.get().source == "cross"
