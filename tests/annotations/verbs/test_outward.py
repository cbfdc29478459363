"""One POST to a typed address reaches public addresses alone, whatever name, spelling or redirect leads there."""

from __future__ import annotations

import socket
import time
from http.server import BaseHTTPRequestHandler
from ipaddress import ip_network
from typing import Any

import pytest

from annotations.verbs import outward
from annotations.verbs.outward import Refused, check_url, post
from tests.receiver import receiving, says

HERE = [ip_network("127.0.0.0/8")]
INNER = [
    "127.0.0.1", "127.8.9.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "255.255.255.255", "[::1]", "[::]", "[fe80::1]", "[fc00::1]", "[ff02::1]", "[::ffff:127.0.0.1]",
    "[::ffff:10.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]",
]  # fmt: skip


@pytest.mark.parametrize("host", INNER)
def test_an_inner_address_is_refused_as_it_stands(host: str) -> None:
    with pytest.raises(Refused, match="not a public address"):
        check_url(f"https://{host}/hook")


@pytest.mark.parametrize("host", ["93.184.215.14", "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]", "hooks.example.org"])
def test_a_public_address_and_a_name_pass(host: str) -> None:
    assert check_url(f"https://{host}:8443/hook?x=1").path == "/hook"


@pytest.mark.parametrize(
    "url",
    ["ftp://example.org/", "https:///path", "example.org", "https://me:pw@example.org/", "https://example.org/#part",
     "https://example.org/a b", "https://example.org/\r\nHost: x", "https://bücher.example/", "https://example.org:x/",
     "file:///etc/passwd", "https://example.org:99999/"],
)  # fmt: skip
def test_what_is_no_plain_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        check_url(url)


def resolving(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Each look-up gets the next of the answers; returns the names that were asked for."""
    asked: list[str] = []

    real = socket.getaddrinfo

    def look_up(host: str, port: int, *given_on: Any, **_: Any) -> list[Any]:
        if host[0].isdigit():  # the address that is connected to
            return real(host, port, *given_on)
        given = answers[min(len(asked), len(answers) - 1)]
        asked.append(host)
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, 1, 6, "", (each, port)) for each in given]

    monkeypatch.setattr(outward.socket, "getaddrinfo", look_up)
    return asked


def refuse_to_connect(*_: Any, **__: Any) -> None:
    raise AssertionError("nothing may be connected to")


@pytest.mark.parametrize("addresses", [["10.1.2.3"], ["93.184.215.14", "127.0.0.1"], ["fe80::1%eth0"]])
def test_a_name_that_leads_inside_is_refused_though_one_of_its_addresses_is_public(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    resolving(monkeypatch, addresses)
    monkeypatch.setattr(outward.socket, "create_connection", refuse_to_connect)
    answer = post("https://hooks.example.org/", b"{}", {})
    assert answer.status is None
    assert "not a public address" in answer.error


def test_the_connection_goes_to_the_address_that_was_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that answers differently the second time is never asked a second time."""
    asked = resolving(monkeypatch, ["93.184.215.14"], ["127.0.0.1"])
    connected = []

    def connect(address: tuple[str, int], *_: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError("nobody there")

    monkeypatch.setattr(outward.socket, "create_connection", connect)
    assert "nobody there" in post("http://hooks.example.org/", b"{}", {}).error
    assert (asked, connected) == (["hooks.example.org"], [("93.184.215.14", 80)])


def test_a_network_that_an_admin_allows_is_reached_and_the_name_goes_into_the_host_header(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with receiving(says(202, "taken \0")) as receiver:
        port = receiver.url.split(":")[2].split("/")[0]
        resolving(monkeypatch, ["127.0.0.1"])
        answer = post(f"http://hooks.example.org:{port}/hook?a=1", b"{}", {"webhook-id": "1"}, allowed=HERE)
        assert (answer.status, answer.is_good, answer.excerpt, answer.error) == (202, True, "taken �", "")
        ((headers, body),) = receiver.heard
        assert (headers["host"], headers["webhook-id"], body) == (f"hooks.example.org:{port}", "1", b"{}")


def test_a_redirect_is_not_followed() -> None:
    with receiving(says(307, Location="http://169.254.169.254/latest/meta-data")) as receiver:
        answer = post(receiver.url, b"{}", {}, allowed=HERE)
        assert (answer.status, answer.is_good) == (307, False)
        assert "redirects are not followed" in answer.error
        assert len(receiver.heard) == 1


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with receiving() as receiver:
        assert post(receiver.url, b"{}", {}, allowed=HERE).is_good


def test_an_answer_is_read_up_to_a_bound() -> None:
    with receiving(says(200, "x" * 100_000)) as receiver:
        assert post(receiver.url, b"{}", {}, allowed=HERE).excerpt == "x" * outward.EXCERPT_BYTES


def drip(request: BaseHTTPRequestHandler) -> None:
    """Headers without end, each well within the timeout of one read."""
    try:
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for _ in range(200):
            request.wfile.write(b"X-More: 1\r\n")
            request.wfile.flush()
            time.sleep(0.1)
    except OSError:
        return


def test_an_answer_that_drips_ends_at_the_deadline() -> None:
    with receiving(drip) as receiver:
        began = time.monotonic()
        answer = post(receiver.url, b"{}", {}, allowed=HERE, deadline_seconds=1)
        assert time.monotonic() - began < 4
        assert (answer.status, answer.error) == (None, "no answer within 1 s")


def test_a_name_that_nobody_knows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(outward.socket, "getaddrinfo", unknown)
    assert "Name or service not known" in post("https://nowhere.invalid/", b"{}", {}).error
