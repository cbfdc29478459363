"""A critic's output in VISCO's form: JSONL, of the same order and length as `test.jsonl`, with no id of its own.

`{"response": "<raw text>", "formatted": {"answer_correctness", "reasoning_correctness", "reasoning_critic"},
"format_error": false}`. A verdict that is null, or lies in an output with `format_error`, is unparsed: the critic did
not say it, so it counts as not flagged and costs recall, as in VISCO's own scorer. The raw text is kept as it is.

`extra["visco_output"]` keeps what the tables do not: `fields` (where they are not the usual ones), further fields under
`unknown`, `response` where it is no text, and `formatted` and `format_error` where the judgments alone would not give
them back.
"""

from __future__ import annotations

from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import AnswerJudgment, Author, Critique, Finding, Judgment
from annotations.importers import fields

FIELDS = ("response", "formatted", "format_error")


def critique_of(output: dict[str, Any], response_key: str, critic: str, *, steps: int) -> Critique:
    """One line as a critique of the response by the named critic. Raises FieldError for what is not of this form."""
    raw = output.get("response")
    formatted = output.get("formatted")
    broken = fields.flag(output.get("format_error", False), "format_error")
    told = {} if formatted is None or broken else fields.mapping(formatted, "formatted")
    verdicts = _per_step(told, "reasoning_correctness", steps)
    texts = _per_step(told, "reasoning_critic", steps)
    judgments = tuple(
        _judgment(
            number,
            fields.verdict_flag(verdict, f"formatted.reasoning_correctness.{number - 1}"),
            fields.text("" if text is None else text, f"formatted.reasoning_critic.{number - 1}"),
        )
        for number, (verdict, text) in enumerate(zip(verdicts, texts, strict=True), 1)
    )
    answer = _answer(fields.verdict_flag(told.get("answer_correctness"), "formatted.answer_correctness"))
    return Critique(
        key=f"{response_key}#{critic}",
        author=Author(kind="critic", name=critic),
        answer=answer,
        judgments=judgments,
        stage="model",
        raw_output=fields.as_text(raw) or "",
        extra=_extra(output, answer, judgments),
    )


def formatted_of(answer: AnswerJudgment, judgments: tuple[Judgment, ...]) -> dict[str, Any]:
    """VISCO's form of the verdicts and explanations; null where there is no verdict of right or wrong."""
    return {
        "answer_correctness": _flag(answer),
        "reasoning_correctness": [_flag(judgment) for judgment in judgments],
        "reasoning_critic": [
            next((text for finding in judgment.findings for text in finding.explanations), "") for judgment in judgments
        ],
    }


def _flag(judgment: AnswerJudgment | Judgment) -> bool | None:
    return {"correct": True, "incorrect": False}.get(judgment.verdict or "")


def _extra(output: dict[str, Any], answer: AnswerJudgment, judgments: tuple[Judgment, ...]) -> dict[str, Any]:
    extra: dict[str, Any] = {}
    formatted, rebuilt = output.get("formatted"), formatted_of(answer, judgments)
    if tuple(output) != FIELDS:
        extra["fields"] = list(output)
    if unknown := {name: value for name, value in output.items() if name not in FIELDS}:
        extra["unknown"] = unknown
    if "response" in output and not isinstance(output["response"], str):
        extra["response"] = output["response"]
    told_broken = output.get("format_error", False)
    if told_broken != any(judgment.state == "unparsed" for judgment in judgments):
        extra["format_error"] = told_broken
    if formatted != rebuilt or (isinstance(formatted, dict) and list(formatted) != list(rebuilt)):
        extra["formatted"] = formatted
    return {"visco_output": extra} if extra else {}


def _per_step(formatted: dict[str, Any], field: str, steps: int) -> list[Any]:
    """One value a step; steps beyond the end of a list that is too short have none."""
    value = formatted.get(field)
    values = [] if value is None else fields.listed(value, f"formatted.{field}")
    if len(values) > steps:
        raise FieldError(f"formatted.{field}", f"one entry for each of the {steps} steps", f"{len(values)} entries")
    return values + [None] * (steps - len(values))


def _judgment(number: int, correct: bool | None, text: str) -> Judgment:
    findings = (Finding(explanations=(text,)),) if text else ()
    if correct is None:
        return Judgment(step=number, state="unparsed", findings=findings)
    return Judgment(
        step=number, verdict="correct" if correct else "incorrect", origin_unknown=not correct, findings=findings
    )


def _answer(correct: bool | None) -> AnswerJudgment:
    if correct is None:
        return AnswerJudgment(state="unparsed")
    return AnswerJudgment(verdict="correct" if correct else "incorrect", state="judged")
