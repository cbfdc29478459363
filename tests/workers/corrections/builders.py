"""A chain with a planted error, a critique of it, and what a scripted model answers to each prompt."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from annotations.core.schema import AnswerJudgment, Author, Critique, Finding, Judgment
from tests.workers.scripted import Asked, ScriptedEngine
from workers.corrections.base import Corrector, Lineage
from workers.corrections.guidance import Guide
from workers.critics.base import Chain

STEPS = ("The blue bar reaches 40.", "The red bar reaches 70.", "Together they reach 110.")
MENDED = {"steps": ["The blue bar reaches 40.", "The red bar reaches 60.", "Together they reach 100."], "answer": "100"}


def a_chain(**changes: Any) -> Chain:
    chain = Chain(
        question="How much do the two bars reach together?",
        steps=STEPS,
        answer="110",
        images=(b"picture",),
        image_lines=(("40", "60"),),
    )
    return dataclasses.replace(chain, **changes)


def a_critique() -> Critique:
    """Step 2 has two findings, the first with three explanations; step 1 is unparsed, step 3 inherits."""
    misread = Finding(explanations=("It ends at 60.", "60, not 70.", "Read again."), corrected_text="It reaches 60.")
    colour = Finding(explanations=("It is orange.",))
    return Critique(
        author=Author(kind="person", name="ann"),
        answer=AnswerJudgment(verdict="incorrect", state="judged"),
        judgments=(
            Judgment(step=1, state="unparsed"),
            Judgment(step=2, verdict="incorrect", own_error=True, findings=(misread, colour)),
            Judgment(step=3, verdict="incorrect", inherits_from=(2,), findings=()),
        ),
    )


def correct(corrector: Corrector, engine: ScriptedEngine, guide: Guide | None = None, **settings: Any) -> Lineage:
    seed = settings.pop("seed", 0)
    chain = settings.pop("chain", a_chain())
    return asyncio.run(
        corrector.correct(chain, guide or Guide(), engine, corrector.settings(**settings), seed=seed)  # type: ignore[arg-type]
    )


def asks_for(asked: Asked) -> str:
    """Which prompt it was: by what it wants back."""
    properties = (asked.schema or {}).get("properties", {})
    if "steps" in properties:
        return "chain"
    return "step" if "step" in properties else "verdicts" if properties else "word"


def verdicts(*wrong: int, steps: int = 3, answer: str = "correct") -> dict[str, Any]:
    """The direct critic's reply: these steps are wrong."""
    bad = {"verdict": "incorrect", "quote": "70", "explanation": "It ends at 60.", "own_error": True}
    told = {
        f"step_{n}": {**bad, "correction": ""} if n in wrong else {"verdict": "correct"} for n in range(1, steps + 1)
    }
    return {**told, "answer": "incorrect" if wrong else answer}
