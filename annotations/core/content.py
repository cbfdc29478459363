"""What makes two records with one key the same record: a hash of their content, so that a file may come in twice.

Of a problem all but its responses, of a response all but its critiques. Images count by their bytes, wherever those
lay. How a response is cut into steps does not count: a project may cut it anew, and it is still the same response.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from annotations.core.codec import adapter
from annotations.core.schema import Critique, Problem, Response


def problem_hash(problem: Problem, image_hashes: Sequence[str]) -> str:
    """SHA-256, in hexadecimal. image_hashes: SHA-256 of each image's bytes, in order."""
    images = [
        [sha256, image.path, image.description] for sha256, image in zip(image_hashes, problem.images, strict=True)
    ]
    return _hash(
        problem.key, problem.question, images, problem.reference_answer, problem.options, problem.source_dataset,
        problem.superskill, problem.skill, problem.licence, problem.tags, problem.extra,
    )  # fmt: skip


def response_hash(response: Response, problem_key: str) -> str:
    return _hash(
        problem_key, response.key, response.source_text, response.answer, response.generator, response.checkpoint,
        response.sample, response.revises, response.guided_by, response.extra,
    )  # fmt: skip


def critique_key(critique: Critique, response_key: str) -> str:
    """Its own key; a critique that came without one is named by its content, so that it too comes in only once."""
    if critique.key:
        return critique.key
    said = adapter(Critique).dump_python(critique, mode="json", exclude_defaults=True)  # a field yet to come is silent
    return "content:" + _hash(response_key, said)[:32]


def _hash(*parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()).hexdigest()
