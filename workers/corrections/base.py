"""What a corrector is: an async function from a chain, what guides it and an engine to the responses that it makes.

A corrector's file declares `CORRECTOR = Corrector(...)`. It knows no tensors, no batches and no database, and never the
reference answer. What it makes is a lineage: drafts in order, each revising the one before (the first: the chain).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from annotations.core.schema import Author, Critique, GuidanceLevel, RejectedStep
from workers.corrections.guidance import Guide
from workers.critics.base import Chain, Need
from workers.critics.reply import storable, whole_members
from workers.critics.verdicts import object_schema
from workers.critics.wrapping import REFUSALS
from workers.engines.base import Engine, EngineDescription, Generation

LONGEST_STEP = 400  # code points that a reply may give a step
MOST_STEPS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """One response of a lineage. `critique` is of what it revises, where the corrector had it made itself.

    `level` and `critique` say what guided it: with level "none" nothing did. `fresh`: it revises nothing; it is a new
    chain to the same problem, with which a lineage begins. A reply without a step gives `steps` ().
    """

    steps: tuple[str, ...]
    answer: str | None
    level: GuidanceLevel
    critique: Critique | None = None
    fresh: bool = False
    rejected: tuple[RejectedStep, ...] = ()
    raw_output: str = ""
    costs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """What a corrector made. `last_critique` is of the last draft (or of the chain, where there is none).

    `ended` is why it stopped: "done", "passed" (the critic finds nothing), "rounds", "budget", "unparsed".
    """

    author: Author
    drafts: tuple[Draft, ...]
    last_critique: Critique | None = None
    ended: str = "done"
    costs: Mapping[str, Any] = field(default_factory=dict)


class CorrectFunction(Protocol):
    async def __call__(
        self, chain: Chain, guide: Guide, engine: Engine, settings: Any, *, seed: int = 0
    ) -> Lineage: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrector:
    """A corrector as its file declares it.

    takes_critique: it can be guided by a critique that is there; one that makes its own takes none. prompts: the files
    that it asks with. expected_calls: for a chain of so many steps, at the most.
    """

    name: str
    title: str
    help: str
    takes_critique: bool = True
    needs: Callable[[Any], frozenset[Need]] = lambda settings: frozenset()
    prompts: Callable[[Any], tuple[str, ...]]
    settings: type
    expected_calls: Callable[[int, Any], int]
    correct: CorrectFunction


def refusal(corrector: Corrector, engine: EngineDescription, settings: Any) -> str:
    """Why this engine cannot serve this corrector, for the person who chose them; empty if it can."""
    for need in sorted(corrector.needs(settings) & REFUSALS.keys()):
        able, told = REFUSALS[need]
        if not getattr(engine, able):
            return f"{corrector.title} needs {told.format(model=engine.model, engine=engine.engine)}"
    return ""


def author_of(corrector: Corrector, chain: Chain, engine: EngineDescription, settings: Any) -> Author:
    """The corrector with its whole provenance, as a critic has it."""
    return author_of_kind(corrector.name, corrector.prompts(settings), chain, engine, settings)


def author_of_kind(
    method: str, prompts: Sequence[str], chain: Chain, engine: EngineDescription, settings: Any
) -> Author:
    """Whoever asks a model by these prompts. prompt_hash: of one prompt its own, of several that of all of theirs."""
    hashes = [chain.prompt(name).hash for name in sorted(prompts)]
    prompt_hash = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    return Author(
        kind="critic",
        name=method,
        method=method,
        engine=engine.engine,
        model=engine.model,
        prompt_hash=prompt_hash,
        settings={**asdict(settings), "weights": engine.weights},
    )


def chain_schema(*, fewest_steps: int = 1, most_steps: int = MOST_STEPS) -> dict[str, Any]:
    """JSON Schema of a whole chain: its steps, then its answer."""
    step = {"type": "string", "minLength": 1, "maxLength": LONGEST_STEP}
    return object_schema(
        {
            "steps": {"type": "array", "items": step, "minItems": fewest_steps, "maxItems": most_steps},
            "answer": {"type": "string", "minLength": 1, "maxLength": 120},
        }
    )


def chain_in(reply: Generation) -> tuple[tuple[str, ...], str | None]:
    """Steps and answer of a reply; what did not come whole is missing, never made up."""
    said = reply.parsed if isinstance(reply.parsed, dict) else whole_members(reply.text)
    steps, answer = said.get("steps"), said.get("answer")
    if not isinstance(steps, list) or not all(isinstance(step, str) for step in steps):
        steps = []
    told = tuple(text for step in steps if (text := storable(step).strip()))
    return told, (storable(answer).strip() or None) if isinstance(answer, str) else None
