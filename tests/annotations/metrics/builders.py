"""Critiques in a line: `critique("ciu", answer="i")` — one letter a step."""

from __future__ import annotations

from typing import Any

from annotations.core.schema import AnswerJudgment, Author, Critique, Finding, Judgment

VERDICTS = {"c": "correct", "i": "incorrect", "n": "neutral", "u": "unsure"}
STATES = {"-": "unlabelled", "?": "unparsed", "a": "abstained"}
SOMEBODY = Author(kind="person", name="somebody")


def judgment(step: int, letter: str, *, types: tuple[str, ...] = (), **more: Any) -> Judgment:
    findings = tuple(Finding(error_type=kind) for kind in types)
    if letter in STATES:
        return Judgment(step=step, state=STATES[letter], findings=findings, **more)  # type: ignore[arg-type]
    return Judgment(step=step, verdict=VERDICTS[letter], findings=findings, **more)  # type: ignore[arg-type]


def critique(steps: str, *, answer: str = "-", types: dict[int, tuple[str, ...]] | None = None) -> Critique:
    verdict = VERDICTS.get(answer)
    return Critique(
        author=SOMEBODY,
        answer=AnswerJudgment(verdict=verdict, state="judged" if verdict else STATES[answer]),  # type: ignore[arg-type]
        judgments=tuple(
            judgment(number, letter, types=(types or {}).get(number, ())) for number, letter in enumerate(steps, 1)
        ),
    )
