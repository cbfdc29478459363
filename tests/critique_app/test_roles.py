"""The app's role works with rows and nothing else; the owner makes tables."""

from __future__ import annotations

import subprocess
import sys

import psycopg
import pytest
from django.db import ProgrammingError, connection

from critique_app.bootstrap.connections import connect, connect_as_superuser
from critique_app.databases import APP_ROLE, OWNER_ROLE
from critique_app.instance import CODE_FOLDER

pytestmark = pytest.mark.django_db


def test_pages_and_workers_run_as_the_app_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        )
        assert cursor.fetchone() == (APP_ROLE, False, False, False)


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "DROP TABLE auth_user CASCADE",
        "TRUNCATE auth_user CASCADE",
        "ALTER TABLE auth_user DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        f"SET ROLE {OWNER_ROLE}",
        "CREATE ROLE another",
    ],
)
def test_the_app_role_may_not(statement: str) -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match=r"permission denied|must be owner"):
        cursor.execute(statement)


def test_the_owner_owns_every_table_and_is_no_superuser(owner_connection: psycopg.Connection) -> None:
    owners = owner_connection.execute(
        "SELECT DISTINCT tableowner FROM pg_tables WHERE schemaname = 'public'"
    ).fetchall()
    assert owners == [(OWNER_ROLE,)]
    superuser = owner_connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone()
    assert superuser == (False,)


def test_setting_up_again_changes_nothing(owner_connection: psycopg.Connection) -> None:
    rights = "SELECT relname, relacl::text, relowner FROM pg_class WHERE relkind IN ('r', 'S') ORDER BY oid"
    before = owner_connection.execute(rights).fetchall()
    subprocess.run([sys.executable, "manage.py", "setup_database"], cwd=CODE_FOLDER, check=True)
    assert owner_connection.execute(rights).fetchall() == before


def test_nobody_else_may_connect_to_the_database() -> None:
    with connect_as_superuser() as admin:
        admin.execute("CREATE ROLE stranger LOGIN PASSWORD 'known'")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(
                    host=admin.info.host, user="stranger", password="known", dbname=connection.settings_dict["NAME"]
                )
        finally:
            admin.execute("DROP ROLE stranger")


def test_the_deploy_check_accepts_the_app_role_and_names_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    from critique_app import checks

    assert checks.app_role_is_plain() == []
    with connect("owner") as owner:
        monkeypatch.setattr(checks, "connection", owner)
        assert [warning.id for warning in checks.app_role_is_plain()] == ["second_look.W003"]
