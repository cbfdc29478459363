"""The pages of runs: start, follow, cancel and retry, for those who may; none of it for annotators."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Critique
from tests.builders import a_person, a_project, a_response
from tests.workers.builders import a_chain_of_each, a_run, a_scripted_critic, do_the_work, many_responses
from workers import runs, steering
from workers.models import Critic, Run, Worker
from workers.progress import in_words

pytestmark = pytest.mark.django_db


def logged_in(project, role) -> Client:
    client = Client()
    client.force_login(a_person(role=role, project=project))
    return client


def test_an_admin_starts_a_run_of_the_built_in_critic_and_lands_on_its_page():
    project = a_project()
    a_response(2, project=project)
    client = logged_in(project, "admin")
    answer = client.post(
        reverse("runs", args=[project.slug]), {"critic": "direct", "which": "all", "samples": 2}, follow=True
    )
    run = Run.objects.get()
    assert (run.job_count, run.critic.model, run.created_by) == (2, "default", answer.wsgi_request.user)
    assert "weak critic" in answer.content.decode()
    assert "No worker is running" in answer.content.decode()


def test_a_key_that_no_response_has_is_named_on_the_form():
    project = many_responses(1)
    answer = logged_in(project, "admin").post(
        reverse("runs", args=[project.slug]), {"critic": "direct", "which": "keys", "keys": "nowhere", "samples": 1}
    )
    assert answer.status_code == 400
    assert "found nowhere, which none has" in answer.content.decode()


def test_only_what_the_critic_has_not_read_is_chosen():
    project = a_project()
    a_chain_of_each(project, "One?", "Two?")
    critic = a_scripted_critic(project)
    assert runs.choose(critic, "new").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_response_that_was_read_is_not_new():
    project = many_responses(2)
    critic = a_scripted_critic(project)
    a_run(critic)
    do_the_work()
    assert runs.choose(critic, "new").count() == 0


def test_a_reviewer_sees_the_runs_and_no_form():
    project = many_responses(1)
    a_run(a_scripted_critic(project))
    page = logged_in(project, "reviewer").get(reverse("runs", args=[project.slug])).content.decode()
    assert "Start a run" not in page
    assert "scripted" in page


def test_a_list_of_many_runs_costs_as_many_queries_as_one_of_few(django_assert_num_queries):
    project = many_responses(1)
    critic = a_scripted_critic(project)
    for _ in range(8):
        a_run(critic)
    client = logged_in(project, "admin")
    with django_assert_num_queries(8):  # session, person, second factor, project, role, critics, count and page, counts
        client.get(reverse("runs", args=[project.slug]))


def test_the_progress_asks_again_until_the_run_has_ended():
    project = many_responses(1)
    run = a_run(a_scripted_critic(project))
    client = logged_in(project, "reviewer")
    url = reverse("run", args=[project.slug, run.pk])
    partial = client.get(url, headers={"HX-Request": "true"}).content.decode()
    assert 'hx-trigger="every 2s"' in partial
    assert "<html" not in partial
    steering.cancel_run(run)
    assert "hx-trigger" not in client.get(url, headers={"HX-Request": "true"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_failures_stand_on_the_page_by_cause_and_the_trace_is_for_admins():
    project = a_project()
    a_chain_of_each(project, "CRASH", "CRASH")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    url = reverse("run", args=[project.slug, run.pk])
    for_admins = logged_in(project, "admin").get(url).content.decode()
    assert for_admins.count("RuntimeError: the method tripped over this chain</td>") == 0
    assert "Traceback" in for_admins
    for_reviewers = logged_in(project, "reviewer").get(url).content.decode()
    assert "the method tripped over this chain" in for_reviewers
    assert "Traceback" not in for_reviewers


def test_an_annotator_hears_nothing_of_runs():
    project = many_responses(1)
    run = a_run(a_scripted_critic(project))
    client = logged_in(project, "annotator")
    for url in (reverse("runs", args=[project.slug]), reverse("run", args=[project.slug, run.pk]), reverse("workers")):
        assert client.get(url).status_code == 403


def test_the_built_in_critics_page_says_that_it_is_weak():
    project = a_project()
    runs.critic_named(project, "direct")
    page = logged_in(project, "reviewer").get(reverse("critic", args=[project.slug, "direct"])).content.decode()
    assert "This is a weak critic" in page


def test_the_workers_page_tells_the_living_from_the_silent_and_names_no_project():
    project = a_project()
    Worker.objects.create(name="alive@here", queues="critics", doing="critic of secret-project")
    silent = Worker.objects.create(name="gone@here", queues="io")
    Worker.objects.filter(pk=silent.pk).update(heartbeat_at="2020-01-01T00:00Z")
    page = logged_in(project, "admin").get(reverse("workers")).content.decode()
    assert "alive@here" in page
    assert "silent" in page
    assert "secret-project" not in page


def test_a_run_of_another_project_is_not_found():
    run = a_run(a_scripted_critic(many_responses(1)))
    other = a_project()
    assert logged_in(other, "admin").get(reverse("run", args=[other.slug, run.pk])).status_code == 404


def test_time_left_is_told_in_round_words():
    assert [in_words(seconds) for seconds in (None, 40, 720, 10_800)] == ["", "40 s", "12 min", "3 h"]


def test_a_run_by_the_api_tells_its_progress():
    project = many_responses(2)
    client = logged_in(project, "admin")
    started = client.post(
        reverse("api_runs", args=[project.slug]), {"critic": "direct"}, content_type="application/json"
    )
    assert started.status_code == 202
    told = client.get(started["Location"]).json()
    assert (told["job_count"], told["progress"]["queued"], told["state"]) == (2, 2, "running")
    assert Critique.objects.count() == 0


def test_a_critic_that_there_is_not_is_refused_with_the_names_of_those_that_there_are():
    project = many_responses(1)
    answer = logged_in(project, "admin").post(
        reverse("api_runs", args=[project.slug]), {"critic": "nobody"}, content_type="application/json"
    )
    assert answer.status_code == 400
    assert "expected one of direct, found nobody" in answer.json()["errors"][0]["detail"]
    assert not Critic.objects.exists()
