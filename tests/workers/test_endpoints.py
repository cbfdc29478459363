"""Endpoints: who makes them, where the key is and is not, and a run of a critic on one."""

from __future__ import annotations

import logging

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client, override_settings
from django.urls import reverse

from annotations.models import Critique, LogEntry
from tests.builders import a_person, a_project, an_instance_admin
from tests.workers.builders import a_chain_of_each, a_run, do_the_work
from tests.workers.engines.test_openai_http import hostile  # noqa: F401  the far end's process
from workers import endpoints
from workers.engines.base import EngineError
from workers.models import Critic, Endpoint, Job

pytestmark = pytest.mark.django_db
KEY = "sk-never-to-be-seen"
FORM = {"name": "far", "model": "m-1", "in_flight": 4, "deadline_seconds": 20, "longest_side": 512, "key": KEY}


def an_endpoint(url: str = "http://127.0.0.1:9/v1", **fields) -> Endpoint:
    made = Endpoint(**{"name": "far", "base_url": url, "model": "m-1", "deadline_seconds": 20, **fields})
    return endpoints.save(made, by=an_instance_admin(), key=endpoints.KeyChange(KEY))


def an_admins_browser() -> Client:
    client = Client()
    client.force_login(an_instance_admin("root"))
    return client


def test_an_instance_admin_makes_one_and_its_key_is_shown_nowhere():
    client = an_admins_browser()
    answer = client.post(reverse("endpoints"), {**FORM, "base_url": "https://far.example/v1"}, follow=True)
    made = Endpoint.objects.get()
    assert endpoints.api_key(made) == KEY
    pages = [answer, client.get(reverse("endpoints")), client.get(reverse("endpoint", args=["far"]))]
    assert all(page.status_code == 200 for page in pages)
    assert "A key is kept, encrypted." in pages[2].content.decode()
    stored = [str(row) for model in (Endpoint, LogEntry) for row in model.objects.values_list()]
    for text in [page.content.decode() for page in pages] + stored:
        assert KEY not in text
        assert made.sealed_key not in text or text in stored


def test_an_empty_key_leaves_what_is_kept_and_forgetting_it_is_said():
    an_endpoint()
    client, form = an_admins_browser(), {**FORM, "base_url": "http://127.0.0.1:9/v1", "key": ""}
    client.post(reverse("endpoint", args=["far"]), {**form, "model": "m-2"})
    changed = Endpoint.objects.get()
    assert (changed.model, endpoints.api_key(changed)) == ("m-2", KEY)
    client.post(reverse("endpoint", args=["far"]), {**form, "forget_key": "on"})
    assert Endpoint.objects.get().sealed_key == ""


def test_a_project_admin_makes_none_neither_by_page_nor_by_verb():
    person = a_person(role="admin", project=a_project())
    with pytest.raises(PermissionDenied):
        endpoints.save(Endpoint(name="far", base_url="http://h/v1", model="m"), by=person)
    made = an_endpoint()
    for verb in (endpoints.delete, endpoints.check):
        with pytest.raises(PermissionDenied):
            verb(made, by=person)


@pytest.mark.parametrize(
    "url",
    ["ftp://h/v1", "file:///etc/passwd", "h/v1", "http://me:pw@h/v1", "http://h/v1?k=1", "http://h/chat/completions"],
)
def test_what_cannot_be_an_address_is_refused_with_a_reason(url):
    answer = an_admins_browser().post(reverse("endpoints"), {**FORM, "base_url": url})
    assert answer.status_code == 400
    assert "Expected" in str(answer.context["form"].errors["base_url"])
    assert not Endpoint.objects.exists()


def test_the_environment_goes_before_what_is_kept(monkeypatch):
    made = an_endpoint(name="big-model")
    monkeypatch.setenv("ENDPOINT_KEY_BIG_MODEL", "sk-other")
    assert endpoints.api_key(made) == "sk-other"


def test_a_machine_with_another_secret_says_what_to_do():
    made = an_endpoint()
    with override_settings(ENDPOINT_SECRET="another"), pytest.raises(EngineError, match="set the same ENDPOINT_SECRET"):
        endpoints.api_key(made)


def test_one_to_which_a_critic_refers_stays_and_keeps_its_name():
    made = an_endpoint()
    Critic.objects.create(project=a_project(), name="far", method="direct", engine="openai_http", model="far")
    with pytest.raises(ValidationError, match="1 critics refer to far"):
        endpoints.delete(made, by=an_instance_admin())
    made.name = "near"
    with pytest.raises(ValidationError, match="name stays"):
        endpoints.save(made, by=an_instance_admin())


def test_the_list_asks_the_same_few_questions_however_many_there_are(django_assert_max_num_queries):
    Endpoint.objects.bulk_create(Endpoint(name=f"e{n}", base_url="http://h/v1", model="m") for n in range(30))
    client = an_admins_browser()
    with django_assert_max_num_queries(8):
        assert len(client.get(reverse("endpoints")).context["page"].object_list) == 20


def test_trying_one_tells_what_its_server_can_do_or_why_not(hostile):  # noqa: F811
    an_endpoint(f"{hostile}/plain")
    client = an_admins_browser()
    page = client.post(reverse("check_endpoint", args=["far"])).content.decode()
    assert "m-1-2026-05-01" in page
    assert "no: it is asked in words, its replies are checked" in page
    Endpoint.objects.update(base_url=f"{hostile}/key")
    page = client.post(reverse("check_endpoint", args=["far"])).content.decode()
    assert "does not accept the API key" in page
    assert KEY not in page


@pytest.mark.django_db(transaction=True)
def test_a_critic_on_an_endpoint_writes_critiques_and_the_key_stays_out_of_them_and_of_the_logs(hostile, caplog):  # noqa: F811
    caplog.set_level(logging.DEBUG)
    an_endpoint(f"{hostile}/good")
    project = a_project()
    a_chain_of_each(project, "[says {} said] One?", "Two?")
    critic = Critic.objects.create(project=project, name="far", method="direct", engine="openai_http", model="far")
    a_run(critic)
    do_the_work()
    assert {critique.author.model for critique in Critique.objects.select_related("author")} == {"m-1-2026-05-01"}
    assert Critique.objects.count() == 2
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(author::text, '') FROM annotations_author author")
        assert KEY not in cursor.fetchone()[0]
    assert KEY not in caplog.text


@pytest.mark.django_db(transaction=True)
def test_a_critic_on_an_endpoint_that_does_not_exist_fails_with_the_names_that_do():
    an_endpoint()
    project = a_project()
    a_chain_of_each(project, "One?")
    a_run(Critic.objects.create(project=project, name="x", method="direct", engine="openai_http", model="nowhere"))
    do_the_work()
    assert "expected the name of an endpoint (far), found nowhere" in Job.objects.get().work.error
