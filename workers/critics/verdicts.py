"""The call in which a model judges every step and the answer, and the reading of its reply: several methods end so.

Verdict, origin of an error, its type, the words that are wrong, and the step as it should have been: each judgment from
its part of the reply, `unparsed` where that part does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from annotations.core.quotes import find_quote
from annotations.core.schema import AnswerJudgment, Finding, Judgment
from workers.critics.interview import Interview
from workers.critics.reply import members, storable, text_of
from workers.engines.base import FinishReason

TOKENS_FOR_ANSWER = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdicts:
    """What one judging call gave. `notes` name what was dropped from the reply, and why."""

    judgments: tuple[Judgment, ...]
    answer: AnswerJudgment
    raw: str
    finish_reason: FinishReason
    notes: list[str]


async def judge(
    interview: Interview, name: str, *, tokens_per_step: int, temperature: float, **values: str
) -> Verdicts:
    """One call by the prompt of that name; `values` fill its further places. At the interview's own seed."""
    chain = interview.chain
    reply = await interview.engine.generate(
        interview.messages(name, values),
        schema=reply_schema(len(chain.steps), chain.error_types),
        max_new_tokens=tokens_per_step * len(chain.steps) + TOKENS_FOR_ANSWER,
        temperature=temperature,
        seed=interview.seed,
    )
    said = members(reply)
    notes: list[str] = []
    judgments = tuple(
        _judgment(number, text, said.get(f"step_{number}"), chain.error_types, notes)
        for number, text in enumerate(chain.steps, 1)
    )
    return Verdicts(
        judgments=judgments,
        answer=_answer_judgment(said.get("answer"), given=chain.answer is not None),
        raw=storable(reply.text),
        finish_reason=reply.finish_reason,
        notes=notes,
    )


def reply_schema(steps: int, error_types: tuple[str, ...]) -> dict[str, Any]:
    """JSON Schema of the reply to a chain of that many steps: short, so that a small model comes to its end."""
    properties = {f"step_{number}": _step_schema(number, error_types) for number in range(1, steps + 1)}
    return object_schema({**properties, "answer": {"enum": ["correct", "incorrect"]}})


def _step_schema(number: int, error_types: tuple[str, ...]) -> dict[str, Any]:
    wrong: dict[str, Any] = {
        "verdict": {"const": "incorrect"},
        "quote": {"type": "string", "maxLength": 40},
        "explanation": {"type": "string", "maxLength": 120},
    }
    if error_types:
        wrong["error_type"] = {"enum": list(error_types)}
    wrong["own_error"] = {"type": "boolean"}
    if number > 1:
        earlier = {"enum": list(range(1, number))}
        wrong["inherits_from"] = {"type": "array", "items": earlier, "maxItems": min(3, number - 1)}
    wrong["correction"] = {"type": "string", "maxLength": 120}
    return {"anyOf": [object_schema({"verdict": {"const": "correct"}}), object_schema(wrong)]}


def object_schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _judgment(number: int, text: str, said: Any, error_types: tuple[str, ...], notes: list[str]) -> Judgment:
    verdict = said.get("verdict") if isinstance(said, dict) else None
    if verdict == "correct":
        return Judgment(step=number, verdict="correct", own_error=False)
    if verdict != "incorrect":
        return Judgment(step=number, state="unparsed")
    inherits_from = _earlier_steps(number, said.get("inherits_from", []), notes)
    own_error = said["own_error"] if isinstance(said.get("own_error"), bool) else None
    if own_error is False and not inherits_from:
        notes.append(f"step {number}: called incorrect, with neither an error of its own nor an inherited one")
        own_error = None
    return Judgment(
        step=number,
        verdict="incorrect",
        own_error=own_error,
        inherits_from=inherits_from,
        origin_unknown=own_error is None and not inherits_from,
        findings=_findings(number, text, said, error_types, notes),
    )


def _earlier_steps(number: int, said: Any, notes: list[str]) -> tuple[int, ...]:
    """Only an earlier step can be inherited from; anything else is dropped and noted."""
    named = said if isinstance(said, list) else [said]
    earlier = {step for step in named if type(step) is int and 1 <= step < number}
    if dropped := [step for step in named if type(step) is not int or step not in earlier]:
        notes.append(f"step {number}: cannot inherit from {dropped}, only from an earlier step; dropped")
    return tuple(sorted(earlier))


def _findings(
    number: int, text: str, said: dict[str, Any], error_types: tuple[str, ...], notes: list[str]
) -> tuple[Finding, ...]:
    quote, explanation, correction = (text_of(said.get(name)) for name in ("quote", "explanation", "correction"))
    span = find_quote(text, quote) if quote else None
    if quote and span is None:
        notes.append(f"step {number}: the quoted words are not in the step: {quote}")
    error_type = said.get("error_type")
    if error_type is not None and error_type not in error_types:
        notes.append(f"step {number}: no error type of the project: {storable(str(error_type))}")
        error_type = None
    if not (span or explanation or correction or error_type):
        return ()
    return (
        Finding(
            error_type=error_type,
            explanations=(explanation,) if explanation else (),
            corrected_text=correction or None,
            marks=(span,) if span else (),
        ),
    )


def _answer_judgment(said: Any, *, given: bool) -> AnswerJudgment:
    if not given:
        return AnswerJudgment(state="unlabelled")
    if said in ("correct", "incorrect"):
        return AnswerJudgment(verdict=said, state="judged")
    return AnswerJudgment(state="unparsed")
