"""What an engine is: it runs a model, and it knows no critique. A method asks these questions of it, nothing else:

`generate` for a turn, `sample` for several of one prompt, `choose` for probabilities over given answers, and `layers`
for the same as each layer of the model reads them. What an engine can do stands in its description.

An engine's file declares `ENGINE = EngineKind(...)`; `open_engine` finds it. Engines batch many concurrent callers by
themselves: call them from as many coroutines as there are critiques.
"""

from __future__ import annotations

import asyncio
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self

from workers.registry import named

Role = Literal["system", "user", "assistant"]
FinishReason = Literal["stop", "length"]


@dataclass(frozen=True, slots=True)
class Picture:
    """An image of a message: the bytes of a file in any format that Pillow reads."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation: texts and pictures in the order in which the model is to read them."""

    role: Role
    parts: tuple[str | Picture, ...]


def system(*parts: str | Picture) -> Message:
    return Message("system", parts)


def user(*parts: str | Picture) -> Message:
    return Message("user", parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Generation:
    """What came back. `parsed` is the JSON value where a schema was given and the text fits it, else None.

    `tokens_in` counts the prompt as the model read it; `seconds` is from the request to its end, waiting included, and
    `engine_seconds` this request's share of the model's time (each pass divided among its rows), 0 where unknown.
    `peak_bytes` is the most memory that the engine held until then, 0 where unknown. `calls` is above 1 where the
    engine had to ask again, for a reply that fits the schema; tokens count all of them.
    """

    text: str
    parsed: Any | None = None
    tokens_in: int
    tokens_out: int
    seconds: float
    finish_reason: FinishReason
    engine_seconds: float = 0.0
    peak_bytes: int = 0
    calls: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDescription:
    """Which model answers, exactly, and what it can do. `weights` is a sha256 of its files, or empty if unknown.

    `gives_logits`: `choose` works. `gives_layers`: `layers` works. `holds_schema`: a whole reply always fits its
    schema; without it the reply was asked for in words, checked, asked for once more, and may still not fit.
    """

    engine: str
    model: str
    weights: str = ""
    device: str = ""
    dtype: str = ""
    sees_images: bool = False
    gives_logits: bool = False
    gives_layers: bool = False
    holds_schema: bool = True


class EngineError(RuntimeError):
    """A request that this engine cannot serve, or could not: the message says which and what to do."""


class EngineUnavailable(EngineError):
    """The far end cannot be used for now (down, overloaded, refusing the key): nothing is wrong with the request.

    The message is the reason, for whoever reads why a run has paused. `retry_after_seconds` where the far end named it.
    """

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class Engine(ABC):
    """What a critic method may ask, with many callers at a time; close it, or use `async with`."""

    description: EngineDescription

    @abstractmethod
    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        """The model's next turn. With a JSON schema it fits the schema, unless `max_new_tokens` cut it ("length").

        At temperature 0 the likeliest token is taken; above it, one is drawn by a generator of this request's own,
        seeded by `seed`. Raises EngineError.
        """

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
        """`n` independent turns after one prompt, asked for together: whatever can read the prompt once does so.

        The first of them are the same whatever `n` is, at the same seed. Raises as `generate`.
        """
        asked = (
            self.generate(
                messages,
                schema=schema,
                max_new_tokens=max_new_tokens,
                temperature=temperature,
                seed=seed_of_sample(seed, number),
            )
            for number in range(n)
        )
        return tuple(await asyncio.gather(*asked))

    @abstractmethod
    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        """Probability of each option as the model's next turn, among these options alone: they sum to 1.

        Raises EngineError, and ValueError for fewer than two options, an empty one, or the same one twice.
        """

    async def layers(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        """As `choose`, read off after each layer through the model's final norm and head ("logit lens").

        One row a layer, first to last; the last row is what `choose` gives. Raises as `choose`, and EngineError where
        the description does not say `gives_layers`.
        """
        raise EngineError(
            f"layers: expected an engine that reads a model's layers, found {self.description.engine}; "
            "run the model by torch_local"
        )

    @abstractmethod
    async def aclose(self) -> None:
        """Free what the engine holds; requests still waiting end with EngineError."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


def seed_of_sample(seed: int, number: int) -> int:
    """A seed (63 bits) of its own for each sample, so that neighbouring seeds share no samples."""
    return int.from_bytes(hashlib.sha256(f"{seed}/{number}".encode()).digest()[:8]) >> 1


def check_options(options: Sequence[str]) -> None:
    if len(options) < 2 or not all(options) or len(set(options)) < len(options):
        raise ValueError(f"choose: expected at least two different, non-empty options, found {list(options)!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineKind:
    """An engine as its file declares it. `open(model, models_folder, options)` loads the model."""

    name: str
    title: str
    help: str
    options: type
    open: Callable[[str, Path, Any], Awaitable[Engine]] = field(repr=False)


async def open_engine(name: str, model: str, *, models_folder: Path, options: dict[str, Any] | None = None) -> Engine:
    """The engine `name` with `model` loaded: a folder or file, or "default" for the one that comes with the app.

    `models_folder` is where the engine may keep prepared models. Raises KeyError for an unknown engine, TypeError for
    an unknown option, EngineError where the model cannot be run.
    """
    kind: EngineKind = named("workers.engines", "ENGINE", name)
    return await kind.open(model, models_folder, kind.options(**(options or {})))
