"""What a critic method is: an async function from a chain and an engine to a critique in the people's own schema.

A method's file declares `METHOD = Method(...)`. It knows no tensors, no batches and no database, and never the
reference answer. What it wants to know beyond the chain it declares as `Want`s, which the caller loads.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Generic, Literal, Protocol, TypeVar, get_args

from annotations.core.schema import Critique, Evidence
from workers.engines.base import Engine, EngineDescription, Picture
from workers.prompts import Prompt, prompt

SignalSource = Literal["verbal", "sampling", "logits", "layers"]
Need = Literal["image", "logits", "layers", "samples"]
Made = TypeVar("Made")
T = TypeVar("T")


class Want(Generic[T]):
    """Something of type T that a method wants to know beyond the chain: a frozen dataclass of `critics/wants.py`."""


class Once(Protocol):
    """What `make` gives, made once per problem, `kind` and `recipe` and kept by the caller; JSON values only.

    The recipe tells apart what was made differently: another prompt, another number. Where `make` raises, nothing is
    kept.
    """

    async def __call__(self, kind: str, recipe: str, make: Callable[[], Awaitable[Made]]) -> Made: ...


async def each_time(kind: str, recipe: str, make: Callable[[], Awaitable[Made]]) -> Made:
    """The `Once` of a caller who keeps nothing."""
    return await make()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """What a critic is shown of a response. Steps are their own source texts; they are numbered from 1.

    `image_lines` has the text of each image for an engine that does not see: the caller reads it by OCR and caches it.
    `image_descriptions` are the people's own, shown only where `described` puts them in the images' place.
    `error_types` are the codes of the project's taxonomy; with none, findings carry no type.
    `remarks` stand at the end of each prompt that judges steps: what another method around this one has to say.
    `prompts` are the project's own versions, by name; the files stand for the rest.
    """

    question: str
    steps: tuple[str, ...]
    answer: str | None = None
    options: tuple[str, ...] = ()
    images: tuple[bytes, ...] = ()
    image_lines: tuple[tuple[str, ...], ...] = ()
    image_descriptions: tuple[str, ...] = ()
    described: bool = False
    error_types: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    context: Mapping[Want[Any], Any] = field(default_factory=dict)
    once: Once = each_time

    def prompt(self, name: str) -> Prompt:
        return self.prompts.get(name) or prompt(name)

    def known(self, want: Want[T]) -> T:
        """What the caller loaded for this want. Raises LookupError where it loaded nothing."""
        if want not in self.context:
            raise LookupError(f"expected the caller to have loaded {want}, found {list(self.context)}")
        loaded: T = self.context[want]
        return loaded

    @property
    def asked(self) -> str:
        """The question with its options."""
        return self.question + "".join(
            f"\n({chr(ord('A') + place)}) {option}" for place, option in enumerate(self.options)
        )

    def numbered(self, upto: int | None = None) -> str:
        """The steps, each with its number, up to and with `upto`."""
        return "\n".join(f"{number}. {text}" for number, text in enumerate(self.steps[:upto], 1))

    @property
    def given_answer(self) -> str:
        return "(none given)" if self.answer is None else self.answer

    @property
    def remarked(self) -> str:
        return "".join(f"\n\n{remark}" for remark in self.remarks)


class CritiqueFunction(Protocol):
    async def __call__(self, chain: Chain, engine: Engine, settings: Any, *, seed: int = 0) -> Critique: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """A method as its file declares it. Where it works on another's critiques, see `wrapping.py`.

    signal_source: None for a method that passes on the signal of the one it wraps. prompts: the files that it asks
    with. expected_calls: for a chain of so many steps, at the most, so that a run shows its cost before it starts.
    wants: what it wants to know beyond the chain.
    """

    name: str
    title: str
    help: str
    signal_source: SignalSource | None
    needs: frozenset[Need] = frozenset()
    prompts: tuple[str, ...] = ()
    settings: type
    expected_calls: Callable[[int, Any], int]
    wants: Callable[[Any], tuple[Want[Any], ...]] = lambda settings: ()
    critique: CritiqueFunction

    def __post_init__(self) -> None:
        if self.signal_source is not None and self.signal_source not in get_args(SignalSource):
            raise ValueError(
                f"{self.name}: expected a signal source of {', '.join(get_args(SignalSource))}, "
                f"found {self.signal_source!r}"
            )


def check_ranges(settings: Any) -> None:
    """Raises ValueError for a field outside of the `range` in its metadata (least, most), or of its `choices`."""
    for one in fields(settings):
        limits, choices, value = one.metadata.get("range"), one.metadata.get("choices"), getattr(settings, one.name)
        if limits and not limits[0] <= value <= limits[1]:
            raise ValueError(f"{one.name}: expected {limits[0]} to {limits[1]}, found {value}")
        if choices and value not in choices:
            raise ValueError(f"{one.name}: expected one of {', '.join(choices)}, found {value!r}")


def recipe(*parts: object) -> str:
    """A short name of how something is made, for `Once`: the same for the same parts."""
    return hashlib.sha256("/".join(map(str, parts)).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Sight:
    """What a model gets to see of a chain's images: parts of a message, and the evidence that was made for it."""

    parts: tuple[str | Picture, ...]
    evidence: tuple[Evidence, ...] = ()


def sight(chain: Chain, engine: EngineDescription) -> Sight:
    """The pictures for a model that sees; their text for one that does not; a word about their absence otherwise."""
    if not chain.images:
        return Sight(("(No image is shown.)",))
    if chain.described:
        texts = [f"Description of {_which(chain, n)}: {text}" for n, text in enumerate(chain.image_descriptions, 1)]
        return Sight(("\n".join(texts),))
    if engine.sees_images:
        return Sight(tuple(map(Picture, chain.images)))
    if len(chain.image_lines) != len(chain.images):
        raise ValueError(
            f"expected the text of {len(chain.images)} images for a model that does not see, "
            f"found that of {len(chain.image_lines)}: read them by OCR first"
        )
    texts, evidence = [], []
    for number, lines in enumerate(chain.image_lines, 1):
        texts.append(f"Text in {_which(chain, number)}: {' | '.join(lines) if lines else '(none)'}")
        evidence.append(Evidence(kind="ocr", content={"image": number, "lines": list(lines)}))
    return Sight(("\n".join(texts),), tuple(evidence))


def _which(chain: Chain, number: int) -> str:
    return "the image" if len(chain.images) == 1 else f"image {number}"


def derived_seed(seed: int, *parts: object) -> int:
    """A seed of 32 bits for one of several requests, so that no two draw alike and a repetition draws the same."""
    digest = hashlib.sha256("/".join(map(str, (seed, *parts))).encode()).digest()
    return int.from_bytes(digest[:4], "big")


class Unparsed(Exception):
    """A reply from which nothing can be read, where a method cannot go on without."""
