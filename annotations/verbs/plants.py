"""Plants: a known error in a chain that the project holds to be correct, proposed by rule, engine or hand.

A plant is a response of its own, with a reference that says where and what its error is. Nobody gets it before a
reviewer accepts it; then it is hidden among the work as gold is. It is never published unless asked for, and then
marked.
"""

from __future__ import annotations

import random
import re
import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.core.content import response_hash
from annotations.core.ids import new_id
from annotations.core.steps import GIVEN_STEPS, join_steps
from annotations.core.taxonomy import parse_taxonomy
from annotations.core.word_diff import word_diff
from annotations.metrics.plants import Reading, Recall, recall
from annotations.models import (
    Critique,
    Plant,
    Project,
    Reference,
    Response,
    Segmentation,
    Step,
)
from annotations.models.records import critique_record
from annotations.plants.base import Planted, kinds, plant
from annotations.verbs import gold, log
from annotations.verbs.permissions import require
from annotations.verbs.store import set_reference, store_whole

KNOWN_ERROR = schema.Author(kind="person", name="Known error", method="")
MOST_AT_ONCE = 500


def correct_chains(project: Project) -> QuerySet[Response]:
    """Responses whose newest reference finds nothing wrong, and that are no plants themselves."""
    newest = Reference.objects.filter(response=OuterRef("pk")).order_by("-version")
    wrong = Critique.objects.filter(pk=OuterRef("known"), judgments__verdict__in=("incorrect", "unsure"))
    return (
        Response.objects.filter(project=project, plant=None)
        .annotate(known=Subquery(newest.values("critique")[:1]))
        .filter(known__isnull=False)
        .exclude(Exists(wrong))
        .filter(Exists(Critique.objects.filter(pk=OuterRef("known"), finding_count=0).exclude(verdict="incorrect")))
    )


@transaction.atomic
def plant_by_rule(
    project: Project, names: Sequence[str], count: int, *, seed: int = 0, consistent: bool = True, by: Any
) -> list[Plant]:
    """Proposes up to `count` plants of these kinds in turn, each chain once; fewer where chains have no place for them.

    Raises PermissionDenied; ValidationError for an unknown kind.
    """
    require(by, "rule_on_items", project)
    if unknown := [name for name in names if name not in kinds()]:
        raise ValidationError(
            _("Kind: expected some of %(known)s; found %(found)s.")
            % {"known": ", ".join(kinds()), "found": ", ".join(unknown)}
        )
    if not names or not 1 <= count <= MOST_AT_ONCE:
        raise ValidationError(_("Expected one kind or more, and 1 to %(most)s plants.") % {"most": MOST_AT_ONCE})
    generator = random.Random(f"{seed} {project.slug}")
    chains = list(correct_chains(project).exclude(plants_from__isnull=False).order_by("position", "id"))
    generator.shuffle(chains)
    made: list[Plant] = []
    turn = 0
    for origin in chains:
        if len(made) == count:
            break
        for offset in range(len(names)):
            kind = kinds()[names[(turn + offset) % len(names)]]
            planted = plant(kind, _texts(origin), origin.answer, generator, consistent=consistent)
            if planted is not None:
                made.append(_propose(origin, planted, maker="rule", seed=seed, by=by))
                turn += offset + 1
                break
    log.record("plant_by_rule", by=by, project=project, target=f"{len(made)} plants", after={"kinds": list(names)})
    return made


@transaction.atomic
def plant_by_hand(
    origin: Response, step: int, text: str, *, error_type: str, severity: schema.Severity, explanation: str, by: Any
) -> Plant:
    """Proposes one: step `step` of a correct chain becomes `text`. Its span is where the words differ.

    Raises PermissionDenied and ValidationError.
    """
    project = origin.project
    require(by, "rule_on_items", project)
    if not correct_chains(project).filter(pk=origin.pk).exists():
        raise ValidationError(_("An error is planted in a chain whose reference finds nothing wrong."))
    texts = _texts(origin)
    if not 1 <= step <= len(texts):
        raise ValidationError(_("Step: expected 1 to %(count)s.") % {"count": len(texts)})
    if not text.strip() or text == texts[step - 1] or "\0" in text:
        raise ValidationError(_("Text: expected another one than the step has."))
    taxonomy = parse_taxonomy(project.taxonomies.values_list("tree", flat=True)[0])
    if error := taxonomy.check(error_type):
        raise ValidationError(str(error))
    start, end = _changed(texts[step - 1], text)
    kind = next(iter(kinds().values()))
    planted = Planted(
        kind=kind, steps=(*texts[: step - 1], text, *texts[step:]), answer=origin.answer, step=step, start=start,
        end=end, before=texts[step - 1], consistent=False,
    )  # fmt: skip
    made = _propose(
        origin, planted, maker="hand", by=by, told=(error_type, severity, explanation.strip() or _("A known error."))
    )
    log.record("plant_by_hand", by=by, project=project, target=origin.key, after={"step": step})
    return made


def _key_like(origin: Response) -> str:
    """A free key that looks as the origin's does: its last number is another one. A suffix would betray the plant."""
    found = list(re.finditer(r"\d+", origin.key))
    before, after = origin.key, ""
    width = 1
    if found:
        before, after = origin.key[: found[-1].start()], origin.key[found[-1].end() :]
        width = len(found[-1][0])
    for digits in range(width, width + 8):
        for _try in range(20):
            lowest = 10 ** (digits - 1) if digits > 1 else 1
            key = f"{before[:180]}{secrets.randbelow(10**digits - lowest) + lowest}{after[:10]}"
            if not Response.objects.filter(project=origin.project_id, key=key).exists():
                return key
    raise RuntimeError(f"no free key like {origin.key} was found in 160 tries")


def _texts(response: Response) -> list[str]:
    steps = Step.objects.filter(response=response, segmentation=response.segmentation).order_by("number")
    return [response.source_text[start:end] for start, end in steps.values_list("start", "end")]


def _changed(before: str, after: str) -> tuple[int, int]:
    """The code points of `after` that are new: from the first difference to the last, at least one."""
    first = next(
        (n for n, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), min(len(before), len(after))
    )
    tail = 0
    while tail < min(len(before), len(after)) - first and before[-1 - tail] == after[-1 - tail]:
        tail += 1
    end = len(after) - tail
    return (first, end) if end > first else (max(0, min(first, len(after) - 1)), max(1, min(first + 1, len(after))))


def _propose(
    origin: Response,
    planted: Planted,
    *,
    maker: str,
    by: Any,
    seed: int | None = None,
    told: tuple[str, schema.Severity, str] | None = None,
) -> Plant:
    text, ranges = join_steps(planted.steps)
    name = "by_hand" if maker == "hand" else planted.kind.name
    mark = {
        "planted": {"kind": name, "step": planted.step, "consistent": planted.consistent, "maker": maker},
    }
    id = new_id()
    record = schema.Response(
        key=_key_like(origin), source_text=text, steps=ranges, segmentation=GIVEN_STEPS,
        answer=planted.answer, generator=origin.generator, checkpoint=origin.checkpoint, extra=mark,
    )  # fmt: skip
    last = Response.objects.filter(project=origin.project_id).order_by("-position").values_list("position", flat=True)
    row = Response.objects.create(
        id=id, project=origin.project, problem_id=origin.problem_id, key=record.key, source_text=text,
        answer=record.answer, generator=record.generator, checkpoint=record.checkpoint, extra=mark,
        content_hash=response_hash(record, origin.problem.key), step_count=len(ranges), position=(last[0] or 0) + 1,
    )  # fmt: skip
    Segmentation.objects.create(response=row, number=1, rule=GIVEN_STEPS, step_count=len(ranges))
    Step.objects.bulk_create(
        Step(response=row, segmentation=1, number=number, step_count=len(ranges), start=step.start, end=step.end,
             length=step.end - step.start)
        for number, step in enumerate(ranges, 1)
    )  # fmt: skip
    critique = store_whole(_known(planted, told), row)
    set_reference(critique, "gold", by=by)
    return Plant.objects.create(
        response=row, project=origin.project, origin=origin, critique=critique, kind=name,
        step=planted.step, before=planted.before, maker=maker, consistent=planted.consistent, seed=seed, created_by=by,
    )  # fmt: skip


def _known(planted: Planted, told: tuple[str, schema.Severity, str] | None) -> schema.Critique:
    """The reference: its step has an error of its own; later ones inherit where their text changed with it."""
    kind = planted.kind
    error_type, severity, explanation = told or (kind.error_type, kind.severity, kind.explanation)
    finding = schema.Finding(
        error_type=error_type,
        severity=severity,
        explanations=(explanation,),
        corrected_text=planted.before,
        marks=(schema.Span(start=planted.start, end=planted.end),),
    )

    def judgment(number: int) -> schema.Judgment:
        if number == planted.step:
            return schema.Judgment(step=number, verdict="incorrect", own_error=True, findings=(finding,))
        if number in planted.inherits:
            return schema.Judgment(step=number, verdict="incorrect", own_error=False, inherits_from=(planted.step,))
        if number > planted.step:
            return schema.Judgment(step=number, state="unlabelled")  # it may rest on the error without repeating it
        return schema.Judgment(step=number, verdict="correct")

    return schema.Critique(
        author=KNOWN_ERROR,
        answer=schema.AnswerJudgment(verdict="incorrect", state="judged")
        if planted.answer_changed
        else schema.AnswerJudgment(),
        judgments=tuple(judgment(number) for number in range(1, len(planted.steps) + 1)),
        stage="imported",
        extra={"planted": kind.name},
    )


@transaction.atomic
def accept(held: Plant, by: Any) -> None:
    """Hides the plant among the work. Raises PermissionDenied; ValueError once it was ruled on."""
    _rule(held, "accepted", "", by)
    gold.add_gold(held.project, [held.response], by, kind="plant")


@transaction.atomic
def decline(held: Plant, reason: str, by: Any) -> None:
    """Such as an error that is none, or betrays itself. Raises PermissionDenied; ValueError once it was ruled on."""
    _rule(held, "declined", reason.strip()[:500], by)


def _rule(held: Plant, state: str, reason: str, by: Any) -> None:
    require(by, "rule_on_items", held.project)
    ruled = Plant.objects.filter(pk=held.pk, state="proposed").update(
        state=state, reason=reason, reviewed_by=by, reviewed_at=Now()
    )
    if not ruled:
        raise ValueError(_("This plant has been ruled on."))
    log.record(f"plant_{state}", by=by, project=held.project, target=held.response.key, after={"reason": reason})


def readings(project: Project) -> dict[str, list[Reading]]:
    """Author's name → critiques of accepted plants: people's own first readings, critics' latest."""
    accepted = {row.response_id: row for row in Plant.objects.filter(project=project, state="accepted")}
    known = {
        reference.pk: critique_record(reference)
        for reference in Critique.objects.filter(pk__in=[row.critique_id for row in accepted.values()]).whole()
    }
    read = Critique.objects.filter(response__in=accepted, segmentation=1).exclude(pk__in=known).whole()
    by_author: dict[str, list[Reading]] = {}
    for critique in read.order_by("author__name", "stored_at"):
        is_person = critique.author.kind == "person"
        if critique.revision != 1 if is_person else not hasattr(critique, "head"):
            continue
        row = accepted[critique.response_id]
        by_author.setdefault(critique.author.name, []).append(
            Reading(kind=row.kind, said=critique_record(critique), known=known[row.critique_id])
        )
    return by_author


def recalls(project: Project) -> dict[str, dict[str, Recall]]:
    """Author's name → kind of plant → recall; kind "" is all of them."""
    return {name: recall(held) for name, held in readings(project).items()}


def shown_change(held: Plant) -> Iterable[Any]:
    """What the planted step changed, word by word."""
    texts = _texts(held.response)
    return word_diff(held.before, texts[held.step - 1])
