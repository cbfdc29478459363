"""The address of the database in use, for `psql` and `pg_dump`; it holds the password."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from critique_app.bootstrap.connections import conninfo


class Command(BaseCommand):
    help = "Print a libpq connection string of the database, password included, for psql or pg_dump."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--owner", action="store_true", help="as the owner of the tables, not as the app's role")

    def handle(self, *args: Any, owner: bool, **options: Any) -> None:
        alias = "owner" if owner else "default"
        if alias not in settings.DATABASES:
            raise CommandError("DATABASE_OWNER_URL is not set; only the app's role is known here.")
        self.stdout.write(conninfo(settings.DATABASES[alias]))
