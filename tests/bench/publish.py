"""How fast a version is published, and whether memory stays flat: `python -m tests.bench.publish [--sizes 1000 10000]`.

On an instance of its own: chains of twelve steps, without images, each with a critic's critique of them and a
reference (a finding with three explanations on every third step). Each publication is a process of its own, as
`manage.py publish` runs it; peak memory is what the system counted for it. Beside it stands PostgreSQL's bare
`COPY … TO` of the same rows out of the same tables, in the same run: `ratio` is its seconds over the publication's.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.cluster import make_test_instance, remove_instance

ROOT = Path(__file__).resolve().parents[2]
STEPS = 12


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 10_000], help="Responses.")
    sizes = parser.parse_args().sizes
    home = make_test_instance()
    os.environ["SECOND_LOOK_HOME"] = str(home)
    os.environ["LOG_LEVEL"] = "ERROR"
    try:
        run("setup_database", "--verbosity", "0")
        for size in sizes:
            project = f"of-{size}"
            file = home / f"{size}.jsonl"
            with file.open("w") as out:
                out.writelines(json.dumps(line) + "\n" for line in records(size))
            came = run("import_data", project, str(file), "--format", "native", "--create")
            say(f"{size:>7} responses in: {came.seconds:6.1f} s, {came.cpu_seconds:6.1f} s of processor time")
            for format in ("native", "visco", "prm", "human_against_critic"):
                rows, bare = copied_out(project)
                went = run("publish", project, "--dataset", f"{project}-{format.replace('_', '-')}", "--format", format)
                within = float(re.findall(r"([\d.]+) s", went.told)[-1])
                say(
                    f"{size:>7} as {format:<20}: {within:6.1f} s, {size / within:5.0f} responses/s, "
                    f"{rows / within:7.0f} table rows/s, process {went.cpu_seconds:5.1f} s of processor time, "
                    f"peak {went.peak:4.0f} MiB; bare COPY TO {bare:5.2f} s, ratio {bare / within:.3f}"
                )
    finally:
        remove_instance(home)


@dataclass(frozen=True)
class Ran:
    """`cpu_seconds` tell on a busy machine what `seconds` cannot; `peak` is resident memory in MiB."""

    seconds: float
    cpu_seconds: float
    peak: float
    told: str


def run(*command: str) -> Ran:
    """A management command in a process of its own. Raises CalledProcessError."""
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return Ran(time.monotonic() - begun, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, told)


_RESPONSES = "response_id IN (SELECT id FROM annotations_response WHERE project_id = %(project)s)"
_CRITIQUES = "critique_id IN (SELECT id FROM annotations_critique WHERE project_id = %(project)s)"
TABLES = {
    **dict.fromkeys(("problem", "response", "critique"), "project_id = %(project)s"),
    **dict.fromkeys(("segmentation", "step", "reference"), _RESPONSES),
    **dict.fromkeys(("judgment", "finding", "explanation"), _CRITIQUES),
}


def copied_out(slug: str) -> tuple[int, float]:
    """Rows of the project's tables, and the seconds that a bare COPY of them into nowhere takes."""
    command = [sys.executable, "manage.py", "database_url"]
    url = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    rows, begun = 0, time.monotonic()
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        (project,) = cursor.execute("SELECT id FROM annotations_project WHERE slug = %s", [slug]).fetchone() or (None,)
        begun = time.monotonic()
        for table, where in TABLES.items():
            chosen = where.replace("%(project)s", f"'{project}'")
            with cursor.copy(f"COPY (SELECT * FROM annotations_{table} WHERE {chosen}) TO STDOUT") as copy:
                rows += sum(bytes(block).count(b"\n") for block in copy)
    return rows, time.monotonic() - begun


def records(count: int) -> Iterator[dict[str, object]]:
    for number in range(count):
        steps = [
            f"Step {step} of chain {number} reads a value of {step * number % 97} off the chart."
            for step in range(STEPS)
        ]
        text = "\n".join(steps)
        edges = [sum(len(step) + 1 for step in steps[:index]) for index in range(STEPS)]
        yield {
            "key": f"p{number}",
            "question": f"By how much did sales grow in case {number}?",
            "reference_answer": "31.9 %",
            "responses": [
                {
                    "key": f"r{number}",
                    "source_text": text,
                    "steps": [{"start": at, "end": at + len(step)} for at, step in zip(edges, steps, strict=True)],
                    "segmentation": "lines",
                    "answer": "40.4 %",
                    "critiques": [critique(number, "person"), critique(number, "critic")],
                }
            ],
        }


def critique(number: int, kind: str) -> dict[str, object]:
    alternatives = 3 if kind == "person" else 1
    said = f"It reads {number % 7}, which the chart does not show, says the {kind}."
    finding = {"explanations": [said] * alternatives}
    return {
        "key": f"{kind}{number}",
        "author": {"kind": kind, "name": f"the {kind}"},
        "stage": "imported" if kind == "person" else "model",
        "reference": "gold" if kind == "person" else None,
        "answer": {"verdict": "incorrect", "state": "judged"},
        "judgments": [
            {"step": step} | ({"verdict": "correct"} if step % 3 else {"verdict": "incorrect", "findings": [finding]})
            for step in range(1, STEPS + 1)
        ],
    }


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
