"""`manage.py create_token USER --scope pull`: prints a new API token, once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotations.models import Project
from annotations.models.project import SCOPES
from annotations.verbs import tokens


class Command(BaseCommand):
    help = "Make an API token for a person and print it; nobody can read it again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user", help="User name.")
        parser.add_argument("--scope", action="append", required=True, choices=SCOPES, help="May be given again.")
        parser.add_argument("--project", action="append", default=[], metavar="SLUG", help="Default: all of USER's.")
        parser.add_argument("--days", type=int, default=tokens.DEFAULT_DAYS, help="Until it expires.")
        parser.add_argument("--name", default="", help="What it is for.")

    def handle(self, *args: Any, **options: Any) -> None:
        user = get_user_model().objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no person with the user name {options['user']}.")
        projects = list(Project.objects.filter(slug__in=options["project"]))
        missing = sorted(set(options["project"]) - {project.slug for project in projects})
        if missing:
            raise CommandError(f"There is no project {', '.join(missing)}.")
        try:
            _, secret = tokens.create_token(user, options["scope"], projects, options["days"], options["name"])
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem
        self.stdout.write(secret)
