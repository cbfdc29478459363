"""LookBack: look at the image again before judging, by questions that the image alone answers.

Source: VISCO, algorithm 1. (1) The model answers the question itself. (2) For each step it asks what would have to be
looked up in the image to verify it. (3) Each question is answered from the image alone. (4) One call judges, with the
answers looked up and with the model's own answer, marked as possibly wrong. "None needed" is an answer of its own in
stage 2, and no number of steps is too many.
"""

from __future__ import annotations

from asyncio import gather
from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import Critique, Evidence
from workers.critics.base import Chain, Method, check_ranges
from workers.critics.interview import Interview
from workers.critics.reply import texts_of
from workers.critics.verdicts import judge, object_schema
from workers.critics.wrapping import author_of
from workers.engines.base import Engine

QUESTION_LENGTH = 160  # code points


@dataclass(frozen=True, slots=True, kw_only=True)
class LookBackSettings:
    questions_per_step: int = field(
        default=2, metadata={"help": "Most questions about the image, for each step.", "range": (1, 8)}
    )
    tokens_per_answer: int = field(
        default=48, metadata={"help": "Most tokens of each answer from the image.", "range": (4, 512)}
    )
    tokens_per_step: int = field(
        default=256, metadata={"help": "Most tokens of the critique, for each step.", "range": (16, 2048)}
    )
    temperature: float = field(
        default=0.0, metadata={"help": "0 takes the likeliest word; above it, words are drawn.", "range": (0.0, 2.0)}
    )

    def __post_init__(self) -> None:
        check_ranges(self)


async def critique(chain: Chain, engine: Engine, settings: LookBackSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    notes: list[str] = []
    own_answer, looked_up = await gather(
        answer_first(interview, settings),
        gather(*(look_back(interview, settings, step, notes) for step in range(1, len(chain.steps) + 1))),
    )
    pairs = [pair for pairs in looked_up for pair in pairs]
    verdicts = await judge(
        interview,
        "lookback_critique",
        checks="\n".join(f"Q: {pair.content['question']}\nA: {pair.content['answer']}" for pair in pairs)
        or "(nothing)",
        own_answer=own_answer or "(none)",
        tokens_per_step=settings.tokens_per_step,
        temperature=settings.temperature,
    )
    own = Evidence(kind="own_answers", content={"answers": [own_answer]})
    return Critique(
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=verdicts.judgments,
        answer=verdicts.answer,
        evidence=(*interview.seen.evidence, own, *pairs),
        stage="model",
        raw_output=verdicts.raw,
        costs=interview.engine.costs(),
        extra={"finish_reason": verdicts.finish_reason, "notes": [*notes, *verdicts.notes]},
    )


async def answer_first(interview: Interview, settings: LookBackSettings) -> str:
    """Stage 1: the plain question, before any chain is read."""
    return await interview.write(
        "own_answer", max_new_tokens=settings.tokens_per_answer, temperature=settings.temperature
    )


async def look_back(interview: Interview, settings: LookBackSettings, step: int, notes: list[str]) -> list[Evidence]:
    """Stages 2 and 3 of one step: its questions, and each one's answer from the image alone."""
    most = settings.questions_per_step
    said = await interview.tell(
        "lookback_questions",
        questions_schema(most),
        max_new_tokens=most * QUESTION_LENGTH // 2 + 16,
        temperature=settings.temperature,
        draw=(step,),
        steps=interview.chain.numbered(step),
        number=str(step),
    )
    questions = texts_of(said.get("questions"), most)
    if not questions and said.get("none_needed") is not True:
        notes.append(f"step {step}: its questions did not parse, so nothing was looked up")
    answers = await gather(*(look_up(interview, settings, step, question) for question in questions))
    return [
        Evidence(kind="question_answer", step=step, content={"question": question, "answer": answer})
        for question, answer in zip(questions, answers, strict=True)
    ]


async def look_up(interview: Interview, settings: LookBackSettings, step: int, question: str) -> str:
    return await interview.write(
        "lookback_lookup",
        max_new_tokens=settings.tokens_per_answer,
        temperature=settings.temperature,
        draw=(step, question),
        question=question,
    )


def questions_schema(most: int) -> dict[str, Any]:
    question = {"type": "string", "minLength": 4, "maxLength": QUESTION_LENGTH}
    return {
        "anyOf": [
            object_schema({"questions": {"type": "array", "items": question, "minItems": 1, "maxItems": most}}),
            object_schema({"none_needed": {"const": True}}),
        ]
    }


METHOD = Method(
    name="lookback",
    title="LookBack",
    help="Asks questions about the image for each step, answers them from the image alone, then judges.",
    signal_source="verbal",
    prompts=("own_answer", "lookback_questions", "lookback_lookup", "lookback_critique"),
    settings=LookBackSettings,
    expected_calls=lambda steps, settings: 2 + steps * (1 + settings.questions_per_step),
    critique=critique,
)
