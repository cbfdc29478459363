"""What an engine is: it runs a model, and it knows no critique. A method asks `generate` and `choose`, nothing else.

An engine's file declares `ENGINE = EngineKind(...)`; `open_engine` finds it. Engines batch many concurrent callers by
themselves: call them from as many coroutines as there are critiques.
"""

from __future__ import annotations

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
    """What came back. `parsed` is the JSON value where a schema was given and the text is whole, else None.

    `seconds` is from the request to its end, waiting included; `tokens_in` counts the prompt as the model read it.
    """

    text: str
    parsed: Any | None = None
    tokens_in: int
    tokens_out: int
    seconds: float
    finish_reason: FinishReason


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineDescription:
    """Which model answers, exactly, and what it can do. `weights` is a sha256 of its files, or empty if unknown."""

    engine: str
    model: str
    weights: str = ""
    device: str = ""
    dtype: str = ""
    sees_images: bool = False
    gives_logits: bool = False


class EngineError(RuntimeError):
    """A request that this engine cannot serve, or could not: the message says which and what to do."""


class Engine(ABC):
    """The two questions a critic method may ask, with many callers at a time; close it, or use `async with`."""

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

    @abstractmethod
    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        """Probability of each option as the model's next turn, among these options alone: they sum to 1.

        Raises EngineError, and ValueError for fewer than two options, an empty one, or the same one twice.
        """

    @abstractmethod
    async def aclose(self) -> None:
        """Free what the engine holds; requests still waiting end with EngineError."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()


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
