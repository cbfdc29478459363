"""The critique schema: what a person and a critic alike write about one model's chain of thought.

Plain frozen dataclasses; importers produce them, verbs store them, exporters and metrics read them. Steps are
numbered from 1. Offsets count Unicode code points. Image points are fractions of the upright image (EXIF applied),
x to the right and y down. The JSON form, its JSON Schema and its parser are derived in `codec.py`.

Source of the shape: VISCO (answer verdict, verdict per step, three alternative explanations), extended by spans,
regions, origin of an error and states of a judgment without verdict; skills and difficulty are FLASK's idea.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

Verdict = Literal["correct", "incorrect", "neutral", "unsure"]
JudgmentState = Literal["judged", "unlabelled", "unparsed", "abstained"]
Severity = Literal["cosmetic", "minor", "decisive"]
AuthorKind = Literal["person", "critic"]
Stage = Literal["blind", "after_reveal", "imported", "model", "review", "adjudication"]
ReferenceKind = Literal["gold", "adjudicated"]
Skill = Literal["perception", "ocr", "counting", "spatial", "arithmetic", "knowledge", "logic"]
ReactionKind = Literal["agree", "wrong", "already_said"]
Usefulness = Literal["helped", "no_difference", "misled"]
ProvenanceKind = Literal["taken", "edited", "written", "unanimous", "proposed"]
ReviewDecision = Literal["accepted", "changed", "returned"]

AnswerOutcome = Literal["right", "wrong", "unparsed"]
GuidanceLevel = Literal["none", "A", "AS", "ASE"]
GuidanceSource = Literal["none", "self", "cross", "human"]
EffectKind = Literal["fixed", "unchanged", "broke", "unparsed"]
BeforeBy = Literal["reference", "matcher"]

VERDICTS: tuple[Verdict, ...] = ("correct", "incorrect", "neutral", "unsure")
STATES: tuple[JudgmentState, ...] = ("judged", "unlabelled", "unparsed", "abstained")
SEVERITIES: tuple[Severity, ...] = ("cosmetic", "minor", "decisive")
STAGES: tuple[Stage, ...] = ("blind", "after_reveal", "imported", "model", "review", "adjudication")
RULING_STAGES: tuple[Stage, ...] = ("review", "adjudication")  # made from others' critiques: no independent reading
SKILLS: tuple[Skill, ...] = ("perception", "ocr", "counting", "spatial", "arithmetic", "knowledge", "logic")
DIFFICULTIES = (1, 2, 3, 4, 5)  # from "anyone sees it" to "only an expert"
REACTIONS: tuple[ReactionKind, ...] = ("agree", "wrong", "already_said")
PROVENANCES: tuple[ProvenanceKind, ...] = ("taken", "edited", "written", "unanimous", "proposed")
REVIEW_DECISIONS: tuple[ReviewDecision, ...] = ("accepted", "changed", "returned")
USEFULNESS: tuple[Usefulness, ...] = ("helped", "no_difference", "misled")
ANSWER_OUTCOMES: tuple[AnswerOutcome, ...] = ("right", "wrong", "unparsed")
GUIDANCE_LEVELS: tuple[GuidanceLevel, ...] = ("none", "A", "AS", "ASE")
GUIDANCE_SOURCES: tuple[GuidanceSource, ...] = ("none", "self", "cross", "human")
EFFECT_KINDS: tuple[EffectKind, ...] = ("fixed", "unchanged", "broke", "unparsed")

Fraction = Annotated[float, Field(ge=0, le=1)]
StepNumber = Annotated[int, Field(ge=1)]
Point = tuple[Fraction, Fraction]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Code points `start <= i < end` of the step's own source text; never empty."""

    kind: Literal["span"] = "span"
    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A part of an image: a box by two corners (top left, bottom right), or a polygon by three or more points."""

    kind: Literal["region"] = "region"
    image: Annotated[int, Field(ge=1)] = 1  # which of the problem's images, from 1
    shape: Literal["box", "polygon"] = "box"
    points: tuple[Point, ...]


Mark = Annotated[Span | Region, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing wrong in a step. Several explanations are alternatives of one finding (VISCO has three)."""

    error_type: str | None = None  # a code of the project's taxonomy, such as "perception/text_reading"
    severity: Severity | None = None
    explanations: tuple[str, ...] = ()
    corrected_text: str | None = None  # what the whole step should have been
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgment:
    """What one author holds of one step. A verdict is present exactly when the state is `judged`.

    `own_error` is None where nobody said; `origin_unknown` says that an error's origin cannot be known (VISCO's files).
    """

    step: StepNumber
    verdict: Verdict | None = None
    state: JudgmentState = "judged"
    own_error: bool | None = None
    inherits_from: tuple[StepNumber, ...] = ()
    origin_unknown: bool = False
    confidence: Fraction | None = None
    reason: str = ""  # why unsure, or why abstained
    active_seconds: Annotated[float, Field(ge=0)] | None = None
    skills: tuple[Skill, ...] = ()  # what the step asks of whoever takes it, each once
    steps_seen: StepNumber | None = None  # of the chain, when this verdict was last given; None: not recorded
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerJudgment:
    verdict: Verdict | None = None
    state: JudgmentState = "unlabelled"
    confidence: Fraction | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was looked up to judge a step (or, with step None, the whole chain): `content` depends on `kind`.

    Kinds so far, with what the compare page relies on (docs/critics.md tells what each means): "ocr" {image, lines};
    "question_answer" {question, answer}; "own_answers" {answers}; "own_chains" {chains}; "p_true" {plain,
    after_samples}; "p_know" {with_image, without_image}; "severity" {finding, attributes, reasoned, expected, digits};
    "support" {score, by_chain}; "votes" {share, voters, findings}; "rounds" {verdicts, critiques}; "conditions"
    {rebuilt_question, rebuilt, real, differences}; "checklist" {items}; "familiarity" {score, threshold, concepts};
    "past_mistakes" {shown}; "layer_agreement" {agreement, true_by_layer}; "ablation" {shown}.
    """

    kind: str
    step: StepNumber | None = None
    content: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A person, or a critic with its whole provenance, so that no reader needs the workers' tables."""

    kind: AuthorKind
    name: str
    method: str = ""  # critic only, as are the rest
    engine: str = ""
    model: str = ""
    prompt_hash: str = ""
    settings: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Critique:
    """One author's reading of one response, with exactly one judgment per step, in step order."""

    key: str = ""  # the author's own stable name for it; importing the same key twice adds nothing
    author: Author
    answer: AnswerJudgment = AnswerJudgment()
    judgments: tuple[Judgment, ...]
    comment: str = ""
    confidence: Fraction | None = None
    difficulty: Annotated[int, Field(ge=1, le=5)] | None = None  # of the problem, for whoever judges
    evidence: tuple[Evidence, ...] = ()
    stage: Stage = "imported"
    revision: Annotated[int, Field(ge=1)] = 1
    started_at: datetime | None = None
    submitted_at: datetime | None = None
    active_seconds: Annotated[float, Field(ge=0)] | None = None
    raw_output: str = ""  # a critic's own words, kept where they did not parse and where they did
    costs: dict[str, Any] = field(default_factory=dict)  # tokens_in, tokens_out, seconds, device, dtype
    reference: ReferenceKind | None = None  # set where the project holds this critique to be right
    reference_version: Annotated[int, Field(ge=1)] | None = None  # which version of the response's reference that is
    run: str = ""  # a critic's run and the sample within it; empty for people
    sample: int = 0
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRange:
    """Code points `start <= i < end` of the response's source text."""

    start: Annotated[int, Field(ge=0)]
    end: Annotated[int, Field(ge=0)]


@dataclass(frozen=True, slots=True, kw_only=True)
class RejectedStep:
    """A draft of a step that its corrector threw away: a negative, whose prefix is the correction's steps before it."""

    step: StepNumber
    text: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What came of a correction: of the critique that guided it (the response's `guided_by`), or of none.

    Levels are VISCO's: the critique's answer verdict (A), its step verdicts too (AS), all of it (ASE). Findings are
    counted from 1 through the whole critique. `explanations` has one number a finding: which of its explanations was
    shown, 0 for none; `explanation_seed` drew them. `left_out` is the finding that was kept back, to see what it does.
    """

    corrector: Author
    level: GuidanceLevel
    source: GuidanceSource  # whose critique: none, the corrector's own model, another model, a person
    before: AnswerOutcome  # of the revised response's answer
    before_by: BeforeBy  # the verdict of the project's reference, where it has one, else the matcher
    after: AnswerOutcome  # of this response's answer, by the matcher
    effect: EffectKind
    seed: int = 0
    round: Annotated[int, Field(ge=1)] = 1  # of a lineage: round 2 revises what round 1 made
    explanations: tuple[Annotated[int, Field(ge=0)], ...] = ()
    explanation_seed: int | None = None
    left_out: Annotated[int, Field(ge=1)] | None = None
    rejected: tuple[RejectedStep, ...] = ()
    root: str | None = None  # key of the chain with which the rounds began; None: the response that this one revises
    run: str = ""
    costs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One continuation of a prefix: what the generator wrote after it, and whether it came out right."""

    text: str
    answer: str | None = None
    outcome: AnswerOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutSet:
    """Continuations of one prefix by one generator: the steps up to `after_step`, 0 for none.

    With `critique` and `finding` (counted from 1 through the whole critique) the prefix ends with that finding's
    corrected text in place of step `after_step`.
    """

    key: str
    after_step: Annotated[int, Field(ge=0)]
    critique: str | None = None
    finding: Annotated[int, Field(ge=1)] | None = None
    generator: Author
    seed: int = 0
    rollouts: tuple[Rollout, ...]
    run: str = ""
    costs: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingCheck:
    """Evidence on a finding: did its step, or what it should have been, change the outcome? By keys of rollout sets.

    Success after the step minus before it, and after the corrected text minus after the step; each with its 95 %
    interval (metrics.rollouts), None where nothing could be read.
    """

    critique: str
    finding: Annotated[int, Field(ge=1)]
    before: str
    after: str
    corrected: str | None = None
    step_change: float | None = None
    step_low: float | None = None
    step_high: float | None = None
    correction_change: float | None = None
    correction_low: float | None = None
    correction_high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One model's chain for a problem. `steps` cover the text that is judged; what lies between is layout."""

    key: str
    source_text: str
    steps: tuple[StepRange, ...] | None = None  # None: not split yet, the importer splits by `core.steps`
    segmentation: str = ""  # by which rule or by whom the steps were cut
    answer: str | None = None
    generator: str = ""
    checkpoint: str = ""
    sample: int = 0
    revises: str | None = None  # key of the response that this one corrects
    guided_by: str | None = None  # key of the critique that guided the correction
    effect: Effect | None = None  # of a correction
    rollout_sets: tuple[RolloutSet, ...] = ()
    finding_checks: tuple[FindingCheck, ...] = ()
    critiques: tuple[Critique, ...] = ()
    reached_with: Annotated[float, Field(gt=0, le=1)] | None = None  # probability that the mix gave it to people
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """An image by content: `base64` inside the record, or `path` relative to the file that names it."""

    sha256: str = ""  # of the original bytes, checked where given
    path: str = ""
    base64: str = ""
    description: str = ""  # alternative text


@dataclass(frozen=True, slots=True, kw_only=True)
class Showing:
    """When a person was first shown somebody else's critique or, with `correction`, what came of one. By keys."""

    kind: Literal["showing"] = "showing"
    by: Author
    critique: str
    correction: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Reaction:
    """What a person said of one finding of a critic (counted from 1 through its critique), their own beside it."""

    kind: Literal["reaction"] = "reaction"
    by: Author
    critique: str
    finding: Annotated[int, Field(ge=1)]
    beside: str
    reaction: ReactionKind
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class UsefulnessRating:
    """Whether a critique helps: in foresight, or in hindsight of a correction that was shown (RLHS)."""

    kind: Literal["rating"] = "rating"
    by: Author
    critique: str
    correction: str | None = None
    shown_at: datetime | None = None
    rating: Usefulness
    words: str = ""
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What a reviewer decided on a person's critique; `changed` with the key of the reviewer's own revision of it."""

    kind: Literal["review"] = "review"
    by: Author
    critique: str
    decision: ReviewDecision
    reasons: str = ""
    revision: str | None = None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where one verdict (no `finding`; step 0 is the answer) or finding of an adjudicated critique comes from.

    `source` and `source_finding` where it was taken from somebody's critique; `by` decided, and edited it where `how`
    says so. A verdict is `unanimous` where all had it, `proposed` where a model's proposal was accepted.
    """

    kind: Literal["provenance"] = "provenance"
    by: Author
    critique: str
    step: Annotated[int, Field(ge=0)]
    finding: Annotated[int, Field(ge=1)] | None = None
    how: ProvenanceKind
    source: str | None = None
    source_finding: Annotated[int, Field(ge=1)] | None = None
    confidence: Fraction | None = None
    why: str = ""
    at: datetime


Reading = Annotated[Showing | Reaction | UsefulnessRating | Review | Provenance, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    key: str
    question: str
    images: tuple[Image, ...] = ()
    reference_answer: str | None = None
    options: tuple[str, ...] = ()
    source_dataset: str = ""
    superskill: str = ""
    skill: str = ""
    licence: str = ""
    tags: tuple[str, ...] = ()
    responses: tuple[Response, ...] = ()
    readings: tuple[Reading, ...] = ()  # what people did with the critiques above, in the order of time
    extra: dict[str, Any] = field(default_factory=dict)
