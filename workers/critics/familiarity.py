"""Familiarity: before it judges, does the model know what the question is about? If not, it says so and abstains.

Source: "Zero-Resource Hallucination Prevention for Large Language Models" (Self-Familiarity). The concepts of the
question are taken out; the model explains each without naming it, and then names it from the explanation alone. The
share of explanations from which it comes back is its familiarity, a sampled estimate of the paper's probability of the
concept given its explanation, so that any engine can serve it. Below the threshold every judgment is `abstained`.
"""

from __future__ import annotations

from asyncio import gather
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rapidfuzz import fuzz

from annotations.core.schema import AnswerJudgment, Critique, Evidence, Judgment
from workers.critics.base import Chain, Method, Unparsed, recipe
from workers.critics.interview import Interview
from workers.critics.reply import texts_of
from workers.critics.verdicts import object_schema
from workers.critics.wrapping import Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine

SAME_NAME = 80.0  # of rapidfuzz's partial token ratio, 0 to 100


@dataclass(frozen=True, slots=True, kw_only=True)
class FamiliaritySettings(Wrapping):
    threshold: float = field(default=0.5, metadata={"help": "Below it, the critique abstains.", "range": (0.0, 1.0)})
    combine: Literal["mean", "least"] = field(
        default="mean",
        metadata={"help": "The mean of the concepts counts, or the least known.", "choices": ("mean", "least")},
    )
    concepts: int = field(default=4, metadata={"help": "Most concepts that are tried.", "range": (1, 12)})
    samples: int = field(default=2, metadata={"help": "Explanations of each concept.", "range": (1, 10)})
    temperature: float = field(
        default=0.7, metadata={"help": "At which explanations are drawn, the first one apart.", "range": (0.1, 2.0)}
    )


async def critique(chain: Chain, engine: Engine, settings: FamiliaritySettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    how = recipe(
        *(chain.prompt(name).hash for name in METHOD.prompts), engine.description.model, engine.description.weights,
        settings.concepts, settings.samples, settings.temperature,
    )  # fmt: skip
    try:
        concepts = await chain.once("familiarity", how, lambda: try_concepts(interview, settings))
    except Unparsed as why:
        written = await wrapped(settings).critique(chain, interview.engine, seed=seed)
        return _ours(written, interview, settings, (), gate=f"stood open: {why}")
    scores = [concept["score"] for concept in concepts]
    score = min(scores) if settings.combine == "least" else sum(scores) / len(scores)
    told = Evidence(kind="familiarity", content={"score": score, "threshold": settings.threshold, "concepts": concepts})
    if score < settings.threshold:
        return _ours(_abstention(interview, settings, concepts, score), interview, settings, (told,))
    written = await wrapped(settings).critique(chain, interview.engine, seed=seed)
    return _ours(written, interview, settings, (told,))


async def try_concepts(interview: Interview, settings: FamiliaritySettings) -> list[dict[str, Any]]:
    """The question's concepts, each with the share of explanations that led back to it. Raises Unparsed."""
    listed = {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": settings.concepts}
    said = await interview.tell(
        "familiarity_concepts", object_schema({"concepts": listed}), max_new_tokens=24 * settings.concepts + 16
    )
    concepts = texts_of(said.get("concepts"), settings.concepts)
    if not concepts:
        raise Unparsed("no concepts of the question parsed")
    return list(await gather(*(try_concept(interview, settings, concept) for concept in concepts)))


async def try_concept(interview: Interview, settings: FamiliaritySettings, concept: str) -> dict[str, Any]:
    pairs = await gather(*(there_and_back(interview, settings, concept, n) for n in range(settings.samples)))
    score = sum(is_same_name(concept, name) for _, name in pairs) / len(pairs)
    return {"concept": concept, "score": score, "explanation": pairs[0][0], "came_back": [name for _, name in pairs]}


async def there_and_back(
    interview: Interview, settings: FamiliaritySettings, concept: str, number: int
) -> tuple[str, str]:
    """An explanation that does not name the concept, and what it was taken to explain."""
    explanation = await interview.write(
        "familiarity_explain",
        max_new_tokens=96,
        temperature=settings.temperature if number else 0.0,
        draw=(concept, number),
        concept=concept,
    )
    hidden = without(concept, explanation)
    return hidden, await interview.write("familiarity_name", max_new_tokens=16, explanation=hidden)


def without(concept: str, explanation: str) -> str:
    """The explanation with its concept blanked, however it is written: else the name would give itself away."""
    at, lowered, sought = 0, explanation.casefold(), concept.casefold()
    pieces = []
    # Case folding may change lengths; where it does, nothing can be blanked by place, and the whole is compared as is.
    if len(lowered) != len(explanation):
        explanation = lowered
    while (found := lowered.find(sought, at)) >= 0:
        pieces += [explanation[at:found], "___"]
        at = found + len(sought)
    return "".join([*pieces, explanation[at:]])


def is_same_name(concept: str, name: str) -> bool:
    """ "A parallelogram." names "parallelogram"; a name that says nothing names nothing."""
    short = name.casefold().strip(" .\"'")
    if len(short) < min(3, len(concept)):
        return False
    return fuzz.token_set_ratio(concept.casefold(), short) >= SAME_NAME


def _abstention(
    interview: Interview, settings: FamiliaritySettings, concepts: list[dict[str, Any]], score: float
) -> Critique:
    chain = interview.chain
    unknown = ", ".join(one["concept"] for one in sorted(concepts, key=lambda one: one["score"]) if one["score"] < 1)
    reason = f"Not familiar enough with {unknown}: {score:.2f}, where {settings.threshold:.2f} is asked for."
    return Critique(
        author=author_of(METHOD, chain, interview.engine.description, settings),
        judgments=tuple(
            Judgment(step=step, state="abstained", reason=reason) for step in range(1, len(chain.steps) + 1)
        ),
        answer=AnswerJudgment() if chain.answer is None else AnswerJudgment(state="abstained"),
        comment=reason,
        stage="model",
    )


def _ours(
    written: Critique, interview: Interview, settings: FamiliaritySettings, told: tuple[Evidence, ...], **extra: str
) -> Critique:
    return replace(
        written,
        author=author_of(METHOD, interview.chain, interview.engine.description, settings),
        evidence=(*told, *written.evidence),
        costs=interview.engine.costs(),
        extra=written.extra | extra,
    )


def expected_calls(steps: int, settings: FamiliaritySettings) -> int:
    return 1 + 2 * settings.concepts * settings.samples + calls_of(wrapped(settings), steps)


METHOD = Method(
    name="familiarity",
    title="Familiarity",
    help="Asks first whether the model knows what the question is about; abstains where it does not.",
    signal_source="sampling",
    needs=frozenset({"samples"}),
    prompts=("familiarity_concepts", "familiarity_explain", "familiarity_name"),
    settings=FamiliaritySettings,
    expected_calls=expected_calls,
    critique=critique,
)
