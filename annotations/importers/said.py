"""What one author of another tool said of a chain, read by a mapping: judgments, findings and marks.

A finding belongs to a step. Something said of a region of the text goes to the step that holds it, cut where it lies
over several; of a region of the image, to the step of the text region that it is related to. What names no step stays
with the critique, and is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from annotations.core.schema import (
    SEVERITIES,
    VERDICTS,
    AnswerJudgment,
    Finding,
    Judgment,
    Mark,
    Region,
    Span,
    StepRange,
    Verdict,
)
from annotations.importers import mapping as mappings
from annotations.importers.base import Note
from annotations.importers.foreign import Annotation, Said

UNNAMED = Note("changed", "value that the mapping does not name: kept with the critique")
OF_NO_STEP = Note("changed", "said of no step: kept with the critique")
OVER_STEPS = Note("changed", "mark over several steps: cut into one for each")
NO_PLACE = Note("changed", "mark whose place in the text is not clear: kept with the critique")
NO_IMAGE = Note("changed", "region on an image that stayed out: kept with the critique")
TWO_VERDICTS = Note("changed", "two verdicts of one step: left unlabelled, both kept with the critique")
_OF_A_STEP = ("error_type", "step_verdict", "explanation", "corrected_text", "severity")


@dataclass(slots=True)
class _Group:
    """What was said of one region or step."""

    said: list[Said] = field(default_factory=list)
    spans: list[tuple[int, Span]] = field(default_factory=list)  # by step
    regions: list[Region] = field(default_factory=list)
    is_of_image: bool = False
    steps: list[int] = field(default_factory=list)


@dataclass(slots=True)
class _Place:
    """What was said of one place, by its meaning here."""

    error_types: list[str | None] = field(default_factory=list)
    explanations: list[str] = field(default_factory=list)
    corrected: str | None = None
    severity: Any = None
    verdicts: list[Verdict] = field(default_factory=list)

    @property
    def is_a_finding(self) -> bool:
        return bool(self.explanations or self.corrected or self.severity)


class Reading:
    """Reads one annotation: call `judgments`, then take the rest. `columns` are the record's."""

    def __init__(
        self,
        mapping: mappings.Mapping,
        text: str,
        steps: tuple[StepRange, ...],
        *,
        images: int,
        columns: Mapping[str, Any],
    ) -> None:
        self.mapping, self.text, self.steps, self.images, self.columns = mapping, text, steps, images, columns
        self.notes: list[Note] = []
        self.comments: list[str] = []
        self.corrections: list[str] = []
        self.answer = AnswerJudgment()
        self.confidence: float | None = None
        self._verdicts: dict[int, set[Verdict]] = {}
        self._findings: dict[int, list[Finding]] = {}

    def judgments(self, annotation: Annotation) -> tuple[Judgment, ...]:
        """One for each step."""
        groups = self._groups(annotation.said)
        self._relate(groups, annotation.relations)
        for group in groups.values():
            self._read(group)
        return tuple(self._judgment(number) for number in range(1, len(self.steps) + 1))

    # --- Where ------------------------------------------------------------------------------------------------------

    def _groups(self, said: Iterable[Said]) -> dict[str, _Group]:
        groups: dict[str, _Group] = {}
        for index, each in enumerate(said):
            role, step = self._role(each.control)
            name = f"step {step}" if step else each.group or f"alone {index}"
            group = groups.setdefault(name, _Group())
            group.said.append(each)
            number = step or each.step
            if number is not None and 1 <= number <= len(self.steps) and number not in group.steps:
                group.steps.append(number)
            if each.points:
                self._region(each, group)
            elif each.start is not None or each.quoted is not None:
                self._span(each, group, is_mark=role != "extra")
        for group in groups.values():
            group.steps += [step for step, _ in group.spans if step not in group.steps]
        return groups

    def _role(self, control: str) -> tuple[str, int | None]:
        """Of a control, or of a column of a table that says the same."""
        column = self.mapping.columns.get(control)
        if column in ("step_verdicts", "step_explanations", "answer_verdict", "comment"):
            return {"step_verdicts": "step_verdict", "step_explanations": "explanation"}.get(column, column), None
        return self.mapping.role(control)

    def _region(self, said: Said, group: _Group) -> None:
        group.is_of_image = True
        if not self.images:
            self.notes.append(NO_IMAGE)
            return
        region = Region(shape="box" if len(said.points) == 2 else "polygon", points=said.points)
        if region not in group.regions:
            group.regions.append(region)

    def _span(self, said: Said, group: _Group, *, is_mark: bool) -> None:
        if said.step is not None and said.start is not None and said.end is not None:
            place = (said.step, Span(start=said.start, end=said.end))
            if place not in group.spans:
                group.spans.append(place)
            return
        found = self._place(said)
        if found is None:
            if is_mark:
                self.notes.append(NO_PLACE)
            return
        start, end = found
        parts = [
            (number, Span(start=max(start, step.start) - step.start, end=min(end, step.end) - step.start))
            for number, step in enumerate(self.steps, 1)
            if start < step.end and step.start < end
        ]
        new = [part for part in parts if part not in group.spans]
        if len(parts) > 1 and new:
            self.notes.append(OVER_STEPS)
        if not parts and is_mark:
            self.notes.append(NO_PLACE)
        group.spans += new

    def _place(self, said: Said) -> tuple[int, int] | None:
        """Code points of the chain, held against the quoted text where there is one: offsets may count otherwise."""
        column = self.mapping.objects.get(said.field, said.field)
        if column in self.columns and column != self.mapping.column("chain"):
            return None
        if said.start is not None and said.end is not None:
            start, end = said.start, said.end
            if 0 <= start < end <= len(self.text) and (said.quoted is None or self._quotes(start, end, said.quoted)):
                return start, end
            units = _from_utf16(self.text, start, end)
            if said.quoted is not None and units and self._quotes(*units, said.quoted):
                self.notes.append(Note("changed", "offsets in UTF-16 units: counted in code points"))
                return units
        if said.quoted and self.text.count(said.quoted) == 1:
            start = self.text.index(said.quoted)
            return start, start + len(said.quoted)
        return None

    def _quotes(self, start: int, end: int, quoted: str) -> bool:
        """Label Studio quotes line breaks as the two characters backslash and n."""
        return quoted.replace("\\n", "\n").strip() == self.text[start:end].replace("\\n", "\n").strip()

    def _relate(self, groups: dict[str, _Group], relations: Iterable[tuple[str, str]]) -> None:
        """A region of the image belongs to the finding that it is related to."""
        for one, other in relations:
            for text_name, image_name in ((one, other), (other, one)):
                at_text, at_image = groups.get(text_name), groups.get(image_name)
                if at_text and at_image and at_text.steps and at_image.is_of_image and not at_image.steps:
                    at_text.regions += [region for region in at_image.regions if region not in at_text.regions]
                    at_image.regions = []
                    at_text.said += [each for each in at_image.said if self._role(each.control)[0] == "explanation"]
                    at_image.said = []

    # --- What -------------------------------------------------------------------------------------------------------

    def _read(self, group: _Group) -> None:
        """Everything said of one place, as findings of its steps."""
        place = self._said_of_place(group)
        steps = group.steps or ([1] if len(self.steps) == 1 else [])
        if not steps:
            self._of_no_step(group, place)
        for step in steps:
            self._verdicts.setdefault(step, set()).update(place.verdicts)
            marks: list[Mark] = [span for number, span in group.spans if number == step]
            if step == steps[0]:
                marks += group.regions
            self._findings.setdefault(step, []).extend(
                Finding(
                    error_type=error_type,
                    explanations=tuple(place.explanations),
                    corrected_text=place.corrected,
                    severity=place.severity,
                    marks=tuple(marks),
                )
                for error_type in place.error_types or ([None] if place.is_a_finding else [])
            )

    def _said_of_place(self, group: _Group) -> _Place:
        place = _Place()
        for said in group.said:
            role = self._role(said.control)[0]
            if role not in _OF_A_STEP:
                self._whole(role, said)
            elif role == "explanation":
                place.explanations += [text for text in said.values if text.strip()]
            elif role == "corrected_text":
                place.corrected = "\n".join(said.values) or place.corrected
            else:
                for meaning in self._meanings(said):
                    self._add_meaning(place, role, meaning)
        return place

    def _add_meaning(self, place: _Place, role: str, meaning: Any) -> None:
        if meaning in VERDICTS:
            place.verdicts.append(meaning)
        elif meaning in SEVERITIES:
            place.severity = meaning
        elif role == "error_type":
            place.error_types.append(meaning)
        else:
            self.notes.append(UNNAMED)

    def _of_no_step(self, group: _Group, place: _Place) -> None:
        """An explanation without a place is a comment; everything else stays in `extra`."""
        self.comments += place.explanations
        is_comment = place.explanations and not group.spans and not group.is_of_image
        if not is_comment and (place.error_types or place.is_a_finding or place.verdicts):
            self.notes.append(OF_NO_STEP)

    def _meanings(self, said: Said) -> Iterable[str | None]:
        """Of each value: a code of ours, or None for a label without an error type here; ignored ones not at all."""
        for value in said.values:
            meaning = self.mapping.value(said.control, value)
            if meaning == mappings.IGNORED:
                continue
            if meaning is None and value in VERDICTS:
                meaning = value
            if meaning is None:
                self.notes.append(UNNAMED)
                if self._role(said.control)[0] != "error_type":
                    continue
            yield meaning

    def _whole(self, role: str, said: Said) -> None:
        """What is said of the whole response."""
        if role == "comment":
            self.comments += [text for text in said.values if text.strip()]
        elif role == "correction":
            self.corrections += [text for text in said.values if text.strip()]
        elif role == "answer_verdict":
            for meaning in self._meanings(said):
                if meaning in VERDICTS:
                    self.answer = AnswerJudgment(verdict=meaning, state="judged")
                else:
                    self.notes.append(UNNAMED)
        elif role == "confidence" and said.number is not None:
            low, high = self.mapping.scales.get(said.control, (0.0, 1.0))
            if low <= said.number <= high:
                self.confidence = (said.number - low) / (high - low)
            else:
                self.notes.append(UNNAMED)

    def _judgment(self, number: int) -> Judgment:
        verdicts, findings = self._verdicts.get(number, set()), tuple(self._findings.get(number, ()))
        if len(verdicts) > 1:
            self.notes.append(TWO_VERDICTS)
            return Judgment(step=number, state="unlabelled", findings=findings)
        if verdicts or findings:
            verdict = next(iter(verdicts), "incorrect")
            return Judgment(
                step=number,
                verdict=verdict,  # type: ignore[arg-type]
                origin_unknown=verdict == "incorrect",
                findings=findings,
            )
        if self.mapping.unmarked == "correct":
            return Judgment(step=number, verdict="correct")
        return Judgment(step=number, state="unlabelled")


def _from_utf16(text: str, start: int, end: int) -> tuple[int, int] | None:
    """Code points for offsets that count UTF-16 units, as a browser does."""
    units, starts = 0, {}
    for position, character in enumerate(text):
        starts[units] = position
        units += 1 + (ord(character) > 0xFFFF)
    starts[units] = len(text)
    return (starts[start], starts[end]) if start in starts and end in starts and start < end else None
