"""Plain connections for the bootstrap, outside Django's: as the superuser, the owner and the app's role."""

from __future__ import annotations

from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import make_conninfo

from critique_app import instance
from critique_app.embedded.server import SUPERUSER, server


def connect(alias: str, *, autocommit: bool = True) -> psycopg.Connection:
    """A connection as the role of `settings.DATABASES[alias]`; the embedded server is started for it when needed."""
    if alias not in settings.DATABASES:
        raise ImproperlyConfigured(
            "DATABASE_OWNER_URL is not set. Setting up a database needs the role that will own its tables: set it to "
            "the same database as DATABASE_URL with the owner's name and password, here and only for this command."
        )
    if settings.EMBEDDED_DATABASE:
        server().hold()
    return psycopg.connect(conninfo(settings.DATABASES[alias]), autocommit=autocommit)


def connect_as_superuser() -> psycopg.Connection | None:
    """Of the embedded server, or by DATABASE_ADMIN_URL of a real one; None when that is not given."""
    if settings.EMBEDDED_DATABASE:
        server().hold()
        return psycopg.connect(
            host=str(server().socket_folder),
            user=SUPERUSER,
            password=instance.secret("postgres-superuser"),
            dbname="postgres",
            autocommit=True,
        )
    if settings.DATABASE_ADMIN_URL:
        return psycopg.connect(settings.DATABASE_ADMIN_URL, autocommit=True)
    return None


def conninfo(database: dict[str, Any]) -> str:
    """A libpq connection string of one entry of `DATABASES`."""
    names = {"HOST": "host", "PORT": "port", "NAME": "dbname", "USER": "user", "PASSWORD": "password"}
    fields = {parameter: database[name] for name, parameter in names.items() if database.get(name)}
    options = {name: value for name, value in database.get("OPTIONS", {}).items() if isinstance(value, str)}
    return make_conninfo("", **fields, **options)
