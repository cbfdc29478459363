"""Other critics' critiques of the same response, with how often each agreed with the references elsewhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from django.db import connection
from django.db.models import F

from annotations.models import Critique
from annotations.models.records import critique_record
from workers.context import ContextLoader, Lines, Make
from workers.critics.wants import Opinion, Opinions
from workers.jobs import CriticJob

MERGED = "ensemble"

Agreement = dict[str, dict[UUID, tuple[int, int]]]  # by critic and problem: steps judged as the reference, and judged


def load(jobs: Sequence[CriticJob], want: Opinions) -> dict[UUID, Make]:
    """In seven queries: the critiques whole, and one for all critics' agreement with the references."""
    responses = {job.response.pk for job in jobs}
    found = (
        Critique.objects.filter(response__in=responses, author__kind="critic", segmentation=F("response__segmentation"))
        .latest()
        .unablated()
        .exclude(author__method=MERGED)
        .order_by("author__name", "sample", "stored_at", "id")
    )
    if want.critics:
        found = found.filter(author__name__in=want.critics)
    if not want.samples:
        found = found.filter(sample=0)
    critiques = list(found.whole())
    agreement = agreement_with_references({job.response.project_id for job in jobs}) if critiques else {}
    by_response: dict[UUID, list[Critique]] = defaultdict(list)
    for critique in critiques:
        by_response[critique.response_id].append(critique)
    return {job.work.pk: _given(opinions(job, by_response[job.response.pk], agreement)) for job in jobs}


def opinions(job: CriticJob, critiques: Sequence[Critique], agreement: Agreement) -> tuple[Opinion, ...]:
    """Of each critic those of its latest run here."""
    latest: dict[str, UUID] = {}
    for critique in sorted(critiques, key=lambda one: (one.stored_at, one.pk)):
        latest[critique.author.name] = critique.author_id
    return tuple(
        _opinion(critique, agreement.get(critique.author.name, {}), job.response.problem_id)
        for critique in critiques
        if latest[critique.author.name] == critique.author_id
    )


def _opinion(critique: Critique, agreement: dict[UUID, tuple[int, int]], problem: UUID) -> Opinion:
    """Measured on other problems only: a critic's vote here must not weigh by what is known of this one."""
    right = sum(right for of, (right, _) in agreement.items() if of != problem)
    judged = sum(judged for of, (_, judged) in agreement.items() if of != problem)
    return Opinion(
        critic=critique.author.name,
        critique=critique_record(critique),
        reliability=(right + 1) / (judged + 2),
        judged=judged,
    )


_AGREEMENT = """
WITH reference AS (
    SELECT DISTINCT ON (r.response_id) r.response_id, r.critique_id FROM annotations_reference r
    JOIN annotations_response held ON held.id = r.response_id
    WHERE held.project_id = ANY (%(projects)s) ORDER BY r.response_id, r.version DESC
)
SELECT a.name, c.problem_id, count(*) FILTER (WHERE j.verdict = right_one.verdict), count(*)
FROM reference
JOIN annotations_judgment right_one ON right_one.critique_id = reference.critique_id
JOIN annotations_critiquehead h ON h.response_id = reference.response_id
JOIN annotations_critique c ON c.id = h.critique_id AND c.id <> reference.critique_id
JOIN annotations_author a ON a.id = c.author_id AND a.kind = 'critic' AND a.ablation IS NULL
JOIN annotations_judgment j ON j.critique_id = c.id AND j.number = right_one.number
    AND j.segmentation = right_one.segmentation
WHERE j.verdict IN ('correct', 'incorrect') AND right_one.verdict IN ('correct', 'incorrect')
GROUP BY a.name, c.problem_id
"""


def agreement_with_references(projects: set[UUID]) -> Agreement:
    """Of each critic and problem: how many steps it judged as the reference does, and how many in all. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_AGREEMENT, {"projects": list(projects)})
        found: Agreement = defaultdict(dict)
        for critic, problem, right, judged in cursor.fetchall():
            found[critic][problem] = (right, judged)
    return found


def _given(found: tuple[Opinion, ...]) -> Make:
    def make(lines: Lines) -> tuple[Opinion, ...]:
        return found

    return make


LOADER = ContextLoader(Opinions, load)
