"""Rollout sets are stored whole, and a check says what they say of a finding, with its interval."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from annotations.models import FindingCheck, RolloutSet
from annotations.verbs.rollouts import judged, store_check
from tests.annotations.models.rows import a_full_critique
from tests.builders import a_finding_check, a_problem, a_project, a_response, a_rollout_set

pytestmark = pytest.mark.django_db


@pytest.fixture
def response():
    return a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."])


def test_a_set_counts_what_came_of_its_rollouts(response):
    found = a_rollout_set(response, "right wrong right unparsed", after_step=2)
    assert (found.right, found.wrong, found.unparsed, found.after_step) == (2, 1, 1, 2)
    assert [row.outcome for row in found.rollouts.all()] == ["right", "wrong", "right", "unparsed"]
    assert found.tally.success == 2 / 3


def test_answers_are_judged_by_the_matcher():
    response = a_response(1, problem=a_problem(a_project(), reference_answer="31.9 %"))
    told = judged([("So 31.9.", "31.9"), ("So 40.", "40"), ("So?", None)], response)
    assert [rollout.outcome for rollout in told] == ["right", "wrong", "unparsed"]


def test_a_step_that_spoils_and_a_correction_that_mends(response):
    check = a_finding_check(a_full_critique(response), before="right " * 8, after="wrong " * 8, corrected="right " * 8)
    assert (check.step_change, check.correction_change) == (-1.0, 1.0)
    assert (check.step.change, check.correction.change) == ("worse", "better")
    assert (check.step_low, round(check.step_high, 2)) == (-1.0, -0.54)  # Newcombe: −1 + √2 · (1 − 0.6756)


def test_without_a_corrected_text_or_anything_read_it_is_null_and_never_zero(response):
    critique = a_full_critique(response)
    plain = a_finding_check(critique, corrected="")
    assert (plain.correction_change, plain.correction_low) == (None, None)
    unread = a_finding_check(critique, after="unparsed unparsed")
    assert (unread.step_change, unread.correction_change) == (None, None)


def test_nothing_is_no_set(response):
    with pytest.raises(ValueError, match="expected at least one"):
        a_rollout_set(response, "")


def test_the_database_refuses_sets_of_other_places(response):
    critique = a_full_critique(response)
    before, after = a_rollout_set(response, after_step=0), a_rollout_set(response, after_step=1)
    for wrong in ((after, before), (before, before), (before, a_rollout_set(response, after_step=2))):
        with pytest.raises(IntegrityError, match="check_by_its_sets"), transaction.atomic():
            store_check(critique, 1, before=wrong[0], after=wrong[1], corrected=None)
    with pytest.raises(IntegrityError, match="check_by_its_sets"), transaction.atomic():
        store_check(critique, 1, before=before, after=after, corrected=after)
    elsewhere = a_rollout_set(a_response(3, problem=response.problem), after_step=0)
    with pytest.raises(IntegrityError, match="check_before"), transaction.atomic():
        store_check(critique, 1, before=elsewhere, after=after, corrected=None)
    assert not FindingCheck.objects.exists()


def test_the_database_refuses_counts_that_are_not_those_of_the_rollouts(response):
    found = a_rollout_set(response, "right wrong", after_step=1)
    with pytest.raises(IntegrityError, match="rollout_set_is_whole"), transaction.atomic():
        found.pk, found.key = response.pk, "copy"
        found.save(force_insert=True)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    assert RolloutSet.objects.count() == 1


def test_the_same_sets_check_a_finding_once(response):
    check = a_finding_check(a_full_critique(response))
    with pytest.raises(IntegrityError, match="checked_once"), transaction.atomic():
        store_check(check.critique, 1, before=check.before, after=check.after, corrected=check.corrected)
