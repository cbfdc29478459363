"""What a critic's job costs beside its model, with an engine that answers at once: queries, milliseconds, jobs/s.

    python -m tests.bench.runs [--jobs 500] [--workers 1 4]

First one worker in this process, its statements counted; then so many worker processes as `make up` has one of, timed
by the database from the first claim to the last commit, with the CPU time that they and PostgreSQL used a job: where
both together fill the cores, there is the ceiling. On an instance of its own with PostgreSQL's settings as installed
(fsync on), which is removed afterwards.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from contextlib import redirect_stdout, suppress
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from tests.cluster import make_test_instance, remove_instance

if TYPE_CHECKING:
    from workers.models import Critic


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--workers", type=int, nargs="*", default=[1, 4])
    asked = parser.parse_args()
    home = make_test_instance()
    (home / "postgresql.conf").unlink()  # what makes tests quick: it gives up durability
    os.environ |= {"SECOND_LOOK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "critique_app.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    try:
        call_command("setup_database", verbosity=0)
        critic = measure_one_job(asked.jobs)
        for count in asked.workers:
            measure_workers(critic, asked.jobs, count)
    finally:
        remove_instance(home)


def measure_one_job(jobs: int) -> Critic:
    from django.db import connection

    from tests.workers.builders import a_run, a_scripted_critic, do_the_work, many_responses
    from workers import steering
    from workers.progress import progress

    critic = a_scripted_critic(many_responses(100))
    began, used = time.perf_counter(), time.process_time()
    big = a_run(critic, samples=100)
    say(f"start of a run of {big.job_count} jobs: {time.perf_counter() - began:.2f} s ({_used(used)})")
    began = time.perf_counter()
    progress(big)
    say(f"progress of it: {(time.perf_counter() - began) * 1000:.1f} ms")
    steering.pause_run(big)
    run = a_run(critic, samples=max(1, jobs // 100))
    statements: Counter[str] = Counter()
    waited_seconds = 0.0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal waited_seconds
        statements[sql.split(maxsplit=1)[0]] += 1
        sent = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            waited_seconds += time.perf_counter() - sent

    with connection.execute_wrapper(count):
        began, used = time.perf_counter(), time.process_time()
        do_the_work(group=run.pk)
        seconds = time.perf_counter() - began
    told = progress(run)
    say(
        f"in this process: {told.done} jobs in {seconds:.1f} s: {told.done / seconds:.0f} jobs/s, "
        f"{seconds / told.done * 1000:.1f} ms a job, of which {waited_seconds / told.done * 1000:.1f} ms waiting for "
        f"{sum(statements.values()) / told.done:.1f} statements (COPYs not counted); {_used(used)}"
    )
    by_kind = (f"{kind} {number / told.done:.1f}" for kind, number in statements.most_common())
    say("statements a job: " + ", ".join(by_kind))
    return critic


def measure_workers(critic: Critic, jobs: int, count: int) -> None:
    from django.db.models import Max, Min

    from annotations.models import Critique, Work
    from critique_app.embedded.server import server
    from tests.faults.account import has_ended
    from tests.faults.processes import wait_until, workers
    from tests.workers.builders import a_run

    postmaster = server().process_id()
    assert postmaster is not None
    waits: Counter[str] = Counter()
    names = [f"of{count}-{number}" for number in range(count)]
    with (
        tempfile.TemporaryDirectory() as folder,
        redirect_stdout(StringIO()),  # the workers' log, which tests show where they fail
        workers(Path(folder), *names, environment={"WORK_LEASE_SECONDS": "30"}) as running,
    ):
        wait_until(lambda: _alive(names) == count, f"{count} workers")
        warm = a_run(critic, samples=count)  # each loads methods and engine with its first jobs
        wait_until(lambda: has_ended(warm), "the end of the run before", seconds=300)
        pids = [worker.process.pid for worker in running]
        own, its = _cpu(*pids), _cpu(postmaster)
        run = a_run(critic, samples=max(1, jobs // 100))
        while not has_ended(run):
            waits.update(_what_backends_wait_for())
            time.sleep(0.05)
        own, its = _cpu(*pids) - own, _cpu(postmaster) - its
    done = Work.objects.filter(group=run.pk, state="done")
    span = done.aggregate(begun=Min("started_at"), ended=Max("finished_at"))
    seconds = (span["ended"] - span["begun"]).total_seconds()
    number, stored = done.count(), Critique.objects.filter(run=run.pk).count()
    shares = Counter(done.values_list("lease_owner", flat=True))
    say(
        f"{count} worker processes: {number} jobs, {stored} critiques in {seconds:.1f} s: "
        f"{number / seconds:.0f} jobs/s; "
        f"CPU a job: {own / number * 1000:.1f} ms in the workers, {its / number * 1000:.1f} ms in PostgreSQL; "
        f"{(own + its) / seconds:.1f} of {os.cpu_count()} cores busy with it; done by each: {sorted(shares.values())}"
    )
    say(
        "  statements under way, looked at every 50 ms: " + ", ".join(f"{what} {n}" for what, n in waits.most_common(6))
    )


def _what_backends_wait_for() -> list[str]:
    """One word for each of the workers' statements that is under way: what it waits for, or that it computes."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(wait_event, 'computing') FROM pg_stat_activity WHERE state = 'active' "
            "AND pid <> pg_backend_pid() AND usename = current_user AND backend_type = 'client backend'"
        )
        return [told for (told,) in cursor.fetchall()]


def _alive(names: list[str]) -> int:
    from workers.models import Worker

    return Worker.objects.filter(name__in=[f"{name}@test" for name in names]).count()


def _cpu(*pids: int) -> float:
    """Seconds of these processes, what they started, and what of that has ended."""
    total = 0.0
    for pid in pids:
        process = psutil.Process(pid)
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                times = one.cpu_times()
                total += times.user + times.system
        total += process.cpu_times().children_user + process.cpu_times().children_system
    return total


def _used(before: float) -> str:
    """CPU time of this process: what the wait for other programs and for the database is not."""
    return f"{time.process_time() - before:.2f} s of CPU here"


if __name__ == "__main__":
    main()
