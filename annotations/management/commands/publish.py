"""`manage.py publish PROJECT --dataset NAME --format visco`: the next version of a dataset, made in this process."""

from __future__ import annotations

import json
import shutil
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError

from annotations.exporters.base import formats
from annotations.models import Project, Snapshot
from annotations.verbs import publish
from annotations.verbs.critiques_agree import AGREEMENTS
from annotations.verbs.publish_filter import EFFECTS, REFERENCES, STAGES
from annotations.verbs.publish_preview import preview
from annotations.verbs.work import Cancelled

SHOW_SECONDS = 0.5


class Command(BaseCommand):
    help = "Publishes the next version of a dataset."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--dataset", required=True, help="The dataset's name; made at its first publication.")
        parser.add_argument("--format", required=True, choices=list(formats()))
        parser.add_argument(
            "--option", action="append", default=[], metavar="NAME=VALUE", help="An option of the format."
        )
        parser.add_argument(
            "--critic", action="append", metavar="NAME", help="Only these critics; every critic if left out."
        )
        parser.add_argument("--no-people", action="store_true", help="Leave people's critiques out.")
        parser.add_argument("--plants", action="store_true", help="Chains with an error put in on purpose too, marked.")
        parser.add_argument("--person", action="append", metavar="NAME", help="Only these people's critiques.")
        parser.add_argument("--stage", choices=STAGES, default="any", help="Of people's critiques.")
        parser.add_argument("--agreement", choices=("any", *AGREEMENTS), default="any", help="Of a chain's critiques.")
        parser.add_argument("--reference", choices=REFERENCES, default="any", help="That a chain has.")
        parser.add_argument("--effect", choices=EFFECTS, default="any", help="Of a critique, by its corrections.")
        parser.add_argument("--checkpoint", default="", metavar="GENERATOR@CHECKPOINT", help="Only chains by it.")
        for name, what in (
            ("licence", "problems under this licence"), ("tag", "problems with one of these tags"),
            ("without-tag", "problems without this tag"), ("type", "chains with an error of this type"),
        ):  # fmt: skip
            parser.add_argument(f"--{name}", action="append", metavar="NAME", help=f"Only {what}; may be repeated.")
        parser.add_argument("--dry-run", action="store_true", help="Say what would be published, and show three rows.")
        parser.add_argument(
            "--output", type=Path, metavar="DIR", help="Copy the version's files and manifest.json here."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            project = Project.objects.get(slug=options["project"])
        except Project.DoesNotExist as error:
            raise CommandError(f"There is no project {options['project']}.") from error
        chosen = _filter(options)
        try:
            pairs = dict(pair.split("=", 1) for pair in options["option"])
        except ValueError as error:
            raise CommandError("--option: expected NAME=VALUE, such as --option images=by_hash") from error
        recipe = publish.Recipe(name=options["dataset"], format=options["format"], filter=chosen, options=pairs)
        if options["dry_run"]:
            self._show(project, recipe)
            return
        try:
            begun = time.monotonic()
            snapshot = publish.publish_here(
                project, recipe, show=_ProgressLine(self.stderr) if sys.stderr.isatty() else lambda done, total: None
            )
        except (ValueError, Cancelled) as error:
            raise CommandError(str(error)) from error
        seconds = time.monotonic() - begun
        self.stdout.write(f"{snapshot}: {snapshot.rows} rows in {snapshot.file_count} file(s), {seconds:.1f} s")
        for reason, count in snapshot.manifest["skipped"]["reasons"].items():
            self.stdout.write(f"  {count} skipped: {reason}")
        if options["output"]:
            _copy(snapshot, options["output"])

    def _show(self, project: Project, recipe: publish.Recipe) -> None:
        try:
            found = preview(project, recipe)
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in found.counts.items()))
        self.stdout.write(f"{found.rows_made} rows from the first {found.problems_read} problems")
        for reason, count in found.skipped.items():
            self.stdout.write(f"  {count} skipped: {reason}")
        for row in found.rows:
            self.stdout.write(json.dumps(row, ensure_ascii=False, indent=2, default=lambda image: "an image"))


def _filter(options: dict[str, Any]) -> dict[str, Any]:
    """The recipe's filter, from the command's options."""
    return {
        "people": options["person"] or not options["no_people"],
        "critics": options["critic"],
        **{name: options[name] for name in ("stage", "agreement", "reference", "effect", "checkpoint")},
        "licences": options["licence"],
        "tags": options["tag"],
        "without_tags": options["without_tag"] or [],
        "types": options["type"],
        "plants": options["plants"],
    }


def _copy(snapshot: Snapshot, folder: Path) -> None:
    for file in snapshot.files.all():
        path = folder / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with default_storage.open(file.storage_key) as stored, path.open("wb") as copy:
            shutil.copyfileobj(stored, copy)
    (folder / "manifest.json").write_text(
        json.dumps(snapshot.manifest, ensure_ascii=False, indent=2) + "\n", encoding="utf-8"
    )


class _ProgressLine:
    """One line that is written over: how far."""

    def __init__(self, out: Any) -> None:
        self.out, self.shown = out, 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self.shown < SHOW_SECONDS and done < total:
            return
        self.shown = now
        line = f"{done:,} of {total:,} problems"
        self.out.write(f"\r{line:<40}", ending="\n" if done >= total else "")
