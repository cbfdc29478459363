"""What a critic's job costs beside its model: rows, queries and milliseconds, with an engine that answers at once.

    python -m tests.bench.runs [--jobs 500]

Runs on an instance of its own, which is removed afterwards.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections import Counter

from tests.cluster import make_test_instance, remove_instance


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=500)
    jobs = parser.parse_args().jobs
    home = make_test_instance()
    os.environ |= {"SECOND_LOOK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "critique_app.settings"}
    import django

    django.setup()
    from django.core.management import call_command

    try:
        call_command("setup_database", verbosity=0)
        measure(jobs)
    finally:
        remove_instance(home)


def measure(jobs: int) -> None:
    from django.db import connection

    from tests.workers.builders import a_run, a_scripted_critic, do_the_work, many_responses
    from workers.progress import progress

    critic = a_scripted_critic(many_responses(100))
    began, used = time.perf_counter(), time.process_time()
    big = a_run(critic, samples=100)
    say(f"start of a run of {big.job_count} jobs: {time.perf_counter() - began:.2f} s ({_used(used)})")
    began = time.perf_counter()
    progress(big)
    say(f"progress of it: {(time.perf_counter() - began) * 1000:.1f} ms")
    run = a_run(critic, samples=max(1, jobs // 100), priority=1)
    statements: Counter[str] = Counter()

    def count(execute, sql, params, many, context):
        statements[sql.split()[0]] += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        began, used = time.perf_counter(), time.process_time()
        do_the_work(group=run.pk)
        seconds = time.perf_counter() - began
    told = progress(run)
    say(
        f"{told.done} jobs in {seconds:.1f} s: {told.done / seconds:.0f} jobs/s, {seconds / told.done * 1000:.1f} ms, "
        f"{sum(statements.values()) / told.done:.1f} statements a job (and its COPYs), one worker ({_used(used)})"
    )
    say("statements: " + ", ".join(f"{kind} {number / told.done:.1f}" for kind, number in statements.most_common()))


def _used(before: float) -> str:
    """CPU time of this process: what the wait for other programs and for the database is not."""
    return f"{time.process_time() - before:.2f} s of CPU here"


if __name__ == "__main__":
    main()
