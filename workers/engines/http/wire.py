"""Our messages and replies as OpenAI's chat completions have them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import jsonschema

from workers.engines.base import EngineError, Message, Picture
from workers.engines.http.pictures import DataUrls


def as_json(messages: Sequence[Message], pictures: DataUrls | None) -> list[dict[str, Any]]:
    """Raises EngineError for a picture where `pictures` is None."""
    return [{"role": message.role, "content": _content(message, pictures)} for message in messages]


def asking_for_json(turns: list[dict[str, Any]], schema: dict[str, Any]) -> list[dict[str, Any]]:
    """With the schema in words at the end of the last turn, for a server that does not hold to one by itself."""
    asked = (
        "\n\nReply with one JSON value that fits this JSON Schema, and with nothing around it:\n"
        f"{json.dumps(schema, ensure_ascii=False)}"
    )
    last = turns[-1]
    content = last["content"]
    longer = content + asked if isinstance(content, str) else [*content, {"type": "text", "text": asked}]
    return [*turns[:-1], {**last, "content": longer}]


def asking_again(turns: list[dict[str, Any]], reply: str, wrong: str) -> list[dict[str, Any]]:
    return [
        *turns,
        {"role": "assistant", "content": reply},
        {"role": "user", "content": f"That does not fit: {wrong}. Reply again, with the corrected JSON value alone."},
    ]


def parsed(text: str, schema: dict[str, Any]) -> tuple[Any, str]:
    """The value in `text` and "", or None and why it does not fit. A fence of Markdown around it is allowed."""
    try:
        value = json.loads(_unfenced(text), strict=False)
    except ValueError as error:
        return None, f"it is not JSON ({error})"
    wrong = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(value))
    if wrong is None:
        return value, ""
    return None, f"at {wrong.json_path}, {wrong.message[:300]}"


def _content(message: Message, pictures: DataUrls | None) -> str | list[dict[str, Any]]:
    if not any(isinstance(part, Picture) for part in message.parts):
        return "".join(map(str, message.parts))  # not every server takes a list of parts
    if pictures is None:
        raise EngineError(
            "expected text only, found a picture: this endpoint does not see; give it the picture's text by OCR"
        )
    return [
        {"type": "image_url", "image_url": {"url": pictures.of(part.content)}}
        if isinstance(part, Picture)
        else {"type": "text", "text": part}
        for part in message.parts
    ]


def _unfenced(text: str) -> str:
    text = text.strip()
    if text.startswith("```") and text.endswith("```") and "\n" in text:
        return text.split("\n", 1)[1].removesuffix("```")
    return text
