"""Rollouts: a model continues a chain from after some of its steps, again and again, each time with another seed.

Source: prefix rollouts as the value of a step (METHODS.md rows 19 and 55).
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import Author
from workers.corrections.base import author_of_kind, chain_in, chain_schema
from workers.critics.base import Chain, check_ranges, sight
from workers.critics.tally import Tally
from workers.engines.base import Engine, EngineDescription, Message

METHOD = "rollout"
PROMPTS = ("continue",)


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSettings:
    """How often and how freely a chain is continued."""

    rollouts: int = field(default=8, metadata={"help": "Continuations of each prefix.", "range": (1, 256)})
    temperature: float = field(
        default=0.8, metadata={"help": "With 0 all continuations are the same.", "range": (0.0, 2.0)}
    )
    most_tokens: int = field(default=256, metadata={"help": "Most tokens of a continuation.", "range": (16, 8192)})

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, slots=True)
class Continuation:
    """What was written after the prefix, and the answer it came to; None where it came to none that could be read."""

    text: str
    answer: str | None


@dataclass(frozen=True, slots=True)
class Continued:
    """All continuations of one prefix, in the order of their seeds."""

    continuations: tuple[Continuation, ...]
    costs: dict[str, Any]


def generator(chain: Chain, engine: EngineDescription, settings: RolloutSettings) -> Author:
    return author_of_kind(METHOD, PROMPTS, chain, engine, settings)


async def continued(
    chain: Chain, prefix: Sequence[str], engine: Engine, settings: RolloutSettings, *, seed: int
) -> Continued:
    """`prefix` are the steps to go on from; the chain gives question and images. Seeds are seed, seed + 1, …"""
    engine = Tally(engine)
    messages = chain.prompt("continue").messages(
        image=sight(chain, engine.description).parts,
        question=chain.asked,
        steps="\n".join(f"{number}. {text}" for number, text in enumerate(prefix, 1)) or "(none yet)",
    )
    continuations = await asyncio.gather(
        *(_one(messages, engine, settings, seed + place) for place in range(settings.rollouts))
    )
    return Continued(tuple(continuations), engine.costs())


async def _one(messages: Sequence[Message], engine: Engine, settings: RolloutSettings, seed: int) -> Continuation:
    reply = await engine.generate(
        messages,
        schema=chain_schema(fewest_steps=0),
        max_new_tokens=settings.most_tokens,
        temperature=settings.temperature,
        seed=seed,
    )
    steps, answer = chain_in(reply)
    return Continuation("\n\n".join(steps), answer)
