"""`manage.py send_digests`: mails of unread comments that are due now. Workers do the same by themselves."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from annotations.verbs import digest


class Command(BaseCommand):
    help = "Sends each person the mail of their unread comments that is due, at most one a period."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMAIL_HOST:
            raise CommandError("There is no mail server: set EMAIL_HOST.")
        count = digest.send_due()
        self.stdout.write(f"{count} mail{'' if count == 1 else 's'} sent.")
