"""Prompts: one text file each, its version the sha256 of its bytes. Lines `== system ==`, `== user ==` begin its turns."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

_TURN = re.compile(r"^== (system|user) ==\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class PromptText:
    """A prompt's turns as templates with `$name` where a value goes, and the hash of the file they came from."""

    name: str
    system: Template
    user: Template
    hash: str


def prompt_text(name: str) -> PromptText:
    """The prompt of that name. Raises FileNotFoundError; ValueError for a file without a system and a user turn."""
    return parsed(name, (Path(__file__).parent / f"{name}.txt").read_bytes())


def parsed(name: str, content: bytes) -> PromptText:
    """A prompt from a file's bytes, as `prompt_text` reads it."""
    pieces = _TURN.split(content.decode("utf-8"))
    turns = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if set(turns) != {"system", "user"}:
        raise ValueError(f"prompt {name}: expected the turns system and user, found {sorted(turns) or 'none'}")
    return PromptText(
        name,
        Template(turns["system"].strip()),
        Template(turns["user"].strip()),
        hashlib.sha256(content).hexdigest(),
    )
