"""Models behind any OpenAI-compatible server (vLLM, SGLang, llama.cpp, a vendor): many requests in flight over HTTP.

What the server can do is asked of it when it is opened (http/probe.py). A server that does not hold to a JSON schema
gets it in words; its reply is checked, and asked for once more. The same seed gives the same answers only as far as the
server keeps to it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workers.engines.base import (
    Engine,
    EngineDescription,
    EngineError,
    EngineKind,
    EngineUnavailable,
    FinishReason,
    Generation,
    Message,
    check_options,
)
from workers.engines.http.pictures import DataUrls
from workers.engines.http.probe import (
    COMPLETIONS,
    Abilities,
    content_of,
    expect_model,
    first_logprobs,
    probe,
    response_format,
)
from workers.engines.http.server import Limits, Server, TooLargeForServer
from workers.engines.http.wire import as_json, asking_again, asking_for_json, parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """One endpoint. `base_url` ends before `/chat/completions`; `model` is the name that its server knows."""

    base_url: str
    model: str
    api_key: str = field(default="", repr=False)
    sees_images: bool = False
    longest_side: int = 2048  # pixels of a picture
    most_bytes: int = 4 << 20  # of a picture's file
    limits: Limits = field(default_factory=Limits)


class HttpEngine(Engine):
    """One server with one model; made by `open_http`, which asks what it can do."""

    def __init__(self, server: Server, options: HttpOptions, abilities: Abilities, pictures: DataUrls | None) -> None:
        self.server, self.options, self.abilities, self.pictures = server, options, abilities, pictures
        self.description = EngineDescription(
            engine="openai_http",
            model=abilities.model,
            device=server.name,
            sees_images=abilities.sees_images,
            gives_logits=abilities.logprobs > 0,
            holds_schema=abilities.holds_schema,
        )
        self._closed = False

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        began = time.monotonic()
        asked: dict[str, Any] = {
            self.abilities.tokens_field: max_new_tokens,
            "temperature": temperature,
            "seed": seed & 0x7FFFFFFF,  # servers read 32 bits
        }
        if schema is not None and self.abilities.holds_schema:
            asked["response_format"] = response_format(schema)
        turns = await self._turns(messages)
        if schema is not None and not self.abilities.holds_schema:
            turns = asking_for_json(turns, schema)
        answers = [await self._complete(turns, asked, messages)]
        text, reason = self._said(answers[-1])
        value = None
        if schema is not None and reason == "stop":
            value, wrong = parsed(text, schema)
            if wrong:
                answers.append(await self._complete(asking_again(turns, text, wrong), asked, messages))
                text, reason = self._said(answers[-1])
                value, _ = parsed(text, schema) if reason == "stop" else (None, "")
        return Generation(
            text=text,
            parsed=value,
            tokens_in=sum(_usage(answer, "prompt_tokens") for answer in answers),
            tokens_out=sum(_usage(answer, "completion_tokens") for answer in answers),
            seconds=time.monotonic() - began,
            finish_reason=reason,
            calls=len(answers),
        )

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        """From the likeliest first tokens; an option that is not among them counts 0, as less likely than all of them.

        Raises EngineError where none is among them, or where a token begins more than one option.
        """
        check_options(options)
        if not self.abilities.logprobs:
            raise EngineError(
                f"choose: {self.server.name} gives no probabilities of tokens; take another endpoint, or torch_local"
            )
        asked = {
            self.abilities.tokens_field: 1,
            "temperature": 0.0,
            "logprobs": True,
            "top_logprobs": self.abilities.logprobs,
        }
        answer = await self._complete(await self._turns(messages), asked, messages)
        return shares(options, first_logprobs(answer), self.server.name)

    async def aclose(self) -> None:
        self._closed = True
        await self.server.aclose()

    async def _turns(self, messages: Sequence[Message]) -> list[dict[str, Any]]:
        return await asyncio.to_thread(as_json, messages, self.pictures)

    async def _complete(
        self, turns: list[dict[str, Any]], asked: dict[str, Any], messages: Sequence[Message]
    ) -> dict[str, Any]:
        if self._closed:
            raise EngineError("this engine is closed: open another one")
        body = {"model": self.options.model, "messages": turns, **asked}
        try:
            answer = await self.server.post(COMPLETIONS, body)
        except TooLargeForServer:
            if self.pictures is None or not self.pictures.shrink():
                raise
            smaller = await self._turns(messages)
            turns = [{**turn, "content": _with_pictures_of(turn, other)} for turn, other in _pairs(turns, smaller)]
            return await self._complete(turns, asked, messages)
        try:
            expect_model(self.server.name, self.options.model, str(answer.get("model") or ""))
        except EngineError as other:
            raise EngineUnavailable(f"{other}. It answered by {self.abilities.model} before") from other
        return answer

    def _said(self, answer: dict[str, Any]) -> tuple[str, FinishReason]:
        choice = content_of(self.server.name, answer)
        reason = choice.get("finish_reason")
        if reason == "length":
            return choice["message"]["content"] or "", "length"
        if reason not in ("stop", None) or choice["message"]["content"] is None:
            raise EngineError(f"{self.server.name}: expected a reply to its end, found one that ended by {reason}")
        return choice["message"]["content"], "stop"


def shares(options: Sequence[str], top: Sequence[dict[str, Any]], name: str) -> tuple[float, ...]:
    """Each option's share of the probability of the tokens in `top` that begin it."""
    mass = [0.0] * len(options)
    for one in top:
        token = one["token"].strip()
        begun = [number for number, option in enumerate(options) if token and option.startswith(token)]
        if len(begun) > 1:
            both = ", ".join(options[number] for number in begun)
            raise EngineError(f"choose: expected options whose first tokens differ, found {both}, which begin alike")
        if begun:
            mass[begun[0]] += math.exp(one["logprob"])
    if not sum(mass):
        raise EngineError(
            f"choose: expected one of {', '.join(options)} among the {len(top)} likeliest tokens of {name}, found "
            f"{', '.join(repr(one['token']) for one in top[:5])}; say in the prompt which answers are allowed"
        )
    return tuple(part / sum(mass) for part in mass)


def _pairs(
    turns: list[dict[str, Any]], smaller: list[dict[str, Any]]
) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    """Turns that were added after the messages (a reply, a request to correct it) have no other."""
    return [(turn, smaller[number] if number < len(smaller) else None) for number, turn in enumerate(turns)]


def _with_pictures_of(turn: dict[str, Any], other: dict[str, Any] | None) -> Any:
    """The turn's texts, which may have grown, with the smaller pictures."""
    if other is None or isinstance(turn["content"], str):
        return turn["content"]
    pictures = iter(part for part in other["content"] if part["type"] == "image_url")
    return [next(pictures) if part["type"] == "image_url" else part for part in turn["content"]]


def _usage(answer: dict[str, Any], name: str) -> int:
    usage = answer.get("usage")
    count = usage.get(name) if isinstance(usage, dict) else None
    return count if isinstance(count, int) else 0


async def open_http(model: str, models_folder: Path, options: HttpOptions) -> HttpEngine:
    """The endpoint called `model`, asked what it can do. Raises EngineError, and EngineUnavailable where it is away."""
    server = Server(name=f"endpoint {model}", base_url=options.base_url, api_key=options.api_key, limits=options.limits)
    pictures = DataUrls(options.longest_side, options.most_bytes) if options.sees_images else None
    try:
        return HttpEngine(server, options, await probe(server, options.model, pictures=pictures), pictures)
    except BaseException:
        await server.aclose()
        raise


ENGINE = EngineKind(
    name="openai_http",
    title="A server with OpenAI's interface",
    help="vLLM, SGLang, llama.cpp or a vendor: name an endpoint, which an instance admin has made.",
    options=HttpOptions,
    open=open_http,
)
