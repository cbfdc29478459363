"""Prompts: one text file each, versioned by the sha256 of its bytes. Lines like `== user ==` begin its turns."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from workers.engines.base import Message, Picture, Role

_TURN = re.compile(r"^== (system|user|assistant) ==\n", re.MULTILINE)
_VALUE = re.compile(r"\$([a-z_]+)")

Part = str | Picture


@dataclass(frozen=True, slots=True)
class Prompt:
    """The turns of a prompt, with `$name` where a value goes, and the hash of the file they came from."""

    name: str
    turns: tuple[tuple[Role, str], ...]
    hash: str

    def messages(self, **values: str | tuple[Part, ...]) -> list[Message]:
        """The turns with the values in their places. Raises KeyError where one is missing."""
        return [Message(role, tuple(_filled(text, values))) for role, text in self.turns]

    def text(self, **values: str) -> str:
        """The same as one text, for what becomes part of another prompt."""
        return "\n\n".join("".join(map(str, message.parts)) for message in self.messages(**values))


def prompt(name: str) -> Prompt:
    """The prompt in the file of that name. Raises FileNotFoundError, ValueError."""
    return parse_prompt(name, shipped_text(name).encode())


def shipped_text(name: str) -> str:
    """The file of that name. Raises FileNotFoundError."""
    return (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")


def parse_prompt(name: str, content: bytes) -> Prompt:
    """A prompt from a file's bytes. Raises ValueError for one without turns, or with text before the first."""
    before, *pieces = _TURN.split(content.decode("utf-8"))
    if before.strip() or not pieces:
        raise ValueError(f"prompt {name}: expected a line `== system ==` or `== user ==` first, found {before[:40]!r}")
    roles: list[Role] = pieces[::2]  # type: ignore[assignment]
    texts = [text.strip() for text in pieces[1::2]]
    return Prompt(name, tuple(zip(roles, texts, strict=True)), hashlib.sha256(content).hexdigest())


def places(of: Prompt) -> set[str]:
    """The names of the values that it wants."""
    return {name for _, text in of.turns for name in _VALUE.findall(text)}


def _filled(text: str, values: dict[str, str | tuple[Part, ...]]) -> Iterator[Part]:
    """Text and values in turn; a value is never searched for further names."""
    for place, piece in enumerate(_VALUE.split(text)):
        value = values[piece] if place % 2 else piece
        yield from (part for part in ((value,) if isinstance(value, str) else value) if part)
