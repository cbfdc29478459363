"""Settings read from environment variables, each with one clear error when its value cannot be used.

Every variable read through this module stands in the table of `docs/admin.md`; a test compares the two.
"""

from __future__ import annotations

import os
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.core.exceptions import ImproperlyConfigured

_TRUE, _FALSE = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


def text(name: str, default: str = "") -> str:
    """The variable's value without surrounding space; an empty value counts as unset."""
    return os.environ.get(name, "").strip() or default


def flag(name: str) -> bool:
    value = text(name).lower()
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}: expected 1 or 0, found {value!r}. Set it to 1 (on) or 0 (off).")


def number(name: str, default: int) -> int:
    value = text(name, str(default))
    if not value.isdecimal():
        raise ImproperlyConfigured(f"{name}: expected a whole number, found {value!r}.")
    return int(value)


def items(name: str, default: str = "") -> list[str]:
    """A list written with commas."""
    return [item for item in (part.strip() for part in text(name, default).split(",")) if item]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Networks in CIDR form, written with commas."""
    try:
        return [ip_network(item) for item in items(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: expected networks such as 10.1.0.0/16, with commas; {error}") from error
