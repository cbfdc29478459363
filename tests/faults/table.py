"""The table of faults × brokers: critiques lost and doubled, seconds until the next critique. Runs all of them.

    python -m tests.faults.table

Each fault's test, with real processes, over the embedded broker, Redis and RabbitMQ (those that are there).
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

BROKERS = ("embedded", "redis", "rabbitmq")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "table.jsonl"
        lines.touch()
        command = [sys.executable, "-m", "pytest", "tests/faults", "--all-brokers", "-q", *sys.argv[1:]]
        ended = subprocess.run(command, env=os.environ | {"FAULT_TABLE": str(lines)}, check=False)
        rows = [json.loads(line) for line in lines.read_text().splitlines()]
    sys.stdout.write("\n" + table(rows) + "\n")
    sys.exit(ended.returncode)


def table(rows: list[dict[str, object]]) -> str:
    """Markdown: a line a fault, for each broker `lost / doubled, seconds`."""
    found = {(row["fault"], row["broker"]): row for row in rows}
    lines = ["| fault | " + " | ".join(BROKERS) + " |", "|---|" + "---|" * len(BROKERS)]
    for fault in dict.fromkeys(row["fault"] for row in rows):
        cells = [_cell(found.get((fault, broker))) for broker in BROKERS]
        lines.append(f"| {fault} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _cell(row: dict[str, object] | None) -> str:
    if row is None:
        return "not run"
    seconds = row["seconds"]
    took = f"{seconds:.1f} s" if isinstance(seconds, float) else "–"
    return f"{row['lost']} lost, {row['doubled']} doubled, {took}"


if __name__ == "__main__":
    main()
