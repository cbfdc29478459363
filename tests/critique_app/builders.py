"""Builders for tests of the platform: instances, and connections to their servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from critique_app import instance
from critique_app.embedded.server import SUPERUSER, EmbeddedServer
from tests.cluster import make_test_instance, remove_instance


@contextmanager
def an_instance() -> Iterator[Path]:
    """An empty instance folder, cleaned up with all that runs in it."""
    home = make_test_instance()
    try:
        yield home
    finally:
        remove_instance(home)


def superuser(server: EmbeddedServer) -> psycopg.Connection:
    return psycopg.connect(
        host=str(server.socket_folder),
        user=SUPERUSER,
        password=instance.secret("postgres-superuser", server.home),
        dbname="postgres",
        autocommit=True,
    )
