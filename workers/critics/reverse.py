"""Reverse: the question rebuilt from the steps; where it differs from the real one, steps went wrong.

Source: RCoT, reversing chain-of-thought. The model rebuilds the question from the steps alone, with the condition that
each step uses. The real question is taken apart into its conditions. Then condition by condition: a rebuilt one that
question and image do not give is invented, one that they give otherwise is misread, and a real one that no step uses is
overlooked. Last, what the two questions ask is compared. Each difference becomes a finding on its step.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from annotations.core.quotes import find_quote
from annotations.core.schema import Critique, Evidence, Finding, Judgment
from workers.critics.base import Chain, Method, Unparsed, check_ranges, recipe
from workers.critics.interview import Interview
from workers.critics.reply import text_of, texts_of
from workers.critics.verdicts import object_schema
from workers.critics.wrapping import author_of
from workers.engines.base import Engine

CONDITION = {"type": "string", "minLength": 3, "maxLength": 120}
WHY = {"type": "string", "maxLength": 160}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseSettings:
    conditions: int = field(
        default=6, metadata={"help": "Most conditions that are compared, on either side.", "range": (1, 20)}
    )

    def __post_init__(self) -> None:
        check_ranges(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One way in which the steps and the question part. `kind`: invented, misread, overlooked or other_question."""

    step: int
    kind: str
    condition: str
    why: str = ""


async def critique(chain: Chain, engine: Engine, settings: ReverseSettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    try:
        rebuilt, real = await gather(rebuild(interview, settings), take_apart(interview, settings))
    except Unparsed as why:
        return _written(interview, settings, [], extra={"notes": [str(why)]}, unparsed=True)
    used, missing, asked = await gather(
        gather(*(given(interview, step, condition) for step, condition in rebuilt.conditions)),
        gather(*(overlooked(interview, condition) for condition in real)),
        same_question(interview, rebuilt.question),
    )
    compared = [*used, *missing, asked]
    found = [one for one in compared if isinstance(one, Difference)]
    evidence = Evidence(
        kind="conditions",
        content={
            "rebuilt_question": rebuilt.question,
            "rebuilt": [{"step": step, "condition": condition} for step, condition in rebuilt.conditions],
            "real": real,
            "differences": [{"step": one.step, "kind": one.kind, "condition": one.condition} for one in found],
        },
    )
    notes = [f"{compared.count(None)} of {len(compared)} comparisons did not parse"] if None in compared else []
    return _written(
        interview, settings, found, evidence=(evidence,), extra={"notes": notes},
        unparsed=all(one is None for one in compared),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    question: str
    conditions: list[tuple[int, str]]  # the step that uses it, and what it uses


async def rebuild(interview: Interview, settings: ReverseSettings) -> Rebuilt:
    """The question that the steps answer, from the steps alone. Raises Unparsed."""
    condition = object_schema({"step": _step(interview), "condition": CONDITION})
    schema = object_schema(
        {
            "conditions": {"type": "array", "items": condition, "minItems": 1, "maxItems": settings.conditions},
            "question": {"type": "string", "minLength": 3, "maxLength": 240},
        }
    )
    said = await interview.tell("reverse_rebuild", schema, max_new_tokens=60 * settings.conditions + 90)
    rows = said.get("conditions")
    steps = range(1, len(interview.chain.steps) + 1)
    conditions = [
        (row["step"], text)
        for row in (rows if isinstance(rows, list) else ())
        if isinstance(row, dict) and row.get("step") in steps and (text := text_of(row.get("condition")))
    ]
    if not conditions:
        raise Unparsed("the conditions that the steps use did not parse")
    return Rebuilt(question=text_of(said.get("question")), conditions=conditions[: settings.conditions])


async def take_apart(interview: Interview, settings: ReverseSettings) -> list[str]:
    """The conditions of the real question, once per problem. Raises Unparsed."""
    chain, most = interview.chain, settings.conditions

    async def make() -> list[str]:
        schema = object_schema({"conditions": {"type": "array", "items": CONDITION, "maxItems": most}})
        said = await interview.tell("reverse_conditions", schema, max_new_tokens=60 * most + 20)
        if not isinstance(said.get("conditions"), list):
            raise Unparsed("the conditions of the question did not parse")
        return texts_of(said["conditions"], most)

    return await chain.once("conditions", recipe(chain.prompt("reverse_conditions").hash, most), make)


async def given(interview: Interview, step: int, condition: str) -> Difference | bool | None:
    """Whether question or image give what a step uses: True, the difference, or None where the reply did not parse."""
    otherwise = object_schema({"the_condition_is": {"enum": ["misread", "invented"]}, "why": WHY})
    schema = {"anyOf": [object_schema({"the_condition_is": {"const": "given"}}), otherwise]}
    said = await interview.tell("reverse_given", schema, max_new_tokens=120, condition=condition)
    match said.get("the_condition_is"):
        case "given":
            return True
        case "misread" | "invented" as kind:
            return Difference(step=step, kind=kind, condition=condition, why=text_of(said.get("why")))
    return None


async def overlooked(interview: Interview, condition: str) -> Difference | bool | None:
    """Whether the steps use a condition of the question; if not, which of them should have."""
    unused = object_schema({"used": {"const": False}, "step": _step(interview), "why": WHY})
    schema = {"anyOf": [object_schema({"used": {"const": True}}), unused]}
    said = await interview.tell("reverse_used", schema, max_new_tokens=120, condition=condition)
    return _differs(interview, said, "used", "overlooked", condition)


async def same_question(interview: Interview, rebuilt: str) -> Difference | bool | None:
    """Whether the steps answer what was asked; if not, which of them parts from it."""
    other = object_schema({"same": {"const": False}, "step": _step(interview), "why": WHY})
    schema = {"anyOf": [object_schema({"same": {"const": True}}), other]}
    said = await interview.tell("reverse_question", schema, max_new_tokens=120, rebuilt=rebuilt or "(none)")
    return _differs(interview, said, "same", "other_question", rebuilt)


def _differs(
    interview: Interview, said: dict[str, Any], member: str, kind: str, condition: str
) -> Difference | bool | None:
    if said.get(member) is True:
        return True
    step = said.get("step")
    if said.get(member) is not False or type(step) is not int or not 1 <= step <= len(interview.chain.steps):
        return None
    return Difference(step=step, kind=kind, condition=condition, why=text_of(said.get("why")))


IN_WORDS = {
    "invented": "Neither the question nor the image gives this: {condition}.",
    "misread": "The question or the image gives this otherwise: {condition}.",
    "overlooked": "This condition of the question is not used: {condition}.",
    "other_question": "The steps answer another question: {condition}",
}


def _written(
    interview: Interview,
    settings: ReverseSettings,
    found: Iterable[Difference],
    *,
    evidence: tuple[Evidence, ...] = (),
    extra: dict[str, Any],
    unparsed: bool,
) -> Critique:
    chain, found = interview.chain, list(found)
    return Critique(
        author=author_of(METHOD, chain, interview.engine.description, settings),
        judgments=tuple(
            Judgment(step=step, state="unparsed")
            if unparsed
            else _judgment(step, text, [one for one in found if one.step == step])
            for step, text in enumerate(chain.steps, 1)
        ),
        evidence=(*interview.seen.evidence, *evidence),
        stage="model",
        costs=interview.engine.costs(),
        extra=extra,
    )


def _judgment(step: int, text: str, found: list[Difference]) -> Judgment:
    if not found:
        return Judgment(step=step, verdict="correct", own_error=False)
    return Judgment(
        step=step, verdict="incorrect", own_error=True, findings=tuple(_finding(text, one) for one in found)
    )


def _finding(text: str, difference: Difference) -> Finding:
    span = find_quote(text, difference.condition) if difference.kind in ("invented", "misread") else None
    told = IN_WORDS[difference.kind].format(condition=difference.condition.rstrip("."))
    return Finding(explanations=(f"{told} {difference.why}".strip(),), marks=(span,) if span else ())


def _step(interview: Interview) -> dict[str, Any]:
    return {"enum": list(range(1, len(interview.chain.steps) + 1))}


METHOD = Method(
    name="reverse",
    title="Reverse",
    help="Rebuilds the question from the steps; conditions that were invented, misread or overlooked become findings.",
    signal_source="verbal",
    prompts=("reverse_rebuild", "reverse_conditions", "reverse_given", "reverse_used", "reverse_question"),
    settings=ReverseSettings,
    expected_calls=lambda steps, settings: 3 + 2 * settings.conditions,
    critique=critique,
)
