"""`run_critic`: queued for a worker, or done here, through the same rows."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Critique, Response, Work
from tests.builders import a_project
from tests.workers.builders import a_chain_of_each, a_scripted_critic, many_responses
from workers.models import Run

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_returns_with_the_jobs_queued():
    project = many_responses(3)
    a_scripted_critic(project)
    call_command("run_critic", project.slug, critic="scripted", stdout=StringIO())
    assert list(Work.objects.values_list("state", flat=True)) == ["queued"] * 3


def test_here_it_does_the_same_jobs_in_this_process():
    project = many_responses(3)
    a_scripted_critic(project)
    out = StringIO()
    call_command("run_critic", project.slug, critic="scripted", here=True, stdout=out)
    assert Critique.objects.count() == 3
    assert Run.objects.get().state == "done"
    assert "Done 3, failed 0" in out.getvalue()


def test_responses_can_be_chosen_by_key_and_limited():
    project = many_responses(4)
    a_scripted_critic(project)
    keys = list(Response.objects.values_list("key", flat=True))[1:]
    call_command("run_critic", project.slug, critic="scripted", responses=keys, limit=2, stdout=StringIO())
    assert list(Run.objects.get().jobs.values_list("response__key", flat=True)) == keys[:2]


def test_failed_jobs_give_their_causes_and_an_exit_code():
    project = a_project()
    a_chain_of_each(project, "CRASH")
    a_scripted_critic(project)
    errors = StringIO()
    with pytest.raises(CommandError, match="1 jobs failed"):
        call_command("run_critic", project.slug, critic="scripted", here=True, stdout=StringIO(), stderr=errors)
    assert "1 × RuntimeError: the method tripped over this chain" in errors.getvalue()


def test_an_unknown_critic_is_answered_with_the_known_ones():
    project = many_responses(1)
    with pytest.raises(CommandError, match="expected one of direct, found nobody"):
        call_command("run_critic", project.slug, critic="nobody")
