"""Severity as a number: how bad each finding of another method's critique is, from 1.00 to 5.00.

Source: "Next Token Is Enough" (RealQA): a model predicts a score better as a number with two extra digits, written
after it has reasoned about attributes. The comparison arm is the expected value over the probabilities of the single
digits 1 to 5. Both are kept; a setting says which one makes the finding's severity.
"""

from __future__ import annotations

import re
from asyncio import gather
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from annotations.core.schema import Critique, Evidence, Finding, Judgment, Severity
from workers.critics.base import Chain, Method
from workers.critics.interview import Interview
from workers.critics.reply import text_of
from workers.critics.verdicts import object_schema
from workers.critics.wrapping import Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine

DIGITS = ("1", "2", "3", "4", "5")
ATTRIBUTES = ("what_is_wrong", "effect_on_later_steps", "effect_on_answer")
NUMBER = re.compile(r"[1-4]\.[0-9]{2}|5\.00")
EXPECTED_FINDINGS_PER_STEP = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SeveritySettings(Wrapping):
    by: Literal["reasoned", "expected"] = field(
        default="reasoned",
        metadata={
            "help": "Which number decides: the one written after reasoning, or the expected value over digits.",
            "choices": ("reasoned", "expected"),
        },
    )


async def critique(chain: Chain, engine: Engine, settings: SeveritySettings, *, seed: int = 0) -> Critique:
    interview = Interview.begin(chain, engine, seed)
    written = await wrapped(settings).critique(chain, interview.engine, seed=seed)
    found = [
        (judgment.step, place, finding)
        for judgment in written.judgments
        for place, finding in enumerate(judgment.findings, 1)
    ]
    weighed = await gather(*(weigh(interview, step, place, finding) for step, place, finding in found))
    level = {(told.step, told.content["finding"]): severity_of(told.content[settings.by]) for told in weighed}

    def judged(judgment: Judgment) -> Judgment:
        findings = (
            replace(finding, severity=level[judgment.step, place] or finding.severity)
            for place, finding in enumerate(judgment.findings, 1)
        )
        return replace(judgment, findings=tuple(findings))

    return replace(
        written,
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=tuple(map(judged, written.judgments)),
        evidence=(*written.evidence, *weighed),
        costs=interview.engine.costs(),
    )


async def weigh(interview: Interview, step: int, place: int, finding: Finding) -> Evidence:
    """One call that reasons and writes the number, and one that reads the probabilities of the digits."""
    number, error = str(step), " / ".join(finding.explanations) or finding.error_type or "(unexplained)"
    said, digits = await gather(
        interview.tell(
            "severity_reasoned", number_schema(), max_new_tokens=256, draw=(step, place), step=number, finding=error
        ),
        interview.pick("severity_digit", DIGITS, step=number, finding=error),
    )
    written = text_of(said.get("severity"))
    return Evidence(
        kind="severity",
        step=step,
        content={
            "finding": place,
            "attributes": {name: text_of(said.get(name)) for name in ATTRIBUTES if text_of(said.get(name))},
            "reasoned": float(written) if NUMBER.fullmatch(written) else None,
            "expected": expected_value(digits),
            "digits": list(digits),
        },
    )


def expected_value(probabilities: tuple[float, ...]) -> float:
    """Of the digits 1, 2, … under these probabilities."""
    return sum(digit * probability for digit, probability in enumerate(probabilities, 1))


def severity_of(number: float | None) -> Severity | None:
    """The scale's three levels, each a third of what lies between 1 and 5."""
    if number is None:
        return None
    return "cosmetic" if number < 1 + 4 / 3 else "minor" if number < 1 + 8 / 3 else "decisive"


def number_schema() -> dict[str, Any]:
    reasons = {name: {"type": "string", "maxLength": 120} for name in ATTRIBUTES}
    return object_schema({**reasons, "severity": {"type": "string", "pattern": r"^([1-4]\.[0-9]{2}|5\.00)$"}})


METHOD = Method(
    name="severity",
    title="Severity by digits",
    help="Another method judges; each of its findings is given a severity from 1.00 to 5.00, after reasoning.",
    signal_source="logits",
    needs=frozenset({"logits"}),
    prompts=("severity_reasoned", "severity_digit"),
    settings=SeveritySettings,
    expected_calls=lambda steps, settings: calls_of(wrapped(settings), steps) + 2 * EXPECTED_FINDINGS_PER_STEP * steps,
    critique=critique,
)
