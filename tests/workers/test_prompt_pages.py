"""A project's prompts: a new version with its history, and a dry run that stores no critique."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Critique, Work
from tests.builders import a_person, a_project, a_response
from tests.workers.builders import a_scripted_critic, do_the_work
from workers import prompt_versions, runs
from workers.models import PromptVersion, Run
from workers.prompts import prompt, shipped_text

pytestmark = pytest.mark.django_db

STRICT = shipped_text("direct").replace("Judge every step", "Judge each step strictly,")


def logged_in(project, role="admin") -> Client:
    client = Client()
    client.force_login(a_person(role=role, project=project))
    return client


def test_a_new_version_is_in_force_and_the_old_one_stays():
    project = a_project()
    client = logged_in(project)
    place = reverse("prompt", args=[project.slug, "direct"])
    assert "came with the app" in client.get(place).content.decode()
    for text in (STRICT, STRICT + "\nBe brief.\n"):
        assert client.post(place, {"text": text.replace("\n", "\r\n")}).status_code == 302
    page = client.get(place).content.decode()
    assert "version 2 is in force" in page
    assert PromptVersion.objects.get(number=1).text == STRICT
    assert prompt_versions.in_force(project.pk)["direct"].hash != prompt("direct").hash


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (shipped_text("direct"), "expected a change"),
        (STRICT.replace("$answer", ""), "expected the place $answer"),
        (STRICT + "$magic", "found $magic"),
        ("Judge. $image $question $steps $answer $remarks", "expected a line"),
        (STRICT + "\n== assistant ==\nSure.", "expected == user == as the last turn"),
    ],
)
def test_a_text_that_no_prompt_can_be_is_refused_with_its_reason_and_kept_in_the_form(text, why):
    project = a_project()
    answer = logged_in(project).post(reverse("prompt", args=[project.slug, "direct"]), {"text": text})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert why.replace("== user ==", "== user ==") in page
    assert PromptVersion.objects.count() == 0


def test_a_reviewer_reads_prompts_and_changes_none():
    project = a_project()
    client = logged_in(project, "reviewer")
    place = reverse("prompt", args=[project.slug, "direct"])
    assert "Put it in force" not in client.get(place).content.decode()
    assert client.post(place, {"text": STRICT}).status_code == 403
    assert PromptVersion.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_shows_both_critiques_and_stores_neither():
    project = a_project()
    a_response(2, project=project, slots=0, key="one")
    a_scripted_critic(project)
    client = logged_in(project)
    started = client.post(
        reverse("dry_run", args=[project.slug, "direct"]), {"text": STRICT, "critic": "scripted", "response": "one"}
    )
    assert started.status_code == 302
    assert "at work" in client.get(started.url).content.decode()
    do_the_work()
    page = client.get(started.url).content.decode()
    assert page.count('data-verdict="correct"') == 6  # two steps and the answer, twice
    assert Critique.objects.count() == 0
    run = Run.objects.get()
    assert Work.objects.get(group=run.pk).result["calls"] == 2
    hashes = {Work.objects.get(group=run.pk).result[which]["author"]["prompt_hash"] for which in ("before", "after")}
    assert hashes == {prompt("direct").hash, prompt_versions.check("direct", STRICT).hash}
    assert "scripted" not in client.get(reverse("runs", args=[project.slug])).content.decode().split("<form")[0]


@pytest.mark.django_db(transaction=True)
def test_a_dry_run_can_be_cancelled_and_says_so():
    project = a_project()
    a_response(2, project=project, slots=0)
    critic = a_scripted_critic(project)
    run = runs.start_run(
        critic, project.responses.all(), kind="dry_run", parameters={"prompt": "direct", "text": STRICT}
    )
    client = logged_in(project)
    client.post(reverse("cancel_run", args=[project.slug, run.pk]))
    page = client.get(reverse("dry_run_of_prompt", args=[project.slug, "direct", run.pk])).content.decode()
    assert "cancelled" in page
    assert "hx-trigger" not in page


def test_a_key_that_no_response_has_starts_no_dry_run():
    project = a_project()
    a_response(2, project=project)
    answer = logged_in(project).post(
        reverse("dry_run", args=[project.slug, "direct"]), {"text": STRICT, "critic": "direct", "response": "nowhere"}
    )
    assert answer.status_code == 400
    assert "found none" in answer.content.decode()


def test_the_list_of_prompts_asks_the_same_few_questions(django_assert_num_queries):
    project = a_project()
    client = logged_in(project)
    prompt_versions.write_version(project, "direct", STRICT)
    with django_assert_num_queries(5):  # session, person, project, role, versions
        page = client.get(reverse("prompts", args=[project.slug])).content.decode()
    assert "version 1" in page
    assert page.count("as shipped") == len(prompt_versions.names()) - 1
