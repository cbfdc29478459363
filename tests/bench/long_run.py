"""The long run whole: a scripted person critiques many items while networks, tabs and servers fail.

    python -m tests.bench.long_run --items 200 --seed 4

It is tests/browser/test_long_run.py with other numbers; it prints edits acknowledged, lost and doubled.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--items", type=int, default=200)
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--seconds", type=int, default=3600, help="begin no further item after this long")
    given = parser.parse_args()
    environment = os.environ | {"LONG_RUN_ITEMS": str(given.items), "LONG_RUN_SEED": str(given.seed)}
    environment["LONG_RUN_SECONDS"] = str(given.seconds)
    test = "tests/browser/test_long_run.py::" + (
        "test_a_person_works_through_everything_that_goes_wrong_and_nothing_is_lost_or_doubled"
    )
    sys.exit(
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-s", test], env=environment, check=False).returncode
    )


if __name__ == "__main__":
    main()
