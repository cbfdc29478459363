"""What came of a response's critiques, for the compare page: its corrections side by side, and checks of findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.utils.safestring import SafeString

from annotations.metrics.rollouts import Change, Estimate
from annotations.models import Effect, FindingCheck, Response
from annotations.models.records import steps_of
from annotations.web.compare_table import Column
from annotations.web.step_text import render_step

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class ShownCorrection:
    """One correction with the change of the answer. `letter` and `slot` are those of the column that guided it."""

    effect: Effect
    letter: str
    slot: int
    steps: tuple[SafeString, ...]
    before: SafeString | None
    after: SafeString | None


@dataclass(frozen=True, slots=True)
class ShownCheck:
    """The newest check of a finding. Shares are of the rollouts that were read, changes have a 95 % interval."""

    check: FindingCheck

    @property
    def bars(self) -> list[tuple[str, float | None, int]]:
        """Which prefix, its success and how many of its rollouts were read, in the order of the story."""
        sets = [("before", self.check.before), ("after", self.check.after)]
        if self.check.corrected is not None:
            sets.append(("corrected", self.check.corrected))
        return [(name, each.tally.success, each.tally.read) for name, each in sets]

    @property
    def changes(self) -> list[tuple[str, Estimate, Change]]:
        told = [("step", self.check.step), ("correction", self.check.correction)]
        return [(name, estimate, estimate.change) for name, estimate in told if estimate.value is not None]


def shown_corrections(response: Response, columns: Sequence[Column]) -> tuple[list[ShownCorrection], int]:
    """The newest corrections that leave nothing out, at most `MOST_SHOWN`, and how many there are. Four queries."""
    effects = Effect.objects.filter(revised=response).of_whole_critiques()
    letters = {column.row.pk: (column.letter, column.slot) for column in columns}
    newest = effects.select_related("corrector", "critique__author", "correction").prefetch_related("correction__steps")
    before = render_step(response.answer) if response.answer else None
    shown = []
    for effect in newest[:MOST_SHOWN]:
        made = effect.correction
        letter, slot = letters.get(effect.critique_id, ("", 0)) if effect.critique_id else ("", 0)
        shown.append(
            ShownCorrection(
                effect,
                letter,
                slot,
                tuple(render_step(made.source_text[step.start : step.end]) for step in steps_of(made)),
                before,
                render_step(made.answer) if made.answer else None,
            )
        )
    return shown, len(shown) if len(shown) < MOST_SHOWN else effects.count()


def shown_checks(columns: Sequence[Column]) -> dict[tuple[UUID, int], ShownCheck]:
    """By critique and finding, the newest of each. One query."""
    checks = FindingCheck.objects.filter(critique__in=[column.row.pk for column in columns])
    found: dict[tuple[UUID, int], ShownCheck] = {}
    for check in checks.select_related("before", "after", "corrected"):
        found.setdefault((check.critique_id, check.finding), ShownCheck(check))
    return found
