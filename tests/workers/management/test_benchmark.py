"""`manage.py benchmark`: starts what lacks, once; prints the table of what is there."""

from __future__ import annotations

import io
import json

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Project
from annotations.verbs.store import set_reference
from tests.builders import a_correction, a_critic, a_critique, a_person, a_project, a_response
from workers import benchmark as plan
from workers.models import Critic, Run

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    project = a_project("bars")
    for verdicts in (("correct", "incorrect"), ("incorrect", "correct")):
        response = a_response(steps=2, project=project)
        set_reference(a_critique(response, *verdicts, by=a_person()), "gold")
        a_critique(response, "incorrect", author=a_critic("one"))
    a_response(steps=2, project=project)  # without a reference: no part of it
    return project


def critics(project: Project) -> list[Critic]:
    return [Critic.objects.create(project=project, name=name, method="direct") for name in ("one", "two")]


def told(*arguments: str) -> str:
    out = io.StringIO()
    call_command("benchmark", "bars", *arguments, "--resamples", "50", stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_only_what_lacks_is_a_part(project: Project) -> None:
    one, two = critics(project)
    (part,) = plan.missing_critiques(project, [one, two])
    assert (part.critic, part.responses.count()) == (two, 2)
    corrector = plan.Corrector(engine="scripted", model="scripted-1")
    words = [part.words for part in plan.missing_corrections(project, [one, two], corrector)]
    levels = ("A", "AS", "ASE")
    assert words == [
        "corrections without a critique",
        *(f"corrections guided by one, {level}" for level in levels),
        *(f"corrections guided by reference, {level}" for level in levels),
    ]
    for critique in project.critiques.filter(author__name="one"):
        a_correction(critique.response, guided_by=critique)
    left = [part.words for part in plan.missing_corrections(project, [one, two], corrector)]
    assert left == [word for word in words if word != "corrections guided by one, ASE"]


def test_the_table_of_what_is_there_starts_nothing(project: Project) -> None:
    critics(project)
    printed = told("--critic", "one", "--critic", "two", "--score-only")
    found = json.loads(told("--critic", "one", "--score-only", "--json"))
    (row,) = found["rows"]
    assert row["responses"] == 2
    assert f"{row['figures']['step_f1']['value']:.3f}" in printed
    assert not Run.objects.exists()


def test_a_critic_or_project_that_is_not_there_is_named(project: Project) -> None:
    with pytest.raises(CommandError, match="--critic"):
        told("--critic", "nobody-of-this-name")
    with pytest.raises(CommandError, match="no project nowhere"):
        call_command("benchmark", "nowhere", "--critic", "one")
