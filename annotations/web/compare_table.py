"""The comparison of one response: a column per critique, a row per step, everybody's marks numbered through.

Plain values from prefetched rows; the template only lays them out. Findings are numbered 1, 2, … across all columns,
and a column has a letter and a colour slot: marks are told apart by number, letter and line, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

from django.utils.safestring import SafeString

from annotations.core import schema
from annotations.core.critique_facts import differing_steps, first_error, stance
from annotations.models import Critique, Response
from annotations.models.records import critique_record, steps_of
from annotations.web.step_text import NumberedMark, render_step

SLOTS = 6  # colour slots in static/css/mark.css


@dataclass(frozen=True, slots=True)
class ShownFinding:
    number: int
    slot: int
    finding: schema.Finding


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column says of one step."""

    judgment: schema.Judgment
    findings: list[ShownFinding]
    evidence: list[schema.Evidence]
    is_first_error: bool


@dataclass(frozen=True, slots=True)
class Column:
    letter: str
    slot: int
    row: Critique
    record: schema.Critique
    is_reference: bool
    evidence: list[schema.Evidence]  # of the whole chain

    @property
    def seconds(self) -> float | None:
        active = self.record.active_seconds
        return active if active is not None else self.record.costs.get("seconds")


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    text: SafeString
    cells: list[Cell]
    differs: bool


@dataclass(frozen=True, slots=True)
class ShownRegion:
    """A region in pixels of the upright image, as SVG wants it."""

    number: int
    slot: int
    letter: str
    shape: str
    x: float
    y: float
    width: float
    height: float
    points: str


@dataclass(slots=True)
class Comparison:
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    regions: dict[int, list[ShownRegion]] = field(default_factory=dict)  # by image number
    answer_differs: bool = False
    elsewhere: int = 0  # critiques made under another segmentation, which cannot be aligned

    @property
    def differing(self) -> list[int]:
        return [row.number for row in self.rows if row.differs]


def compare(response: Response, critiques: Sequence[Critique], sizes: dict[int, tuple[int, int]]) -> Comparison:
    """`critiques` from `Critique.objects.whole()`; `sizes`: width and height in pixels of each image by number."""
    reference = max(response.references.all(), key=lambda row: row.version, default=None)
    reference_id = reference.critique_id if reference else None
    aligned = [critique for critique in critiques if critique.segmentation == response.segmentation]
    aligned.sort(key=lambda row: (row.pk != reference_id, row.author.kind == "critic", row.stored_at))
    columns = [_column(index, critique, reference_id) for index, critique in enumerate(aligned)]
    comparison = Comparison(columns=columns, elsewhere=len(critiques) - len(aligned))
    differing = set(differing_steps([column.record for column in columns]))
    answers = {column.record.answer.verdict for column in columns if column.record.answer.verdict}
    comparison.answer_differs = len(answers) > 1
    numbers = iter(range(1, 10_000))
    for step in steps_of(response):
        cells, marks = [], []
        for column in columns:
            cell = _cell(column, step.number, numbers)
            cells.append(cell)
            for shown in cell.findings:
                marks.extend(_spans(shown))
                _add_regions(comparison.regions, shown, column, sizes)
        text = render_step(response.source_text[step.start : step.end], marks)
        comparison.rows.append(Row(step.number, text, cells, step.number in differing))
    return comparison


def _column(index: int, critique: Critique, reference_id: Any) -> Column:
    record = critique_record(critique)
    return Column(
        letter=ascii_uppercase[index % 26],
        slot=index % SLOTS + 1,
        row=critique,
        record=record,
        is_reference=critique.pk == reference_id,
        evidence=[item for item in record.evidence if item.step is None],
    )


def _cell(column: Column, number: int, numbers: Any) -> Cell:
    judgment = column.record.judgments[number - 1]
    return Cell(
        judgment=judgment,
        findings=[ShownFinding(next(numbers), column.slot, finding) for finding in judgment.findings],
        evidence=[item for item in column.record.evidence if item.step == number],
        is_first_error=stance(judgment) == "incorrect" and first_error(column.record).step == number,
    )


def _spans(shown: ShownFinding) -> list[NumberedMark]:
    spans = (mark for mark in shown.finding.marks if isinstance(mark, schema.Span))
    return [NumberedMark(shown.number, span, shown.slot) for span in spans]


def _add_regions(
    regions: dict[int, list[ShownRegion]], shown: ShownFinding, column: Column, sizes: dict[int, tuple[int, int]]
) -> None:
    for mark in shown.finding.marks:
        if not isinstance(mark, schema.Region) or mark.image not in sizes:
            continue
        width, height = sizes[mark.image]
        corners = [(x * width, y * height) for x, y in mark.points]
        left, top = min(x for x, _ in corners), min(y for _, y in corners)
        regions.setdefault(mark.image, []).append(
            ShownRegion(
                number=shown.number,
                slot=shown.slot,
                letter=column.letter,
                shape=mark.shape,
                x=round(left, 1),
                y=round(top, 1),
                width=round(max(x for x, _ in corners) - left, 1),
                height=round(max(y for _, y in corners) - top, 1),
                points=" ".join(f"{x:.1f},{y:.1f}" for x, y in corners),
            )
        )
