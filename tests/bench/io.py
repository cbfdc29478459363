"""How fast and how flat imports are: `python -m tests.bench.io [RESPONSES …]` on a fresh database of its own.

For each size a native file of text-only problems with one response of 12 steps each, first without critiques, then
with one reference critique each, is imported by the verb that page, API and shell share; each import runs in a process
of its own, so that its peak memory is its own. Printed: responses/s, rows/s, peak resident memory.
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
                sys.stdout.write(
                    f"{size:>7,} responses {'with a critique' if critiques else 'alone':<16}"
                    f"{size / found['seconds']:>8,.0f} responses/s {rows / found['seconds']:>9,.0f} rows/s "
                    f"({size / found['own']:>7,.0f} responses per second of its own processor time) "
                    f"peak {found['peak_mb']:.0f} MB ({path.stat().st_size / 1024**2:.1f} MB file)\n"
                )
                sys.stdout.flush()
    finally:
        remove_instance(home)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--measure"]:
        sys.stdout.write(json.dumps(measure(Path(sys.argv[2]))) + "\n")
    else:
        main(tuple(map(int, sys.argv[1:])) or SIZES)
