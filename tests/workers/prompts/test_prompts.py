"""Prompts are files: every one parses, its version is its content, and values are put in once."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import workers.prompts
from workers.engines.base import Message, Picture
from workers.prompts import parse_prompt, prompt

FILES = sorted(Path(workers.prompts.__path__[0]).glob("*.txt"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_prompt_file_parses_and_is_versioned_by_its_content(file: Path) -> None:
    assert prompt(file.stem).hash == hashlib.sha256(file.read_bytes()).hexdigest()


def test_values_and_pictures_stand_where_the_file_names_them() -> None:
    asked = parse_prompt("a", b"== system ==\nJudge.\n== user ==\n$image\nQuestion: $question\n")
    picture = Picture(b"png")
    assert asked.messages(image=(picture, "a caption"), question="Costs $image 5?") == [
        Message("system", ("Judge.",)),
        Message("user", (picture, "a caption", "\nQuestion: ", "Costs $image 5?")),
    ]


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="question"):
        parse_prompt("a", b"== user ==\n$question").messages()


@pytest.mark.parametrize("content", [b"", b"Judge.", b"Judge.\n== user ==\nNow."])
def test_a_file_without_turns_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match="prompt a: expected a line"):
        parse_prompt("a", content)
