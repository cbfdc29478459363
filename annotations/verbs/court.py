"""The court: unmatched findings of people and critics, ruled on by judges who do not see whose they are.

`open_court` puts every finding that only people, or only critics, have of a response that both judged before the court.
A judge gets the cases in random order, each once, and none that they wrote themselves. One ruling settles a case, or
two that agree where the project asks for two; a disagreement goes to a third judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from annotations.core.joined import Group, join
from annotations.core.matching import placed
from annotations.core.schema import Critique as CritiqueRecord
from annotations.core.schema import Finding
from annotations.models import CourtCase, CourtRuling, Critique, CritiqueHead, Project, Response
from annotations.models.court import RULINGS
from annotations.models.records import critique_record, steps_of
from annotations.verbs import log
from annotations.verbs.blindness import visible_responses
from annotations.verbs.permissions import require

CHUNK = 200  # responses in memory at a time
LONGEST_WORDS = 2000  # characters


class RuledAlready(RuntimeError):
    """This judge has ruled on the case, or it is settled meanwhile."""


@dataclass(frozen=True, slots=True)
class Matched:
    """A response with its latest critiques, and which of their findings are the same."""

    response: Response
    critiques: Sequence[Critique]
    records: Sequence[CritiqueRecord]
    groups: Sequence[Group]

    def kinds(self, group: Group) -> set[str]:
        """`person`, `critic`, or both."""
        return {self.records[number].author.kind for number, _ in group}


def matched_responses(project: Project, responses: QuerySet[Response] | None = None) -> Iterator[Matched]:
    """Of the responses (all of the project's) that people and critics judged, in their order. Streams."""
    heads = CritiqueHead.objects.filter(response=OuterRef("pk"))
    rows = Response.objects.filter(project=project, plant=None) if responses is None else responses
    both = rows.filter(Exists(heads.filter(author__kind="person")), Exists(heads.filter(author__kind="critic")))
    whole = both.select_related("problem").prefetch_related("steps").defer("source_text", "extra")
    rows_in_order = whole.order_by("position", "id").iterator(chunk_size=CHUNK)
    while batch := list(islice(rows_in_order, CHUNK)):
        critiques = Critique.objects.filter(response__in=batch, segmentation=F("response__segmentation"))
        held: dict[UUID, list[Critique]] = {response.pk: [] for response in batch}
        for critique in critiques.latest().unablated().whole().order_by("stored_at", "id"):
            held[critique.response_id].append(critique)
        for response in batch:
            records = [critique_record(critique) for critique in held[response.pk]]
            starts = [step.start for step in steps_of(response)]
            groups = join([placed(record, starts) for record in records], project.matching)
            yield Matched(response, held[response.pk], records, groups)


@transaction.atomic
def open_court(project: Project, *, by: Any) -> int:
    """Puts what is unmatched now before the court; returns how many cases are new. What is there stays as it is."""
    require(by, "rule_on_findings", project)
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    known = {(case.critique_id, case.finding): case for case in CourtCase.objects.filter(project=project)}
    new: list[CourtCase] = []
    for matched in matched_responses(project):
        if {record.author.kind for record in matched.records} != {"person", "critic"}:
            continue
        for group in matched.groups:
            if len(matched.kinds(group)) == 1:
                new += _cases(project, matched, group, known)
    leads = [case for case in new if case.same_as is None]
    CourtCase.objects.bulk_create(leads, batch_size=1000)
    CourtCase.objects.bulk_create([case for case in new if case.same_as is not None], batch_size=1000)
    if new:
        log.record("open_court", by=by, project=project, target=project.slug, after={"cases": len(leads)})
    return len(leads)


def _cases(
    project: Project, matched: Matched, group: Group, known: dict[tuple[UUID, int], CourtCase]
) -> list[CourtCase]:
    """One for each finding of the group that has none; a case that is there leads, else the first of them."""
    keys = [(matched.critiques[number].pk, place + 1) for number, place in group]
    there = [known[key] for key in keys if key in known]
    lead = (there[0].same_as or there[0]) if there else None
    new = []
    for critique, finding in keys:
        if (critique, finding) in known:
            continue
        case = CourtCase(
            project=project, response=matched.response, critique_id=critique, finding=finding, same_as=lead
        )
        lead = lead or case
        new.append(case)
    return new


def cases_with_counts(project: Project) -> QuerySet[CourtCase]:
    """Leading cases with `ruled`, how many rulings, and `opinions`, how many different ones."""
    cases = CourtCase.objects.filter(project=project, same_as=None)
    return cases.annotate(ruled=Count("rulings"), opinions=Count("rulings__kind", distinct=True))


def unsettled(project: Project) -> Q:
    """On `cases_with_counts`: more rulings are needed."""
    if project.court_rulings == 1:
        return Q(ruled=0)
    return Q(ruled__lt=2) | Q(ruled=2, opinions=2)


def waiting_for(user: Any, project: Project) -> QuerySet[CourtCase]:
    """Cases for this person, in their random order: unsettled, not theirs, not of an item that they hold."""
    theirs = CourtCase.objects.filter(critique__author__user=user).filter(
        Q(pk=OuterRef("pk")) | Q(same_as=OuterRef("pk"))
    )
    cases = cases_with_counts(project).filter(unsettled(project), ~Exists(theirs))
    cases = cases.filter(response__in=visible_responses(user, project).values("pk"))
    return cases.exclude(Exists(CourtRuling.objects.filter(case=OuterRef("pk"), judge=user))).order_by("id")


def finding_of(case: CourtCase) -> tuple[int, Finding]:
    """What is before the court: the step, and the finding in it."""
    critique = Critique.objects.whole().get(pk=case.critique_id)
    held = placed(critique_record(critique))[case.finding - 1]
    return held.step, held.finding


@dataclass(frozen=True, slots=True)
class Other:
    """A finding of the same response, for "duplicate of …"; `token` names it without telling whose it is."""

    token: str
    step: int
    finding: Finding
    critique: UUID
    ordinal: int


def others_of(case: CourtCase) -> list[Other]:
    """The response's other findings, in an order that tells nothing."""
    same = set(CourtCase.objects.filter(Q(pk=case.pk) | Q(same_as=case.pk)).values_list("critique_id", "finding"))
    critiques = Critique.objects.filter(response=case.response_id, segmentation=F("response__segmentation"))
    found = []
    for critique in critiques.latest().unablated().whole():
        for ordinal, one in enumerate(placed(critique_record(critique)), 1):
            if (critique.pk, ordinal) not in same:
                token = salted_hmac("court", f"{case.pk}:{critique.pk}:{ordinal}").hexdigest()[:20]
                found.append(Other(token, one.step, one.finding, critique.pk, ordinal))
    return sorted(found, key=lambda other: other.token)


@transaction.atomic
def rule(case: CourtCase, kind: str, *, by: Any, duplicate_of: str = "", words: str = "") -> CourtRuling:
    """`duplicate_of` is a token of `others_of`. Raises ValueError, or RuledAlready, telling what to do."""
    require(by, "rule_on_findings", case.project)
    if kind not in RULINGS:
        raise ValueError(_("Ruling: expected one of %(listed)s.") % {"listed": ", ".join(RULINGS)})
    # One ruling of a project at a time: the app may not lock rows that it may not change.
    Project.objects.select_for_update(no_key=True).get(pk=case.project_id)
    if not waiting_for(by, case.project).filter(pk=case.pk).exists():
        raise RuledAlready(_("This finding is settled, or not yours to rule on. Go on with the next one."))
    other = next((one for one in others_of(case) if one.token == duplicate_of), None) if kind == "duplicate" else None
    if kind == "duplicate" and other is None:
        raise ValueError(_("Choose which finding it repeats."))
    return CourtRuling.objects.create(
        case=case,
        judge=by,
        kind=kind,
        duplicate_critique_id=other.critique if other else None,
        duplicate_finding=other.ordinal if other else None,
        words=words.strip()[:LONGEST_WORDS],
    )


def outcome(kinds: Sequence[str], wanted: int) -> str:
    """Of rulings in their order: the settled kind, or `open`. Of three that all differ, none has won: `open`."""
    if wanted == 1 and kinds:
        return kinds[0]
    if len(kinds) < 2:
        return "open"
    (kind, votes), *_ = Counter(kinds).most_common()
    return kind if votes >= 2 else "open"
