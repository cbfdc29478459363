"""`manage.py report PROJECT`: critics against the reference, people among themselves, corrections, with intervals."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from annotations.models import Project
from annotations.verbs.insights import project_report

Held = Mapping[str, Any]

SHOWN = {
    "answer_f1": "Ans F1",
    "step_f1": "Step F1",
    "flag_rate": "flags",
    "reference_rate": "of reference",
    "first_error.accuracy": "first error",
    "step_coverage": "coverage",
    "ece": "ECE",
}
COURT = {
    "precision": "precision",
    "nitpick_rate": "nitpicks",
    "hallucination_rate": "hallucinations",
    "recall": "recall",
    "coverage": "decided",
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
        told = project_report(project, seed=options["seed"], resamples=options["resamples"]).told
        self.stdout.write(json.dumps(told, ensure_ascii=False) if options["json"] else _told(told))


def _told(found: Held) -> str:
    """Plain text, a table a part; every value with its 95 % interval."""
    parts = [", ".join(f"{count:,} {what}" for what, count in found["counts"].items())]
    if found["references"]["by_version"]:
        counted = found["references"]["by_version"].items()
        versions = ", ".join(f"{count:,} of version {version}" for version, count in counted)
        parts.append(f"references: {versions}; fingerprint {found['references']['fingerprint']}")
    authors = {**found["critics"], **({"people": found["people"]} if found["people"] else {})}
    if authors:
        rows = [_row(name, one["critiques"], one["figures"]) for name, one in authors.items()]
        parts.append(_table(["", "critiques", *SHOWN.values()], rows))
    reweighted = [
        _row(f"{name} {kind}", count, held)
        for name, one in authors.items()
        if one["weighted"]
        for kind, held, count in (
            ("plain", one["figures"], one["critiques"]),
            ("weighted", one["weighted"], one["weighted_critiques"]),
        )
    ]
    if reweighted:
        parts.append(_table(["by 1 ÷ probability of the item", "critiques", *SHOWN.values()], reweighted))
    baselines = [[name, _figure(figure)] for name, figure in found["baselines"]["step_f1"].items()]
    parts.append(_table(["trivial baselines", "Step F1"], baselines))
    if found["people_agreement"]:
        parts.append(_named("people among themselves, per step", found["people_agreement"]))
    for source, held in found["corrections"].items():
        parts.append(_named(f"corrections guided by: {source}", held))
    if found["court"]["cases"]:
        rows = [[one["name"], *(_figure(one["figures"][name]) for name in COURT)] for one in found["court"]["authors"]]
        parts.append(_table(["court", *COURT.values()], rows))
    if found["differences"]:
        parts.append(_differences(found))
    return "\n\n".join(parts)


def _row(name: str, critiques: int, figures: Held) -> list[str]:
    return [name, str(critiques), *(_figure(figures.get(figure)) for figure in SHOWN)]


def _named(title: str, held: Held) -> str:
    return _table([title, ""], [[name, _figure(figure)] for name, figure in held.items()])


def _differences(found: Held) -> str:
    rows = [
        [f"{one['one']} − {one['other']}", name, _figure(figure), "within noise" if one["within_noise"][name] else ""]
        for one in found["differences"]
        for name, figure in one["figures"].items()
    ]
    table = _table(["differences, paired", "", "", ""], rows)
    return f"{table}\n{found['comparisons']} comparisons: by chance one in twenty lies outside of noise."


def _figure(figure: Held | None) -> str:
    if figure is None or figure["value"] is None:
        return "–"
    if figure["low"] is None or figure["high"] is None:
        return f"{figure['value']:.3f}"
    return f"{figure['value']:.3f} [{figure['low']:.3f}, {figure['high']:.3f}]"


def _table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return "\n".join(lines)
