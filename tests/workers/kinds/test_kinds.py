"""A kind of run is a file: its jobs, their parameters and results go through the same rows as a critique's."""

from __future__ import annotations

import pytest

from annotations.models import Critique, Response, Work
from tests.workers.builders import a_run, a_scripted_critic, do_the_work, many_responses
from tests.workers.scripting import enable_scripted_kinds
from workers.progress import progress

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def scripted_kind():
    enable_scripted_kinds()


def test_a_kind_says_which_jobs_there_are_and_what_is_kept_of_them():
    run = a_run(a_scripted_critic(many_responses(3)), kind="scripted", parameters={"word": "Bye"})
    do_the_work()
    assert sorted(run.jobs.values_list("response__key", "part")) == [
        (key, part) for key in sorted(Response.objects.values_list("key", flat=True)) for part in ("first", "last")
    ]
    assert run.parameters == {"word": "Bye"}
    assert progress(run).done == 6
    assert set(Work.objects.filter(group=run.pk).values_list("parameters__half", "result__calls")) == {
        ("first", 1),
        ("last", 1),
    }
    assert Critique.objects.count() == 0


def test_a_parameter_that_the_kind_does_not_know_is_refused_before_the_start():
    critic = a_scripted_critic(many_responses(1))
    with pytest.raises(ValueError, match="wings"):
        a_run(critic, kind="scripted", parameters={"wings": 2})


def test_an_unknown_kind_is_refused_with_the_names_of_the_known():
    critic = a_scripted_critic(many_responses(1))
    with pytest.raises(KeyError, match="critique"):
        a_run(critic, kind="nothing")
