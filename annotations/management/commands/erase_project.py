"""`manage.py erase_project SLUG --yes`: everything of one project, for good."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.models import Project
from annotations.verbs import erase


class Command(BaseCommand):
    help = "Erase a project with all its data, critiques, published datasets and files. There is no way back."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug")
        parser.add_argument("--yes", action="store_true", help="Really erase it.")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["slug"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['slug']}.")
        if not options["yes"]:
            raise CommandError(f"This erases {project.name} for good. To do it, add --yes.")
        erase.erase_project(project, by=None, confirm_slug=options["slug"])
        self.stdout.write(f"Erased {project.slug}.")
