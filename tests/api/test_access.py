"""Every URL × every method × every role, made from the URL resolver: what the table does not know fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.api.access_table import ACCESS, TESTED_ELSEWHERE
from tests.api.world import ANONYMOUS, CALLERS, INSTANCE_ADMIN, World

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def url_names(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, str]]:
    """(namespace, name) of every URL; a URL without a name has the name "" and its pattern tells which."""
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from url_names(entry, entry.namespace or namespace)
        elif isinstance(entry, URLPattern):
            yield namespace, entry.name or f"a URL without a name: {entry.pattern}"


NAMES = sorted({name for namespace, name in url_names(get_resolver()) if not namespace})
ADMIN_NAMES = sorted({name for namespace, name in url_names(get_resolver()) if namespace == "admin"})
OTHER_NAMESPACES = {namespace for namespace, _ in url_names(get_resolver())} - {"", "admin"}


def test_every_url_has_a_line_in_the_table() -> None:
    assert set(NAMES) - set(TESTED_ELSEWHERE) == set(ACCESS)
    assert not OTHER_NAMESPACES


@pytest.mark.parametrize("path", sorted(set(TESTED_ELSEWHERE.values())))
def test_what_is_tested_elsewhere_has_its_test(path: str) -> None:
    assert Path(path).is_file()


@pytest.fixture
def world(db: None) -> World:
    return World()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", sorted(ACCESS))
def test_who_may(name: str, method: str, world: World) -> None:
    row = ACCESS[name]
    url = reverse(name, args=row.args(world))
    found = {caller: told(calling(world, caller, method, url)) for caller in CALLERS}
    expected = {caller: row.expected(caller, method) for caller in CALLERS}
    if method not in row.methods:
        # Whether a stranger hears of the method or of the log-in first is no matter: nobody passes.
        assert "passes" not in found.values()
        assert found[INSTANCE_ADMIN] == "405"
    else:
        assert found == expected


@pytest.mark.parametrize("name", ["index", *(name for name in ADMIN_NAMES if name.endswith("_changelist"))])
def test_djangos_admin_is_for_instance_admins(name: str, world: World) -> None:
    url = reverse(f"admin:{name}")
    found = {caller: told(calling(world, caller, "GET", url)) for caller in CALLERS}
    assert found == dict.fromkeys(CALLERS, "403") | {INSTANCE_ADMIN: "passes", ANONYMOUS: "log in"}


def calling(world: World, caller: str, method: str, url: str) -> HttpResponse:
    """One call as this person, and everything it changed undone."""
    client = Client()
    with transaction.atomic():
        if world.people[caller] is not None:
            client.force_login(world.people[caller])
        is_form = method == "POST" and not url.startswith("/api/")
        response = client.generic(
            method, url, content_type="application/x-www-form-urlencoded" if is_form else "application/json"
        )
        if response.status_code == 302 and response["Location"].startswith(reverse("admin:login")):
            response = client.get(response["Location"])  # which tells a member 403, and the others the way in
        transaction.set_rollback(True)
    return response


def told(response: HttpResponse) -> str:
    if response.status_code == 302 and response["Location"].startswith(reverse("login") + "?next="):
        return "log in"
    if response.status_code in (401, 403, 404, 405):
        return str(response.status_code)
    assert response.status_code < 500
    return "passes"
