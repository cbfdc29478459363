"""`manage.py run_critic PROJECT --critic NAME`: queue a run; `--wait` follows the workers, `--here` is one."""

from __future__ import annotations

import sys
import threading
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection

from annotations.models import Project
from workers import presence, runs, steering
from workers.batch import Claims
from workers.drain import Drain
from workers.engine_room import EngineRoom
from workers.models import Critic, Run
from workers.progress import failures, in_words, progress
from workers.queues import CRITICS, queue_for

SHOW_SECONDS = 1.0


class Command(BaseCommand):
    help = (
        "Let a critic read a project's responses. Returns once the run is queued, unless told to wait or to do it "
        "here. Exit code 1 when a job failed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("project", help="The project's slug.")
        parser.add_argument("--critic", default=runs.BUILT_IN, help="By name; direct needs no set-up (default).")
        parser.add_argument("--responses", nargs="+", metavar="KEY", help="Only these.")
        parser.add_argument("--only-new", action="store_true", help="Only those without a critique of this critic.")
        parser.add_argument("--limit", type=int, help="At most so many responses.")
        parser.add_argument("--samples", type=int, default=1, help="Critiques of each response.")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--priority", type=int, default=0, help="Higher goes first.")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--wait", action="store_true", help="Follow the workers until the run ends.")
        how.add_argument("--here", action="store_true", help="Do it in this process, beside the workers.")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._start(options)
        self.stdout.write(f"Run {run.pk}: {run.job_count} jobs are queued.")
        try:
            if options["here"]:
                self._do(run)
            if options["here"] or options["wait"]:
                self._follow(run)
        except KeyboardInterrupt:
            raise CommandError(
                "Left. What is not done stays queued: a worker does it; the run's page cancels it."
            ) from None

    def _start(self, options: dict[str, Any]) -> Run:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        which = "keys" if options["responses"] else "new" if options["only_new"] else "all"
        try:
            critic = runs.critic_named(project, options["critic"])
            chosen = runs.choose(critic, which, options["responses"] or ())
            if options["limit"] is not None:
                chosen = chosen.filter(pk__in=list(chosen.values_list("pk", flat=True)[: options["limit"]]))
            return runs.start_run(
                critic,
                chosen,
                samples=options["samples"],
                seed=options["seed"],
                priority=options["priority"],
                nudge=not options["here"],
            )
        except Critic.DoesNotExist as unknown:
            raise CommandError(f"--critic: {unknown}") from unknown
        except ValueError as refused:
            raise CommandError(str(refused)) from refused

    def _do(self, run: Run) -> None:
        """As a worker does, but for this run alone; a line tells how far it is meanwhile."""
        room = EngineRoom(settings.MODELS_FOLDER)
        claims = Claims(queue=CRITICS, owner="shell", lease_seconds=settings.WORK_LEASE_SECONDS, group=run.pk)
        drain = Drain(claims, room, look_seconds=settings.WORK_LOOK_SECONDS)
        ended = threading.Event()
        shown = threading.Thread(target=self._show_until, args=(run, ended), daemon=True)
        shown.start()
        try:
            drain.drain()
        finally:
            ended.set()
            shown.join()
            room.close()

    def _show_until(self, run: Run, ended: threading.Event) -> None:
        while not ended.wait(SHOW_SECONDS):
            self._show(run)
        connection.close()

    def _follow(self, run: Run) -> None:
        """Until the run has ended: by these jobs, or by those that another worker still holds."""
        warned = False
        while progress(run).unfinished:
            if not warned and not presence.is_served(queue_for(run.critic), settings.WORK_LOOK_SECONDS):
                self.stderr.write("No worker is running for critics; the jobs wait for one. Start it with `make up`.")
                warned = True
            self._show(run)
            time.sleep(SHOW_SECONDS)
        steering.close_finished()
        told = progress(run)
        self.stdout.write(
            f"\rDone {told.done}, failed {told.failed}, cancelled {told.cancelled}; {told.unparsed} with a part that "
            f"did not parse; {told.tokens_in:,} tokens read, {told.tokens_out:,} written."
        )
        for group in failures(run):
            self.stderr.write(f"{group.count} × {group.cause} (for example {group.response})")
        if told.failed:
            raise CommandError(f"{told.failed} jobs failed.")

    def _show(self, run: Run) -> None:
        if not sys.stderr.isatty():
            return
        told = progress(run)
        rate = "" if told.tokens_per_second is None else f", {told.tokens_per_second:.1f} tokens/s"
        left = in_words(told.seconds_left)
        line = f"{told.finished} of {told.total}, {told.failed} failed{rate}{f', {left} left' if left else ''}"
        self.stderr.write(f"\r{line:<70}", ending="")
        self.stderr.flush()
