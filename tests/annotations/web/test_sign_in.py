"""Log-in: a throttle on passwords, and a second step for whoever wants one."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from annotations.verbs import second_step, tokens
from tests.builders import PASSWORD, a_person, an_instance_admin

pytestmark = pytest.mark.django_db
LOGIN = "/login"


def code_of(device: TOTPDevice, steps: int = 0) -> str:
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = time.time() + steps * device.step
    return f"{totp.token():06d}"


def with_second_step(person: Any) -> tuple[TOTPDevice, list[str]]:
    device, codes = second_step.confirm(person, code_of(second_step.begin(person)))
    # As if it was switched on a while ago: a code works once, and tests do not wait for the next.
    TOTPDevice.objects.filter(pk=device.pk).update(last_t=-1)
    return device, codes


def give_password(client: Client, person: Any, **more: str) -> Any:
    return client.post(LOGIN, {"username": person.get_username(), "password": PASSWORD, **more})


def test_a_right_password_leads_on_within_the_site_only() -> None:
    person = a_person()
    assert give_password(Client(), person, next="/account")["Location"] == "/account"
    assert give_password(Client(), person, next="https://elsewhere.example/")["Location"] == "/"


def test_after_five_wrong_passwords_the_page_says_how_long_to_wait() -> None:
    person, other = a_person(), a_person()
    client = Client()
    wrong = [client.post(LOGIN, {"username": person.username, "password": "wrong"}) for _ in range(5)]
    assert [page.status_code for page in wrong] == [200, 200, 200, 200, 429]
    assert "15 minutes" in wrong[-1].content.decode()
    assert wrong[-1]["Retry-After"] == "900"
    assert give_password(client, person).status_code == 429, "the right password rests too"
    assert give_password(client, other).status_code == 302, "another name from the same address does not"
    assert give_password(Client(REMOTE_ADDR="192.0.2.7"), person).status_code == 302, "nor the name from elsewhere"


def test_there_is_no_way_to_sign_up() -> None:
    page = Client().get(LOGIN).content.decode()
    assert "sign up" not in page.lower()
    assert "invitation" in page


def test_the_password_alone_opens_nothing_once_the_second_step_is_on() -> None:
    root = an_instance_admin()
    device, _ = with_second_step(root)
    client = Client()
    assert give_password(client, root, next="/account")["Location"] == "/login/second-step?next=%2Faccount"
    for url in ("/", "/account", "/projects/new"):
        assert client.get(url)["Location"].startswith("/login?next=")
    assert client.get("/admin/")["Location"].startswith("/admin/login")
    assert client.get("/api/v1/me").status_code == 401

    passed = client.post(reverse("second_step"), {"code": code_of(device), "next": "/account"})
    assert passed["Location"] == "/account"
    assert client.get("/account").status_code == 200
    assert client.get("/admin/").status_code == 200
    assert client.get("/api/v1/me").status_code == 200


def test_a_session_from_before_the_second_step_was_on_must_pass_it_too() -> None:
    person = a_person()
    elsewhere = Client()
    give_password(elsewhere, person)
    assert elsewhere.get("/account").status_code == 200
    with_second_step(person)
    assert elsewhere.get("/account").status_code == 302


def test_a_code_works_once_and_a_recovery_code_too() -> None:
    person = a_person()
    device, codes = with_second_step(person)
    first, second, third = Client(), Client(), Client()
    code = code_of(device)
    for client in (first, second, third):
        give_password(client, person)
    assert first.post(reverse("second_step"), {"code": code}).status_code == 302
    assert "not right" in second.post(reverse("second_step"), {"code": code}).content.decode()
    assert second.post(reverse("second_step"), {"code": codes[0]}).status_code == 302
    assert "not right" in third.post(reverse("second_step"), {"code": codes[0]}).content.decode()


def test_wrong_codes_must_wait() -> None:
    person = a_person()
    device, _ = with_second_step(person)
    client = Client()
    give_password(client, person)
    client.post(reverse("second_step"), {"code": "000000"})
    assert "wait" in client.post(reverse("second_step"), {"code": code_of(device)}).content.decode()


def test_setting_up_shows_a_qr_code_and_the_recovery_codes_once() -> None:
    person = a_person()
    client = Client()
    client.force_login(person)
    page = client.get(reverse("two_factor"))
    assert re.search(r"<code>[A-Z2-7 ]{32,}</code>", page.content.decode())
    picture = client.get(reverse("two_factor_qr"))
    assert picture["Content-Type"] == "image/svg+xml"
    assert "no-store" in picture["Cache-Control"]
    assert b"style=" not in picture.content

    assert "not right" in client.post(reverse("two_factor"), {"code": "12345x"}).content.decode()
    device = TOTPDevice.objects.get(user=person)
    assert not device.confirmed
    TOTPDevice.objects.update(throttling_failure_timestamp=None, throttling_failure_count=0)
    codes = client.post(reverse("two_factor"), {"code": code_of(device)}).context["codes"]
    assert len(set(codes)) == second_step.RECOVERY_CODES
    assert client.get(reverse("account")).status_code == 200, "this session has just shown a code"
    assert client.get(reverse("two_factor_qr")).status_code == 404, "the key is not shown again"


def test_switching_off_takes_password_and_code() -> None:
    person = a_person()
    client = Client()
    client.force_login(person)
    device, codes = with_second_step(person)
    give_password(client, person)
    client.post(reverse("second_step"), {"code": codes[0]})
    off = reverse("two_factor")
    assert client.post(off, {"password": "wrong", "code": code_of(device)}).status_code == 200
    assert client.post(off, {"password": PASSWORD, "code": "nonsense"}).status_code == 200
    assert second_step.is_on(person)
    assert client.post(off, {"password": PASSWORD, "code": code_of(device)}).status_code == 302
    assert not second_step.is_on(person)


def test_a_token_is_a_credential_of_its_own_and_asks_for_no_code() -> None:
    person = a_person()
    _, secret = tokens.create_token(person, ["read"])
    with_second_step(person)
    assert Client(headers={"Authorization": f"Bearer {secret}"}).get("/api/v1/me").status_code == 200


def test_whoever_has_no_second_step_pays_no_query_for_it(django_assert_num_queries: Any) -> None:
    client = Client()
    client.force_login(a_person())
    with django_assert_num_queries(2):  # the session and its person; the page is only for instance admins
        client.get("/projects/new")
