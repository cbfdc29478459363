"""`manage.py import_data PROJECT FILE --format visco`: a file of problems, responses and critiques, taken in here."""

from __future__ import annotations

import json
import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from annotations.core.codec import FieldError
from annotations.importers.base import ImportFormat, RecordError, Source, formats
from annotations.importers.beside import ArchiveError
from annotations.importers.mapping import Mapping, dump_mapping, parse_mapping
from annotations.models import ImportMapping, Project, Work
from annotations.verbs import import_mapping, rules
from annotations.verbs.import_people import UnknownPerson
from annotations.verbs.import_report import SHOWN
from annotations.verbs.ingest import ImportRefused, Recipe, import_here, source_of
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
        parser.add_argument(
            "--mapping",
            metavar="FILE|NAME",
            help="A mapping: a JSON file, or the name of a saved one. Without: proposed.",
        )
        parser.add_argument("--label-config", type=Path, metavar="FILE", help="Label Studio's XML, for the proposal.")
        parser.add_argument(
            "--preview", action="store_true", help="Show the mapping and ten records before and after; import nothing."
        )
        parser.add_argument("--save-mapping", metavar="NAME", help="Save the mapping for the next file.")
        parser.add_argument("--critic", default="", metavar="NAME", help="VISCO: whose output that is.")

    def handle(self, *args: Any, **options: Any) -> None:
        for path in (options["file"], options["critic_output"]):
            if path is not None and not (path.is_file() or (path == options["file"] and path.is_dir())):
                raise CommandError(f"There is no file {path}.")
        try:
            mapping = None
            if formats()[options["format"]].needs_mapping:
                mapping = self._mapping(self._project(options["project"], create=options["create"]), options)
                if options["preview"]:
                    return
            elif options["mapping"] or options["preview"]:
                raise CommandError(f"The format {options['format']} needs no mapping.")
            recipe = Recipe(
                format=options["format"],
                on_error=options["on_error"],
                critic=options["critic"],
                critic_output=options["critic_output"] is not None,
                mapping=mapping,
            )
            work = import_here(
                self._project(options["project"], create=options["create"]),
                options["file"],
                recipe,
                critic_output=options["critic_output"],
                show=_ProgressLine(self.stderr) if sys.stderr.isatty() else lambda done, total: None,
            )
        except ImportRefused as refused:
            raise CommandError(f"--{refused.field.replace('_', '-')}: {refused}") from refused
        self._tell(work)

    def _mapping(self, project: Project, options: dict[str, Any]) -> Mapping:
        """The one that was given, or a proposal; shown and saved where that was asked for."""
        format = formats()[options["format"]]
        try:
            with source_of(options["file"]) as source:
                mapping = self._chosen(project, source, format, options)
                if options["preview"]:
                    shown = import_mapping.preview(project, source, format, mapping)
                    told = {"mapping": dump_mapping(mapping), "records": [each.as_json() for each in shown]}
                    self.stdout.write(json.dumps(told, ensure_ascii=False, indent=2))
            if options["save_mapping"]:
                import_mapping.save_mapping(project, format.name, options["save_mapping"], mapping, by=None)
        except (FieldError, UnknownPerson, ArchiveError) as error:
            raise CommandError(f"--mapping: {error}") from error
        return mapping

    def _chosen(self, project: Project, source: Source, format: ImportFormat, options: dict[str, Any]) -> Mapping:
        given = options["mapping"]
        if given is None:
            config = options["label_config"].read_text() if options["label_config"] else ""
            return import_mapping.proposed(project, import_mapping.look(source, format), format, label_config=config)
        if Path(given).is_file():
            try:
                value = json.loads(Path(given).read_text())
            except ValueError as error:
                raise CommandError(f"--mapping: {given} is no JSON: {error}") from error
            return parse_mapping(value.get("mapping", value) if isinstance(value, dict) else value)
        try:
            return import_mapping.saved_mapping(project, format.name, given)
        except ImportMapping.DoesNotExist as missing:
            raise CommandError(f"--mapping: there is neither a file nor a saved mapping {given}.") from missing

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
        for kind in ("dropped", "changed"):
            for what, count in result.get(kind, {}).items():
                self.stdout.write(f"{kind.capitalize()} {count:,}: {what}.")
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
