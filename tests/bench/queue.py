"""How quick the queue is: eight people at once, overlap 2, on 10,000, 100,000 and 1,000,000 responses.

    python -m tests.bench.queue fill --responses 10000
    python -m tests.bench.queue run --responses 10000 --seconds 20 [--mix]

`fill` writes into the instance of $SECOND_LOOK_HOME; `run` starts a process a person, each of which asks for an item,
writes its draft in one edit and submits it, as fast as it can, by the same verbs as pages and API (without HTTP and
without rendering: peers' figures in PEERS.md include theirs). Doubled and wrong overlap are counted afterwards. Run it
niced, and say the load: it prints that of the machine.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import statistics
import time
from itertools import count
from typing import Any

PEOPLE, OVERLAP, STEPS = 8, 2, 4


def fill(slug: str, responses: int) -> None:
    from django.db import connection, transaction

    from annotations.models import Project
    from tests import builders
    from tests.bench.workbench import _copy
    from tests.builders import a_person, a_problem, a_project, a_response

    with transaction.atomic():
        project = a_project(slug, overlap=OVERLAP)
        builders._number = count(1)  # copies are made of what stands at position 1
        problem = a_problem(project, images=0)
        builders._number = count(1)
        a_response(STEPS, problem=problem, slots=0)
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE copies AS SELECT n, uuidv7() AS problem, uuidv7() AS response"
                " FROM generate_series(2, %s) AS n",
                [responses],
            )
            for table in ("problem", "response", "segmentation", "step"):
                _copy(cursor, f"annotations_{table}", project.pk)
            cursor.execute(
                "INSERT INTO annotations_slot (response_id, number, project_id, position, state)"
                " SELECT id, number, project_id, position, 'open'"
                " FROM annotations_response, generate_series(1, %s) number WHERE project_id = %s",
                [OVERLAP, project.pk],
            )
    for number in range(PEOPLE):
        a_person(f"{slug}-{number}", role="annotator", project=Project.objects.get(slug=slug))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def person(slug: str, number: int, begin: float, seconds: float, results: Any) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connections

    connections.close_all()
    from annotations.models import Project
    from annotations.verbs.assign import next_assignment
    from annotations.verbs.draft import Edit, open_draft, save
    from annotations.verbs.submit import submit_critique

    user, project = get_user_model().objects.get(username=f"{slug}-{number}"), Project.objects.get(slug=slug)
    paths = [*(f"steps.{step}.verdict" for step in range(1, STEPS + 1)), "answer.verdict"]
    nexts: list[float] = []
    submits: list[float] = []
    time.sleep(max(0.0, begin - time.time()))
    while time.time() < begin + seconds:
        at = time.perf_counter()
        held = next_assignment(user, project)
        nexts.append((time.perf_counter() - at) * 1000)
        if held is None:
            break
        draft = open_draft(held)
        edits = [
            Edit(path=path, value="correct", base_version=0, client="bench", number=place)
            for place, path in enumerate(paths, 1)
        ]
        save(draft, edits)
        at = time.perf_counter()
        submit_critique(draft.pk, user)
        submits.append((time.perf_counter() - at) * 1000)
    results.put((nexts, submits))
    results.close()
    results.join_thread()
    os._exit(0)


def run(slug: str, seconds: float, mix: bool) -> None:
    from django.db import connection, connections

    from annotations.models import Project
    from annotations.verbs.routing import change_mix

    project = Project.objects.get(slug=slug)
    if mix:
        admin = project.memberships.select_related("user").first().user  # type: ignore[union-attr]
        admin.is_superuser = True
        parts = [{"strategy": name, "weight": 1} for name in ("by_chance", "depth_first", "class_balanced")]
        at = time.perf_counter()
        change_mix(project, parts, seed=1, by=admin)
        print(f"laid out in {time.perf_counter() - at:.1f} s")  # noqa: T201
    connections.close_all()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    begin = time.time() + 1
    people = [context.Process(target=person, args=(slug, n, begin, seconds, results)) for n in range(PEOPLE)]
    for each in people:
        each.start()
    found = [results.get() for _ in people]
    nexts, submits = [taken for one, _ in found for taken in one], [taken for _, one in found for taken in one]
    for each in people:
        each.join()
    print(  # noqa: T201
        f"{slug}: {len(submits) / seconds:.1f} annotated responses/s; load {os.getloadavg()[0]:.1f}"
    )
    for what, taken in (("next", nexts), ("submit", submits)):
        ordered = sorted(taken)
        print(f"  {what:7} p50 {statistics.median(ordered):6.1f}  p95 {ordered[int(len(ordered) * 0.95)]:6.1f} ms")  # noqa: T201
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FILTER (WHERE people < places), count(*) FILTER (WHERE places > %s) FROM (SELECT"
            " count(DISTINCT user_id) AS people, count(*) AS places FROM annotations_assignment"
            " WHERE project_id = %s AND state = 'submitted' GROUP BY response_id) held",
            [OVERLAP, project.pk],
        )
        doubled, wrong = cursor.fetchone()
    print(f"  doubled {doubled}, wrong overlap {wrong}")  # noqa: T201


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fill", "run"])
    parser.add_argument("--responses", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--mix", action="store_true", help="Of three strategies, in place of the plain order.")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
    import django

    django.setup()
    slug = f"bench-queue-{given.responses}"
    if given.what == "fill":
        fill(slug, given.responses)
    else:
        run(slug, given.seconds, given.mix)


if __name__ == "__main__":
    main()
