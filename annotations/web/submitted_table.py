"""A person's submitted critique step by step, with the critics' findings beside their own. Plain values, no queries.

Built on the compare page's columns: letters, colours and numbers of findings mean the same on both pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.safestring import SafeString

from annotations.core.beside import beside
from annotations.models import Critique, Response
from annotations.web.compare_table import Cell, Column, Comparison, ShownFinding, compare

Reactions = Mapping[tuple[Any, int], str]  # (critique, ordinal of the finding) → the person's reaction


@dataclass(frozen=True, slots=True)
class Theirs:
    """A critic's finding; `ordinal` counts through its critique, as the database does."""

    column: Column
    shown: ShownFinding
    ordinal: int
    reaction: str


@dataclass(slots=True)
class Pair:
    """A finding of the person's with those of critics beside it, or those of critics that stand alone."""

    mine: ShownFinding | None
    theirs: list[Theirs] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SubmittedRow:
    number: int
    text: SafeString
    cells: list[Cell]
    pairs: list[Pair]
    differs: bool


@dataclass(frozen=True, slots=True)
class Submitted:
    comparison: Comparison
    rows: list[SubmittedRow]
    to_react: int  # findings of critics without a reaction yet

    @property
    def columns(self) -> list[Column]:
        return self.comparison.columns


def submitted_table(response: Response, own: Critique, critics: Sequence[Critique], reactions: Reactions) -> Submitted:
    """All of `Critique.objects.whole()`, under one segmentation, which `response.segmentation` tells."""
    comparison = compare(response, [own, *critics])
    comparison.columns.sort(key=lambda column: column.row.pk != own.pk)  # stable: the person's own first
    rows = []
    for row in comparison.rows:
        cells = sorted(row.cells, key=lambda cell: cell.column.row.pk != own.pk)
        pairs = _pairs(cells, row.number, reactions)
        rows.append(SubmittedRow(row.number, row.text, cells, pairs, row.differs))
    theirs = [each for row in rows for pair in row.pairs for each in pair.theirs]
    return Submitted(comparison, rows, to_react=sum(not each.reaction for each in theirs))


def _pairs(cells: Sequence[Cell], step: int, reactions: Reactions) -> list[Pair]:
    mine, *others = cells
    pairs = [Pair(shown) for shown in mine.findings]
    alone = Pair(None)
    for cell in others:
        matched = beside([each.finding for each in mine.findings], [each.finding for each in cell.findings])
        before = sum(len(cell.column.findings[number]) for number in range(1, step))
        for index, shown in enumerate(cell.findings):
            ordinal = before + index + 1
            told = reactions.get((cell.column.row.pk, ordinal), "")
            pair = pairs[matched[index]] if index in matched else alone
            pair.theirs.append(Theirs(cell.column, shown, ordinal, told))
    return [*pairs, alone] if alone.theirs else pairs
