"""`manage.py benchmark PROJECT --critic A --critic B …`: VISCO's whole table, made as far as it lacks, then printed."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import CommandError

from annotations.exporters.base import formats
from annotations.metrics.benchmark import Benchmark, benchmark
from annotations.metrics.bootstrap import Figure
from annotations.models import Problem, Project
from annotations.models.records import problem_records
from annotations.verbs.insights import version_names
from annotations.verbs.publish_filter import Filter
from workers import benchmark as plan
from workers import runs
from workers.management.commands import run_critic
from workers.models import Critic

HEADS = {
    "answer_f1": "Ans F1",
    "step_f1": "Step F1",
    "explanation_f1": "Ex F1",
    "viscore": "VISCore",
    "Reasoning.viscore": "reasoning",
    "Perception.viscore": "perception",
    "Reasoning.step_f1": "Step F1, reasoning",
    "Perception.step_f1": "Step F1, perception",
    "gain.A": "gain A",
    "gain.AS": "gain AS",
    "gain.ASE": "gain ASE",
    "flag_rate": "flags",
    "reference_rate": "of reference",
}


class Command(run_critic.Command):
    help = (
        "Critique, correct with none, self, cross and human critiques, and score: VISCO's table with intervals. Starts "
        "only what lacks, so it can be left and called again. Without --here or --wait it queues the next part and "
        "prints what is there."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--critic", action="append", required=True, help="By name; again for each further critic.")
        parser.add_argument("--corrector", default="revise", help="The correcting method (default: revise).")
        parser.add_argument("--engine", default="torch_local", help="Of the corrector.")
        parser.add_argument("--model", default="default", help="Of the corrector.")
        parser.add_argument("--no-corrections", action="store_true", help="Critique and score only.")
        parser.add_argument("--score-only", action="store_true", help="Start nothing.")
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--resamples", type=int, default=2000)
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--wait", action="store_true", help="Follow the workers, part after part.")
        how.add_argument("--here", action="store_true", help="Do it in this process, beside the workers.")

    def handle(self, *args: Any, **options: Any) -> None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        try:
            critics = [runs.critic_named(project, name) for name in options["critic"]]
        except Critic.DoesNotExist as unknown:
            raise CommandError(f"--critic: {unknown}") from unknown
        if not options["score_only"]:
            self._make(project, critics, options)
        found = _scored(project, [critic.name for critic in critics], options)
        self.stdout.write(json.dumps(asdict(found), ensure_ascii=False) if options["json"] else _told(found))

    def _make(self, project: Project, critics: list[Critic], options: dict[str, Any]) -> None:
        """Part after part; a queued part is not waited for unless asked, and what rests on it comes the next time."""
        corrector = plan.Corrector(method=options["corrector"], engine=options["engine"], model=options["model"])
        stages = [lambda: plan.missing_critiques(project, critics)]
        if not options["no_corrections"]:
            stages.append(lambda: plan.missing_corrections(project, critics, corrector))
        for parts in stages:
            for part in parts():
                try:
                    run = plan.start(project, part, corrector, seed=options["seed"], nudge=not options["here"])
                except ValueError as refused:
                    raise CommandError(f"{part.words}: {refused}") from refused
                self.stderr.write(f"{part.words}: {run.job_count} jobs.")
                if options["here"]:
                    self._do(run)
                if options["here"] or options["wait"]:
                    self._follow(run)


def _scored(project: Project, critics: list[str], options: dict[str, Any]) -> Benchmark:
    """Each critic in all its versions that the project has."""
    versions, rows = version_names(project)
    wanted = [name for critic in critics for name in rows if name == critic or name.startswith(f"{critic} (")]
    filter = Filter()
    problems = Problem.objects.filter(project=project).order_by("position", "id")
    records = problem_records(problems, filter.critiques(project, formats()["visco"]), responses=filter.responses())
    return benchmark(
        (record for _, record in records),
        wanted,
        versions=versions,
        seed=options["seed"],
        resamples=options["resamples"],
    )


def _told(found: Benchmark) -> str:
    rows = [
        [
            row.critic,
            str(row.responses),
            *(_figure(row.figures.get(name)) for name in HEADS),
            _plain(row.seconds),
            _plain(row.tokens),
        ]
        for row in found.rows
    ]
    parts = [_table(["critic", "responses", *HEADS.values(), "s a critique", "tokens"], rows)]
    gains = [
        [guide, *(_figure(held.get(f"gain.{level}")) for level in ("none", "A", "AS", "ASE"))]
        for guide, held in found.guides.items()
    ]
    parts.append(_table(["corrections guided by", "no critique", "A", "AS", "ASE"], gains))
    for change in found.changes:
        told = [
            [name, _figure(figure), {True: "within noise", False: "beyond noise", None: ""}[change.within_noise[name]]]
            for name, figure in change.figures.items()
        ]
        parts.append(_table([f"{change.other} − {change.one}, {change.responses} responses", "", ""], told))
    if found.comparisons:
        parts.append(f"{found.comparisons} comparisons: by chance one in twenty lies beyond noise.")
    return "\n\n".join(parts)


def _figure(figure: Figure | None) -> str:
    if figure is None or figure.value is None:
        return "–"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _table(head: list[str], rows: list[list[str]]) -> str:
    widths = [max(len(row[column]) for row in (head, *rows)) for column in range(len(head))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)
    ]
    return "\n".join(lines)
