"""How Django and the broker reach PostgreSQL: as the app's role for all work, as the owner for migrations only."""

from __future__ import annotations

from typing import Any

import dj_database_url
from django.core.exceptions import ImproperlyConfigured

from critique_app import instance
from critique_app.embedded.server import server

DATABASE = "second_look"
OWNER_ROLE = "second_look_owner"
APP_ROLE = "second_look_app"
CONNECTION_AGE_SECONDS = 600
# A connection asks the same few statements all day: to plan each once halves the database's share of a submit.
PREPARED: dict[str, Any] = {"server_side_binding": True, "prepare_threshold": 5}


def embedded() -> dict[str, dict[str, Any]]:
    """`DATABASES` for the embedded server."""
    return {
        "default": _embedded_as(APP_ROLE, "postgres-app"),
        "owner": _embedded_as(OWNER_ROLE, "postgres-owner"),
    }


def external(url: str, owner_url: str) -> dict[str, dict[str, Any]]:
    """`DATABASES` for a real cluster; without the owner's URL (a web or GPU machine) nothing can migrate from here."""
    databases = {"default": _parsed(url, "DATABASE_URL")}
    if owner_url:
        databases["owner"] = _parsed(owner_url, "DATABASE_OWNER_URL")
        for part in ("HOST", "PORT", "NAME"):
            if databases["owner"].get(part) != databases["default"].get(part):
                raise ImproperlyConfigured(
                    f"DATABASE_OWNER_URL: expected the same {part.lower()} as in DATABASE_URL; only the role differs."
                )
    return databases


def broker_conninfo(database: dict[str, Any]) -> str:
    """The same database as a connection string for Celery's `pgmq` transport.

    Its client takes the string apart and puts it together again without quoting, and drops what it does not know
    (`sslmode`). So every value is quoted once for the client's result, and again for its parser; the further options
    travel in the value of `dbname`.
    """
    fields = {
        "host": database.get("HOST") or "/var/run/postgresql",
        "port": str(database.get("PORT") or 5432),
        "user": database.get("USER", ""),
        "password": database.get("PASSWORD", ""),
        "dbname": database["NAME"],
    }
    quoted = {name: _quoted(value) for name, value in fields.items() if value}
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if isinstance(value, str)}
    quoted["dbname"] = " ".join([quoted["dbname"], *(f"{name}={_quoted(value)}" for name, value in options.items())])
    return " ".join(f"{name}={_quoted(value)}" for name, value in quoted.items())


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _embedded_as(role: str, secret: str) -> dict[str, Any]:
    return {
        "ENGINE": "critique_app.embedded.backend",
        "NAME": DATABASE,
        "USER": role,
        "PASSWORD": instance.secret(secret),
        "HOST": str(server().socket_folder),
        "PORT": "5432",
        "CONN_MAX_AGE": CONNECTION_AGE_SECONDS,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(PREPARED),
    }


def _parsed(url: str, variable: str) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = dict(
            dj_database_url.parse(url, conn_max_age=CONNECTION_AGE_SECONDS, conn_health_checks=True)
        )
    except ValueError:
        raise ImproperlyConfigured(f"{variable}: expected postgresql://user:password@host:5432/database") from None
    if parsed["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured(f"{variable}: expected a postgresql:// URL; Second Look runs on PostgreSQL only.")
    parsed["OPTIONS"] = PREPARED | parsed.get("OPTIONS", {})
    return parsed
