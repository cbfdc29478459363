"""`manage.py correct PROJECT`: queue corrections or rollouts; `--wait` follows the workers, `--here` is one."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from annotations.models import Effect, FindingCheck, Project, Response
from workers import correcting
from workers.management.commands import run_critic
from workers.models import Run
from workers.rollouts import METHOD as ROLLOUT


class Command(run_critic.Command):
    help = (
        "Correct a project's responses, guided by critiques of them, or roll them out (--with rollout). Returns once "
        "the run is queued, unless told to wait or to do it here; then it tells what came of it. Exit code 1 when a "
        "job failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument(
            "--with",
            dest="method",
            default="revise",
            choices=[*sorted(correcting.correctors()), ROLLOUT],
            help="The corrector (default: revise), or rollout.",
        )
        parser.add_argument("--engine", default=correcting.DEFAULT_ENGINE)
        parser.add_argument(
            "--model", default=correcting.DEFAULT_MODEL, help="As of a critic; by default the built-in."
        )
        parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="Settings of the method.")
        parser.add_argument("--level", nargs="+", default=["ASE"], choices=["none", "A", "AS", "ASE"])
        parser.add_argument(
            "--guided-by", default="critics", help="people, critics (default), reference, or an author's name."
        )
        parser.add_argument("--leave-one-out", action="store_true", help="Once more without each finding.")
        parser.add_argument("--explanation-seed", type=int, default=0)
        parser.add_argument(
            "--where", default="findings", choices=["findings", "steps", "start"], help="Of rollouts: from where."
        )
        parser.add_argument("--responses", nargs="+", metavar="KEY", help="Only these.")
        parser.add_argument("--limit", type=int, help="At most so many responses.")
        parser.add_argument("--samples", type=int, default=1)
        parser.add_argument("--seed", type=int, default=0)
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--wait", action="store_true", help="Follow the workers until the run ends.")
        how.add_argument("--here", action="store_true", help="Do it in this process, beside the workers.")

    def _start(self, options: dict[str, Any]) -> Run:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        parameters: dict[str, Any] = {"guided_by": options["guided_by"]}
        if options["method"] == ROLLOUT:
            parameters["where"] = options["where"]
        else:
            parameters |= {name: options[name] for name in ("leave_one_out", "explanation_seed")}
            parameters["levels"] = options["level"]
        try:
            return correcting.start(
                project,
                self._responses(project, options),
                method=options["method"],
                engine=options["engine"],
                model=options["model"],
                settings=dict(map(_setting, options["set"])),
                parameters=parameters,
                samples=options["samples"],
                seed=options["seed"],
                nudge=not options["here"],
            )
        except ValueError as refused:
            raise CommandError(str(refused)) from refused

    def _responses(self, project: Project, options: dict[str, Any]) -> Any:
        """Those that revise nothing, unless they are named."""
        found = Response.objects.filter(project=project)
        if options["responses"]:
            named = found.filter(key__in=options["responses"])
            if missing := sorted(set(options["responses"]) - set(named.values_list("key", flat=True))):
                raise CommandError(f"--responses: no response has the key {', '.join(missing[:5])}.")
            return named
        found = found.filter(revises=None)
        if options["limit"] is not None:
            found = found.filter(pk__in=list(found.values_list("pk", flat=True)[: options["limit"]]))
        return found

    def _follow(self, run: Run) -> None:
        try:
            super()._follow(run)
        finally:
            self.stdout.write("\n".join(_told(run)))


def _setting(given: str) -> tuple[str, Any]:
    name, equals, value = given.partition("=")
    if not equals:
        raise CommandError(f"--set: expected NAME=VALUE, found {given!r}.")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _told(run: Run) -> list[str]:
    """What came of it: effects by level, or the changes that rollouts found."""
    effects = Effect.objects.filter(run=run.pk)
    lines = []
    for level in effects.order_by("level").values_list("level", flat=True).distinct():
        counts = {
            kind: effects.filter(level=level, effect=kind).count()
            for kind in ("fixed", "unchanged", "broke", "unparsed")
        }
        lines.append(f"{level}: " + ", ".join(f"{count} {kind}" for kind, count in counts.items()))
    for check in FindingCheck.objects.filter(before__run=run.pk).select_related("response"):
        lines.append(f"{check.response.key}, finding {check.finding}: after its step {check.step.change}")
    return lines
