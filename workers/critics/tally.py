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
        self.calls = self.tokens_in = self.tokens_out = 0
        self.seconds = 0.0

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        self.calls += 1
        reply = await self.engine.generate(
            messages, schema=schema, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        )
        self.tokens_in += reply.tokens_in
        self.tokens_out += reply.tokens_out
        self.seconds += reply.seconds
        return reply

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        self.calls += 1
        began = time.monotonic()
        probabilities = await self.engine.choose(messages, options)
        self.seconds += time.monotonic() - began
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
            "device": self.description.device,
            "dtype": self.description.dtype,
        }
