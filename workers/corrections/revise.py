"""Revise: one call that writes the chain anew, guided by nothing, or by as much of a critique as the level tells.

Source: VISCO's correction (METHODS.md 1.6): image, question, chain, answer and critique in, a new chain out.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from workers.corrections.base import Corrector, Draft, Lineage, author_of, chain_in, chain_schema
from workers.corrections.guidance import Guide
from workers.critics.base import Chain, check_ranges, sight
from workers.critics.reply import storable
from workers.critics.tally import Tally
from workers.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviseSettings:
    """How the one call is made: forms are built from these fields."""

    temperature: float = field(
        default=0.0, metadata={"help": "0 takes the likeliest word; above it, words are drawn.", "range": (0.0, 2.0)}
    )
    most_tokens: int = field(default=512, metadata={"help": "Most tokens of the new chain.", "range": (32, 8192)})

    def __post_init__(self) -> None:
        check_ranges(self)


async def revised(
    chain: Chain, guide: Guide, engine: Engine, *, most_tokens: int, temperature: float, seed: int
) -> Draft:
    """The one call, which other correctors make too."""
    engine = Tally(engine)
    reply = await engine.generate(
        chain.prompt("revise").messages(
            image=sight(chain, engine.description).parts,
            question=chain.asked,
            steps=chain.numbered(),
            answer=chain.given_answer,
            feedback=guide.in_words(),
            remarks=chain.remarked,
        ),
        schema=chain_schema(),
        max_new_tokens=most_tokens,
        temperature=temperature,
        seed=seed,
    )
    steps, answer = chain_in(reply)
    return Draft(steps=steps, answer=answer, level=guide.level, raw_output=storable(reply.text), costs=engine.costs())


async def correct(chain: Chain, guide: Guide, engine: Engine, settings: ReviseSettings, *, seed: int = 0) -> Lineage:
    draft = await revised(
        chain, guide, engine, most_tokens=settings.most_tokens, temperature=settings.temperature, seed=seed
    )
    return Lineage(author=author_of(CORRECTOR, chain, engine.description, settings), drafts=(draft,), costs=draft.costs)


CORRECTOR = Corrector(
    name="revise",
    title="Revise",
    help="One call writes the chain anew, guided by as much of a critique as you choose.",
    prompts=lambda settings: ("revise",),
    settings=ReviseSettings,
    expected_calls=lambda steps, settings: 1,
    correct=correct,
)
