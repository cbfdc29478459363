"""Write the demo project: `demo.jsonl`, one native record a line, and `images/` beside it.

Run as `python -m annotations.demo.build FOLDER [SEED]`. The seed moves only what no statement depends on, such as the
exact spots of the balls and the reader's pace; the same seed gives the same bytes.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from annotations.core import codec
from annotations.demo.problems import IN_ORDER


def build(folder: Path, seed: int = 7) -> Path:
    """Write records and images into `folder`, made if need be; returns the path of `demo.jsonl`."""
    lines = []
    for draw in IN_ORDER:
        made = draw(random.Random(f"{seed}:{draw.__module__}.{draw.__name__}"))
        for path, content in made.files.items():
            target = folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        lines.append(json.dumps(codec.dump(made.record), ensure_ascii=False) + "\n")
    records = folder / "demo.jsonl"
    records.write_text("".join(lines), encoding="utf-8", newline="\n")
    return records


def guideline() -> str:
    """The demo project's guideline, Markdown."""
    return Path(__file__).with_name("guideline.md").read_text(encoding="utf-8")


def main(arguments: list[str]) -> int:
    if not 1 <= len(arguments) <= 2 or not all(number.isdecimal() for number in arguments[1:]):
        sys.stderr.write("Expected: python -m annotations.demo.build FOLDER [SEED], the seed a whole number.\n")
        return 2
    seed = {"seed": int(arguments[1])} if len(arguments) == 2 else {}
    sys.stdout.write(f"Wrote {build(Path(arguments[0]), **seed)}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
