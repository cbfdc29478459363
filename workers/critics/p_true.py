"""P(True): how probable the model itself finds a judgment, as the confidence of any method's critique.

Source: Kadavath et al., "Language Models (Mostly) Know What They Know". The model is asked whether each step is true;
the probabilities of "True" and "False", normalised, say how sure it is: plainly, and once more after it was shown
answers of its own to the question. P(IK), "I know", asks before any chain is read whether it expects to answer, with
and without the image.
"""

from __future__ import annotations

from asyncio import gather
from dataclasses import asdict, dataclass, field, replace
from typing import TypeVar

from annotations.core.schema import AnswerJudgment, Critique, Evidence, Judgment, Verdict
from workers.critics.base import Chain, Method
from workers.critics.interview import Interview
from workers.critics.wrapping import Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine

TRUE_OR_FALSE = ("True", "False")
YES_OR_NO = ("Yes", "No")
ANSWER = 0  # stands for the answer where steps are numbered

Judged = TypeVar("Judged", Judgment, AnswerJudgment)


@dataclass(frozen=True, slots=True, kw_only=True)
class PTrueSettings(Wrapping):
    samples: int = field(
        default=4,
        metadata={
            "help": "Own answers that are shown before the second reading; 0 asks plainly only.",
            "range": (0, 20),
        },
    )
    temperature: float = field(
        default=1.0, metadata={"help": "At which the own answers are drawn.", "range": (0.1, 2.0)}
    )
    tokens_per_answer: int = field(default=48, metadata={"help": "Most tokens of an own answer.", "range": (4, 512)})
    knows: bool = field(
        default=True, metadata={"help": "Also ask whether the model expects to know the answer, before it reads."}
    )


@dataclass(frozen=True, slots=True)
class Belief:
    """P(the step, or the answer, is right): plainly, and after own answers were shown."""

    plain: float
    after_samples: float | None

    def confidence(self, verdict: Verdict | None) -> float | None:
        right = self.plain if self.after_samples is None else self.after_samples
        return {"correct": right, "incorrect": 1 - right}.get(verdict or "")


async def critique(chain: Chain, engine: Engine, settings: PTrueSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    knows, own_answers, written = await gather(
        expect_to_know(interview, settings),
        answer_oneself(interview, settings),
        wrapped(settings).critique(chain, interview.engine, seed=seed),
    )
    claims = {
        judgment.step: chain.steps[judgment.step - 1]
        for judgment in written.judgments
        if judgment.verdict in ("correct", "incorrect")
    }
    if written.answer.verdict in ("correct", "incorrect"):
        claims[ANSWER] = f"The answer to the question is: {chain.answer}"
    beliefs = await gather(*(believe(interview, step, claim, own_answers) for step, claim in claims.items()))
    believed = dict(zip(claims, beliefs, strict=True))
    told = (Evidence(kind="p_true", step=step or None, content=asdict(belief)) for step, belief in believed.items())

    def sure(judged: Judged, step: int) -> Judged:
        return replace(judged, confidence=believed[step].confidence(judged.verdict)) if step in believed else judged

    return replace(
        written,
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=tuple(sure(judgment, judgment.step) for judgment in written.judgments),
        answer=sure(written.answer, ANSWER),
        evidence=(*written.evidence, *knows, *_shown(own_answers), *told),
        costs=interview.engine.costs(),
    )


async def expect_to_know(interview: Interview, settings: PTrueSettings) -> tuple[Evidence, ...]:
    """P(IK), from the question alone; with the image too, where there is one."""
    if not settings.knows:
        return ()
    without, _ = await interview.pick("p_know", YES_OR_NO, image="(No image is shown.)")
    with_image = (await interview.pick("p_know", YES_OR_NO))[0] if interview.chain.images else None
    return (Evidence(kind="p_know", content={"with_image": with_image, "without_image": without}),)


async def answer_oneself(interview: Interview, settings: PTrueSettings) -> list[str]:
    return await interview.write_several(
        "own_answer",
        settings.samples,
        max_new_tokens=settings.tokens_per_answer,
        temperature=settings.temperature,
    )


async def believe(interview: Interview, step: int, claim: str, own_answers: list[str]) -> Belief:
    async def ask(answers: str) -> float:
        steps = interview.chain.numbered(step - 1 if step else None) or "(none)"
        right, _ = await interview.pick("p_true", TRUE_OR_FALSE, own_answers=answers, steps=steps, claim=claim)
        return right

    if not own_answers:
        return Belief(await ask(""), None)
    shown = "\n".join(f"- {answer}" for answer in own_answers)
    return Belief(*await gather(ask(""), ask(f"Some answers of yours to this question:\n{shown}\n")))


def _shown(own_answers: list[str]) -> tuple[Evidence, ...]:
    return (Evidence(kind="own_answers", content={"answers": own_answers}),) if own_answers else ()


def expected_calls(steps: int, settings: PTrueSettings) -> int:
    readings = 2 if settings.samples else 1
    return calls_of(wrapped(settings), steps) + settings.samples + (steps + 1) * readings + 2 * settings.knows


METHOD = Method(
    name="p_true",
    title="P(True)",
    help="Another method judges; the probability that the model itself gives to “true” becomes the confidence.",
    signal_source="logits",
    needs=frozenset({"logits"}),
    prompts=("own_answer", "p_know", "p_true"),
    settings=PTrueSettings,
    expected_calls=expected_calls,
    critique=critique,
)
