"""The recipe of a verifier: it learns what can be learnt, says so beside its baselines, and runs on published rows."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow
import pyarrow.parquet

from annotations.exporters.features import arrow_schema
from annotations.exporters.prm import columns

RECIPE = Path(__file__).resolve().parents[2] / "docs/examples/train_verifier.py"


def a_file(path: Path, first: int, count: int) -> Path:
    """Chains whose wrong steps are those with an arithmetic statement that does not hold."""
    rows = [
        {
            "prompt": f"Question: what is {n}?",
            "completions": [f"The bar shows {n}.", f"So {n} + 1 = {n + 1 + n % 2}.", "Thus it is so."],
            "labels": [True, n % 2 == 0, True],
            "problem": f"p{n}",
            "response": f"r{n}",
        }
        for n in range(first, first + count)
    ]
    schema = arrow_schema(columns({"unlabelled": "truncate"}))
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows, schema=schema), path)
    return path


def test_it_finds_held_out_steps_whose_sums_are_wrong_and_prints_its_baselines(tmp_path: Path) -> None:
    train, test = a_file(tmp_path / "train.parquet", 0, 40), a_file(tmp_path / "test.parquet", 100, 20)
    done = subprocess.run([sys.executable, RECIPE, train, test], capture_output=True, text=True, check=True)
    told = {line[:28].strip(): line[28:].split() for line in done.stdout.splitlines()[3:]}
    assert float(told["verifier"][0]) > 0.95 > float(told["flag every step"][0]) == 0.5
    assert float(told["verifier"][1]) > float(told["flag every step"][1])
    assert set(told) == {"verifier", "flag every step", "later steps are worse"}
