"""VISCO's `test.jsonl`: one line a problem with one response and its reference critique.

Source: VISCO (repository PlusLabNLP/VISCO, data card and README). What the tables do not hold by themselves lies under
`extra["visco"]` of problem, response or critique, so that a file comes out as it came in (docs/formats.md):

- problem: `fields` (the record's own in order, where they are not the usual ones), `label` (where it is no text),
  `image` (what stands before the base64, or an empty or null image), `meta_data`, `unknown` (all further fields).
- response: `answer` (where it is no text), `unknown`, `fields`.
- critique: `explanations`, by step, where the findings alone would not give the same list back; that `visco` is there
  at all says that the lists came from such a file.

The reference says that a step is wrong, never whether the error is its own or inherited: the origin is unknown.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from annotations.core.codec import FieldError
from annotations.core.schema import AnswerJudgment, Author, Critique, Finding, Image, Judgment, Problem, Response
from annotations.core.steps import GIVEN_STEPS, join_steps
from annotations.importers import fields
from annotations.importers.base import ImportFormat, Located, Outcome, RecordError, Source
from annotations.importers.lines import Line, bounded, decode, lines, unstorable
from annotations.importers.visco_output import critique_of

FIELDS = (
    "id", "question", "image", "label", "response", "answer_correctness", "reasoning_correctness", "reasoning_critic",
    "meta_data",
)  # fmt: skip
RESPONSE_FIELDS = ("reasoning", "answer")
EXPLANATIONS = 3  # of each wrong step, by three people; three empty texts on a correct one
REFERENCE_AUTHOR = Author(kind="person", name="VISCO reference")

_DATA_URL = re.compile(r"data:image/[\w.+-]+;base64,")


def read(source: Source) -> Iterator[Outcome]:
    outputs = lines(source.critic_output) if source.critic_output else None
    for line, output in zip_longest(lines(source.file), outputs or ()):
        if line is None:
            yield RecordError(output.number, "critic_output", "as many lines as the file itself has", "a line more")
            return
        if outputs is not None and output is None:
            yield RecordError(line.number, "critic_output", "a line for each line of the file", "none; it is shorter")
            return
        yield from _outcomes(line, output, source.critic)


def _outcomes(line: Line, output: Line | None, critic: str) -> Iterator[Outcome]:
    try:
        content = bounded(line)
        record = decode(content)
        problem = problem_of(record)
        errors = unstorable(content, record)
        if output is not None:
            problem = _with_output(problem, output, critic, errors)
    except FieldError as error:
        yield RecordError.of(line.number, error)
        return
    yield from (RecordError.of(line.number, error) for error in errors)
    if not errors:
        yield Located(line.number, line.end, problem)


def _with_output(problem: Problem, line: Line, critic: str, errors: list[FieldError]) -> Problem:
    (response,) = problem.responses
    try:
        content = bounded(line)
        output = decode(content)
        errors += unstorable(content, output)
        critique = critique_of(output, response.key, critic, steps=len(response.steps or ()))
    except FieldError as error:
        raise FieldError(f"critic_output.{error.field}".rstrip("."), error.expected, error.found) from error
    return replace(problem, responses=(replace(response, critiques=(*response.critiques, critique)),))


def problem_of(record: dict[str, Any]) -> Problem:
    """One line. Raises FieldError for the first field that does not fit."""
    key = fields.text(fields.require(record, "id"), "id")
    meta_data = fields.mapping(record.get("meta_data", {}), "meta_data")
    label = record.get("label")
    image, image_extra = _image(record.get("image"))
    extra: dict[str, Any] = {"fields": list(record)} if tuple(record) != FIELDS else {}
    extra |= {"label": label} if label is not None and not isinstance(label, str) else {}
    extra |= {"image": image_extra} if image_extra is not None else {}
    extra |= {"meta_data": meta_data, "unknown": {name: record[name] for name in record if name not in FIELDS}}
    return Problem(
        key=key,
        question=fields.text(fields.require(record, "question"), "question"),
        images=() if image is None else (image,),
        reference_answer=fields.as_text(label),
        source_dataset=_name(meta_data, "src_dataset"),
        superskill=_name(meta_data, "critic_superskill"),
        skill=_name(meta_data, "critic_skill"),
        responses=(_response(record, key, generator=_name(meta_data, "src_model")),),
        extra={"visco": extra},
    )


def _name(meta_data: dict[str, Any], field: str) -> str:
    return fields.as_text(meta_data.get(field)) or ""


def _image(value: Any) -> tuple[Image | None, Any]:
    """The image, and what is needed beside its bytes to give the same text back."""
    if value is None:
        return None, None
    text = fields.text(value, "image")
    if not text:
        return None, ""
    found = _DATA_URL.match(text)
    prefix = found.group() if found else ""
    encoded = text[len(prefix) :]
    try:
        content = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise FieldError("image", "base64 without line breaks", f"{error}: {text[:40]!r}") from error
    if base64.b64encode(content).decode() != encoded:
        raise FieldError("image", "base64 as every encoder writes it", "stray bits in its last character")
    return Image(base64=encoded), prefix or None


def _response(record: dict[str, Any], key: str, *, generator: str) -> Response:
    response = fields.mapping(fields.require(record, "response"), "response")
    steps = fields.texts(fields.require(response, "reasoning", "response."), "response.reasoning")
    if not steps:
        raise FieldError("response.reasoning", "at least one step", "an empty list")
    source_text, ranges = join_steps(steps)
    answer = response.get("answer")
    extra: dict[str, Any] = {"fields": list(response)} if tuple(response) != RESPONSE_FIELDS else {}
    extra |= {"answer": answer} if answer is not None and not isinstance(answer, str) else {}
    unknown = {name: response[name] for name in response if name not in RESPONSE_FIELDS}
    extra |= {"unknown": unknown} if unknown else {}
    return Response(
        key=key,
        source_text=source_text,
        steps=ranges,
        segmentation=GIVEN_STEPS,
        answer=fields.as_text(answer),
        generator=generator,
        critiques=_reference(record, key, len(steps)),
        extra={"visco": extra} if extra else {},
    )


def _reference(record: dict[str, Any], key: str, steps: int) -> tuple[Critique, ...]:
    """The reference critique; none where the record judges nothing (a file of chains alone)."""
    if "reasoning_correctness" not in record and "answer_correctness" not in record:
        return ()
    verdicts = _per_step(record, "reasoning_correctness", steps) or [None] * steps
    alternatives = _per_step(record, "reasoning_critic", steps) or [None] * steps
    judgments = []
    odd: dict[str, Any] = {}
    for number, (value, texts) in enumerate(zip(verdicts, alternatives, strict=True), 1):
        verdict = fields.verdict_flag(value, f"reasoning_correctness.{number - 1}")
        given = None if texts is None else fields.texts(texts, f"reasoning_critic.{number - 1}")
        judgment = _judgment(number, verdict, given)
        if "reasoning_critic" in record and given != explanations_of(judgment):
            odd[str(number)] = texts
        judgments.append(judgment)
    return (
        Critique(
            key=f"{key}#reference",
            author=REFERENCE_AUTHOR,
            answer=_answer(fields.verdict_flag(record.get("answer_correctness"), "answer_correctness")),
            judgments=tuple(judgments),
            stage="imported",
            reference="gold",
            extra={"visco": {"explanations": odd} if odd else {}},
        ),
    )


def _per_step(record: dict[str, Any], field: str, steps: int) -> list[Any] | None:
    if field not in record:
        return None
    values = fields.listed(record[field], field)
    if len(values) != steps:
        raise FieldError(field, f"one entry for each of the {steps} steps", f"{len(values)} entries")
    return values


def _judgment(number: int, correct: bool | None, explanations: tuple[str, ...] | None) -> Judgment:
    """A wrong step has one finding with its alternatives, empty ones too; another step only where somebody wrote."""
    wrong = correct is False
    found = explanations is not None and (wrong or any(explanations))
    findings = (Finding(explanations=explanations or ()),) if found else ()
    if correct is None:
        return Judgment(step=number, state="unlabelled", findings=findings)
    return Judgment(step=number, verdict="incorrect" if wrong else "correct", origin_unknown=wrong, findings=findings)


def explanations_of(judgment: Judgment) -> tuple[str, ...]:
    """What VISCO's file says of a step, by the findings alone."""
    texts = tuple(text for finding in judgment.findings for text in finding.explanations)
    return texts or ("",) * EXPLANATIONS


def _answer(correct: bool | None) -> AnswerJudgment:
    if correct is None:
        return AnswerJudgment(state="unlabelled")
    return AnswerJudgment(verdict="correct" if correct else "incorrect", state="judged")


FORMAT = ImportFormat(
    name="visco",
    title="VISCO test.jsonl",
    help="JSONL with images inside, a response and its reference critique a line; a critic's output may come with it.",
    suffixes=(".jsonl",),
    read=read,
    takes_critic_output=True,
    image_field="image",
)
