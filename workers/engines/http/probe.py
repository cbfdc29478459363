"""What a far end can do, found out by asking it, not by believing its name or its status codes.

`transformers serve` answers 200 to a request with `response_format` and ignores it; some servers know `max_tokens`,
some only `max_completion_tokens`; some answer with another model than the one asked for.
"""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from PIL import Image

from workers.engines.base import EngineError
from workers.engines.http.pictures import DataUrls
from workers.engines.http.server import Server

COMPLETIONS = "/chat/completions"
MOST_LOGPROBS = (20, 5)  # tokens listed with their probabilities: what vendors give, then what the strictest gives
VERSION_MARKS = ("-", "@", ":")
SEA = [{"role": "user", "content": "Write one line about the sea."}]


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """`model` is what the server calls the model that answered; `logprobs` how many tokens it lists, 0 for none."""

    model: str
    tokens_field: str
    holds_schema: bool
    logprobs: int
    sees_images: bool


async def probe(server: Server, model: str, *, pictures: DataUrls | None) -> Abilities:
    """Four short requests or so. Raises EngineError for a model that is not there, or cannot see though it should."""
    await _expect_listed(server, model)
    tokens_field, answered = await _tokens_field(server, model)
    expect_model(server.name, model, answered)
    asked = {"model": model, "messages": SEA, tokens_field: 64, "temperature": 0.0}
    if pictures is not None:
        await _expect_eyes(server, {**asked, tokens_field: 1}, pictures)
    return Abilities(
        model=answered,
        tokens_field=tokens_field,
        holds_schema=await _holds_schema(server, asked),
        logprobs=await _logprobs(server, {**asked, tokens_field: 1}),
        sees_images=pictures is not None,
    )


def expect_model(name: str, asked: str, answered: str) -> None:
    """A server may name the version of what was asked for ("m-2026-05-01", "m@main" for "m"), but no other model."""
    if not answered.startswith(asked) or answered[len(asked) :][:1] not in ("", *VERSION_MARKS):
        raise EngineError(
            f"{name}: expected an answer by the model {asked}, found one by {answered or 'a model without a name'}; "
            "give the endpoint the model's name as its server has it"
        )


def response_format(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "reply", "strict": True, "schema": schema}}


def content_of(name: str, answer: dict[str, Any]) -> dict[str, Any]:
    """The first choice with its message. Raises EngineError for an answer of another shape."""
    try:
        choice = answer["choices"][0]
        if isinstance(choice["message"].get("content"), str | None):
            return dict(choice)
    except (KeyError, IndexError, TypeError, AttributeError):
        pass
    raise EngineError(f"{name}: expected a chat completion with a choice and a message, found {str(answer)[:200]}")


async def _expect_listed(server: Server, model: str) -> None:
    """Where the server lists its models, the one asked for is among them; not every server has a list."""
    answer = await server.look("/models")
    listed = answer.get("data") if answer else None
    if not isinstance(listed, list) or not listed:
        return
    names = [str(one.get("id", "")) for one in listed if isinstance(one, dict)]
    aliases = [str(name) for one in listed if isinstance(one, dict) for name in one.get("aliases") or []]
    if model not in names + aliases:
        raise EngineError(
            f"{server.name}: expected the model {model} among those that it serves, found {', '.join(names[:10])}"
        )


async def _tokens_field(server: Server, model: str) -> tuple[str, str]:
    """What the server calls the limit of tokens, and the model that answered."""
    asked = {"model": model, "messages": SEA}
    try:
        answer = await server.post(COMPLETIONS, {**asked, "max_tokens": 1})
    except EngineError as refused:
        if "max_completion_tokens" not in str(refused):
            raise
        answer = await server.post(COMPLETIONS, {**asked, "max_completion_tokens": 1})
        content_of(server.name, answer)
        return "max_completion_tokens", str(answer.get("model") or "")
    content_of(server.name, answer)
    return "max_tokens", str(answer.get("model") or "")


async def _holds_schema(server: Server, asked: dict[str, Any]) -> bool:
    """The schema demands a word that the prompt does not tell: only who holds to the schema can say it."""
    word = secrets.token_hex(4)
    schema = {
        "type": "object",
        "properties": {"word": {"const": word}},
        "required": ["word"],
        "additionalProperties": False,
    }
    try:
        answer = await server.post(COMPLETIONS, {**asked, "response_format": response_format(schema)}, attempts=2)
        return bool(json.loads(content_of(server.name, answer)["message"]["content"] or "") == {"word": word})
    except (EngineError, ValueError):
        if server.breaker.is_open:
            raise
        return False


async def _logprobs(server: Server, asked: dict[str, Any]) -> int:
    for number in MOST_LOGPROBS:
        try:
            answer = await server.post(COMPLETIONS, {**asked, "logprobs": True, "top_logprobs": number}, attempts=2)
        except EngineError:
            if server.breaker.is_open:
                raise
            continue
        if top := first_logprobs(answer):
            return min(number, len(top))
        return 0
    return 0


def first_logprobs(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The likeliest first tokens, {"token", "logprob"} each; empty where the server gives none."""
    try:
        top = answer["choices"][0]["logprobs"]["content"][0]["top_logprobs"]
    except (KeyError, IndexError, TypeError):
        return []
    if not isinstance(top, list):
        return []
    return [
        one
        for one in top
        if isinstance(one, dict) and isinstance(one.get("token"), str) and isinstance(one.get("logprob"), int | float)
    ]


async def _expect_eyes(server: Server, asked: dict[str, Any], pictures: DataUrls) -> None:
    dot = BytesIO()
    Image.new("RGB", (64, 64), "red").save(dot, "PNG")
    shown = [
        {"type": "text", "text": "What colour is it?"},
        {"type": "image_url", "image_url": {"url": pictures.of(dot.getvalue())}},
    ]
    try:
        await server.post(COMPLETIONS, {**asked, "messages": [{"role": "user", "content": shown}]}, attempts=2)
    except EngineError as refused:
        raise EngineError(
            f"{server.name}: expected a model that sees, found one that refuses a picture ({refused}); "
            "switch “sees images” off for this endpoint, or take another model"
        ) from refused
