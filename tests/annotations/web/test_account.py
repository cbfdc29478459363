"""My account: tokens are shown once, and are nobody else's."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Token
from annotations.verbs import tokens
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db


def signed_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_a_new_token_is_shown_once() -> None:
    person = a_person()
    client = signed_in(person)
    made = client.post(reverse("account"), {"name": "training", "scopes": ["pull"], "days": 30})
    secret = made.context["secret"]
    assert secret.startswith("sl_")
    assert secret in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0")
    assert secret not in client.get(reverse("account")).content.decode()
    assert tokens.verify(secret).user == person


def test_a_token_for_a_project_of_others_is_refused() -> None:
    others = a_project()
    page = signed_in(a_person()).post(
        reverse("account"), {"name": "x", "scopes": ["pull"], "days": 30, "projects": [str(others.pk)]}
    )
    assert page.context["form"].errors["projects"]
    assert not Token.objects.exists()


def test_i_revoke_my_own_token_and_nobody_elses() -> None:
    person, other = a_person(), a_person()
    token, secret = tokens.create_token(person, ["read"])
    url = reverse("revoke_token", args=[token.pk])
    assert signed_in(other).post(url).status_code == 404
    assert Client().post(url)["Location"].startswith(reverse("login"))
    assert signed_in(person).get(url).status_code == 405
    assert tokens.verify(secret)
    assert signed_in(person).post(url).status_code == 302
    assert tokens.verify(secret) is None


def test_the_page_takes_as_many_queries_for_ten_tokens_as_for_one(django_assert_num_queries: Any) -> None:
    person = a_person()
    project = a_project()
    client = signed_in(person)
    for _ in range(10):
        tokens.create_token(person, ["read"])[0].projects.set([project])
    # session, person, tokens counted, tokens, their projects, second step, projects to choose from
    with django_assert_num_queries(7):
        client.get(reverse("account"))


def test_changing_the_password_ends_other_sessions() -> None:
    person = a_person()
    here, elsewhere = signed_in(person), signed_in(person)
    new = "quite another horse, stapled"
    changed = here.post(
        reverse("change_password"),
        {"old_password": "a correct horse, well stapled", "new_password1": new, "new_password2": new},
    )
    assert changed.status_code == 302
    assert here.get(reverse("account")).status_code == 200
    assert elsewhere.get(reverse("account")).status_code == 302
