"""Methods around methods: `of` names the one within, `of_settings` are its settings, and so on inwards.

A wrapping method changes the chain before the one within reads it, or the critique after it wrote it. What a method
needs, asks with, costs and wants to know is then its own and that of everything within: the functions here say it.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple

from annotations.core.schema import Author, Critique
from workers.critics.base import Chain, Method, Need, SignalSource, Want, check_ranges
from workers.engines.base import Engine, EngineDescription
from workers.registry import named

OUTERMOST = "ablation"  # what it changes must hold for everything within


class Configured(NamedTuple):
    """A method with its settings."""

    method: Method
    settings: Any

    async def critique(self, chain: Chain, engine: Engine, *, seed: int = 0) -> Critique:
        return await self.method.critique(chain, engine, self.settings, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrapping:
    """The settings that every wrapping method has; its own dataclass inherits them."""

    of: str = field(default="direct", metadata={"help": "The method within, whose critiques it works on."})
    of_settings: dict[str, Any] = field(
        default_factory=dict, metadata={"help": "Settings of the method within.", "settings_of": "of"}
    )

    def __post_init__(self) -> None:
        check_ranges(self)
        within(self)


def configured(name: str, settings: dict[str, Any]) -> Configured:
    """A method by name with these settings. Raises KeyError, TypeError or ValueError that say what is wrong."""
    method: Method = named("workers.critics", "METHOD", name)
    return Configured(method, method.settings(**settings))


def within(settings: Any) -> Configured | None:
    """What a wrapping method wraps; None for any other."""
    if not isinstance(settings, Wrapping):
        return None
    if settings.of == OUTERMOST:
        raise ValueError(f"of: expected {OUTERMOST} around every other method, found it within one; put it outside")
    try:
        return configured(settings.of, settings.of_settings)
    except KeyError as unknown:
        raise ValueError(f"of: {unknown.args[0]}") from unknown
    except (TypeError, ValueError) as wrong:
        raise ValueError(f"of_settings of {settings.of}: {wrong}") from wrong


def wrapped(settings: Wrapping) -> Configured:
    inner = within(settings)
    assert inner is not None
    return inner


def nested(method: Method, settings: Any) -> list[Configured]:
    """The method and everything within, outermost first."""
    layers = [Configured(method, settings)]
    while inner := within(layers[-1].settings):
        layers.append(inner)
    return layers


def calls_of(inner: Configured, steps: int) -> int:
    return inner.method.expected_calls(steps, inner.settings)


def needs_of(method: Method, settings: Any) -> frozenset[Need]:
    return frozenset().union(*(layer.method.needs for layer in nested(method, settings)))


def wants_of(method: Method, settings: Any) -> tuple[Want[Any], ...]:
    wants = (want for layer in nested(method, settings) for want in layer.method.wants(layer.settings))
    return tuple(dict.fromkeys(wants))


def prompts_of(method: Method, settings: Any) -> tuple[str, ...]:
    names = (name for layer in nested(method, settings) for name in layer.method.prompts)
    return tuple(dict.fromkeys(names))


def signal_of(method: Method, settings: Any) -> SignalSource | None:
    """The outermost that has a signal of its own."""
    return next((layer.method.signal_source for layer in nested(method, settings) if layer.method.signal_source), None)


REFUSALS: dict[Need, tuple[str, str]] = {
    "image": ("sees_images", "a model that sees images; {model} reads text only: choose another model"),
    "logits": ("gives_logits", "probabilities of tokens; {engine} gives none: choose another engine"),
    "layers": ("gives_layers", "what each layer of the model reads; {engine} shows none: choose a local engine"),
}


def refusal(method: Method, engine: EngineDescription, settings: Any = None) -> str:
    """Why this engine cannot serve this method, for the person who chose them; empty if it can."""
    for layer in nested(method, settings):
        for need in sorted(layer.method.needs & REFUSALS.keys()):
            able, told = REFUSALS[need]
            if not getattr(engine, able):
                return f"{layer.method.title} needs {told.format(model=engine.model, engine=engine.engine)}"
    return ""


def author_of(method: Method, chain: Chain, engine: EngineDescription, settings: Any) -> Author:
    """The critic with its whole provenance: every setting that holds, inwards too, and the weights' hash."""
    return Author(
        kind="critic",
        name=method.name,
        method=method.name,
        engine=engine.engine,
        model=engine.model,
        prompt_hash=prompt_hash(method, chain, settings),
        settings={**_spelled_out(settings), "weights": engine.weights},
    )


def prompt_hash(method: Method, chain: Chain, settings: Any) -> str:
    """Of one prompt its own hash; of several the sha256 of theirs, in the order of their names; of none empty."""
    hashes = [chain.prompt(name).hash for name in sorted(prompts_of(method, settings))]
    return hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest() if hashes else ""


def _spelled_out(settings: Any) -> dict[str, Any]:
    told = asdict(settings)
    if inner := within(settings):
        told["of_settings"] = _spelled_out(inner.settings)
    return told
