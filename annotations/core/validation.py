"""The one validator of critiques, whoever wrote them: it returns every error, each with the path of its field.

Paths count from 0 as JSON does: `judgments.2.findings.0.marks.1.end`. What the schema's types already say
(`codec.py`) is checked again only where a form or a model could build it wrongly. Constraints in the database stand
behind all this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import isfinite

from annotations.core.codec import FieldError
from annotations.core.schema import (
    DIFFICULTIES,
    SEVERITIES,
    SKILLS,
    STATES,
    AnswerJudgment,
    Critique,
    Finding,
    Judgment,
    Region,
    Response,
    Span,
    Verdict,
)
from annotations.core.storable import unstorable_text
from annotations.core.taxonomy import Taxonomy


def check_critique(
    critique: Critique,
    response: Response,
    *,
    scale: Collection[Verdict],
    taxonomy: Taxonomy,
    images: int,
    explanation_required: bool = False,
    text_checked: bool = False,
) -> list[FieldError]:
    """All errors of a critique of the response, in the order of its fields; empty if it may be submitted.

    scale: the project's verdicts. images: how many the problem has. explanation_required: a step judged incorrect for
    an error of its own needs a finding with an explanation, and so does each of its findings; what is inherited only
    does not. text_checked: whoever read the record has seen that its text can be stored, so it is not searched again.
    """
    if response.steps is None:
        return [
            FieldError("judgments", "a response that has been split into steps", "one that has not; split it first")
        ]
    lengths = [step.end - step.start for step in response.steps]
    errors = list(_check_verdict(critique.answer, scale, "answer"))
    errors += _check_order(critique.judgments, len(lengths))
    for index, (judgment, length) in enumerate(zip(critique.judgments, lengths, strict=False)):
        path = f"judgments.{index}"
        errors += _check_verdict(judgment, scale, path)
        errors += _check_origin(judgment, path)
        errors += _check_skills(judgment, path)
        errors += _check_steps_seen(judgment, len(lengths), path)
        if explanation_required:
            errors += _check_explained(judgment, path)
        for position, finding in enumerate(judgment.findings):
            errors += _check_finding(finding, length, images, taxonomy, f"{path}.findings.{position}")
    errors += _check_fraction(critique.confidence, "confidence")
    if critique.difficulty is not None and critique.difficulty not in DIFFICULTIES:
        errors.append(
            _wrong("difficulty", f"a whole number from {DIFFICULTIES[0]} to {DIFFICULTIES[-1]}", critique.difficulty)
        )
    for index, evidence in enumerate(critique.evidence):
        if evidence.step is not None and not 1 <= evidence.step <= len(lengths):
            errors.append(_wrong(f"evidence.{index}.step", f"none, or a step from 1 to {len(lengths)}", evidence.step))
    return errors if text_checked else [*errors, *unstorable_text(critique)]


def check_response(response: Response, *, text_checked: bool = False) -> list[FieldError]:
    """All errors of a response itself: steps out of order or beyond its text, and text that cannot be stored."""
    errors: list[FieldError] = []
    earlier_end = 0
    for index, step in enumerate(response.steps or ()):
        path, length = f"steps.{index}", len(response.source_text)
        if step.start < earlier_end:
            errors.append(_wrong(f"{path}.start", f"at least {earlier_end}, where the step before ends", step.start))
        if not step.start <= step.end <= length:
            errors.append(_wrong(f"{path}.end", f"from {step.start} to {length}, the length of the text", step.end))
        earlier_end = max(earlier_end, step.end)
    return errors if text_checked else [*errors, *unstorable_text(response)]


def _wrong(path: str, expected: str, found: object) -> FieldError:
    return FieldError(path, expected, repr(found))


def _check_order(judgments: Sequence[Judgment], steps: int) -> Iterator[FieldError]:
    if len(judgments) != steps:
        yield FieldError("judgments", f"one judgment for each of the {steps} steps", f"{len(judgments)} judgments")
    for index, judgment in enumerate(judgments[:steps]):
        if judgment.step != index + 1:
            yield _wrong(f"judgments.{index}.step", f"{index + 1}, since judgments stand in step order", judgment.step)


def _check_verdict(judgment: Judgment | AnswerJudgment, scale: Collection[Verdict], path: str) -> Iterator[FieldError]:
    if judgment.state not in STATES:
        yield _wrong(f"{path}.state", f"one of {', '.join(STATES)}", judgment.state)
    elif judgment.state == "judged" and judgment.verdict is None:
        yield FieldError(f"{path}.verdict", f"a verdict ({', '.join(scale)}), since the state is judged", "none")
    elif judgment.state != "judged" and judgment.verdict is not None:
        yield _wrong(f"{path}.verdict", f"none, since the state is {judgment.state}", judgment.verdict)
    elif judgment.verdict is not None and judgment.verdict not in scale:
        yield _wrong(f"{path}.verdict", f"a verdict of the project's scale ({', '.join(scale)})", judgment.verdict)
    yield from _check_fraction(judgment.confidence, f"{path}.confidence")


def _check_origin(judgment: Judgment, path: str) -> Iterator[FieldError]:
    earlier = "an earlier step" if judgment.step <= 2 else f"an earlier step, 1 to {judgment.step - 1}"
    for index, origin in enumerate(judgment.inherits_from):
        if not 1 <= origin < judgment.step:
            expected = "nothing: the first step inherits no error" if judgment.step == 1 else earlier
            yield _wrong(f"{path}.inherits_from.{index}", expected, origin)
        elif origin in judgment.inherits_from[:index]:
            yield _wrong(f"{path}.inherits_from.{index}", "each step once", origin)
    if judgment.origin_unknown and (judgment.own_error or judgment.inherits_from):
        yield FieldError(
            f"{path}.origin_unknown", "false, since an origin is given (or no own error and no inherited one)", "true"
        )


def _check_skills(judgment: Judgment, path: str) -> Iterator[FieldError]:
    for index, skill in enumerate(judgment.skills):
        if skill not in SKILLS:
            yield _wrong(f"{path}.skills.{index}", f"one of {', '.join(SKILLS)}", skill)
        elif skill in judgment.skills[:index]:
            yield _wrong(f"{path}.skills.{index}", "each skill once", skill)


def _check_steps_seen(judgment: Judgment, steps: int, path: str) -> Iterator[FieldError]:
    if judgment.steps_seen is not None and not judgment.step <= judgment.steps_seen <= steps:
        expected = f"from {judgment.step}, the judged step, to {steps}, the length of the chain"
        yield _wrong(f"{path}.steps_seen", expected, judgment.steps_seen)


def _check_explained(judgment: Judgment, path: str) -> Iterator[FieldError]:
    only_inherited = bool(judgment.inherits_from) and not judgment.own_error
    if judgment.verdict != "incorrect" or only_inherited:
        return
    if not judgment.findings:
        yield FieldError(f"{path}.findings", "a finding that explains the error", "no finding")
    for index, finding in enumerate(judgment.findings):
        if not any(explanation.strip() for explanation in finding.explanations):
            yield FieldError(f"{path}.findings.{index}.explanations", "an explanation of what is wrong", "none")


def _check_finding(
    finding: Finding, step_length: int, images: int, taxonomy: Taxonomy, path: str
) -> Iterator[FieldError]:
    if finding.error_type is not None:
        error = taxonomy.check(finding.error_type, field=f"{path}.error_type")
        if error is not None:
            yield error
    if finding.severity is not None and finding.severity not in SEVERITIES:
        yield _wrong(f"{path}.severity", f"one of {', '.join(SEVERITIES)}", finding.severity)
    for index, mark in enumerate(finding.marks):
        if isinstance(mark, Span):
            yield from _check_span(mark, step_length, f"{path}.marks.{index}")
        else:
            yield from _check_region(mark, images, f"{path}.marks.{index}")


def _check_span(span: Span, step_length: int, path: str) -> Iterator[FieldError]:
    if not 0 <= span.start < step_length:
        yield _wrong(f"{path}.start", f"a code point of the step, 0 to {step_length - 1}", span.start)
    elif not span.start < span.end <= step_length:
        yield _wrong(f"{path}.end", f"from {span.start + 1} to {step_length}, the length of the step's text", span.end)


def _check_region(region: Region, images: int, path: str) -> Iterator[FieldError]:
    if not 1 <= region.image <= images:
        expected = f"an image of the problem, 1 to {images}" if images else "no region: the problem has no image"
        yield _wrong(f"{path}.image", expected, region.image)
    for index, point in enumerate(region.points):
        if not all(_is_fraction(coordinate) for coordinate in point):
            yield _wrong(f"{path}.points.{index}", "fractions of the image from 0 to 1 (x, y)", point)
    if region.shape == "polygon":
        if len(region.points) < 3:
            yield FieldError(f"{path}.points", "three or more points of a polygon", str(len(region.points)))
    elif region.shape != "box":
        yield _wrong(f"{path}.shape", "box or polygon", region.shape)
    elif len(region.points) != 2:
        yield FieldError(f"{path}.points", "two opposite corners of a box", f"{len(region.points)} points")
    else:
        (left, top), (right, bottom) = region.points
        if not (left < right and top < bottom):
            expected = "the top left corner, then the bottom right one, with some area between"
            yield _wrong(f"{path}.points", expected, region.points)


def _check_fraction(value: float | None, path: str) -> Iterator[FieldError]:
    if value is not None and not _is_fraction(value):
        yield _wrong(path, "a number from 0 to 1", value)


def _is_fraction(value: float) -> bool:
    return isfinite(value) and 0 <= value <= 1
