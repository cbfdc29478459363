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
from django.db.models import QuerySet

from annotations.models import Project, Response
from workers import presence, runs, steering
from workers.batch import Claims
from workers.budget import Budget
from workers.drain import Drain
from workers.engine_room import EngineRoom
from workers.estimate import estimate
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
        parser.add_argument("--filter", nargs="+", metavar="NAME=VALUE", help="Only what the list of responses shows.")
        parser.add_argument("--priority", type=int, help="Higher goes first; by default small runs before big ones.")
        parser.add_argument("--budget-calls", type=int, help="Pause the run after so many calls of the model.")
        parser.add_argument("--budget-tokens", type=int, help="Pause it after so many tokens, read and written.")
        parser.add_argument("--budget-seconds", type=int, help="Pause it after so many seconds of running.")
        parser.add_argument("--standing", action="store_true", help="Critique each new response too.")
        parser.add_argument("--estimate", action="store_true", help="Say what it would cost, and start nothing.")
        how = parser.add_mutually_exclusive_group()
        how.add_argument("--wait", action="store_true", help="Follow the workers until the run ends.")
        how.add_argument("--here", action="store_true", help="Do it in this process, beside the workers.")

    def handle(self, *args: Any, **options: Any) -> None:
        run = self._start(options)
        if run is None:
            return
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

    def _start(self, options: dict[str, Any]) -> Run | None:
        project = Project.objects.filter(slug=options["project"]).first()
        if project is None:
            raise CommandError(f"There is no project {options['project']}.")
        chosen = _chosen(options)
        try:
            critic = runs.critic_named(project, options["critic"])
            responses = runs.choose(critic, **chosen)
            if options["limit"] is not None:
                keys = list(responses.values_list("key", flat=True)[: options["limit"]])
                chosen = {"which": "keys", "keys": keys}
                responses = responses.filter(key__in=keys)
            if options["estimate"]:
                self._estimate(critic, responses, options["samples"])
                return None
            return runs.start_run(
                critic,
                responses,
                samples=options["samples"],
                seed=options["seed"],
                priority=options["priority"],
                budget=Budget(
                    calls=options["budget_calls"],
                    tokens=options["budget_tokens"],
                    seconds=options["budget_seconds"],
                ),
                chosen=chosen,
                standing=options["standing"],
                nudge=not options["here"],
            )
        except Critic.DoesNotExist as unknown:
            raise CommandError(f"--critic: {unknown}") from unknown
        except ValueError as refused:
            raise CommandError(str(refused)) from refused

    def _estimate(self, critic: Critic, responses: QuerySet[Response], samples: int) -> None:
        if why := runs.refusal_before_start(critic):
            raise CommandError(why)
        told = estimate(critic, responses, samples=samples)
        time = f"about {in_words(told.seconds)}" if told.is_measured else "in a time that nobody has measured"
        self.stdout.write(
            f"{told.jobs} jobs, at most {told.calls:,} calls, about {told.tokens:,} tokens"
            f"{'' if told.is_measured else ' (a guess by the length of the texts)'}, {time}."
        )

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
        while progress(run).unfinished and not self._is_paused(run):
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
        if run.state == "paused":
            raise CommandError(f"The run is paused, {told.queued} jobs wait. {run.why}".rstrip())
        if told.failed:
            raise CommandError(f"{told.failed} jobs failed.")

    def _is_paused(self, run: Run) -> bool:
        run.refresh_from_db()
        return run.state == "paused" and not progress(run).running

    def _show(self, run: Run) -> None:
        if not sys.stderr.isatty():
            return
        told = progress(run)
        rate = "" if told.tokens_per_second is None else f", {told.tokens_per_second:.1f} tokens/s"
        left = in_words(told.seconds_left)
        line = f"{told.finished} of {told.total}, {told.failed} failed{rate}{f', {left} left' if left else ''}"
        self.stderr.write(f"\r{line:<70}", ending="")
        self.stderr.flush()


def _chosen(options: dict[str, Any]) -> dict[str, Any]:
    """How its responses are chosen, as a run keeps it."""
    ways = [name for name in ("responses", "only_new", "filter") if options[name]]
    if len(ways) > 1:
        raise CommandError("Expected one of --responses, --only-new and --filter, found several.")
    if options["responses"]:
        return {"which": "keys", "keys": options["responses"]}
    if options["filter"]:
        pairs = [pair.partition("=") for pair in options["filter"]]
        return {"which": "filter", "query": {name: value for name, _, value in pairs}}
    return {"which": "new" if options["only_new"] else "all"}
