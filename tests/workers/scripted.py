"""An engine that says what a test wrote down, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from workers.engines.base import Engine, EngineDescription, FinishReason, Generation, Message, Picture


@dataclass(frozen=True)
class Asked:
    messages: tuple[Message, ...]
    schema: dict[str, Any] | None
    max_new_tokens: int
    temperature: float
    seed: int

    @property
    def text(self) -> str:
        return "\n".join("".join(p for p in message.parts if isinstance(p, str)) for message in self.messages)

    @property
    def pictures(self) -> list[Picture]:
        return [part for message in self.messages for part in message.parts if isinstance(part, Picture)]


class ScriptedEngine(Engine):
    """`say` is the reply (a JSON value, or a text as the model would write it), or a function from what was asked."""

    def __init__(
        self,
        say: Any | Callable[[Asked], Any] = "",
        *,
        probabilities: Sequence[float] = (),
        sees_images: bool = False,
        finish_reason: FinishReason = "stop",
    ) -> None:
        self.say, self.probabilities, self.finish_reason = say, tuple(probabilities), finish_reason
        self.asked: list[Asked] = []
        self.description = EngineDescription(
            engine="scripted",
            model="script",
            weights="f" * 64,
            device="cpu",
            dtype="float32",
            sees_images=sees_images,
            gives_logits=bool(probabilities),
        )

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        asked = Asked(tuple(messages), schema, max_new_tokens, temperature, seed)
        self.asked.append(asked)
        said = self.say(asked) if callable(self.say) else self.say
        text = said if isinstance(said, str) else json.dumps(said)
        return Generation(
            text=text,
            parsed=None if isinstance(said, str) else said,
            tokens_in=100,
            tokens_out=len(text),
            seconds=0.5,
            finish_reason=self.finish_reason,
        )

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        return self.probabilities[: len(options)]

    async def aclose(self) -> None:
        """There is nothing to free."""
