"""Make the first account: `admin`, with a generated password that is said once and kept in the instance folder."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

from critique_app import instance

USERNAME = "admin"
SECRET = "admin-password"  # noqa: S105  the name of the file


class Command(BaseCommand):
    help = "Make the account admin with a generated password, unless there is an administrator already."

    def handle(self, *args: Any, **options: Any) -> None:
        users = get_user_model().objects
        if users.filter(is_superuser=True, is_active=True).exists():
            return
        password = instance.secret(SECRET, length_bytes=12)
        users.create_superuser(USERNAME, password=password)
        path = instance.folder("secrets") / SECRET
        self.stdout.write(f"Log in as {USERNAME} with the password {password} (kept in {path}).")
