"""Reading a model's JSON reply: what came whole is used, the rest is nobody's guess."""

from __future__ import annotations

import re
from json import JSONDecodeError, JSONDecoder
from typing import Any

from workers.engines.base import Generation

_DECODER = JSONDecoder(strict=False)  # a control character in a string is no reason to lose it
_SPACE = re.compile(r"\s*")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def members(reply: Generation) -> dict[str, Any]:
    """What a structured reply says: all of it, or what came whole before the cut; empty where nothing did."""
    return reply.parsed if isinstance(reply.parsed, dict) else whole_members(reply.text)


def text_of(said: Any) -> str:
    """A string without white space around it, as a database column holds it; empty for anything else."""
    return storable(said).strip() if isinstance(said, str) else ""


def texts_of(said: Any, most: int) -> list[str]:
    """The first `most` different, non-empty strings of a list; empty for anything else."""
    texts = (text_of(one) for one in said) if isinstance(said, list) else ()
    return list(dict.fromkeys(text for text in texts if text))[:most]


def storable(text: str) -> str:
    """The text with U+FFFD for what no database column holds: NUL and lone surrogates, which JSON can spell out."""
    return _UNSTORABLE.sub("\ufffd", text)


def whole_members(text: str) -> dict[str, Any]:
    """The members of the first JSON object in `text` that came whole, in order; text around it is passed over.

    A reply that was cut keeps what it had said before the cut; a member that is broken ends the reading.
    """
    members: dict[str, Any] = {}
    at = text.find("{")
    if at < 0:
        return members
    try:
        while True:
            key, at = _DECODER.raw_decode(text, _past(text, at + 1, ""))
            value, at = _DECODER.raw_decode(text, _past(text, at, ":"))
            at = _past(text, at, "")
            # A number at the very end may go on, and is not whole: "1" may have become "12".
            if not isinstance(key, str) or at == len(text):
                return members
            members[key] = value
            if text[at] != ",":
                return members
    except (JSONDecodeError, RecursionError):
        return members


def _past(text: str, at: int, sign: str) -> int:
    """The place after white space and `sign`. Raises JSONDecodeError where the sign is missing."""
    match = _SPACE.match(text, at)
    at = match.end() if match else at
    if not sign:
        return at
    if not text.startswith(sign, at):
        raise JSONDecodeError(f"expected {sign}", text, at)
    return _past(text, at + len(sign), "")
