"""`manage.py messages`: brings the catalogues of interface words up to date, and says what waits for a translator."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from critique_app import messages

DOMAINS = ("django", "djangojs")


class Command(BaseCommand):
    help = "Collects the words of templates, Python and scripts into locale/*/LC_MESSAGES, and compiles them."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for language, _name in settings.LANGUAGES[1:]:
            for domain in DOMAINS:
                catalog = messages.update(language, domain)
                lacking = messages.untranslated(catalog)
                path = messages.po_file(language, domain).relative_to(messages.LOCALE)
                self.stdout.write(f"{path}: {len(catalog)} messages, {len(lacking)} without a translation")
