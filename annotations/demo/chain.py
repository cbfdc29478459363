"""How demo problems are written down: text is quoted and places are named, and offsets and regions follow from that.

A quote that a step does not hold exactly once, or a place that no picture of the problem has, is an error, so that no
mark of the demo can be wrong by a slip of a number.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from annotations.core.schema import (
    AnswerJudgment,
    Author,
    Critique,
    Finding,
    Image,
    Judgment,
    Mark,
    Problem,
    Response,
    Severity,
    Span,
    StepRange,
    Verdict,
)
from annotations.demo.canvas import Picture

SOURCE_DATASET = "Second Look demo"
LICENCE = "CC0-1.0"
REFERENCE = Author(kind="person", name="Demo reference")
READER = Author(kind="person", name="A. Kim")
CRITIC = Author(kind="critic", name="Demo critic, written by hand", method="written", model="none")
_FIRST_DAY = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Generator:
    """A fictional model that wrote chains, at one checkpoint."""

    name: str
    checkpoint: str


LUMEN = Generator("lumen-vl-7b", "step-18000")
HARRIER = Generator("harrier-vl-34b", "rc2")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong in a step: its marks are `quotes` of the step's text and named `places` of the pictures."""

    error_type: str
    severity: Severity
    explanations: tuple[str, ...]
    corrected_text: str | None = None
    quotes: tuple[str, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """What an author holds of one step."""

    verdict: Verdict = "correct"
    faults: tuple[Fault, ...] = ()
    inherits_from: tuple[int, ...] = ()
    confidence: float | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What an author holds of a chain; a step that `rulings` does not name is correct."""

    answer: Verdict
    rulings: Mapping[int, Ruling] = field(default_factory=dict)
    comment: str = ""
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Corrected:
    """The chain that its generator wrote after it had read the critic's critique."""

    steps: tuple[str, ...]
    answer: str


@dataclass(frozen=True, slots=True)
class Chain:
    """One generator's chain: its steps as they were written, what it answered, and who judged it how."""

    generator: Generator
    steps: tuple[str, ...]
    answer: str
    reference: Reading
    reader: Reading | None = None
    critic: Reading | None = None
    corrected: Corrected | None = None  # guided by the critic's critique
    layout: str = "\n\n"  # what stands between two steps
    numbered: str = ""  # what stands before a step, such as "{}. "; never part of it


@dataclass(frozen=True, slots=True)
class DemoProblem:
    """A native record and the files that it names, by path."""

    record: Problem
    files: dict[str, bytes]


def wrong(*faults: Fault, inherits: tuple[int, ...] = (), confidence: float | None = None) -> Ruling:
    """The step has an error of its own, and may inherit others."""
    return Ruling("incorrect", faults, inherits, confidence)


def inherited(*steps: int, confidence: float | None = None) -> Ruling:
    """The step is right in itself but builds on the errors that the named steps brought in."""
    return Ruling("incorrect", (), steps, confidence)


def neutral() -> Ruling:
    return Ruling("neutral")


def unsure(reason: str, confidence: float | None = None) -> Ruling:
    return Ruling("unsure", confidence=confidence, reason=reason)


def problem(
    key: str,
    question: str,
    pictures: Sequence[Picture],
    chains: Sequence[Chain],
    *,
    reference_answer: str,
    superskill: str,
    skill: str,
    rng: random.Random,
    options: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
) -> DemoProblem:
    """The record of a problem with its responses and critiques, and its image files under `images/`.

    Raises ValueError where a quote or a place does not fit. `rng` moves only when and how fast the reader worked.
    """
    files, images = {}, []
    for number, picture in enumerate(pictures, start=1):
        path = f"images/{key}.png" if len(pictures) == 1 else f"images/{key}-{number}.png"
        files[path] = picture.png
        sha256 = hashlib.sha256(picture.png).hexdigest()
        images.append(Image(sha256=sha256, path=path, description=picture.description))
    record = Problem(
        key=key,
        question=question,
        images=tuple(images),
        reference_answer=reference_answer,
        options=options,
        source_dataset=SOURCE_DATASET,
        superskill=superskill,
        skill=skill,
        licence=LICENCE,
        tags=tags,
        responses=tuple(response for chain in chains for response in _responses(key, chain, pictures, rng)),
    )
    return DemoProblem(record, files)


def span_of(quote: str, step: str) -> Span:
    """Where a step says `quote`, in code points. Raises ValueError unless it does so exactly once."""
    found = step.count(quote)
    if not quote or found != 1:
        raise ValueError(f"quote of a step: expected {quote!r} exactly once, found it {found} times in {step!r}")
    start = step.index(quote)
    return Span(start=start, end=start + len(quote))


def _responses(key: str, chain: Chain, pictures: Sequence[Picture], rng: random.Random) -> list[Response]:
    original = _response(key, chain, pictures, rng)
    if chain.corrected is None:
        return [original]
    source, ranges = _laid_out(chain, chain.corrected.steps)
    correction = Response(
        key=f"{original.key}.corrected",
        source_text=source,
        steps=ranges,
        segmentation="generator",
        answer=chain.corrected.answer,
        generator=chain.generator.name,
        checkpoint=chain.generator.checkpoint,
        revises=original.key,
        guided_by=f"{original.key}.critic",
    )
    return [original, correction]


def _laid_out(chain: Chain, steps: Sequence[str]) -> tuple[str, tuple[StepRange, ...]]:
    source, ranges = "", []
    for number, step in enumerate(steps, start=1):
        source += (chain.layout if number > 1 else "") + chain.numbered.format(number)
        ranges.append(StepRange(start=len(source), end=len(source) + len(step)))
        source += step
    return source, tuple(ranges)


def _response(key: str, chain: Chain, pictures: Sequence[Picture], rng: random.Random) -> Response:
    source, ranges = _laid_out(chain, chain.steps)
    response = f"{key}.{chain.generator.name}"
    critiques = [
        Critique(
            key=f"{response}.reference",
            author=REFERENCE,
            answer=AnswerJudgment(state="judged", verdict=chain.reference.answer),
            judgments=_judgments(chain, chain.reference, pictures),
            comment=chain.reference.comment,
            reference="gold",
        )
    ]
    if chain.reader:
        critiques.append(_reader(response, chain, chain.reader, pictures, rng))
    if chain.critic:
        critiques.append(
            Critique(
                key=f"{response}.critic",
                author=CRITIC,
                answer=AnswerJudgment(state="judged", verdict=chain.critic.answer),
                judgments=_judgments(chain, chain.critic, pictures),
                comment=chain.critic.comment,
                stage="model",
            )
        )
    return Response(
        key=response,
        source_text=source,
        steps=ranges,
        segmentation="generator",
        answer=chain.answer,
        generator=chain.generator.name,
        checkpoint=chain.generator.checkpoint,
        critiques=tuple(critiques),
    )


def _reader(response: str, chain: Chain, reading: Reading, pictures: Sequence[Picture], rng: random.Random) -> Critique:
    pace = [round(rng.uniform(6, 14) + len(step) / 12, 1) for step in chain.steps]
    judgments = _judgments(chain, reading, pictures, pace)
    active = round(sum(pace) + rng.uniform(8, 25), 1)
    started = _FIRST_DAY + timedelta(days=rng.randrange(4), minutes=rng.randrange(420), seconds=rng.randrange(60))
    return Critique(
        key=f"{response}.a-kim",
        author=READER,
        answer=AnswerJudgment(state="judged", verdict=reading.answer),
        judgments=judgments,
        comment=reading.comment,
        confidence=reading.confidence,
        stage="blind",
        started_at=started,
        submitted_at=started + timedelta(seconds=round(active * 1.15)),
        active_seconds=active,
    )


def _judgments(
    chain: Chain, reading: Reading, pictures: Sequence[Picture], pace: Sequence[float] | None = None
) -> tuple[Judgment, ...]:
    unknown = [number for number in reading.rulings if not 1 <= number <= len(chain.steps)]
    if unknown:
        raise ValueError(f"rulings: expected step numbers 1 to {len(chain.steps)}, found {unknown}")
    judgments = []
    for number, step in enumerate(chain.steps, start=1):
        ruling = reading.rulings.get(number, Ruling())
        judgments.append(
            Judgment(
                step=number,
                verdict=ruling.verdict,
                own_error=bool(ruling.faults) if ruling.verdict != "unsure" else None,
                inherits_from=ruling.inherits_from,
                confidence=ruling.confidence,
                reason=ruling.reason,
                active_seconds=pace[number - 1] if pace else None,
                findings=tuple(_finding(fault, step, pictures) for fault in ruling.faults),
            )
        )
    return tuple(judgments)


def _finding(fault: Fault, step: str, pictures: Sequence[Picture]) -> Finding:
    marks: list[Mark] = [span_of(quote, step) for quote in fault.quotes]
    for place in fault.places:
        homes = [number for number, picture in enumerate(pictures, start=1) if place in picture.places]
        if len(homes) != 1:
            raise ValueError(f"place {place!r}: expected in exactly one picture of the problem, found in {homes}")
        marks.append(pictures[homes[0] - 1].region(place, homes[0]))
    return Finding(
        error_type=fault.error_type,
        severity=fault.severity,
        explanations=fault.explanations,
        corrected_text=fault.corrected_text,
        marks=tuple(marks),
    )
