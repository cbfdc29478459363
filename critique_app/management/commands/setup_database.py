"""Make the database ready: roles, rights, tables, and the broker's schema when the broker is the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from critique_app.bootstrap import broker, roles
from critique_app.bootstrap.connections import connect, connect_as_superuser
from critique_app.celery import QUEUES


class Command(BaseCommand):
    help = (
        "Make the database ready for this version; run it after each upgrade, as often as you like. "
        "A real cluster needs DATABASE_OWNER_URL; with DATABASE_ADMIN_URL roles and database are made as well."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        default, owner = settings.DATABASES["default"], settings.DATABASES.get("owner")
        if owner is not None:
            self._make_roles(default, owner)
        with connect("owner") as as_owner:
            roles.grant_rights(as_owner, default["USER"])
            call_command("migrate", database="owner", interactive=False, verbosity=max(verbosity - 1, 0))
            if settings.BROKER_IS_DATABASE:
                with connect("default") as as_app:
                    broker.install(as_owner, as_app, default["NAME"], default["USER"])
                    broker.make_queues(as_app, QUEUES)
        if verbosity:
            self.stdout.write("The database is ready.")

    def _make_roles(self, default: dict[str, Any], owner: dict[str, Any]) -> None:
        if default["USER"] == owner["USER"]:
            raise CommandError(
                f"DATABASE_URL and DATABASE_OWNER_URL both log in as {owner['USER']}; expected two roles: "
                "the app's role must not own the tables, or it could change what was submitted."
            )
        as_admin = connect_as_superuser()
        if as_admin is None:
            return
        with as_admin:
            roles.make_roles_and_database(
                as_admin,
                default["NAME"],
                owner=(owner["USER"], owner["PASSWORD"]),
                app=(default["USER"], default["PASSWORD"]),
            )
