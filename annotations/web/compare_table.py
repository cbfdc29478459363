"""The comparison of one response: a column per critique, a row per step, everybody's marks numbered through.

Plain values from prefetched rows; the template only lays them out. A column has a letter and a slot of colour and
line; findings are numbered 1, 2, … across all columns. "B3" is finding 3, by column B, in text, image and list alike.
Findings that are the same by the project's matching name each other; what only one side found says so.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from string import ascii_uppercase
from typing import Any, Literal
from uuid import UUID

from django.utils.safestring import SafeString

from annotations.core import schema
from annotations.core.critique_facts import differing_steps, first_error, stance
from annotations.core.joined import join
from annotations.core.matching import placed as placed_findings
from annotations.core.word_diff import DiffSegment, word_diff
from annotations.models import Critique, Problem, ProblemImage, Response
from annotations.models.records import critique_record, steps_of
from annotations.web.evidence import ShownEvidence, shown_evidence
from annotations.web.step_text import NumberedMark, render_step

FoundBy = Literal["both", "people", "critics", "several", "one"]
SLOTS = 6  # of static/css/mark.css
BADGE_SHARE = 0.028  # of the image's longer side: half the height of a region's label


@dataclass(slots=True)
class ShownFinding:
    """`peers`: labels and numbers of the same finding elsewhere. `found_by`: both, people, critics, one, or several."""

    number: int
    ordinal: int  # within its critique
    label: str
    slot: int
    finding: schema.Finding
    correction: tuple[DiffSegment, ...]  # from the step's text to the corrected one, where there is one
    peers: tuple[ShownFinding, ...] = ()
    found_by: FoundBy = "one"
    critique: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """What one column says of one step."""

    column: Column
    judgment: schema.Judgment
    findings: list[ShownFinding]
    evidence: list[ShownEvidence]
    is_first_error: bool


@dataclass(frozen=True, slots=True)
class Column:
    letter: str
    slot: int
    row: Critique
    record: schema.Critique
    is_reference: bool
    evidence: list[ShownEvidence]  # of the whole chain
    findings: dict[int, list[ShownFinding]] = field(default_factory=dict)  # by step

    @property
    def seconds(self) -> float | None:
        """How long the person was at it, or the critic took; None where nobody measured."""
        seconds = self.record.active_seconds
        if seconds is None:
            seconds = self.record.costs.get("seconds")
        return seconds if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None

    @property
    def has_unparsed(self) -> bool:
        states = (self.record.answer.state, *(judgment.state for judgment in self.record.judgments))
        return "unparsed" in states


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    text: SafeString
    cells: list[Cell]
    differs: bool


@dataclass(frozen=True, slots=True)
class ShownRegion:
    """A region in pixels of the upright image, as SVG wants it; its label stands at (label_x, label_y)."""

    number: int
    label: str
    slot: int
    points: str
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class ShownImage:
    placed: ProblemImage
    regions: list[ShownRegion]
    badge: float  # half the height of a label, in pixels


@dataclass(slots=True)
class Comparison:
    columns: list[Column]
    rows: list[Row] = field(default_factory=list)
    answer_differs: bool = False
    elsewhere: int = 0  # critiques made under another segmentation, which cannot be aligned
    found: dict[FoundBy, int] = field(default_factory=dict)  # findings, each counted once
    hidden_rows: int = 0  # by a filter

    @property
    def differences(self) -> int:
        return sum(row.differs for row in self.rows) + self.answer_differs


def compare(
    response: Response, critiques: Sequence[Critique], *, tells_reference: bool = True, in_order: bool = True
) -> Comparison:
    """`response` with steps and references, `critiques` from `Critique.objects.whole()`; no queries of its own.

    tells_reference: False for whoever must not learn of which items the truth is known. in_order: the reference first,
    then people, critics; else as they are given.
    """
    references = response.references.all() if tells_reference else ()
    reference = max(references, key=lambda row: row.version, default=None)
    reference_id = reference.critique_id if reference else None
    aligned = [critique for critique in critiques if critique.segmentation == response.segmentation]
    texts = [response.source_text[step.start : step.end] for step in steps_of(response)]
    columns = [
        _column(index, critique, is_reference=critique.pk == reference_id)
        for index, critique in enumerate(_in_order(aligned, reference_id) if in_order else aligned)
    ]
    numbers = count(1)  # in reading order: step by step, from left to right
    for number, text in enumerate(texts, 1):
        for column in columns:
            column.findings[number] = _findings(column, number, text, numbers)
    found = _join(columns, response)
    differing = set(differing_steps([column.record for column in columns]))
    answers = {column.record.answer.verdict for column in columns if column.record.answer.verdict}
    rows = [
        Row(
            number=number,
            text=render_step(text, [mark for column in columns for mark in _spans(column, number)]),
            cells=[_cell(column, number) for column in columns],
            differs=number in differing,
        )
        for number, text in enumerate(texts, 1)
    ]
    return Comparison(
        columns, rows, answer_differs=len(answers) > 1, elsewhere=len(critiques) - len(aligned), found=found
    )


def shown_images(problem: Problem, columns: Sequence[Column]) -> list[ShownImage]:
    """Each image of the problem with everybody's regions in it."""
    shown = []
    for placed in problem.problem_images.all():
        findings = [one for column in columns for held in column.findings.values() for one in held]
        regions, badge = shown_regions(findings, placed.number, (placed.image.width, placed.image.height))
        shown.append(ShownImage(placed, regions, badge))
    return shown


def shown_regions(
    findings: Sequence[ShownFinding], image: int, size: tuple[int, int]
) -> tuple[list[ShownRegion], float]:
    """The regions that these findings mark in the problem's image of that number, and half the height of a label."""
    badge = round(max(size) * BADGE_SHARE, 1)
    return _spread(list(_regions(findings, image, size)), badge, size), badge


def _in_order(critiques: Sequence[Critique], reference_id: UUID | None) -> list[Critique]:
    """The reference, people, critics; each by when they first wrote, their revisions side by side."""
    first: dict[tuple[UUID, int], Any] = {}
    for critique in critiques:
        writer = (critique.author_id, critique.sample)
        first[writer] = min(first.get(writer, critique.stored_at), critique.stored_at)
    return sorted(
        critiques,
        key=lambda row: (
            row.pk != reference_id,
            row.author.kind == "critic",
            first[row.author_id, row.sample],
            row.author_id,
            row.sample,
            row.revision,
        ),
    )


def _column(index: int, critique: Critique, *, is_reference: bool) -> Column:
    record = critique_record(critique)
    evidence = [shown_evidence(item) for item in record.evidence if item.step is None]
    return Column(letter_of(index), index % SLOTS + 1, critique, record, is_reference, evidence)


def _findings(column: Column, number: int, text: str, numbers: Iterator[int]) -> list[ShownFinding]:
    earlier = sum(len(judgment.findings) for judgment in column.record.judgments[: number - 1])
    return [
        ShownFinding(
            through,
            ordinal,
            f"{column.letter}{through}",
            column.slot,
            finding,
            _correction(text, finding),
            critique=column.row.pk,
        )
        for (ordinal, finding), through in zip(
            enumerate(column.record.judgments[number - 1].findings, earlier + 1), numbers, strict=False
        )
    ]


def _join(columns: Sequence[Column], response: Response) -> dict[FoundBy, int]:
    """Tells each finding its peers and who found it; how many there are of each kind, a joined one counted once."""
    starts = [step.start for step in steps_of(response)]
    kinds = [column.record.author.kind for column in columns]
    shown = [[one for step in sorted(column.findings) for one in column.findings[step]] for column in columns]
    counted: Counter[FoundBy] = Counter()
    for group in join([placed_findings(column.record, starts) for column in columns], response.project.matching):
        found_by = _found_by({kinds[number] for number, _ in group}, set(kinds), len(group))
        counted[found_by] += 1
        for member in group:
            one = shown[member[0]][member[1]]
            one.found_by = found_by
            one.peers = tuple(shown[number][place] for number, place in group if (number, place) != member)
    return dict(counted)


def _found_by(finders: set[str], present: set[str], members: int) -> FoundBy:
    """Where people or critics alone are shown, nothing is found by one side only."""
    if len(present) < 2:
        return "several" if members > 1 else "one"
    if len(finders) == 2:
        return "both"
    return "people" if finders == {"person"} else "critics"


def letter_of(index: int) -> str:
    """A, B, … Z, AA, AB, … of a column, counted from 0."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = ascii_uppercase[rest] + letters
    return letters


def _correction(text: str, finding: schema.Finding) -> tuple[DiffSegment, ...]:
    return word_diff(text, finding.corrected_text) if finding.corrected_text else ()


def _cell(column: Column, number: int) -> Cell:
    judgment = column.record.judgments[number - 1]
    return Cell(
        column=column,
        judgment=judgment,
        findings=column.findings[number],
        evidence=[shown_evidence(item) for item in column.record.evidence if item.step == number],
        is_first_error=stance(judgment) == "incorrect" and first_error(column.record).step == number,
    )


def _spans(column: Column, number: int) -> Iterator[NumberedMark]:
    for shown in column.findings[number]:
        for mark in shown.finding.marks:
            if isinstance(mark, schema.Span):
                yield NumberedMark(shown.number, mark, shown.slot, shown.label)


def _regions(findings: Sequence[ShownFinding], image: int, size: tuple[int, int]) -> Iterator[ShownRegion]:
    width, height = size
    for shown in findings:
        for mark in shown.finding.marks:
            if isinstance(mark, schema.Region) and mark.image == image:
                corners = [(x * width, y * height) for x, y in _outline(mark)]
                left, top = min(corners, key=lambda corner: (corner[1], corner[0]))
                points = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
                yield ShownRegion(shown.number, shown.label, shown.slot, points, round(left, 1), round(top, 1))


def _outline(region: schema.Region) -> Sequence[tuple[float, float]]:
    if region.shape != "box":
        return region.points
    (left, top), (right, bottom) = region.points
    return (left, top), (right, top), (right, bottom), (left, bottom)


def _spread(regions: list[ShownRegion], badge: float, size: tuple[int, int]) -> list[ShownRegion]:
    """Labels that would lie on one another, or outside of the picture, are set side by side, then below."""
    wide, high = 4 * badge, 2 * badge
    right, bottom = size[0] - 3 * badge, size[1] - badge
    taken: list[tuple[float, float]] = []
    spread = []
    for region in regions:
        left = x = min(max(region.label_x, badge), right)
        y = min(max(region.label_y, badge), bottom)
        while any(abs(x - other) < wide and abs(y - level) < high for other, level in taken):
            x += wide
            if x > right:
                x, y = left, y + high
        taken.append((x, y))
        spread.append(replace(region, label_x=round(x, 1), label_y=round(y, 1)))
    return spread
