"""SelfCheck: what the model's own fresh chains contradict is probably wrong.

Source: SelfCheckGPT, prompt variant. N chains are drawn for the question, without sight of the one that is judged. Each
step is held against each of them: supported 0, contradicted 1, no word on it ½. The mean is the step's score; above the
threshold the step is called incorrect. The answer is held against them like one more step.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import AnswerJudgment, Critique, Evidence, Judgment
from workers.critics.base import Chain, Method, check_ranges
from workers.critics.interview import Interview
from workers.critics.verdicts import object_schema
from workers.critics.wrapping import author_of
from workers.engines.base import Engine

SCORES = {"supported": 0.0, "contradicted": 1.0, "not_mentioned": 0.5}
ANSWER = 0  # stands for the answer where steps are numbered
UNPARSED = "unparsed"  # of one chain's word on a step: it counts nowhere


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfCheckSettings:
    samples: int = field(default=5, metadata={"help": "Fresh chains that are drawn.", "range": (1, 20)})
    temperature: float = field(default=1.0, metadata={"help": "At which they are drawn.", "range": (0.1, 2.0)})
    tokens_per_chain: int = field(default=256, metadata={"help": "Most tokens of a fresh chain.", "range": (16, 2048)})
    threshold: float = field(
        default=0.5, metadata={"help": "A step whose score is above it is called incorrect.", "range": (0.0, 0.99)}
    )

    def __post_init__(self) -> None:
        check_ranges(self)


async def critique(chain: Chain, engine: Engine, settings: SelfCheckSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    fresh = await solve(interview, settings)
    claims = dict(enumerate(chain.steps, 1))
    if chain.answer is not None:
        claims[ANSWER] = f"The answer is {chain.answer}."
    words = await gather(*(gather(*(support(interview, text, claim) for text in fresh)) for claim in claims.values()))
    said = dict(zip(claims, words, strict=True))
    scores = {step: score(of_step) for step, of_step in said.items()}
    return Critique(
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=tuple(_judgment(step, scores[step], settings.threshold) for step in range(1, len(chain.steps) + 1)),
        answer=_answer(scores[ANSWER], settings.threshold) if chain.answer is not None else AnswerJudgment(),
        evidence=(
            *interview.seen.evidence,
            Evidence(kind="own_chains", content={"chains": fresh}),
            *(
                Evidence(kind="support", step=step or None, content={"score": scores[step], "by_chain": list(of_step)})
                for step, of_step in said.items()
            ),
        ),
        stage="model",
        costs=interview.engine.costs(),
    )


async def solve(interview: Interview, settings: SelfCheckSettings) -> list[str]:
    """Fresh chains, none of which has seen the one that is judged."""
    return await interview.write_several(
        "selfcheck_solve", settings.samples, max_new_tokens=settings.tokens_per_chain, temperature=settings.temperature
    )


async def support(interview: Interview, fresh: str, claim: str) -> str:
    schema = object_schema({"the_statement_is": {"enum": list(SCORES)}})
    said = await interview.tell("selfcheck", schema, max_new_tokens=24, chain=fresh, claim=claim)
    word = said.get("the_statement_is")
    return word if isinstance(word, str) and word in SCORES else UNPARSED


def score(words: Sequence[str]) -> float | None:
    """The mean over the chains whose word parsed, 0 (all support it) to 1; None where none did."""
    parsed = [SCORES[word] for word in words if word != UNPARSED]
    return sum(parsed) / len(parsed) if parsed else None


def _verdict(score: float, threshold: float) -> dict[str, Any]:
    wrong = score > threshold
    return {"verdict": "incorrect" if wrong else "correct", "confidence": score if wrong else 1 - score}


def _judgment(step: int, score: float | None, threshold: float) -> Judgment:
    if score is None:
        return Judgment(step=step, state="unparsed")
    wrong = score > threshold
    return Judgment(step=step, own_error=None if wrong else False, origin_unknown=wrong, **_verdict(score, threshold))


def _answer(score: float | None, threshold: float) -> AnswerJudgment:
    if score is None:
        return AnswerJudgment(state="unparsed")
    return AnswerJudgment(state="judged", **_verdict(score, threshold))


METHOD = Method(
    name="selfcheck",
    title="SelfCheck",
    help="Draws fresh chains and calls a step incorrect where they contradict it.",
    signal_source="sampling",
    needs=frozenset({"samples"}),
    prompts=("selfcheck_solve", "selfcheck"),
    settings=SelfCheckSettings,
    expected_calls=lambda steps, settings: settings.samples * (steps + 2),
    critique=critique,
)
