"""One POST to an address that a person typed, without letting it reach what lies inside.

The host's name is resolved once, every address that it has must be a public one, and the connection goes to the
address that was checked: a name that changes its mind in between (DNS rebinding) gains nothing. Redirects are not
followed, environment proxies not used, answers read up to a bound and within a deadline.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

DEADLINE_SECONDS = 15.0
EXCERPT_BYTES = 2000
_NAT64 = ip_network("64:ff9b::/96")


class Refused(ValueError):
    """The address is none that this machine may send to."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` is None where none came; `error` says why, or why it does not do."""

    status: int | None
    seconds: float
    excerpt: str = ""
    error: str = ""

    @property
    def is_good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def check_url(url: str, allowed: Sequence[Network] = ()) -> SplitResult:
    """http or https, no credentials, no fragment, and no inner address written out. Raises Refused. Asks no DNS."""
    if not url.isascii() or not url.isprintable() or " " in url:
        raise Refused("expected an address of plain ASCII without spaces")
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is no number
    except ValueError as error:
        raise Refused(f"expected https://host/path, found {url}: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refused(f"expected https://host/path, found {url}")
    if parts.username or parts.password or parts.fragment:
        raise Refused("expected an address without user, password or fragment")
    try:
        address = ip_address(parts.hostname)
    except ValueError:
        return parts
    _check_address(address, allowed)
    return parts


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    allowed: Sequence[Network] = (),
    deadline_seconds: float = DEADLINE_SECONDS,
) -> Answer:
    """Never raises for what the far end does, or for an address that is refused: that is told as `error`.

    allowed: networks that may be reached although they are not public (settings.WEBHOOK_NETWORKS).
    """
    began = time.monotonic()
    try:
        parts = check_url(url, allowed)
        addresses = _resolve(parts, allowed)
    except Refused as refused:
        return Answer(None, time.monotonic() - began, error=f"refused: {refused}")
    except OSError as error:
        return Answer(None, time.monotonic() - began, error=f"the host's name is not known: {error}")
    connection = _Pinned(parts, addresses, deadline_seconds)
    watch = threading.Timer(deadline_seconds, connection.cut)
    watch.daemon = True
    watch.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        read = answer.read(EXCERPT_BYTES)
        if connection.is_cut:  # half a head or body reads as a whole one
            raise TimeoutError
        excerpt = read.decode("utf-8", "replace").replace("\0", "�")
        redirected = f"redirected to {answer.headers.get('Location')}: redirects are not followed" if (
            300 <= answer.status < 400
        ) else ""  # fmt: skip
        return Answer(answer.status, time.monotonic() - began, excerpt, redirected[:1000])
    except (OSError, http.client.HTTPException) as error:
        seconds = time.monotonic() - began
        what = f"no answer within {deadline_seconds:g} s" if connection.is_cut else f"{type(error).__name__}: {error}"
        return Answer(None, seconds, error=what[:1000])
    finally:
        watch.cancel()
        connection.close()


class _Pinned(http.client.HTTPConnection):
    """Connects to the addresses that were checked; the name is for TLS and the Host header alone."""

    def __init__(self, parts: SplitResult, addresses: Sequence[Address], timeout: float) -> None:
        self.addresses, self.is_tls = addresses, parts.scheme == "https"
        self.is_cut = False
        super().__init__(str(parts.hostname), parts.port or (443 if self.is_tls else 80), timeout=timeout)
        self.default_port = 443 if self.is_tls else 80  # what the Host header leaves out

    def connect(self) -> None:
        failed: OSError | None = None
        for address in self.addresses:
            try:
                raw = socket.create_connection((str(address), self.port), self.timeout)
                break
            except OSError as error:
                failed = error
        else:
            raise failed or OSError("no address")
        self.sock = raw
        if self.is_tls:
            self.sock = ssl.create_default_context().wrap_socket(raw, server_hostname=self.host)
        if self.is_cut:
            raise TimeoutError("the deadline passed")

    def cut(self) -> None:
        """From another thread: whatever it waits for ends."""
        self.is_cut = True
        if (held := self.sock) is not None:
            try:
                held.shutdown(socket.SHUT_RDWR)
            except OSError:  # it had ended by itself
                return


def _resolve(parts: SplitResult, allowed: Sequence[Network]) -> list[Address]:
    """Every address of the host, each one checked. Raises Refused; OSError where the name is not known."""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:  # a label that is empty or too long
        raise Refused(f"expected a host's name, found {parts.hostname}") from error
    addresses = list(dict.fromkeys(ip_address(str(entry[4][0]).partition("%")[0]) for entry in found))
    for address in addresses:
        _check_address(address, allowed)
    return addresses


def _check_address(address: Address, allowed: Sequence[Network]) -> None:
    if any(each.version == network.version and each in network for each in _meant(address) for network in allowed):
        return
    for each in _meant(address):
        if not each.is_global or each.is_multicast or each.is_reserved:
            raise Refused(
                f"{address} is not a public address; an instance admin may allow its network (WEBHOOK_NETWORKS)"
            )


def _meant(address: Address) -> list[Address]:
    """The address, and the IPv4 address that it stands for where it is one of the ways to write one in IPv6."""
    if isinstance(address, IPv4Address):
        return [address]
    if address.ipv4_mapped is not None:
        return [address.ipv4_mapped]
    inner: list[Address] = [address]
    if address.sixtofour is not None:
        inner.append(address.sixtofour)
    if address.teredo is not None:
        inner.extend(address.teredo)
    if address in _NAT64:
        inner.append(IPv4Address(int(address) & 0xFFFFFFFF))
    return inner
