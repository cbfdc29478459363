"""API tokens: stored hashed, with scope, expiry and revocation."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.utils import timezone

from annotations.models import Token
from annotations.verbs import tokens
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db


def test_the_database_never_sees_the_secret() -> None:
    token, secret = tokens.create_token(a_person(), ["pull"])
    stored = Token.objects.filter(pk=token.pk).values().get()
    assert not any(secret in str(value) for value in stored.values())
    assert tokens.verify(secret) == token
    assert tokens.verify(secret + "x") is None


@pytest.mark.parametrize("end", ["expired", "revoked", "person switched off"])
def test_a_token_ends(end: str) -> None:
    person = a_person()
    token, secret = tokens.create_token(person, ["pull"])
    if end == "expired":
        Token.objects.filter(pk=token.pk).update(expires_at=timezone.now())
    elif end == "revoked":
        tokens.revoke_token(token, by=person)
    else:
        person.is_active = False
        person.save()
    assert tokens.verify(secret) is None


def test_the_last_use_is_written_at_most_once_a_minute() -> None:
    token, secret = tokens.create_token(a_person(), ["pull"])
    tokens.verify(secret)
    first = Token.objects.get(pk=token.pk).last_used_at
    tokens.verify(secret)
    assert Token.objects.get(pk=token.pk).last_used_at == first
    Token.objects.filter(pk=token.pk).update(last_used_at=first - timedelta(minutes=2))
    tokens.verify(secret)
    assert Token.objects.get(pk=token.pk).last_used_at > first


@pytest.mark.parametrize("asked", [{"scopes": []}, {"scopes": ["everything"]}, {"scopes": ["pull"], "days": 0}])
def test_a_token_without_a_known_scope_or_an_end_is_refused(asked: dict) -> None:
    with pytest.raises(ValidationError, match="expected"):
        tokens.create_token(a_person(), **asked)


def test_the_shell_prints_the_secret_and_nothing_else() -> None:
    project = a_project("charts")
    a_person("trainer", role="trainer", project=project)
    out = StringIO()
    call_command("create_token", "trainer", "--scope", "pull", "--project", "charts", stdout=out)
    token = tokens.verify(out.getvalue().strip())
    assert token
    assert tokens.opens(token, project)
    assert not tokens.opens(token, a_project())


def test_the_shell_says_what_is_missing() -> None:
    a_person("trainer")
    with pytest.raises(CommandError, match="no person"):
        call_command("create_token", "nobody", "--scope", "pull")
    with pytest.raises(CommandError, match="no project nowhere"):
        call_command("create_token", "trainer", "--scope", "pull", "--project", "nowhere")
