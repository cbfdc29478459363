"""System checks of the installation, run by `check --deploy`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Tags, Warning, register
from django.db import DatabaseError, connection


@register(Tags.security, deploy=True)
def app_role_is_plain(**_: Any) -> list[CheckMessage]:
    """The role of daily work must be neither superuser nor owner of a table that it may not change."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user")
            name, is_superuser = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
            (owned,) = cursor.fetchone()
    except DatabaseError as problem:
        if settings.EMBEDDED_DATABASE and "does not exist" in str(problem):
            return []  # not set up yet: setup_database makes the roles as they should be
        return [Warning(f"The database does not answer: {problem}", hint="Check DATABASE_URL.", id="second_look.W001")]
    if is_superuser:
        return [
            Warning(
                f"DATABASE_URL logs in as {name}, a superuser, who could change what was submitted.",
                hint="Use a role of its own (docs/admin.md, Production).",
                id="second_look.W002",
            )
        ]
    if owned:
        return [
            Warning(
                f"DATABASE_URL logs in as {name}, who owns {owned} tables and could change what was submitted.",
                hint="Run setup_database with DATABASE_OWNER_URL, another role than that of DATABASE_URL.",
                id="second_look.W003",
            )
        ]
    return []
