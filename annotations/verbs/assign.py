"""Who gets which item: slots of responses claimed under a lease, exactly `overlap` people an item, nobody twice.

Lock order, here and in `submit`: the person's queue (an advisory lock), slot, assignment, draft. Slots that somebody
else has locked are skipped, never waited for.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext_lazy

from annotations.models import Assignment, Project

STRATEGY_QUEUE = "queue"  # the next open slot, breadth first: every response once before any twice
LONGEST_WORDS = 500  # characters, of a skip
STRATEGY_RETURNED = "returned"  # an item that the person has a draft of, and that is free again

AHEAD_SECONDS = 180  # how long the item after the present one is kept without a sign of life

SKIP_REASONS = {
    "broken_image": gettext_lazy("The image is missing or cannot be read"),
    "broken_chain": gettext_lazy("The chain is cut off or garbled"),
    "unclear_question": gettext_lazy("The question makes no sense"),
    "no_knowledge": gettext_lazy("I do not know enough to judge this"),
    "unpleasant": gettext_lazy("I do not want to look at this"),
    "other": gettext_lazy("Something else"),
}

# A slot that comes back is open again, unless the overlap was lowered while it was held (then it is one too many), or
# the item was retired.
_FREED = """
CASE
    WHEN (SELECT decision FROM annotations_itemruling r WHERE r.response_id = s.response_id
          ORDER BY r.ruled_at DESC, r.id DESC LIMIT 1) = 'retired' THEN 'retired'
    WHEN (SELECT count(*) FROM annotations_slot o WHERE o.response_id = s.response_id AND o.state <> 'closed')
        <= (SELECT overlap FROM annotations_project p WHERE p.id = s.project_id) THEN 'open'
    ELSE 'closed'
END
"""

_EXPIRE = f"""
WITH stale AS (
    SELECT s.response_id, s.number FROM annotations_slot s
    JOIN annotations_assignment a ON a.response_id = s.response_id AND a.slot_number = s.number
    WHERE a.project_id = %s AND a.state = 'held' AND a.expires_at < clock_timestamp() AND s.state = 'held'
    FOR UPDATE OF s SKIP LOCKED
), expired AS (
    UPDATE annotations_assignment a SET state = 'expired', ended_at = clock_timestamp() FROM stale
    WHERE a.response_id = stale.response_id AND a.slot_number = stale.number
      AND a.state = 'held' AND a.expires_at < clock_timestamp()
    RETURNING a.response_id, a.slot_number
)
UPDATE annotations_slot s SET state = {_FREED} FROM expired
WHERE s.response_id = expired.response_id AND s.number = expired.slot_number AND s.state = 'held'
"""  # noqa: S608  a constant of this module

# A lease never becomes shorter. Where the item itself is no longer held, there is nothing to keep another one for.
_BEAT = """
UPDATE annotations_assignment a SET heartbeat_at = clock_timestamp(), expires_at = greatest(
    a.expires_at, clock_timestamp() + make_interval(secs =>
        CASE WHEN a.id = %(assignment)s THEN p.lease_seconds ELSE least(p.lease_seconds, %(ahead)s) END))
FROM annotations_project p
WHERE p.id = a.project_id AND a.project_id = %(project)s AND a.user_id = %(user)s AND a.state = 'held'
  AND EXISTS (SELECT 1 FROM annotations_assignment b WHERE b.id = %(assignment)s AND b.state = 'held')
RETURNING a.id, a.expires_at
"""

_CLAIM = """
WITH free AS (
    SELECT s.response_id, s.number FROM annotations_slot s
    WHERE s.project_id = %(project)s AND s.state = 'open' {only}
      AND NOT EXISTS (SELECT 1 FROM annotations_assignment a WHERE a.response_id = s.response_id
                      AND a.user_id = %(user)s AND a.state IN ('held', 'submitted', 'skipped'))
      -- A correction tells what the critique that guided it found: in a blind project one's own comes first.
      AND NOT EXISTS (SELECT 1 FROM annotations_response c JOIN annotations_project p ON p.id = c.project_id
                      WHERE c.id = s.response_id AND p.blind AND c.guided_by_id IS NOT NULL
                      AND NOT EXISTS (SELECT 1 FROM annotations_critique own JOIN annotations_author w
                                      ON w.id = own.author_id AND w.user_id = %(user)s
                                      WHERE own.response_id = c.revises_id))
    ORDER BY s.number, s.position, s.response_id LIMIT 1 FOR UPDATE OF s SKIP LOCKED
)
UPDATE annotations_slot s SET state = 'held' FROM free
WHERE s.response_id = free.response_id AND s.number = free.number
RETURNING s.response_id, s.number
"""
_ANY = _CLAIM.format(only="")
_WITH_MY_DRAFT = _CLAIM.format(
    only="AND s.response_id IN (SELECT d.response_id FROM annotations_draft d"
    " WHERE d.user_id = %(user)s AND d.project_id = %(project)s AND d.revises_id IS NULL)"
)
_THIS = _CLAIM.format(only="AND s.response_id = %(response)s")


@transaction.atomic
def next_assignment(user: Any, project: Project) -> Assignment | None:
    """The item that this person works on next: the one they hold, else one they have a draft of, else the queue's next.

    None when nothing is left for them. Called twice at once by one person, it gives the same item twice.
    """
    _lock_queue_of(user, project)
    expire_leases(project)
    mine = Assignment.objects.select_related("response").filter(user=user, project=project, state="held")
    held = mine.order_by("given_at", "id").first()
    if held is not None:
        held.project = held.response.project = project
        heartbeat(held)
        return held
    returned = _claim(_WITH_MY_DRAFT, user, project, STRATEGY_RETURNED)
    return returned or _claim(_ANY, user, project, STRATEGY_QUEUE)


@transaction.atomic
def assign_ahead(user: Any, project: Project, *, beside: UUID) -> Assignment | None:
    """The item after the one of the response `beside`, which the person holds: theirs already, for AHEAD_SECONDS.

    It is held like any other, so overlap stays exact and blindness covers it. Signs of life for `beside` keep it; to
    come to it (`next_assignment`) makes its lease a whole one. None where `beside` is not held or nothing is left.
    """
    _lock_queue_of(user, project)
    expire_leases(project)
    held = list(Assignment.objects.filter(user=user, project=project, state="held").order_by("given_at", "id"))
    if all(one.response_id != beside for one in held):
        return None
    others = [one for one in held if one.response_id != beside]
    if others:
        return others[0]
    seconds = min(AHEAD_SECONDS, project.lease_seconds)
    returned = _claim(_WITH_MY_DRAFT, user, project, STRATEGY_RETURNED, seconds=seconds)
    return returned or _claim(_ANY, user, project, STRATEGY_QUEUE, seconds=seconds)


@transaction.atomic
def reclaim(user: Any, project: Project, response_id: UUID) -> Assignment | None:
    """This response for this person, held already or free again; None where all its places are taken."""
    _lock_queue_of(user, project)
    expire_leases(project)
    held = Assignment.objects.filter(user=user, response_id=response_id, state="held").first()
    return held or _claim(_THIS, user, project, STRATEGY_RETURNED, response=response_id)


def expire_leases(project: Project) -> int:
    """Items that were left go back into the queue; returns how many. Drafts stay with their people."""
    with connection.cursor() as cursor:
        cursor.execute(_EXPIRE, [project.pk])
        return cursor.rowcount


def heartbeat(assignment: Assignment) -> bool:
    """A sign of life: the lease runs on from now, that of the item after it for a short while. False if it is lost."""
    with connection.cursor() as cursor:
        cursor.execute(
            _BEAT,
            {
                "assignment": assignment.pk,
                "user": assignment.user_id,
                "project": assignment.project_id,
                "ahead": AHEAD_SECONDS,
            },
        )
        expires = dict(cursor.fetchall())
    if assignment.pk in expires:
        assignment.expires_at = expires[assignment.pk]
    return assignment.pk in expires


@transaction.atomic
def skip(assignment: Assignment, reason: str, words: str = "") -> None:
    """Gives the item back for good, with a reason of SKIP_REASONS and words of one's own: it does not come again."""
    if reason not in SKIP_REASONS:
        raise ValueError(f"reason: expected one of {', '.join(SKIP_REASONS)}, found {reason!r}")
    words = words.strip()
    if len(words) > LONGEST_WORDS or "\0" in words:
        raise ValueError(f"words: expected text of at most {LONGEST_WORDS} characters, found {len(words)}")
    Assignment.objects.filter(pk=assignment.pk, state="held").update(skip_words=words)
    _give_back(assignment, state="skipped", reason=reason)


@transaction.atomic
def release(assignment: Assignment) -> None:
    """Gives the item back without more: it may come again."""
    _give_back(assignment, state="released", reason="")


def _give_back(assignment: Assignment, *, state: str, reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM annotations_slot WHERE response_id = %s AND number = %s FOR UPDATE",
            [assignment.response_id, assignment.slot_number],
        )
        cursor.execute(
            "UPDATE annotations_assignment SET state = %s, skip_reason = %s, ended_at = clock_timestamp()"
            " WHERE id = %s AND state = 'held'",
            [state, reason, assignment.pk],
        )
        if cursor.rowcount:
            cursor.execute(
                f"UPDATE annotations_slot s SET state = {_FREED}"  # noqa: S608  a constant of this module
                " WHERE s.response_id = %s AND s.number = %s AND s.state = 'held'",
                [assignment.response_id, assignment.slot_number],
            )


def _lock_queue_of(user: Any, project: Project) -> None:
    """Two tabs of one person ask one after the other, so that they do not claim two items."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"queue of {user.pk} in {project.pk}"])


def _claim(
    statement: str,
    user: Any,
    project: Project,
    strategy: str,
    *,
    response: UUID | None = None,
    seconds: int | None = None,
) -> Assignment | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"project": project.pk, "user": user.pk, "response": response})
        row = cursor.fetchone()
        if row is None:
            return None
        # The database's clock throughout: web machines may disagree by seconds.
        cursor.execute("SELECT clock_timestamp() + make_interval(secs => %s)", [seconds or project.lease_seconds])
        expires_at = cursor.fetchone()[0]
    given = Assignment.objects.create(
        project=project,
        response_id=row[0],
        slot_number=row[1],
        user=user,
        strategy=strategy,
        probability=1.0,  # the order is fixed: whoever asks now gets just this item
        expires_at=expires_at,
    )
    given.just_given = True
    return given
