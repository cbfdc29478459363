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
    # session, person, second factor, project, role, critics, count and page, counts, and the filter's two
    with django_assert_num_queries(10):
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


@pytest.mark.django_db(transaction=True)
def test_a_run_is_started_with_filter_budget_priority_and_left_standing():
    project = many_responses(3)
    critic = a_scripted_critic(project)
    client = logged_in(project, "admin")
    client.post(
        reverse("runs", args=[project.slug]),
        {"critic": critic.name, "which": "filter", "only-agreement": "none", "samples": 1, "seed": 7, "priority": "20",
         "budget-calls": 50, "standing": "on"},
    )  # fmt: skip
    run = Run.objects.get()
    assert (run.job_count, run.seed, run.priority, run.budget_calls, run.is_standing) == (3, 7, 20, 50, True)
    assert run.chosen == {"which": "filter", "query": {"agreement": "none"}}


@pytest.mark.django_db(transaction=True)
def test_an_estimate_starts_nothing_and_knows_the_time_once_something_has_run():
    project = many_responses(4)
    critic = a_scripted_critic(project)
    client = logged_in(project, "admin")
    asked = {"critic": critic.name, "which": "all", "samples": 2, "do": "estimate"}
    first = client.post(reverse("runs", args=[project.slug]), asked)
    assert (first.context["costs"].jobs, first.context["costs"].calls) == (8, 8)
    assert (first.context["costs"].seconds, first.context["costs"].is_measured) == (None, False)
    assert not Run.objects.exists()
    a_run(critic)
    do_the_work()
    second = client.post(reverse("runs", args=[project.slug]), asked).context["costs"]
    assert (second.tokens, second.is_measured) == (8 * 110, True)
    assert second.seconds > 0


@pytest.mark.django_db(transaction=True)
def test_a_run_that_ended_says_what_came_of_it_beside_what_people_flag():
    from tests.builders import a_critique

    project = a_project()
    (one, _) = a_chain_of_each(project, "What?", "NONSENSE")
    a_critique(one, "incorrect", by=a_person(role="annotator", project=project))
    run = a_run(a_scripted_critic(project))
    do_the_work()
    client = logged_in(project, "admin")
    told = client.get(reverse("run", args=[project.slug, run.pk])).context["summary"]
    assert (told.coverage, told.unparsed, told.judged_steps, told.flagged_steps) == (1.0, 1, 2, 0)
    assert (told.flag_rate, told.people_flag_rate) == (0.0, 0.5)
    assert client.get(reverse("api_run", args=[project.slug, run.pk])).json()["summary"]["calls"] == 2


@pytest.mark.django_db(transaction=True)
def test_pause_resume_extend_and_stand_are_a_click_each():
    project = many_responses(2)
    run = a_run(a_scripted_critic(project), chosen={"which": "all"})
    client = logged_in(project, "admin")

    def click(name: str, **data) -> Run:
        client.post(reverse(name, args=[project.slug, run.pk]), data)
        return Run.objects.get(pk=run.pk)

    assert click("pause_run").state == "paused"
    assert "Resume" in client.get(reverse("run", args=[project.slug, run.pk])).content.decode()
    resumed = click("resume_run", **{"budget-calls": 9})
    assert (resumed.state, resumed.budget_calls) == ("running", 9)
    do_the_work()
    a_response(2, project=project)
    assert "Extend to 1 new response" in client.get(reverse("run", args=[project.slug, run.pk])).content.decode()
    assert click("extend_run").job_count == 3
    assert click("stand_run", standing="yes").is_standing
    assert not click("stand_run", standing="no").is_standing


@pytest.mark.django_db(transaction=True)
def test_the_api_steers_a_run_as_the_page_does():
    project = many_responses(2)
    client = logged_in(project, "admin")
    run = a_run(a_scripted_critic(project), chosen={"which": "all"})

    def post(name: str, body: dict) -> dict:
        url = reverse(name, args=[project.slug, run.pk])
        return client.post(url, body, content_type="application/json").json()

    assert post("api_pause_run", {})["state"] == "paused"
    assert post("api_resume_run", {"budget": {"calls": 5}})["budget"]["calls"] == 5
    assert "only a paused run" in str(post("api_resume_run", {}))
    assert post("api_stand_run", {"standing": True})["is_standing"]
    assert post("api_extend_run", {})["job_count"] == 2


@pytest.mark.django_db(transaction=True)
def test_the_compare_page_hears_of_a_critique_that_has_come():
    project = many_responses(1)
    response = project.responses.get()
    a_run(a_scripted_critic(project))
    client = logged_in(project, "reviewer")
    url = reverse("coming", args=[project.slug, response.pk])
    waiting = client.get(url, {"shown": 0})
    assert "1 critique is on its way" in waiting.content.decode()
    assert 'hx-trigger="every 3s"' in waiting.content.decode()
    assert "HX-Trigger" not in waiting
    do_the_work()
    come = client.get(url, {"shown": 0})
    assert come["HX-Trigger"] == "critiques-came"
    assert "hx-trigger" not in come.content.decode()
    assert url in client.get(reverse("compare", args=[project.slug, response.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_an_annotator_hears_of_no_critique_before_their_own():
    project = a_project(blind=True)
    response = a_response(2, project=project)
    client = logged_in(project, "annotator")
    run = a_run(a_scripted_critic(project))
    do_the_work()
    assert Critique.objects.filter(run=run.pk).exists()
    places = {"coming": [response.pk], "compare": [response.pk], "run": [run.pk], "critics": [], "api_critics": []}
    for name, of in places.items():
        url = reverse(name, args=[project.slug, *of])
        answer = client.get(url, {"shown": 0})
        assert answer.status_code == 403, url
        assert "HX-Trigger" not in answer


def test_the_workers_page_says_which_model_is_loaded_where_and_since_when():
    project = a_project()
    Worker.objects.create(
        name="w@gpu1", host="gpu1", queues="critics", model="qwen on torch_local", doing="critic of x",
        doing_since="2026-01-01T10:11:12Z",
    )  # fmt: skip
    page = logged_in(project, "admin").get(reverse("workers")).content.decode()
    for told in ("gpu1", "qwen on torch_local", "10:11:12"):
        assert told in page
