"""An engine that counts what is asked of it: each method wraps its own in one, so that its costs are the calls made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from workers.engines.base import Engine, Generation, Message


class Tally(Engine):
    """Passes everything on to `engine`. Within one method's tally another's may count its own part."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.description = engine.description
        self.calls = self.tokens_in = self.tokens_out = self.peak_bytes = 0
        self.seconds = self.engine_seconds = 0.0

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        reply = await self.engine.generate(
            messages, schema=schema, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        )
        self._count(reply)
        return reply

    async def sample(
        self,
        messages: Sequence[Message],
        n: int,
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 1.0,
        seed: int = 0,
    ) -> tuple[Generation, ...]:
        replies = await self.engine.sample(
            messages, n, schema=schema, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        )
        for reply in replies:
            self._count(reply)
        return replies

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        began = time.monotonic()
        probabilities = await self.engine.choose(messages, options)
        self._count_reading(began)
        return probabilities

    async def layers(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        began = time.monotonic()
        probabilities = await self.engine.layers(messages, options)
        self._count_reading(began)
        return probabilities

    async def aclose(self) -> None:
        """Whoever opened the engine closes it."""

    def costs(self) -> dict[str, Any]:
        """Of a critique. Engines count no tokens of a choice, so neither does this."""
        return {
            "calls": self.calls,
            "tokens_in": self.tokens_in,
            "tokens_out": self.tokens_out,
            "seconds": round(self.seconds, 3),
            "engine_seconds": round(self.engine_seconds, 3),
            "peak_bytes": self.peak_bytes,
            "device": self.description.device,
            "dtype": self.description.dtype,
        }

    def _count(self, reply: Generation) -> None:
        self.calls += reply.calls
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out
        self.seconds += reply.seconds
        self.engine_seconds += reply.engine_seconds
        self.peak_bytes = max(self.peak_bytes, reply.peak_bytes)

    def _count_reading(self, began: float) -> None:
        self.calls += 1
        self.seconds += time.monotonic() - began
