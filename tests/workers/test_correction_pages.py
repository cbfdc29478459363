"""The page and the endpoint of corrections: starting them, and the list of what came of them."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Assignment, Effect, RolloutSet
from annotations.verbs.corrections import Guidance
from tests.annotations.models.rows import a_full_critique
from tests.builders import a_correction, a_finding_check, a_person, a_project, a_response
from tests.workers.builders import do_the_work
from tests.workers.kinds.test_correction import a_chain, criticised
from tests.workers.scripting import enable_scripted_engines
from workers.models import Critic, Run

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def project():
    enable_scripted_engines()
    return a_project("charts")


@pytest.fixture
def admin(client, project):
    person = a_person("boss", role="admin", project=project)
    client.force_login(person)
    return person


def page(client, project, query=""):
    return client.get(reverse("corrections", args=[project.slug]) + query).content.decode()


def a_corrected_chain(project, answer="31.9 %", **guidance):
    response = a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."], project=project)
    critique = a_full_critique(response)
    return a_correction(response, guided_by=critique, answer=answer, guidance=Guidance(**guidance))


def test_what_came_of_each_correction_is_listed_and_filtered(client, project, admin):
    a_corrected_chain(project)
    a_corrected_chain(project, "50 %")
    assert page(client, project).count('<th scope="row">') == 2
    assert page(client, project, "?effect=fixed").count('<th scope="row">') == 1
    assert "No correction fits" in page(client, project, "?effect=broke")
    assert (
        page(client, project, "?level=ASE&critic=scripted+critic&corrector=revise+by+scripted-1").count(
            '<th scope="row">'
        )
        == 2
    )
    assert page(client, project, "?effect=nonsense").count('<th scope="row">') == 2


def test_the_list_asks_the_same_number_of_queries_however_long_it_is(client, project, admin):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            page(client, project)
        return len(captured)

    a_corrected_chain(project)
    few = queries()
    for _ in range(5):
        a_corrected_chain(project)
    assert queries() == few <= 16


def test_the_list_is_paginated(client, project, admin):
    response = a_response(3, project=project)
    for _ in range(51):
        a_correction(response)
    assert page(client, project).count('<th scope="row">') == 50
    assert page(client, project, "?page=2").count('<th scope="row">') == 1


def test_whoever_holds_a_response_as_annotator_sees_no_correction_of_it(client, project):
    reviewer = a_person("eve", role="reviewer", project=project)
    client.force_login(reviewer)
    correction = a_corrected_chain(project)
    second = a_correction(correction, guided_by=None)
    assert page(client, project).count('<th scope="row">') == 2
    Assignment.objects.create(project=project, response=correction.revises, slot_number=1, user=reviewer, state="held",
                              expires_at="2030-01-01T00:00:00Z")  # fmt: skip
    assert second.effect.root == correction.revises
    assert "Nothing has been corrected" in page(client, project)


def start(client, project, **asked):
    given = {
        "method": "revise", "model": "scripted_correcting script", "guided_by": "critics", "levels": ["ASE"],
        "where": "findings", "which": "originals", "samples": 1, "seed": 0, **asked,
    }  # fmt: skip
    return client.post(reverse("corrections", args=[project.slug]), given)


def a_scripted_model(project):
    Critic.objects.create(project=project, name="s", method="revise", engine="scripted_correcting", model="script")


def test_an_admin_starts_corrections_and_is_led_to_the_run(client, project, admin):
    a_scripted_model(project)
    criticised(a_chain(project))
    answer = start(client, project)
    run = Run.objects.get()
    assert answer["Location"] == reverse("run", args=[project.slug, run.pk])
    do_the_work()
    assert Effect.objects.get().effect == "fixed"
    assert client.get(answer["Location"]).status_code == 200


def test_and_rollouts(client, project, admin):
    a_scripted_model(project)
    criticised(a_chain(project))
    start(client, project, method="rollout", settings='{"rollouts": 2}')
    do_the_work()
    assert RolloutSet.objects.count() == 3


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"settings": "{"}, "Expected JSON"),
        ({"settings": "[1]"}, "Expected an object"),
        ({"settings": '{"wings": 2}'}, "settings of revise"),
        ({"which": "keys", "keys": "nobody"}, "No response has the key nobody"),
        ({"guided_by": "people"}, "found none"),
        ({"levels": []}, "levels: expected some of"),
    ],
)
def test_what_is_asked_wrongly_is_told_beside_the_form(client, project, admin, asked, words):
    a_scripted_model(project)
    criticised(a_chain(project))
    answer = start(client, project, **asked)
    assert answer.status_code == 400
    assert words in answer.content.decode()


def test_what_it_will_cost_is_told_before_and_nothing_is_made(client, project, admin):
    a_scripted_model(project)
    criticised(a_chain(project))
    answer = start(client, project, do="estimate", samples=3)
    assert "<b>3 jobs</b>, at most 3 calls of the model" in answer.content.decode()
    answer = start(client, project, do="estimate", method="rollout", settings='{"rollouts": 4}')
    assert "<b>1 job</b>, at most 12 calls" in answer.content.decode()
    answer = start(client, project, do="estimate", method="rollout", where="start", settings='{"rollouts": 4}')
    assert "<b>1 job</b>, at most 4 calls" in answer.content.decode()
    assert not Run.objects.exists()


def test_the_filter_and_the_budget_hold_for_corrections_too(client, project, admin):
    a_scripted_model(project)
    criticised(a_chain(project))
    assert start(client, project, which="filter", **{"only-critic": "another"}).status_code == 400
    start(client, project, which="filter", **{"only-agreement": "single", "budget-calls": 7})
    run = Run.objects.get()
    assert (run.job_count, run.budget_calls) == (1, 7)


def test_a_reviewer_reads_and_may_not_start(client, project):
    client.force_login(a_person("eve", role="reviewer", project=project))
    assert "Correct, or roll out" not in page(client, project)
    assert start(client, project).status_code == 403


def test_the_api_starts_and_lists(client, project, admin):
    a_scripted_model(project)
    critique = criticised(a_chain(project))
    url = reverse("api_corrections", args=[project.slug])
    asked = {"engine": "scripted_correcting", "model": "script", "parameters": {"levels": ["none", "ASE"]}}
    started = client.post(url, asked, content_type="application/json")
    assert (started.status_code, started.json()["job_count"]) == (202, 2)
    do_the_work()
    first = client.get(url + "?limit=1").json()
    assert len(first["results"]) == 1
    told = [*first["results"], *client.get(first["next"]).json()["results"]]
    assert {(one["level"], one["effect"]) for one in told} == {("none", "unchanged"), ("ASE", "fixed")}
    only = client.get(url + f"?critique={critique.pk}").json()["results"]
    assert [(one["critic"], one["explanations"]) for one in only] == [("scripted critic", [1])]
    assert client.get(url + "?effect=nonsense").status_code == 400
    refused = client.post(url, {"method": "oracle"}, content_type="application/json")
    assert (refused.status_code, "corrector: expected one of" in refused.content.decode()) == (400, True)


def test_the_compare_page_shows_corrections_and_the_check_of_a_finding(client, project, admin):
    correction = a_corrected_chain(project)
    a_finding_check(correction.guided_by, before="right " * 8, after="wrong " * 8, corrected="right " * 8)
    shown = client.get(reverse("compare", args=[project.slug, correction.revises_id])).content.decode()
    assert "What came of it" in shown
    assert "guided by the whole critique" in shown
    assert "So it is 31.9 %." in shown
    assert "The step spoils the outcome" in shown
    assert "Its correction mends the outcome" in shown
    assert "before the step" in shown


def test_an_annotator_sees_no_correction_on_the_compare_page(client, project):
    ann = a_person("ann", role="annotator", project=project)
    correction = a_corrected_chain(project)
    from tests.builders import a_critique

    a_critique(correction.revises, "incorrect", by=ann)
    client.force_login(ann)
    shown = client.get(reverse("compare", args=[project.slug, correction.revises_id])).content.decode()
    assert "So it is 31.9 %." not in shown


def test_a_corrector_is_not_offered_as_a_critic(client, project, admin):
    Critic.objects.create(project=project, name="mender", method="revise", engine="scripted_correcting", model="script")
    assert "mender" not in client.get(reverse("runs", args=[project.slug])).content.decode()
