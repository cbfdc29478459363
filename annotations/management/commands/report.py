"""`manage.py report PROJECT`: critics against the reference, people among themselves, corrections, with intervals."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.exporters.base import formats
from annotations.metrics.bootstrap import Figure
from annotations.metrics.report import AuthorReport, Report, report
from annotations.models import Problem, Project
from annotations.models.records import problem_records
from annotations.verbs.probability import inclusion
from annotations.verbs.publish_filter import Filter

SHOWN = {
    "answer_f1": "Ans F1",
    "step_f1": "Step F1",
    "flag_rate": "flags",
    "reference_rate": "of reference",
    "first_error.accuracy": "first error",
    "step_coverage": "coverage",
    "ece": "ECE",
}


class Command(BaseCommand):
    help = "Scores of critics and people against the project's references, agreement, and effects of corrections."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--json", action="store_true", help="Everything, as JSON; without it the main figures.")
        parser.add_argument("--seed", type=int, default=0, help="Of the resamples.")
        parser.add_argument("--resamples", type=int, default=2000)

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        filter = Filter()
        chosen = filter.critiques(project, formats()["visco"])
        problems = Problem.objects.filter(project=project).order_by("position", "id")
        records = (
            record
            for _, record in problem_records(problems, chosen, reached=inclusion(project), responses=filter.responses())
        )
        found = report(records, seed=options["seed"], resamples=options["resamples"])
        self.stdout.write(json.dumps(asdict(found), ensure_ascii=False) if options["json"] else _told(found))


def _told(found: Report) -> str:
    """Plain text, a table a part; every value with its 95 % interval."""
    parts = [", ".join(f"{count:,} {what}" for what, count in found.counts.items())]
    authors = {**found.critics, **({"people": found.people} if found.people else {})}
    if authors:
        parts.append(_table(["", "critiques", *SHOWN.values()], [_row(name, one) for name, one in authors.items()]))
    reweighted = [
        [f"{name} {'weighted' if weighted else 'plain'}", str(count), *(_figure(held.get(figure)) for figure in SHOWN)]
        for name, one in authors.items()
        if one.weighted
        for weighted, held, count in ((False, one.figures, one.critiques), (True, one.weighted, one.weighted_critiques))
    ]
    if reweighted:
        parts.append(_table(["by 1 ÷ probability of the item", "critiques", *SHOWN.values()], reweighted))
    baselines = [[name, _figure(figure)] for name, figure in found.baselines["step_f1"].items()]
    parts.append(_table(["trivial baselines", "Step F1"], baselines))
    if found.people_agreement:
        parts.append(_named("people among themselves, per step", found.people_agreement))
    for source, held in found.corrections.items():
        parts.append(_named(f"corrections guided by: {source}", held))
    if found.differences:
        parts.append(_differences(found))
    return "\n\n".join(parts)


def _row(name: str, one: AuthorReport) -> list[str]:
    return [name, str(one.critiques), *(_figure(one.figures.get(figure)) for figure in SHOWN)]


def _named(title: str, held: Mapping[str, Figure]) -> str:
    return _table([title, ""], [[name, _figure(figure)] for name, figure in held.items()])


def _differences(found: Report) -> str:
    rows = [
        [f"{one.one} − {one.other}", name, _figure(figure), "within noise" if one.within_noise[name] else ""]
        for one in found.differences
        for name, figure in one.figures.items()
    ]
    table = _table(["differences, paired", "", "", ""], rows)
    return f"{table}\n{found.comparisons} comparisons: by chance one in twenty lies outside of noise."


def _figure(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return "\n".join(lines)
