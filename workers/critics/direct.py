"""The direct critic: one structured call that judges every step and the answer.

Source: VISCO's direct critic (one call with image, question, numbered steps and answer; JSON per step), extended by the
origin of an error, its type, the words that are wrong, and the step as it should have been.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from annotations.core.schema import Critique
from workers.critics.base import Chain, Method, check_ranges
from workers.critics.interview import Interview
from workers.critics.verdicts import judge
from workers.critics.wrapping import author_of
from workers.engines.base import Engine


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectSettings:
    """How the one call is made: forms are built from these fields."""

    temperature: float = field(
        default=0.0, metadata={"help": "0 takes the likeliest word; above it, words are drawn.", "range": (0.0, 2.0)}
    )
    tokens_per_step: int = field(
        default=256, metadata={"help": "Most tokens of the reply, for each step.", "range": (16, 2048)}
    )

    def __post_init__(self) -> None:
        check_ranges(self)


async def critique(chain: Chain, engine: Engine, settings: DirectSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    verdicts = await judge(
        interview, "direct", tokens_per_step=settings.tokens_per_step, temperature=settings.temperature
    )
    return Critique(
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=verdicts.judgments,
        answer=verdicts.answer,
        evidence=interview.seen.evidence,
        stage="model",
        raw_output=verdicts.raw,
        costs=interview.engine.costs(),
        extra={"finish_reason": verdicts.finish_reason, "notes": verdicts.notes},
    )


METHOD = Method(
    name="direct",
    title="Direct",
    help="One call judges every step and the answer, says what is wrong and how it should have been.",
    signal_source="verbal",
    prompts=("direct",),
    settings=DirectSettings,
    expected_calls=lambda steps, settings: 1,
    critique=critique,
)
