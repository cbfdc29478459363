"""`manage.py import_data PROJECT FILE --format visco`: a file of problems, responses and critiques, taken in here."""

from __future__ import annotations

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotations.importers.base import RecordError, formats
from annotations.models import Project, Work
from annotations.verbs import rules
from annotations.verbs.import_report import SHOWN
from annotations.verbs.ingest import ImportRefused, Recipe, import_here
from annotations.verbs.intake import ON_ERROR

SHOW_SECONDS = 0.5


class Command(BaseCommand):
    help = (
        "Import problems with their responses and critiques. The same file twice adds nothing. Images named by path "
        "lie beside the file. Exit code 1 when a record was bad."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", required=True, choices=list(formats()))
        parser.add_argument(
            "--on-error", choices=ON_ERROR, default="stop", help="stop leaves nothing behind (default)."
        )
        parser.add_argument("--create", action="store_true", help="Create the project where there is none.")
        parser.add_argument("--critic-output", type=Path, metavar="FILE", help="VISCO: a model-output file beside it.")
        parser.add_argument("--critic", default="", metavar="NAME", help="VISCO: whose output that is.")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in (options["file"], options["critic_output"]):
            if path is not None and not path.is_file():
                raise CommandError(f"There is no file {path}.")
        try:
            recipe = Recipe(
                format=options["format"],
                on_error=options["on_error"],
                critic=options["critic"],
                critic_output=options["critic_output"] is not None,
            )
        except ImportRefused as refused:
            raise CommandError(f"--{refused.field.replace('_', '-')}: {refused}") from refused
        work = import_here(
            self._project(options["project"], create=options["create"]),
            options["file"],
            recipe,
            critic_output=options["critic_output"],
            show=_ProgressLine(self.stderr) if sys.stderr.isatty() else lambda done, total: None,
        )
        self._tell(work)

    def _project(self, slug: str, *, create: bool) -> Project:
        project = Project.objects.filter(slug=slug).first()
        if project is None and not create:
            raise CommandError(f"There is no project {slug}. Add --create to make it.")
        try:
            return project or rules.create_project(slug, slug, by=None)
        except ValidationError as problem:
            raise CommandError(" ".join(problem.messages)) from problem

    def _tell(self, work: Work) -> None:
        result = work.result or {}
        if work.state == "cancelled":
            raise CommandError("Cancelled." if result else "Cancelled; nothing was imported.")
        for error in result.get("errors", []):
            self.stderr.write(str(RecordError(**error)))
        if work.state == "failed":
            raise CommandError("Nothing was imported. Repair the file, or land the good records with --on-error skip.")
        if not any(result["added"].values()):
            self.stdout.write("Nothing new.")
        self.stdout.write(f"Added {_counted(result['added'])}.")
        if any(result["already_there"].values()):
            self.stdout.write(f"Already there: {_counted(result['already_there'])}.")
        if result["bad_records"]:
            more = f" (the first {SHOWN} errors are above)" if len(result["errors"]) == SHOWN else ""
            raise CommandError(
                f"{result['bad_records']} bad record(s) were left out{more}. Every error: {result['report']} in the "
                "instance's media, and on the project's import page."
            )


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{counts[kind]:,} {kind}" for kind in ("problems", "responses", "critiques", "images"))


class _ProgressLine:
    """One line that is written over: how far, how fast."""

    def __init__(self, out: Any) -> None:
        self.out, self.begun, self.shown = out, time.monotonic(), 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.shown < SHOW_SECONDS and done < total:
            return
        self.shown = now
        rate = done / 1024**2 / max(now - self.begun, 0.001)
        line = f"{done / max(total, 1):4.0%} of {total / 1024**2:,.1f} MB, {rate:.1f} MB/s"
        self.out.write(f"\r{line:<60}", ending="\n" if done >= total else "")
