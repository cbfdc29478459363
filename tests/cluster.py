"""Tests run on a fresh embedded cluster of their own, set up as an installation is, and as the app's real role.

Loaded by `-p tests.cluster` before Django's settings. The server starts when the first test needs a database.

- `db` (pytest-django's): a transaction that is rolled back.
- `committed_db` (or `transactional_db`, `live_server`): rows are committed, seen by other connections and processes,
  and emptied by the owner afterwards; the app's role may not truncate.
- `owner_connection`: a psycopg connection as the owner of the tables, in autocommit.
"""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from pathlib import Path

import pytest

from tests import cluster_fixtures

_FOREIGN_SETTINGS = (
    "DATABASE_URL", "DATABASE_OWNER_URL", "DATABASE_ADMIN_URL", "CELERY_BROKER_URL", "SECRET_KEY", "ALLOWED_HOSTS",
    "SECOND_LOOK_HTTPS", "SECOND_LOOK_DEBUG", "S3_BUCKET", "PORT", "LANGUAGE_CODE", "TIME_ZONE",
)  # fmt: skip
_HOME_PREFIX = "second-look-test-"
# A test cluster need not survive a power cut.
_FAST = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def make_test_instance() -> Path:
    """An instance folder of its own, short enough for a socket, that PostgreSQL's system user can pass through."""
    home = Path(tempfile.mkdtemp(prefix=_HOME_PREFIX, dir="/tmp"))
    home.chmod(0o711)
    (home / "postgresql.conf").write_text(_FAST)
    (home / "static").mkdir()
    return home


def remove_instance(home: Path) -> None:
    """Stop what runs in an instance and remove it, with what it keeps elsewhere."""
    from critique_app.embedded.server import EmbeddedServer

    server = EmbeddedServer(home)
    if (home / "postgres").exists():
        server.stop()
        shutil.rmtree(server.folders.base)
    shutil.rmtree(home)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests() -> None:
    for name in _FOREIGN_SETTINGS:
        os.environ.pop(name, None)
    os.environ["SECOND_LOOK_HOME"] = str(make_test_instance())
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright keeps an event loop in the test's thread


def pytest_configure(config: pytest.Config) -> None:
    # Registered here, after pytest-django, so that this `django_db_setup` takes the place of its own.
    config.pluginmanager.register(cluster_fixtures, "second-look-database")
    # Told to end, end in order, so that no server stays behind.
    signal.signal(signal.SIGTERM, lambda *_: pytest.exit("ended by SIGTERM", returncode=143))


@pytest.hookimpl(trylast=True)
def pytest_unconfigure() -> None:
    remove_instance(Path(os.environ["SECOND_LOOK_HOME"]))
