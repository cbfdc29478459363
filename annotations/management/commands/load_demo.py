"""`manage.py load_demo`: the demo project, built by its script and imported like any file; twice changes nothing."""

from __future__ import annotations

import tempfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from annotations.demo.build import build, guideline
from annotations.models import Project
from annotations.verbs import rules
from annotations.verbs.ingest import Recipe, import_here
from annotations.verbs.record_rows import COUNTED

SLUG = "demo"
NAME = "Demo: look again"


class Command(BaseCommand):
    help = "Load the demo project, or what is missing of it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--admin", metavar="USER", help="Its admin; by default the first instance admin.")

    def handle(self, *args: Any, **options: Any) -> None:
        admin = self._admin(options["admin"])
        project = Project.objects.filter(slug=SLUG).first()
        if project is None:
            project = rules.create_project(SLUG, NAME, by=admin, guideline=guideline())
        with tempfile.TemporaryDirectory(prefix="demo-") as folder:
            work = import_here(project, build(Path(folder)), Recipe(format="native"), by=admin)
        if work.state != "done":
            raise CommandError(f"The demo was not loaded: {work.error or work.state}")
        added = (work.result or {})["added"]
        told = ", ".join(f"{added[kind]} {kind}" for kind in COUNTED if added[kind]) or "nothing new"
        self.stdout.write(f"The demo project is loaded ({told}).")

    def _admin(self, name: str | None) -> Any:
        admins = get_user_model().objects.filter(is_superuser=True, is_active=True).order_by("pk")
        admin = (admins.filter(username=name) if name else admins).first()
        if admin is None:
            wanted = f"an instance admin named {name}" if name else "an instance admin"
            raise CommandError(f"There is not yet {wanted}. Make one: manage.py createsuperuser.")
        return admin
