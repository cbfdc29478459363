"""What a corrector is told of a critique: nothing, its answer verdict (A), its step verdicts too (AS), all of it (ASE).

Source: VISCO's three settings (METHODS.md 1.6), with "none" added. VISCO prints "unknown" where a verdict is missing;
here the text says that nobody judged it, so that no corrector takes it for a verdict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from annotations.core.critique_facts import stance
from annotations.core.schema import Critique, Finding, GuidanceLevel, Judgment

NO_FEEDBACK = "(No feedback is given. Check the reasoning yourself.)"
_WORDS = {"correct": "correct", "incorrect": "incorrect", "neutral": "neither right nor wrong", "unsure": "doubtful"}
NOT_JUDGED = "not judged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """How much of which critique is told. Findings count from 1 through the whole critique.

    explanations: of each finding the number of the one that is shown, 0 for none (core.effects.choose_explanations).
    left_out: a finding that is kept back whole; a step with no other finding is then told as not judged.
    corrected_text: whether the step as it should have been is told too. VISCO does not: it may hold the answer.
    """

    level: GuidanceLevel = "none"
    critique: Critique | None = None
    explanations: tuple[int, ...] = ()
    left_out: int | None = None
    corrected_text: bool = False

    def __post_init__(self) -> None:
        if self.level not in get_args(GuidanceLevel):
            raise ValueError(f"level: expected one of {', '.join(get_args(GuidanceLevel))}, found {self.level!r}")
        if (self.level == "none") != (self.critique is None):
            raise ValueError(f"level {self.level}: expected a critique for A, AS and ASE, and none for none")

    def in_words(self) -> str:
        """The feedback as it stands in the prompt."""
        if self.critique is None:
            return NO_FEEDBACK
        lines = [f"The final answer is {_told(self.critique.answer)}."]
        if self.level != "A":
            findings = iter(_numbered(self.critique))
            for judgment in self.critique.judgments:
                own = [next(findings) for _ in judgment.findings]
                lines.append(self._step(judgment, own))
        return "\n".join(lines)

    def _step(self, judgment: Judgment, own: list[tuple[int, Finding]]) -> str:
        kept = [(number, finding) for number, finding in own if number != self.left_out]
        if own and not kept:
            return f"Step {judgment.step}: {NOT_JUDGED}."
        told = f"Step {judgment.step}: {_told(judgment)}."
        if self.level == "ASE":
            told += "".join(self._finding(number, finding) for number, finding in kept)
        return told

    def _finding(self, number: int, finding: Finding) -> str:
        shown = self.explanations[number - 1] if number <= len(self.explanations) else 0
        told = f" {finding.explanations[shown - 1].strip()}" if shown else ""
        if self.corrected_text and finding.corrected_text:
            told += f" It should be: {finding.corrected_text.strip()}"
        return told


def _numbered(critique: Critique) -> list[tuple[int, Finding]]:
    return list(enumerate((finding for judgment in critique.judgments for finding in judgment.findings), 1))


def _told(judgment: Judgment | object) -> str:
    verdict = stance(judgment) if isinstance(judgment, Judgment) else getattr(judgment, "verdict", None)
    return _WORDS.get(verdict or "", NOT_JUDGED)


def first_flagged(critique: Critique | None) -> int | None:
    """The first step that the critique calls wrong, own error or inherited; None if it flags none."""
    if critique is None:
        return None
    return next((judgment.step for judgment in critique.judgments if stance(judgment) == "incorrect"), None)
