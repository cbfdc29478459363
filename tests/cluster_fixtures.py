"""The fixtures of `tests.cluster`: the database as an installation sets it up, and how to leave it as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

# Filled by migrations, not by tests.
TRIES = 10  # to empty the tables
_KEPT_TABLES = ("django_migrations", "django_content_type", "auth_permission")


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> Iterator[None]:
    """The same `setup_database` that an installation runs."""
    from django.core.management import call_command
    from django.db import connections
    from django.test import TransactionTestCase

    with pytest.MonkeyPatch.context() as patch, django_db_blocker.unblock():
        # Django would flush as the app's role, which may not truncate.
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: empty_the_tables())
        call_command("setup_database", verbosity=0)
        yield
        connections.close_all()


@pytest.fixture
def committed_db(transactional_db: None) -> None:
    """Rows of this test are committed, and emptied when it ends."""


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[psycopg.Connection]:
    from critique_app.bootstrap.connections import connect

    with connect("owner") as connection:
        yield connection


@pytest.fixture(scope="session", autouse=True)
def plain_static_files() -> Iterator[None]:
    """Static files by their own names: tests need no collectstatic before them."""
    from django.conf import settings
    from django.test import override_settings

    plain = {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
    with override_settings(STORAGES=settings.STORAGES | plain):
        yield


def _truncate(owner: psycopg.Connection, tables: str) -> None:
    """A closed browser's last request may still be under way in the live server, and the two may lock crosswise."""
    for attempt in range(TRIES):
        try:
            owner.execute(f"TRUNCATE {tables} RESTART IDENTITY")
        except psycopg.errors.DeadlockDetected:
            if attempt == TRIES - 1:
                raise
        else:
            return


def empty_the_tables() -> None:
    """Empty every table as the owner, and the broker's queues; what migrations put into the kept tables stays."""
    from critique_app.bootstrap.connections import connect

    with connect("owner") as owner:
        tables = owner.execute(
            "SELECT string_agg(format('%%I.%%I', schemaname, tablename), ', ') FROM pg_tables "
            "WHERE schemaname = 'public' AND tablename <> ALL(%s)",
            [list(_KEPT_TABLES)],
        ).fetchone()
        _truncate(owner, tables[0])
    with connect("default") as app:
        for (queue,) in app.execute("SELECT queue_name FROM pgmq.meta").fetchall():
            app.execute("SELECT pgmq.purge_queue(%s)", [queue])
