"""What a lead wants to know of a project: how far it is, what is stuck, who agrees on which errors, who did how much.

Plain queries, each a fixed number however large the project; the page and its CSV files show the same rows. What leads
change in bulk from here is `release_held`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from annotations.models import Assignment, Membership, Project
from annotations.verbs import log
from annotations.verbs.assign import IDLE_SECONDS, release
from annotations.verbs.permissions import require

PACE_DAYS = 7


@dataclass(frozen=True, slots=True)
class Progress:
    """Places by state, and what the last days' pace makes of those that are left; `days_left` None without a pace."""

    done: int
    held: int
    open: int
    retired: int
    extra: int
    a_day: float

    @property
    def total(self) -> int:
        return self.done + self.held + self.open

    @property
    def days_left(self) -> float | None:
        left = self.held + self.open
        return left / self.a_day if self.a_day else None


@dataclass(frozen=True, slots=True)
class Health:
    """`idle`: held without a sign of life for some minutes; the last two of the last days."""

    idle: int
    unread: int
    expired: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Ruling:
    """How many critiques and responses wait for somebody to rule on them."""

    returned: int
    adjudicated: int
    disputed: int


@dataclass(frozen=True, slots=True)
class TypeAgreement:
    """Of those who flagged a step with this type, and of whose item there is another reader: how many were joined."""

    type: str
    joined: int
    flagged: int
    responses: int

    @property
    def share(self) -> float:
        return self.joined / self.flagged


@dataclass(frozen=True, slots=True)
class PersonsWork:
    author: Any
    user: int | None
    name: str
    critiques: int
    hours: float | None
    step_seconds: float | None
    held: int
    skipped: int
    reviewed: int
    returned: int
    last_at: Any


_PROGRESS = """
SELECT count(*) FILTER (WHERE state = 'done'), count(*) FILTER (WHERE state = 'held'),
    count(*) FILTER (WHERE state = 'open'), count(*) FILTER (WHERE state = 'retired'),
    (SELECT count(*) FROM annotations_assignment WHERE project_id = %(project)s AND state = 'extra'),
    (SELECT count(*) FROM annotations_assignment WHERE project_id = %(project)s AND state = 'submitted'
     AND ended_at > now() - make_interval(days => %(days)s))
FROM annotations_slot WHERE project_id = %(project)s
"""
_HEALTH = """
SELECT
    count(*) FILTER (WHERE state = 'held' AND heartbeat_at < now() - make_interval(secs => %(idle)s)),
    (SELECT count(DISTINCT response_id) FROM annotations_slot s WHERE s.project_id = %(project)s AND s.state = 'open'
     AND NOT EXISTS (SELECT FROM annotations_slot o WHERE o.response_id = s.response_id
                     AND o.state IN ('held', 'done'))),
    count(*) FILTER (WHERE state = 'expired' AND ended_at > now() - make_interval(days => %(days)s)),
    count(*) FILTER (WHERE state = 'skipped' AND ended_at > now() - make_interval(days => %(days)s))
FROM annotations_assignment WHERE project_id = %(project)s
"""
_HEADS = """
heads AS (
    SELECT c.id, c.response_id, c.author_id, c.segmentation, c.active_seconds, c.step_count, c.stored_at
    FROM annotations_critiquehead h
    JOIN annotations_critique c ON c.id = h.critique_id AND c.stage NOT IN ('review', 'adjudication')
    JOIN annotations_author a ON a.id = c.author_id AND a.kind = 'person' AND a.user_id IS NOT NULL
    WHERE c.project_id = %(project)s
)
"""
_RULINGS = f"""
WITH {_HEADS}
SELECT (SELECT count(*) FROM heads JOIN annotations_review v ON v.critique_id = heads.id AND v.decision = 'returned'),
    (SELECT count(DISTINCT f.response_id) FROM annotations_reference f JOIN annotations_response r
     ON r.id = f.response_id AND r.project_id = %(project)s WHERE f.kind = 'adjudicated'),
    (SELECT count(*) FROM (SELECT response_id FROM heads WHERE NOT EXISTS (
        SELECT FROM annotations_reference f WHERE f.response_id = heads.response_id)
     GROUP BY response_id HAVING count(*) > 1) several)
"""  # noqa: S608  constants of this module
_BY_TYPE = f"""
WITH {_HEADS}, flagged AS (
    SELECT DISTINCT heads.response_id, heads.segmentation, heads.author_id, f.step,
        split_part(f.error_type, '/', 1) AS type
    FROM heads JOIN annotations_finding f ON f.critique_id = heads.id WHERE f.error_type IS NOT NULL
)
SELECT f.type, count(*) FILTER (WHERE EXISTS (
        SELECT FROM flagged o WHERE o.response_id = f.response_id AND o.segmentation = f.segmentation
        AND o.author_id = other.author_id AND o.step = f.step AND o.type = f.type)),
    count(*), count(DISTINCT f.response_id)
FROM flagged f JOIN heads other ON other.response_id = f.response_id AND other.segmentation = f.segmentation
    AND other.author_id <> f.author_id
GROUP BY f.type ORDER BY count(*) DESC, f.type
"""  # noqa: S608
_PEOPLE = f"""
WITH {_HEADS}, work AS (
    SELECT author_id, count(*) AS critiques, sum(active_seconds) / 3600 AS hours,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY active_seconds / nullif(step_count, 0)) AS step_seconds,
        max(stored_at) AS last_at
    FROM heads GROUP BY author_id
), given AS (
    SELECT user_id, count(*) FILTER (WHERE state = 'held') AS held,
        count(*) FILTER (WHERE state = 'skipped') AS skipped
    FROM annotations_assignment WHERE project_id = %(project)s GROUP BY user_id
), told AS (
    SELECT author_id, count(*) AS reviewed, count(*) FILTER (WHERE decision = 'returned') AS returned
    FROM annotations_review WHERE project_id = %(project)s GROUP BY author_id
)
SELECT a.id, m.user_id, coalesce(a.name, u.username), coalesce(work.critiques, 0), work.hours, work.step_seconds,
    coalesce(given.held, 0), coalesce(given.skipped, 0), coalesce(told.reviewed, 0), coalesce(told.returned, 0),
    work.last_at
FROM annotations_membership m JOIN auth_user u ON u.id = m.user_id
LEFT JOIN annotations_author a ON a.project_id = m.project_id AND a.user_id = m.user_id
LEFT JOIN work ON work.author_id = a.id LEFT JOIN given ON given.user_id = m.user_id
LEFT JOIN told ON told.author_id = a.id
WHERE m.project_id = %(project)s AND m.role <> 'trainer'
ORDER BY coalesce(work.critiques, 0) DESC, u.username, m.user_id
"""  # noqa: S608


def progress(project: Project) -> Progress:
    done, held, open, retired, extra, submitted = _one(_PROGRESS, project)
    return Progress(done, held, open, retired, extra, submitted / PACE_DAYS)


def health(project: Project) -> Health:
    return Health(*_one(_HEALTH, project))


def rulings(project: Project) -> Ruling:
    return Ruling(*_one(_RULINGS, project))


def agreement_by_type(project: Project) -> list[TypeAgreement]:
    """By first-level type. Each flag counts once for every other reader, so the share is 2a ÷ (2a + b + c)."""
    return [TypeAgreement(*row) for row in _all(_BY_TYPE, project)]


def people(project: Project) -> list[PersonsWork]:
    """Members that annotate, who did most first; also those who have done nothing yet."""
    return [PersonsWork(*row) for row in _all(_PEOPLE, project)]


@transaction.atomic
def release_held(project: Project, user: Any, *, by: Any) -> int:
    """Gives back what this person holds; what they typed stays in their drafts. Returns how many. PermissionDenied."""
    require(by, "assign", project)
    held = list(Assignment.objects.filter(project=project, user=user, state="held").order_by("id"))
    for assignment in held:
        release(assignment)
    if held:
        log.record("release_held", by=by, project=project, target=str(user), before={"held": len(held)})
    return len(held)


def leave(project: Project, user: Any) -> None:
    """A person leaves of their own accord: what they hold goes back, what they submitted stays, with their name.

    Raises ValueError for the last admin: a project always keeps one.
    """
    with transaction.atomic():
        Project.objects.select_for_update().get(pk=project.pk)
        membership = Membership.objects.filter(project=project, user=user).first()
        if membership is None:
            return
        admins = Membership.objects.filter(project=project, role="admin", user__is_active=True)
        if membership.role == "admin" and not admins.exclude(pk=membership.pk).exists():
            raise ValueError(_("You are the last admin here: make somebody else admin first."))
        for assignment in Assignment.objects.filter(project=project, user=user, state="held").order_by("id"):
            release(assignment)
        role = membership.role
        membership.delete()
        log.record("leave_project", by=user, project=project, target=str(user), before={"role": role})


def _one(statement: str, project: Project) -> tuple[Any, ...]:
    return _all(statement, project)[0]


def _all(statement: str, project: Project) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, "days": PACE_DAYS, "idle": IDLE_SECONDS})
        return list(cursor.fetchall())
