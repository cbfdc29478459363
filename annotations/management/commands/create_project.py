"""`manage.py create_project SLUG --name NAME`: an empty project with the default guideline, taxonomy and rules."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotations.verbs import rules


class Command(BaseCommand):
    help = "Create an empty project."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slug", help="Its short name in addresses.")
        parser.add_argument("--name", help="Default: the short name.")
        parser.add_argument("--admin", metavar="USER", help="An instance admin, who becomes its first admin.")

    def handle(self, *args: Any, **options: Any) -> None:
        by = None
        if options["admin"]:
            by = get_user_model().objects.filter(username=options["admin"], is_superuser=True, is_active=True).first()
            if by is None:
                raise CommandError(f"There is no instance admin with the user name {options['admin']}.")
        try:
            project = rules.create_project(options["slug"], options["name"] or options["slug"], by=by)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        self.stdout.write(f"Created {project.slug}.")
