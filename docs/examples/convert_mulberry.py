"""Mulberry's chains of several models, as native JSONL with images beside it: a second example of writing our format.

Usage: python convert_mulberry.py FOLDER OUT.jsonl
FOLDER holds output_examples.jsonl (image, question, conversations, and one object a model) and images/. OUT names the
images by path, so it must lie in FOLDER, or beside a copy of images/; import it from the shell.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

NO_MODEL = ("image", "question", "prefix_prompt", "conversations")


def convert(folder: Path, out: Path) -> int:
    """Writes one line a question; returns how many."""
    with (folder / "output_examples.jsonl").open(encoding="utf-8") as file, out.open("w", encoding="utf-8") as written:
        records = [_problem(json.loads(line), folder) for line in file]
        written.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return len(records)


def _problem(record: dict[str, Any], folder: Path) -> dict[str, Any]:
    key = "mulberry/" + hashlib.sha256(f"{record['image']}\n{record['question']}".encode()).hexdigest()[:16]
    return {
        "key": key,
        "question": record["question"].removeprefix("Question: "),
        "images": [{"path": _image_path(record["image"], folder)}],
        "reference_answer": _answer(record["conversations"]),
        "source_dataset": record["image"].split("/", maxsplit=1)[0],
        "responses": [
            {
                "key": f"{key}/{model}",
                "source_text": chain["response"],
                "answer": _final_answer(chain["response"]),
                "generator": model,
                "extra": {name: value for name, value in chain.items() if name != "response"},
            }
            for model, chain in record.items()
            if model not in NO_MODEL and chain["response"].strip()
        ],
        "extra": {"prefix_prompt": record["prefix_prompt"]},
    }


def _image_path(name: str, folder: Path) -> str:
    """The sample has one folder: its names are the dataset's paths with "_" for "/", or their last part."""
    flat = f"images/{name.replace('/', '_')}"
    return flat if (folder / flat).exists() else f"images/{name.rsplit('/', maxsplit=1)[-1]}"


def _answer(conversations: list[dict[str, str]]) -> str | None:
    """The reference is what the last turn says after "Answer:"; null where it says none."""
    _, found, answer = conversations[-1]["value"].rpartition("Answer:")
    return answer.strip() if found else None


def _final_answer(response: str) -> str | None:
    _, found, answer = response.rpartition("The final answer is:")
    return answer.strip() if found else None


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.stdout.write(f"Wrote {convert(Path(sys.argv[1]), Path(sys.argv[2]))} problems.\n")
