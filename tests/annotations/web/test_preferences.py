"""Language, theme and keys: chosen by the person, kept on the server, without scripts too."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Preferences
from tests.builders import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> Any:
    return a_person("ann")


@pytest.fixture
def client(ann: Any) -> Client:
    client = Client()
    client.force_login(ann)
    return client


def test_a_page_comes_in_the_language_that_the_browser_asks_for() -> None:
    page = Client().get(reverse("login"), headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert '<html lang="de" dir="ltr">' in page.text
    assert "Anmelden" in page.text
    assert page["Content-Language"] == "de"
    assert '<html lang="en-gb" dir="ltr">' in Client().get(reverse("login"), headers={"Accept-Language": "fr"}).text


def test_a_chosen_language_outweighs_the_browsers_and_reaches_every_page(client: Client, ann: Any) -> None:
    saved = client.post(reverse("change_look"), {"language": "de", "theme": "dark"}, follow=True)
    assert "Gespeichert." in saved.text
    assert 'data-theme="dark"' in saved.text
    assert Preferences.objects.get(user=ann).language == "de"
    page = client.get(reverse("home"), headers={"Accept-Language": "en-GB"})
    assert "Meine Projekte" in page.text
    client.post(reverse("change_look"), {"language": "", "theme": ""})
    assert "My projects" in client.get(reverse("home")).text


def test_one_persons_language_is_not_the_next_ones(client: Client) -> None:
    client.post(reverse("change_look"), {"language": "de", "theme": ""})
    client.get(reverse("home"))
    assert "Log in" in Client().get(reverse("login")).text


def test_an_unknown_language_is_refused_in_words(client: Client) -> None:
    page = client.post(reverse("change_look"), {"language": "tlh", "theme": ""}, follow=True)
    assert "tlh is not one of the available choices" in page.text
    assert not Preferences.objects.exists()


def test_preferences_cost_no_query_of_their_own(client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get(reverse("home"))
        return len(found)

    before = queries()
    client.post(reverse("change_look"), {"language": "de", "theme": ""})
    assert queries() == before


def test_keys_change_by_the_form_and_come_back(client: Client, ann: Any) -> None:
    page = client.get(reverse("keys"))
    fields = {field.name: field.value() or "" for field in page.context["form"]}
    saved = client.post(reverse("keys"), fields | {"finding": "x", "rotate": "t", "type": ""}, follow=True)
    assert "Your keys are saved." in saved.text
    assert Preferences.objects.get(user=ann).keys == {"finding": "x", "rotate": "t", "type": ""}
    assert saved.context["form"]["finding"].value() == "x"
    client.post(reverse("keys"), {"reset": "1"})
    assert Preferences.objects.get(user=ann).keys == {}


def test_a_key_twice_is_told_beside_its_field_and_nothing_is_kept(client: Client) -> None:
    page = client.get(reverse("keys"))
    fields = {field.name: field.value() or "" for field in page.context["form"]}
    refused = client.post(reverse("keys"), fields | {"finding": "m"})
    assert refused.status_code == 422
    assert "already the key for" in refused.context["form"].errors["finding"][0]
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("body", ["{", "[]", '{"finding": 1}', '{"no_such": "x"}', '{"finding": "m"}'])
def test_a_script_is_told_why_its_keys_are_refused(client: Client, body: str) -> None:
    refused = client.post(reverse("keys"), body, content_type="application/json")
    assert refused.status_code == 400
    assert refused.json()["error"]
    assert not Preferences.objects.exists()
