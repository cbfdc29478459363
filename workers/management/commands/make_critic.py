"""`manage.py make_critic PROJECT NAME --method lookback`: a critic of any method, engine and model."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.models import Project
from workers import runs
from workers.settings_form import described, methods


class Command(BaseCommand):
    help = "Make a critic: a method, asked of a model that an engine runs. `--describe` tells a method's settings."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("name", help="By which runs and critiques call it.")
        parser.add_argument("--method", default="direct")
        parser.add_argument("--engine", default="torch_local")
        parser.add_argument("--model", default="default", help="A folder, a GGUF file, or an endpoint's name.")
        parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="Settings of the method.")
        parser.add_argument("--describe", action="store_true", help="Tell the method's settings, and make nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            given = dict(_pair(text) for text in options["set"])
            settings = runs.settings_of(options["method"], given)
            if options["describe"]:
                self._describe(options["method"])
                return
            critic = runs.make_critic(
                project,
                options["name"],
                method=options["method"],
                engine=options["engine"],
                model=options["model"],
                settings=settings,
            )
        except ValueError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"Critic {critic.name} is made: {critic.method} on {critic.model} by {critic.engine}.")

    def _describe(self, name: str) -> None:
        for one in described(methods()[name].settings):
            limits = f", {one['range'][0]} to {one['range'][1]}" if one["range"] else ""
            choices = f", one of {', '.join(one['choices'])}" if one["choices"] else ""
            self.stdout.write(f"{one['name']}={one['default']}{limits}{choices}  {one['help']}")


def _pair(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        raise ValueError(f"--set: expected NAME=VALUE, found {text!r}")
    return name, value
