"""What the Annotate page shows: a draft, its problem and its chain, as plain values for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Q
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotations.core.critique_facts import first_error_of, visco_label
from annotations.core.schema import DIFFICULTIES, Judgment, Span
from annotations.core.taxonomy import Taxonomy
from annotations.models import Draft, DraftField, ProblemImage, Project, Response, Slot, Step
from annotations.verbs.assign import SKIP_REASONS
from annotations.verbs.blindness import has_submitted
from annotations.verbs.draft import fields_of
from annotations.verbs.draft_paths import DraftContext
from annotations.verbs.draft_record import Demands, Missing, finding_ids, judgments_of, missing
from annotations.verbs.step_reveal import answer_is_shown, show_all_if_told
from annotations.verbs.words import STATES, VERDICTS
from annotations.web.step_text import NumberedMark, render_step

SKILL_LABELS = {
    "perception": gettext_lazy("Perception"),
    "ocr": gettext_lazy("Text reading"),
    "counting": gettext_lazy("Counting"),
    "spatial": gettext_lazy("Spatial"),
    "arithmetic": gettext_lazy("Arithmetic"),
    "knowledge": gettext_lazy("Knowledge"),
    "logic": gettext_lazy("Logic"),
}
MANY = 5_000  # places of a queue, from which on its progress is not counted for each page
# The fraction that is stored for a word: decided in docs/decisions.md, and what `C` steps through.
CONFIDENCES = ((gettext_lazy("Low"), 0.25), (gettext_lazy("Medium"), 0.6), (gettext_lazy("High"), 0.9))
SEVERITY_LABELS = (
    ("cosmetic", gettext_lazy("Cosmetic")),
    ("minor", gettext_lazy("Minor")),
    ("decisive", gettext_lazy("Decides the answer")),
)
COLOUR_SLOTS = 6
BLANK = 9999  # the number of the step that stands for any


@dataclass(frozen=True, slots=True)
class Choice:
    value: Any
    label: str
    chosen: bool
    key: str = ""


@dataclass(frozen=True, slots=True)
class FindingView:
    """One finding's form; `number` counts within its step and gives the colour `slot`."""

    id: str
    step: int
    number: int | str
    slot: int | str
    types: Sequence[Any]
    severities: Sequence[Choice]
    explanation: str = ""
    corrected_text: str = ""
    marks: int = 0


@dataclass(frozen=True, slots=True)
class StepView:
    number: int
    text: SafeString
    verdict: str
    verdict_label: str
    verdicts: Sequence[Choice]
    confidences: Sequence[Choice]
    own_error: bool
    origin_unknown: bool
    inherits: str
    reason: str
    is_left: bool
    may_be_left: bool
    asks_confidence: bool
    skills: Sequence[Choice]
    findings: Sequence[FindingView]
    is_open: bool
    lacking: Sequence[Missing]

    @property
    def path(self) -> str:
        return f"steps.{self.number}"

    @property
    def what(self) -> str:
        return _("step %(number)s") % {"number": self.number}


@dataclass(frozen=True, slots=True)
class Workbench:
    draft: Draft
    response: Response
    question: SafeString
    options: Sequence[SafeString]
    answer: SafeString | None  # also None while it is hidden
    answer_hidden: bool
    steps_hidden: int
    images: Sequence[ProblemImage]
    steps: Sequence[StepView]
    answer_verdicts: Sequence[Choice]
    answer_verdict: str
    answer_is_open: bool
    answer_label: str
    answer_confidences: Sequence[Choice]
    ask_confidence: bool
    difficulties: Sequence[Choice]
    derived: str
    comment: str
    template: FindingView
    blank: StepView  # what the scripts make the controls of closed steps from
    where: str  # which step is open, and how many are to judge, as the scripts go on telling it
    left: str
    is_plain: bool  # for a browser without scripts: every step with its controls
    reference: str | None
    reference_hidden: bool
    done: int
    total: int
    skip_reasons: Mapping[str, str]
    state: Mapping[str, Any]  # what the page's scripts begin with
    lacking: Sequence[Missing] = field(default=())

    @property
    def has_many(self) -> bool:
        return len(self.images) > 1


def workbench_of(draft: Draft, user: Any, *, lacking: Sequence[Missing] = (), is_plain: bool = False) -> Workbench:
    """Everything the page needs of one draft, in a fixed number of queries (tests say how many)."""
    response = Response.objects.select_related("problem", "project").get(pk=draft.response_id)
    draft.response = response
    project, context = response.project, DraftContext(draft)
    rows = fields_of(draft)
    values = {path: row.value for path, row in rows.items()}
    show_all_if_told(draft)
    chain = step_texts(draft)
    texts = chain[: context.steps_shown]
    answer_hidden = not answer_is_shown(draft, values, len(chain))
    todo = missing(values, steps=len(texts), demands=Demands(unlabelled_steps="always"))
    first_open = todo[0].step if todo else 0
    judged = [values.get(f"steps.{number}.verdict") for number in range(1, len(texts) + 1)]
    left = len(chain) + 1 - len([verdict for verdict in (*judged, values.get("answer.verdict")) if verdict])
    slots = progress_of(project)
    shown = project.reference_answer == "always" or (
        project.reference_answer == "after_submit" and has_submitted(user, response)
    )
    images = list(ProblemImage.objects.filter(problem=response.problem_id).select_related("image"))
    answer_verdict = values.get("answer.verdict") or ""
    return Workbench(
        draft=draft,
        response=response,
        question=render_step(response.problem.question),
        options=[render_step(str(option)) for option in response.problem.options],
        answer=render_step(response.answer) if response.answer and not answer_hidden else None,
        answer_hidden=answer_hidden,
        steps_hidden=len(chain) - len(texts),
        images=images,
        steps=[
            _step(number, text, values, context, is_open=number == first_open, lacking=lacking)
            for number, text in enumerate(texts, 1)
        ],
        answer_verdicts=_verdicts(project.scale, answer_verdict),
        answer_verdict=answer_verdict,
        answer_is_open=first_open == 0,
        answer_label=str(VERDICTS.get(answer_verdict, "")),
        answer_confidences=_confidences(values.get("answer.confidence")),
        ask_confidence=project.ask_confidence,
        difficulties=[
            Choice(number, str(number), number == values.get("difficulty"))
            for number in DIFFICULTIES
            if project.ask_difficulty
        ],
        derived=_derived(judgments_of(values, steps=len(chain))),
        comment=values.get("comment") or "",
        template=_finding("ID", 0, "N", "", {}, context.taxonomy),
        blank=_step(BLANK, "", {}, context, is_open=False, lacking=()),
        where=_("Step %(number)s of %(count)s") % {"number": first_open, "count": len(chain)}
        if first_open
        else _("The answer"),
        left=_("%(left)s to judge") % {"left": left} if left else "",
        is_plain=is_plain,
        reference=response.problem.reference_answer if shown else None,
        reference_hidden=not shown and project.reference_answer == "after_submit",
        done=slots[0],
        total=slots[1],
        skip_reasons={code: str(reason) for code, reason in SKIP_REASONS.items()},
        state=_state(draft, rows, texts, len(chain), context.taxonomy),
        lacking=lacking,
    )


def step_view_of(draft: Draft, number: int) -> tuple[StepView, str]:
    """One step of the chain as the page shows it, and its text; the caller has seen to it that it may be shown."""
    text = step_texts(draft)[number - 1]
    values = {path: row.value for path, row in fields_of(draft).items()}
    return _step(number, text, values, DraftContext(draft), is_open=False, lacking=()), text


def _derived(judgments: Sequence[Judgment]) -> str:
    """VISCO's labels and the first error, as a line: nobody types them."""
    signs = {True: "✓", False: "✕", None: "○"}
    labels = " ".join(signs[visco_label(judgment)] for judgment in judgments)
    first = first_error_of(judgments).step
    where = _("step %(number)s") % {"number": first} if first else _("none")
    return _("As VISCO labels: %(labels)s · first error: %(where)s") % {"labels": labels, "where": where}


def _offered(taxonomy: Taxonomy) -> list[list[Any]]:
    """What the chooser of error types shows: [label of a type, [[code, words of the code], …]] each."""
    return [
        [
            kind.label,
            [
                *([] if kind.subtype_required else [[kind.code, kind.label]]),
                *([f"{kind.code}/{subtype.code}", subtype.label] for subtype in kind.subtypes),
            ],
        ]
        for kind in taxonomy.types
    ]


def _state(
    draft: Draft, rows: Mapping[str, DraftField], texts: Sequence[str], step_count: int, taxonomy: Taxonomy
) -> dict[str, Any]:
    at = [draft.project.slug, draft.pk]
    return {
        "draft": str(draft.pk),
        "version": draft.version,
        "fields": {path: [row.value, row.version] for path, row in rows.items()},
        "texts": texts,
        "step_count": step_count,
        "segmentation": draft.segmentation,
        "cut_url": reverse("annotate_cut", args=at),
        "next_step_url": reverse("annotate_next_step", args=at) if draft.steps_shown is not None else None,
        "edits_url": reverse("annotate_edits", args=at),
        "person": draft.user_id,
        "submit_url": reverse("annotate_submit", args=at),
        "heartbeat_url": reverse("annotate_heartbeat", args=at),
        "ahead_url": reverse("annotate_ahead", args=at),
        "require_explanation": draft.project.require_explanation,
        "require_confidence": draft.project.require_confidence,
        "unlabelled_steps": draft.project.unlabelled_steps,
        "types": _offered(taxonomy),
    }


def progress_of(project: Project) -> tuple[int, int]:
    """Critiques done and asked for. Gold is in both as it is expected to come, so that neither number tells it.

    To count a large project takes long, and one more changes nothing that could be seen: it is counted again after a
    second for each MANY of its places.
    """
    key = f"progress-{project.pk}"
    told: tuple[int, int] | None = cache.get(key)
    if told is None:
        told = _counted(project)
        if told[1] >= MANY:
            cache.set(key, told, timeout=told[1] // MANY)
    return told


def _counted(project: Project) -> tuple[int, int]:
    slots = Slot.objects.filter(project=project).exclude(state__in=["closed", "retired", "gold"])
    told = slots.aggregate(done=Count("pk", filter=Q(state="done")), total=Count("pk", filter=Q(response__gold=None)))
    total = round(told["total"] / (1 - project.gold_rate))
    return min(told["done"], total), total


def step_texts(draft: Draft) -> list[str]:
    """The texts of the steps that the draft judges, under its own segmentation."""
    steps = Step.objects.filter(response=draft.response_id, segmentation=draft.segmentation).order_by("number")
    return [draft.response.source_text[step.start : step.end] for step in steps]


def _step(
    number: int,
    text: str,
    values: Mapping[str, Any],
    context: DraftContext,
    *,
    is_open: bool,
    lacking: Sequence[Missing],
) -> StepView:
    def value(name: str) -> Any:
        return values.get(f"steps.{number}.{name}")

    ids = [id for id, step in finding_ids(values).items() if step == number]
    findings = [
        _finding(id, number, position, slot_of(position), values, context.taxonomy)
        for position, id in enumerate(ids, 1)
    ]
    project = context.draft.project
    inherits = value("inherits_from") or []
    is_left = value("state") == "unlabelled" and not value("verdict")
    return StepView(
        number=number,
        text=render_step(text, _marks(ids, values, len(text))),
        verdict=value("verdict") or "",
        verdict_label=str(STATES["unlabelled"] if is_left else VERDICTS.get(value("verdict"), "")),
        verdicts=_verdicts(context.scale, value("verdict")),
        confidences=_confidences(value("confidence")),
        own_error=bool(value("own_error")),
        origin_unknown=bool(value("origin_unknown")),
        inherits=", ".join(map(str, inherits)),
        reason=value("reason") or "",
        is_left=is_left,
        may_be_left=project.unlabelled_steps != "never",
        asks_confidence=project.ask_confidence,
        skills=[
            Choice(skill, str(label), skill in (value("skills") or ()))
            for skill, label in SKILL_LABELS.items()
            if project.ask_skills
        ],
        findings=findings,
        is_open=is_open,
        lacking=[item for item in lacking if item.step == number],
    )


def slot_of(number: int) -> int:
    """The colour of the finding with this number: there are six, then they begin again."""
    return (number - 1) % COLOUR_SLOTS + 1


def _marks(ids: Sequence[str], values: Mapping[str, Any], length: int) -> list[NumberedMark]:
    return [
        NumberedMark(number, Span(start=mark["start"], end=mark["end"]), slot_of(number))
        for number, id in enumerate(ids, 1)
        for mark in values.get(f"findings.{id}.marks") or ()
        if mark["kind"] == "span" and mark["end"] <= length
    ]


def _verdicts(scale: Sequence[str], chosen: str | None) -> list[Choice]:
    shown = [verdict for verdict in VERDICTS if verdict in scale]
    return [
        Choice(verdict, str(VERDICTS[verdict]), verdict == chosen, key=f"verdict:{key}")
        for key, verdict in enumerate(shown, 1)
    ]


def _confidences(chosen: float | None) -> list[Choice]:
    """The word nearest to what is stored, so that a confidence that came by the API is shown too."""
    nearest = None if chosen is None else min(CONFIDENCES, key=lambda each: abs(each[1] - chosen))[1]
    return [Choice(value, str(label), value == nearest) for label, value in CONFIDENCES]


def _finding(  # noqa: PLR0917
    id: str, step: int, number: int | str, slot: int | str, values: Mapping[str, Any], taxonomy: Taxonomy
) -> FindingView:
    def value(name: str) -> Any:
        return values.get(f"findings.{id}.{name}")

    return FindingView(
        id=id,
        step=step,
        number=number,
        slot=slot,
        types=_types(taxonomy, value("error_type")),
        severities=[Choice(code, str(label), code == value("severity")) for code, label in SEVERITY_LABELS],
        explanation=value("explanation") or "",
        corrected_text=value("corrected_text") or "",
        marks=len(value("marks") or ()),
    )


def _types(taxonomy: Taxonomy, chosen: str | None) -> list[tuple[str, list[Choice]]]:
    """Groups of a select: (type's label, its codes); a type without subtypes stands in a group without a label."""
    groups: list[tuple[str, list[Choice]]] = []
    for kind in taxonomy.types:
        alone = [] if kind.subtype_required else [Choice(kind.code, kind.label, kind.code == chosen)]
        below = [
            Choice(f"{kind.code}/{sub.code}", sub.label, f"{kind.code}/{sub.code}" == chosen) for sub in kind.subtypes
        ]
        groups.append((kind.label if below else "", alone + below))
    return groups
