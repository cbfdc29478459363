"""How fast a version is published, and whether memory stays flat: `python -m tests.bench.publish [--sizes 1000 10000]`.

On an instance of its own: chains of twelve steps, without images, each with a critic's critique of them and a
reference (a finding with three explanations on every third step). Each publication is a process of its own, as
`manage.py publish` runs it; peak memory is what the system counted for it.
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
from pathlib import Path

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
            seconds, _, _ = run("import_data", project, str(file), "--format", "native", "--create")
            say(f"{size:>7} responses in: {seconds:6.1f} s")
            for format in ("native", "visco"):
                seconds, peak, told = run("publish", project, "--dataset", f"{project}-{format}", "--format", format)
                within = float(re.findall(r"([\d.]+) s", told)[-1])
                rate = f"{within:6.1f} s, {size / within:6.0f} responses/s"
                say(f"{size:>7} as {format:<6}: {rate}, peak {peak:4.0f} MiB (process {seconds:.1f} s)")
    finally:
        remove_instance(home)


def run(*command: str) -> tuple[float, float, str]:
    """Seconds, peak resident memory in MiB, and what it said. Raises CalledProcessError."""
    begun = time.monotonic()
    process = subprocess.Popen([sys.executable, "manage.py", *command], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise subprocess.CalledProcessError(os.waitstatus_to_exitcode(status), command)
    return time.monotonic() - begun, usage.ru_maxrss / 1024, told


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
    finding = {"explanations": [f"It reads {number % 7}, which the chart does not show."] * alternatives}
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
