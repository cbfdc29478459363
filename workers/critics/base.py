"""What a critic method is: an async function from a chain and an engine to a critique in the people's own schema.

A method's file declares `METHOD = Method(...)`. It knows no tensors, no batches and no database, and never the
reference answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, Protocol

from annotations.core.schema import Author, Critique, Evidence
from workers.engines.base import Engine, EngineDescription, Generation, Picture

SignalSource = Literal["verbal", "sampling", "logits", "layers"]
Need = Literal["image", "logits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a critic is shown of a response. Steps are their own source texts; they are numbered from 1.

    `image_lines` has the text of each image for an engine that does not see: the caller reads it by OCR and caches it.
    `error_types` are the codes of the project's taxonomy; with none, findings carry no type.
    """

    question: str
    steps: tuple[str, ...]
    answer: str | None = None
    options: tuple[str, ...] = ()
    images: tuple[bytes, ...] = ()
    image_lines: tuple[tuple[str, ...], ...] = ()
    error_types: tuple[str, ...] = ()


class CritiqueFunction(Protocol):
    async def __call__(self, chain: Chain, engine: Engine, settings: Any, *, seed: int = 0) -> Critique: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method as its file declares it. `expected_calls(steps)` lets a run show its cost before it starts."""

    name: str
    title: str
    help: str
    signal_source: SignalSource
    needs: frozenset[Need] = frozenset()
    settings: type
    expected_calls: Callable[[int], int]
    critique: CritiqueFunction


def refusal(method: Method, engine: EngineDescription) -> str:
    """Why this engine cannot serve this method, for the person who chose them; empty if it can."""
    if "image" in method.needs and not engine.sees_images:
        return f"{method.title} needs a model that sees images; {engine.model} reads text only: choose another model"
    if "logits" in method.needs and not engine.gives_logits:
        return f"{method.title} needs probabilities of tokens; {engine.engine} gives none: choose another engine"
    return ""


def check_ranges(settings: Any) -> None:
    """Raises ValueError for a field outside of the `range` in its metadata (least, most)."""
    for field in fields(settings):
        limits = field.metadata.get("range")
        value = getattr(settings, field.name)
        if limits and not limits[0] <= value <= limits[1]:
            raise ValueError(f"{field.name}: expected {limits[0]} to {limits[1]}, found {value}")


def author(method: str, engine: EngineDescription, prompt_hash: str, settings: Any) -> Author:
    """The critic with its whole provenance, the weights' hash among its settings."""
    return Author(
        kind="critic",
        name=method,
        method=method,
        engine=engine.engine,
        model=engine.model,
        prompt_hash=prompt_hash,
        settings={**asdict(settings), "weights": engine.weights},
    )


def costs(engine: EngineDescription, generations: list[Generation]) -> dict[str, Any]:
    return {
        "calls": len(generations),
        "tokens_in": sum(generation.tokens_in for generation in generations),
        "tokens_out": sum(generation.tokens_out for generation in generations),
        "seconds": round(sum(generation.seconds for generation in generations), 3),
        "device": engine.device,
        "dtype": engine.dtype,
    }


@dataclass(frozen=True, slots=True)
class Sight:
    """What a model gets to see of a chain's images: parts of a message, and the evidence that was made for it."""

    parts: tuple[str | Picture, ...]
    evidence: tuple[Evidence, ...] = ()


def sight(chain: Chain, engine: EngineDescription, *, with_image: bool) -> Sight:
    """The pictures for a model that sees; their text for one that does not; a word about their absence otherwise."""
    if not with_image or not chain.images:
        return Sight(("(No image is shown.)",))
    if engine.sees_images:
        return Sight(tuple(map(Picture, chain.images)))
    if len(chain.image_lines) != len(chain.images):
        raise ValueError(
            f"expected the text of {len(chain.images)} images for a model that does not see, "
            f"found that of {len(chain.image_lines)}: read them by OCR first"
        )
    texts, evidence = [], []
    for number, lines in enumerate(chain.image_lines, 1):
        which = "the image" if len(chain.images) == 1 else f"image {number}"
        texts.append(f"Text in {which}: {' | '.join(lines) if lines else '(none)'}")
        evidence.append(Evidence(kind="ocr", content={"image": number, "lines": list(lines)}))
    return Sight(("\n".join(texts),), tuple(evidence))
