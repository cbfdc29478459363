"""A draft under another cut: what was typed moves with the text. Also single edits that an open page made too late.

Judgments are carried as core/cuts.py says. A finding goes to the new step that holds most of its marked text, without
marks to the first part of its step; where its spans fall into several steps, each further one gets a finding of the
same type, severity and words with the spans that lie there. A corrected text of a step that was joined is completed by
the other step's text, for it tells the whole step. Marks of findings that were removed go.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models.functions import Now

from annotations.core.cuts import carried, rebased, shared
from annotations.core.schema import Span, StepRange
from annotations.models import Draft, DraftField, Response, Step
from annotations.verbs.draft_paths import FINDING_ID

_STEP_PATH = re.compile(r"steps\.(\d+)\.(\w+)", re.ASCII)
_FINDING_PATH = re.compile(rf"findings\.({FINDING_ID})\.(\w+)", re.ASCII)
CLIENT = "new-cut"
Ranges = Sequence[StepRange]


def ranges_of(response: Response, segmentation: int) -> tuple[StepRange, ...]:
    rows = Step.objects.filter(response=response, segmentation=segmentation).order_by("number")
    return tuple(StepRange(start=start, end=end) for start, end in rows.values_list("start", "end"))


def move(draft: Draft, text: str, old: Ranges, new: Ranges, segmentation: int) -> None:
    """The locked draft, with every value, under the new cut. Inside the caller's transaction."""
    rows = DraftField.objects.filter(draft=draft).exclude(path__startswith="clients.")
    values = {row.path: row.value for row in rows}
    moved = moved_values(values, text, old, new)
    rows.delete()
    DraftField.objects.bulk_create(
        DraftField(draft=draft, path=path, value=value, version=draft.version + number, client=CLIENT, edit="1")
        for number, (path, value) in enumerate(moved.items(), 1)
    )
    shown = draft.steps_shown and max(shared(old, new)[min(draft.steps_shown, len(old))])
    Draft.objects.filter(pk=draft.pk).update(
        segmentation=segmentation, steps_shown=shown, version=draft.version + len(moved) + 1, updated_at=Now()
    )


def moved_values(values: Mapping[str, Any], text: str, old: Ranges, new: Ranges) -> dict[str, Any]:
    """Path → value under the new cut; a value that is null is left out."""
    steps: dict[int, dict[str, Any]] = defaultdict(dict)
    findings: dict[str, dict[str, Any]] = defaultdict(dict)
    moved: dict[str, Any] = {}
    for path, value in values.items():
        if value is None:
            continue
        if match := _STEP_PATH.fullmatch(path):
            steps[int(match[1])][match[2]] = value
        elif match := _FINDING_PATH.fullmatch(path):
            findings[match[1]][match[2]] = value
        else:
            moved[path] = value
    holding: dict[int, set[int]] = defaultdict(set)
    for id, finding in findings.items():
        for new_id, parts in _moved_finding(id, finding, text, old, new):
            moved |= {f"findings.{new_id}.{name}": value for name, value in parts.items()}
            if "step" in finding:
                holding[finding["step"]].add(parts["step"])
    seen = shared(old, new)
    for told in steps.values():
        if told.get("steps_seen") in seen:
            told["steps_seen"] = max(seen[told["steps_seen"]])
    for number, told in carried(steps, holding, old, new).items():
        if not told.get("verdict"):
            told.pop("steps_seen", None)
        moved |= {f"steps.{number}.{name}": value for name, value in told.items()}
    return moved


def _moved_finding(
    id: str, finding: Mapping[str, Any], text: str, old: Ranges, new: Ranges
) -> list[tuple[str, dict[str, Any]]]:
    parts = {name: value for name, value in finding.items() if name != "marks"}
    if "step" not in finding:
        return [(id, parts)]
    step = finding["step"]
    marks = _moved_marks(finding.get("marks") or [], step, old, new)
    home = max(marks, key=lambda number: _marked(marks[number])) if marks else shared(old, new)[step][0]
    regions = [mark for mark in finding.get("marks") or [] if mark["kind"] != "span"]
    parts["step"] = home
    if own := [*marks.pop(home, []), *regions]:
        parts["marks"] = own
    if corrected := finding.get("corrected_text"):
        parts["corrected_text"] = _completed(corrected, text, old[step - 1], new[home - 1])
    told = {name: value for name, value in finding.items() if name in ("error_type", "severity", "explanation")}
    further = [
        (f"{id[:20]}-{number}", told | {"step": number, "marks": spans}) for number, spans in sorted(marks.items())
    ]
    return [(id, parts), *further]


def _moved_marks(marks: Sequence[Any], step: int, old: Ranges, new: Ranges) -> dict[int, list[dict[str, Any]]]:
    """The spans among the marks, by new step."""
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for mark in marks:
        if mark["kind"] == "span":
            for number, span in rebased(Span(start=mark["start"], end=mark["end"]), step, old, new):
                found[number].append({"kind": "span", "start": span.start, "end": span.end})
    return found


def _marked(spans: Sequence[Mapping[str, int]]) -> int:
    return sum(span["end"] - span["start"] for span in spans)


def _completed(corrected: str, text: str, old: StepRange, new: StepRange) -> str:
    """The corrected text of a step that is part of a longer one now, with what the longer one has around it."""
    if new.start <= old.start and old.end <= new.end:
        return text[new.start : old.start] + corrected + text[old.end : new.end]
    return corrected


def late(path: str, value: Any, values: Mapping[str, Any], old: Ranges, new: Ranges) -> dict[str, Any]:
    """An edit that a page made under the old cut after its draft had moved: path → value under the new one.

    What names a step is said of each of its parts; spans are taken to lie in the first old step that they fit into.
    values: the draft's own, which tell where a finding is now.
    """
    to_new = shared(old, new)
    if match := _STEP_PATH.fullmatch(path):
        step = int(match[1])
        if step not in to_new:
            return {}
        if match[2] == "inherits_from" and value:
            value = sorted({part for origin in value for part in to_new.get(origin, ())})
        parts = to_new[step]
        told = {f"steps.{part}.{match[2]}": value for part in parts}
        if match[2] == "inherits_from" and value:
            told = {f"steps.{part}.{match[2]}": [origin for origin in value if origin < part] or None for part in parts}
        return told
    match = _FINDING_PATH.fullmatch(path)
    if match and match[2] == "step" and value in to_new:
        return {path: to_new[value][0]}
    if match and match[2] == "marks" and value:
        home = values.get(f"findings.{match[1]}.step")
        fits = [
            step
            for step, parts in to_new.items()
            if home in parts and all(mark.get("end", 0) <= old[step - 1].end - old[step - 1].start for mark in value)
        ]
        if not fits:
            return {}
        kept = _moved_marks(value, fits[0], old, new).get(home or 0, [])
        return {path: [*kept, *(mark for mark in value if mark.get("kind") != "span")] or None}
    return {path: value}
