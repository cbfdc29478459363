"""How fast and how flat imports are: `python -m tests.bench.io [RESPONSES …]` on a fresh database of its own.

For each size a native file of text-only problems with one response of 12 steps each, first without critiques, then
with one reference critique each, is imported by the verb that page, API and shell share; each import runs in a process
of its own, so that its peak memory is its own. Printed: responses/s, rows/s, peak resident memory, and the speed
against PostgreSQL's bare `COPY` of the very rows (bare_copy.py). With `--pages ROWS` instead: how long a page of the
API's list of responses takes at its first row and at row ROWS, of so many responses.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

STEPS = 12
SIZES = (1_000, 10_000)


def lines(responses: int, *, critiques: bool) -> Iterator[str]:
    """Native JSONL, one problem with one response a line."""
    for number in range(responses):
        steps = [
            f"Step {step}: bar {step} of chart {number} is {step * 7 + number % 13} high." for step in range(1, 13)
        ]
        text, ranges, start = "\n".join(steps), [], 0
        for step in steps:
            ranges.append({"start": start, "end": start + len(step)})
            start += len(step) + 1
        response = {"key": f"r{number}", "source_text": text, "steps": ranges, "answer": str(number)}
        if critiques:
            judgments = [{"step": step, "verdict": "correct"} for step in range(1, STEPS)]
            finding = {"explanations": ["It does not follow.", "No.", "The sum is wrong."]}
            judgments.append({"step": STEPS, "verdict": "incorrect", "origin_unknown": True, "findings": [finding]})
            author = {"kind": "person", "name": "reference"}
            response["critiques"] = [
                {"key": f"c{number}", "author": author, "judgments": judgments, "reference": "gold"}
            ]  # fmt: skip
        yield json.dumps({"key": f"p{number}", "question": f"What is {number}?", "responses": [response]}) + "\n"


def measure(path: Path) -> dict[str, float]:
    """Imports the file in this process; seconds and peak memory in MB."""
    import django

    django.setup()
    from annotations.models import Work
    from annotations.verbs.ingest import Recipe, import_here
    from annotations.verbs.rules import create_project

    project = create_project(f"bench-{time.time_ns()}", "Bench", by=None)
    started, worked = time.monotonic(), time.process_time()
    if os.environ.get("PROFILE"):
        import cProfile

        with cProfile.Profile() as profile:
            work: Work = import_here(project, path, Recipe(format="native"))
        profile.dump_stats(os.environ["PROFILE"])
    else:
        work = import_here(project, path, Recipe(format="native"))
    assert work.state == "done", work.error
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"seconds": time.monotonic() - started, "own": time.process_time() - worked, "peak_mb": peak}


def main(sizes: tuple[int, ...]) -> None:
    from tests.cluster import make_test_instance, remove_instance

    home = make_test_instance()
    environment = {**os.environ, "SECOND_LOOK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "critique_app.settings"}
    os.environ.update(environment)
    try:
        subprocess.run([sys.executable, "manage.py", "setup_database", "-v0"], env=environment, check=True)
        for critiques in (False, True):
            for size in sizes:
                path = home / "bench.jsonl"
                with path.open("w") as file:
                    file.writelines(lines(size, critiques=critiques))
                command = [sys.executable, "-m", "tests.bench.io", "--measure", str(path)]
                out = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
                found = json.loads(out.splitlines()[-1])
                # problem, response, segmentation, slot, steps; critique, judgments, finding, three explanations, head,
                # reference
                rows = size * (4 + STEPS + ((1 + STEPS + 1 + 3 + 1 + 1) if critiques else 0))
                copied = _copied(environment, home)
                assert copied["rows"] == rows, (copied, rows)
                sys.stdout.write(
                    f"{size:>7,} responses {'with a critique' if critiques else 'alone':<16}"
                    f"{size / found['seconds']:>8,.0f} responses/s {rows / found['seconds']:>9,.0f} rows/s "
                    f"({size / found['own']:>7,.0f} responses per second of its own processor time) "
                    f"peak {found['peak_mb']:.0f} MB ({path.stat().st_size / 1024**2:.1f} MB file); "
                    f"{found['seconds']:.1f} s; COPY into the same tables {copied['seconds']:.1f} s "
                    f"(ratio {copied['seconds'] / found['seconds']:.2f}), into bare ones {copied['bare']:.1f} s "
                    f"({copied['bare'] / found['seconds']:.2f})\n"
                )
                sys.stdout.flush()
    finally:
        remove_instance(home)


def _copied(environment: dict[str, str], home: Path) -> dict[str, float]:
    """In a process of its own, with the tables empty afterwards for the next size."""
    folder = home / "copied"
    folder.mkdir(exist_ok=True)
    code = (
        "import json, sys; from pathlib import Path; from tests.bench import bare_copy;"
        " print(json.dumps(bare_copy.measure(Path(sys.argv[1]))));"
        " from django.db import connections; cursor = connections['owner'].cursor();"
        " cursor.execute('TRUNCATE annotations_project CASCADE')"
    )
    command = [sys.executable, "-c", code, str(folder)]
    out = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out.splitlines()[-1])


def pages(rows: int) -> None:
    """Milliseconds of a page of 100 at the first row and at the last thousand, the median of 20 each."""
    from tests.cluster import make_test_instance, remove_instance

    home = make_test_instance()
    os.environ.update(SECOND_LOOK_HOME=str(home), DJANGO_SETTINGS_MODULE="critique_app.settings", LOG_LEVEL="ERROR")
    try:
        subprocess.run([sys.executable, "manage.py", "setup_database", "-v0"], check=True)
        import django

        django.setup()
        _fill(rows)
        first, deep = _page_times(rows)
        sys.stdout.write(f"a page of 100 of {rows:,} responses: {first:.1f} ms at row 0, {deep:.1f} ms at the end\n")
    finally:
        remove_instance(home)


def _fill(rows: int) -> None:
    """Responses of one step, by SQL: only their number matters here."""
    from django.db import connections, transaction

    from annotations.verbs.rules import create_project

    project = create_project("bench", "Bench", by=None)
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:  # its parts refer to each other
        cursor.execute(
            "INSERT INTO annotations_problem (id, project_id, key, question, options, source_dataset, superskill,"
            " skill, licence, tags, extra, content_hash, position)"
            " SELECT gen_random_uuid(), %s, 'p', 'q', '[]', '', '', '', '', '{}', '{}', '', 1",
            [project.pk],
        )
        cursor.execute(
            "INSERT INTO annotations_response (id, project_id, problem_id, key, source_text, generator, checkpoint,"
            " sample, extra, content_hash, segmentation, step_count, position) SELECT gen_random_uuid(), p.project_id,"
            " p.id, 'r' || n, 'One.', '', '', 0, '{}', '', 1, 1, n"
            " FROM annotations_problem p, generate_series(1, %s) n",
            [rows],
        )
        cursor.execute(
            "INSERT INTO annotations_segmentation (response_id, number, rule, step_count)"
            " SELECT id, 1, '', 1 FROM annotations_response"
        )
        cursor.execute(
            'INSERT INTO annotations_step (response_id, segmentation, number, step_count, start, "end", length)'
            " SELECT id, 1, 1, 1, 0, 4, 4 FROM annotations_response"
        )
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ANALYZE annotations_response, annotations_segmentation, annotations_step")


def _page_times(rows: int) -> tuple[float, float]:
    from statistics import median

    from django.contrib.auth import get_user_model
    from django.test import Client

    from annotations.models import Response
    from annotations.verbs import tokens

    person = get_user_model().objects.create_superuser("bench")
    _, secret = tokens.create_token(person, ["read"])
    client = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {secret}"})
    last = Response.objects.get(position=rows - 200)
    found = []
    for query in ({}, {"after": f"{last.position}~{last.pk}"}):
        times = []
        for _ in range(20):
            started = time.perf_counter()
            answer = client.get("/api/v1/projects/bench/responses/", query)
            times.append((time.perf_counter() - started) * 1000)
            assert len(answer.json()["results"]) == 100
        found.append(median(times))
    return found[0], found[1]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        sys.stdout.write(json.dumps(measure(Path(sys.argv[2]))) + "\n")
    elif sys.argv[1:2] == ["--pages"]:
        pages(int(sys.argv[2]))
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
