"""`correct`: corrections and rollouts from the shell, through the same runs as from the page."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Effect, FindingCheck
from tests.builders import a_project
from tests.workers.kinds.test_correction import a_chain, criticised
from tests.workers.scripting import enable_scripted_engines
from workers.models import Run

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPTED = {"engine": "scripted_correcting", "model": "script"}


@pytest.fixture
def project():
    enable_scripted_engines()
    project = a_project()
    criticised(a_chain(project))
    return project


def told(project, *args, **options):
    out = StringIO()
    call_command("correct", project.slug, *args, stdout=out, here=True, **SCRIPTED, **options)
    return out.getvalue()


def test_it_tells_what_came_of_each_level(project):
    out = told(project, level=["none", "ASE"])
    assert "ASE: 1 fixed, 0 unchanged, 0 broke, 0 unparsed" in out
    assert "none: 0 fixed, 1 unchanged, 0 broke, 0 unparsed" in out
    assert Effect.objects.count() == 2


def test_rollouts_tell_what_changed_the_outcome(project):
    out = told(project, "--with", "rollout", "--set", "rollouts=10")
    assert FindingCheck.objects.get().step_change == -0.5
    assert "finding 1: after its step worse" in out


def test_it_returns_with_the_jobs_queued(project):
    call_command("correct", project.slug, stdout=StringIO(), **SCRIPTED)
    assert Run.objects.get().state == "running"


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--set", "wings"), "expected NAME=VALUE"),
        (("--set", "wings=2"), "settings of revise"),
        (("--responses", "nobody"), "no response has the key nobody"),
        (("--guided-by", "nobody"), "found none"),
    ],
)
def test_what_is_asked_wrongly_is_refused(project, args, words):
    with pytest.raises(CommandError, match=words):
        told(project, *args)
