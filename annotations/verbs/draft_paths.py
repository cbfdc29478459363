"""The fields of a draft: which paths there are, and what each may hold. Null clears a field everywhere.

| path | value |
|---|---|
| `answer.verdict` | a verdict of the project's scale |
| `answer.confidence`, `confidence` | a number from 0 to 1 |
| `comment` | text |
| `steps.N.verdict` | a verdict of the project's scale |
| `steps.N.own_error`, `steps.N.origin_unknown` | true or false |
| `steps.N.inherits_from` | numbers of earlier steps |
| `steps.N.confidence` | a number from 0 to 1 |
| `steps.N.reason` | text: why unsure |
| `steps.N.seconds`, `answer.seconds` | active seconds spent on the step, on the answer |
| `steps.N.state` | unlabelled: left without a verdict on purpose; a verdict outweighs it |
| `steps.N.skills` | a list of skills (`core.schema.SKILLS`), each once |
| `steps.N.steps_seen` | how many steps had been shown when the verdict was given: no edit's, the server writes it |
| `difficulty` | a whole number from 1 to 5 |
| `findings.ID.step` | the step's number; null removes the finding, its number again brings it back |
| `findings.ID.error_type` | a code of the project's taxonomy |
| `findings.ID.severity` | cosmetic, minor or decisive |
| `findings.ID.explanation`, `findings.ID.corrected_text` | text |
| `answer.why`, `steps.N.why`, `findings.ID.why` | text: of an adjudicator, why this was decided so |
| `findings.ID.marks` | a list of spans and regions, in the JSON form of `core.schema.Mark` |

N counts from 1, up to the last step that the person was shown (`state` alone: of the whole chain). ID is made by the
client: 1 to 24 letters, digits or hyphens; findings stand in the order of their ids.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from math import isfinite
from typing import Any

from pydantic import TypeAdapter, ValidationError

from annotations.core.codec import FieldError
from annotations.core.schema import DIFFICULTIES, SEVERITIES, SKILLS, Mark, Region, Span, StepRange
from annotations.core.storable import unstorable_text
from annotations.core.taxonomy import Taxonomy, parse_taxonomy
from annotations.models import Draft, ProblemImage, Step

LONGEST_TEXT = 20_000  # code points
MOST_MARKS = 50  # of one finding
FINDING_ID = r"[A-Za-z0-9-]{1,24}"
_MARK: TypeAdapter[Span | Region] = TypeAdapter(Mark)


class DraftContext:
    """What a draft's values are held against; each part is read when a value needs it."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft

    @property
    def scale(self) -> tuple[str, ...]:
        return self.draft.project.scale

    @cached_property
    def ranges(self) -> tuple[StepRange, ...]:
        """The steps under the cut that the person saw, even where a newer one exists."""
        steps = Step.objects.filter(response_id=self.draft.response_id, segmentation=self.draft.segmentation)
        return tuple(
            StepRange(start=start, end=end) for start, end in steps.order_by("number").values_list("start", "end")
        )

    @property
    def step_lengths(self) -> tuple[int, ...]:
        return tuple(each.end - each.start for each in self.ranges)

    @property
    def steps_shown(self) -> int:
        """How many steps the person has seen so far: all, but where a project shows one at a time."""
        return min(self.draft.steps_shown or len(self.step_lengths), len(self.step_lengths))

    @cached_property
    def images(self) -> int:
        return ProblemImage.objects.filter(problem__responses=self.draft.response_id).count()

    @cached_property
    def taxonomy(self) -> Taxonomy:
        tree = self.draft.project.taxonomies.values_list("tree", flat=True).first()
        return parse_taxonomy(tree) if tree is not None else Taxonomy()


def check(path: str, value: Any, context: DraftContext) -> None:
    """Raises FieldError, naming the path, unless there is such a field and it may hold the value."""
    for pattern, rule in _RULES:
        if match := pattern.fullmatch(path):
            if match.groupdict().get("step"):
                is_state = path.endswith(".state")  # what was not shown yet may be left unlabelled
                shown = len(context.step_lengths) if is_state else context.steps_shown
                _step(path, int(match["step"]), shown)
            if value is not None:
                rule(path, value, context, match)
            return
    raise FieldError("path", "a field of a draft, such as steps.1.verdict", repr(path)[:140])


def _wrong(path: str, expected: str, value: Any) -> FieldError:
    return FieldError(path, expected, repr(value)[:120])


def _step(path: str, number: Any, count: int) -> None:
    if not _is_integer(number) or not 1 <= number <= count:
        raise _wrong(path, f"a step from 1 to {count}", number)


def _verdict(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if value not in context.scale:
        raise _wrong(path, f"a verdict of the project's scale ({', '.join(context.scale)})", value)


def _truth(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if not isinstance(value, bool):
        raise _wrong(path, "true or false", value)


def _fraction(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if not _is_number(value) or not 0 <= value <= 1:
        raise _wrong(path, "a number from 0 to 1", value)


def _seconds(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if not _is_number(value) or value < 0:
        raise _wrong(path, "seconds, 0 or more", value)


def _unlabelled(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if value != "unlabelled":
        raise _wrong(path, "unlabelled, or nothing", value)


def _skills(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    known = isinstance(value, list) and all(isinstance(skill, str) and skill in SKILLS for skill in value)
    if not known or len(set(value)) != len(value):
        raise _wrong(path, f"some of {', '.join(SKILLS)}, each once", value)


def _difficulty(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if not _is_integer(value) or value not in DIFFICULTIES:
        raise _wrong(path, f"a whole number from {DIFFICULTIES[0]} to {DIFFICULTIES[-1]}", value)


def _text(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if not isinstance(value, str):
        raise _wrong(path, "text", value)
    if len(value) > LONGEST_TEXT:
        raise FieldError(path, f"at most {LONGEST_TEXT} characters", f"{len(value)}; shorten it")
    for error in unstorable_text(value, path):
        raise error


def _earlier_steps(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    step = int(match["step"])
    whole = isinstance(value, list) and all(_is_integer(origin) and 1 <= origin < step for origin in value)
    if not whole or len(set(value)) != len(value):
        expected = f"earlier steps, 1 to {step - 1}, each once" if step > 1 else "nothing: the first step inherits none"
        raise _wrong(path, expected, value)


def _finding_step(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    _step(path, value, context.steps_shown)


def _error_type(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    error = context.taxonomy.check(value, field=path) if isinstance(value, str) else _wrong(path, "a code", value)
    if error is not None:
        raise error


def _severity(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if value not in SEVERITIES:
        raise _wrong(path, f"one of {', '.join(SEVERITIES)}", value)


def _marks(path: str, value: Any, context: DraftContext, match: re.Match[str]) -> None:
    if not isinstance(value, list) or len(value) > MOST_MARKS:
        raise _wrong(path, f"a list of at most {MOST_MARKS} marks", value)
    for index, item in enumerate(value):
        where = f"{path}.{index}"
        try:
            mark = _MARK.validate_python(item)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise _wrong(".".join([where, *map(str, first["loc"][1:])]), first["msg"], first["input"]) from error
        longest = max(
            context.step_lengths[: context.steps_shown]
        )  # which step it is in is checked at submit: the finding may come later
        if isinstance(mark, Span) and not mark.start < mark.end <= longest:
            raise _wrong(where, f"start before end, within the step's {longest} code points at most", item)
        if isinstance(mark, Region) and not 1 <= mark.image <= context.images:
            raise _wrong(f"{where}.image", f"an image of the problem, 1 to {context.images}", mark.image)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


Rule = Callable[[str, Any, DraftContext, "re.Match[str]"], None]

_STEP = r"steps\.(?P<step>[1-9]\d{0,3})\."
STEP_VERDICT = re.compile(_STEP + "verdict", re.ASCII)
_FINDING = rf"findings\.{FINDING_ID}\."
_RULES: tuple[tuple[re.Pattern[str], Rule], ...] = tuple(
    (re.compile(pattern, re.ASCII), rule)
    for pattern, rule in (
        (rf"(answer\.|{_STEP})verdict", _verdict),
        (_STEP + "(own_error|origin_unknown)", _truth),
        (_STEP + "inherits_from", _earlier_steps),
        (rf"(answer\.|{_STEP})?confidence", _fraction),
        (_STEP + "reason", _text),
        (rf"(answer|steps\.(?P<step>[1-9]\d{{0,3}})|findings\.{FINDING_ID})\.why", _text),
        (rf"(answer\.|{_STEP})seconds", _seconds),
        (_STEP + "state", _unlabelled),
        (_STEP + "skills", _skills),
        ("difficulty", _difficulty),
        ("comment", _text),
        (_FINDING + "step", _finding_step),
        (_FINDING + "error_type", _error_type),
        (_FINDING + "severity", _severity),
        (_FINDING + "(explanation|corrected_text)", _text),
        (_FINDING + "marks", _marks),
    )
)
