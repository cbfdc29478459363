"""MATH-Vision questions with model chains, as native JSONL: an example of writing our format with nothing but Python.

Usage: python convert_math_vision.py FOLDER OUT.jsonl
FOLDER holds questions.jsonl (id, question, options, answer, image …), model_cots.jsonl (id, model, response,
model_answer, correct) and images/. Images go inside, so that OUT can be uploaded as it is.
"""

from __future__ import annotations

import base64
import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any


def convert(folder: Path, out: Path) -> int:
    """Writes one line a question; returns how many."""
    chains = defaultdict(list)
    for chain in _lines(folder / "model_cots.jsonl"):
        chains[chain["id"]].append(chain)
    questions = list(_lines(folder / "questions.jsonl"))
    with out.open("w", encoding="utf-8") as file:
        for question in questions:
            record = _problem(question, chains[question["id"]], folder)
            file.write(json.dumps(record, ensure_ascii=False) + "\n")
    return len(questions)


def _problem(question: dict[str, Any], chains: list[dict[str, Any]], folder: Path) -> dict[str, Any]:
    content = (folder / question["image"]).read_bytes()
    return {
        "key": f"math-vision/{question['id']}",
        "question": question["question"],
        "images": [{"path": question["image"], "base64": base64.b64encode(content).decode()}],
        "reference_answer": question["answer"],
        "options": question["options"],
        "source_dataset": "MATH-Vision",
        "superskill": "Reasoning",
        "skill": question["subject"],
        "licence": "MIT",
        "responses": [_response(chain) for chain in chains],
        "extra": {"level": question["level"], "solution": question["solution"]},
    }


def _response(chain: dict[str, Any]) -> dict[str, Any]:
    """Without `steps`: the text came in one piece, and the importer cuts it by its documented rule."""
    return {
        "key": f"math-vision/{chain['id']}/{chain['model']}",
        "source_text": chain["response"],
        "answer": chain["model_answer"],
        "generator": chain["model"],
        "extra": {"answer_matches": chain["correct"]},
    }


def _lines(path: Path) -> Any:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.stdout.write(f"Wrote {convert(Path(sys.argv[1]), Path(sys.argv[2]))} problems.\n")
