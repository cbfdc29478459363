"""Who gets which item: slots of responses claimed under a lease, exactly `overlap` people an item, nobody twice.

In this order: what the person holds; what they have a draft of; their batches; what asks for their skills; the queue,
whose order is the mix of strategies (routing.py); and, where nothing is open, what others hold but do not work on.

Lock order, here and in `submit`: the person's queue (an advisory lock), slot, assignment, draft. Slots that somebody
else has locked are skipped, never waited for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from annotations.core.ids import new_id
from annotations.models import Assignment, GoldSignal, Membership, Project
from annotations.verbs import probability

STRATEGY_QUEUE = "queue"  # the next open slot, breadth first: every response once before any twice
LONGEST_WORDS = 500  # characters, of a skip
STRATEGY_RETURNED = "returned"  # an item that the person has a draft of, and that is free again
STRATEGY_BATCH = "batch"
STRATEGY_SKILL = "matched_to_skills"
STRATEGY_GOLD = "gold"

AHEAD_SECONDS = 180  # how long the item after the present one is kept without a sign of life
_DRAWN = (1 << 62) - 1  # the random bits of an assignment's id
IDLE_SECONDS = 300  # without a sign of life, after which an item is given to somebody who has nothing else

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
    WHEN EXISTS (SELECT 1 FROM annotations_golditem g WHERE g.response_id = s.response_id AND g.retired_at IS NULL)
        THEN 'closed'
    WHEN (SELECT count(*) FROM annotations_slot o WHERE o.response_id = s.response_id AND o.state <> 'closed')
        <= (SELECT wanted_overlap(s.response_id, p.overlap, p.agreement_overlap, p.agreement_share)
            FROM annotations_project p WHERE p.id = s.project_id) THEN 'open'
    ELSE 'closed'
END
"""

_EXPIRE = f"""
WITH stale AS (
    SELECT s.response_id, s.number FROM annotations_slot s
    JOIN annotations_assignment a ON a.response_id = s.response_id AND a.slot_number = s.number
    WHERE a.project_id = %s AND a.state = 'held' AND a.expires_at < statement_timestamp() AND s.state = 'held'
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

# Slot and assignment in one statement. The database's clock throughout: web machines may disagree by seconds.
_CLAIM = """
WITH free AS (
    SELECT s.response_id, s.number FROM annotations_slot s {source}
    WHERE s.project_id = %(project)s AND s.state = 'open' {only}
      AND NOT EXISTS (SELECT 1 FROM annotations_assignment a WHERE a.response_id = s.response_id
                      AND a.user_id = %(user)s AND a.state IN ('held', 'submitted', 'skipped', 'extra'))
      -- Who ruled on somebody's critique of it, or is about to, reads it as no annotator any more.
      AND NOT EXISTS (SELECT 1 FROM annotations_review v JOIN annotations_author w ON w.id = v.reviewer_id
                      WHERE v.response_id = s.response_id AND w.user_id = %(user)s)
      AND NOT EXISTS (SELECT 1 FROM annotations_draft d WHERE d.response_id = s.response_id
                      AND d.user_id = %(user)s AND d.purpose <> 'critique')
      -- A correction tells what the critique that guided it found: in a blind project one's own comes first.
      AND NOT (%(blind)s AND EXISTS (
          SELECT 1 FROM annotations_response c WHERE c.id = s.response_id AND c.guided_by_id IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM annotations_critique own JOIN annotations_author w
                          ON w.id = own.author_id AND w.user_id = %(user)s
                          WHERE own.response_id = c.revises_id)))
    ORDER BY {order} LIMIT 1 FOR UPDATE OF s SKIP LOCKED
), taken AS (
    UPDATE annotations_slot s SET state = 'held' FROM free
    WHERE s.response_id = free.response_id AND s.number = free.number
    RETURNING s.response_id, s.number
)
INSERT INTO annotations_assignment (
    id, project_id, response_id, slot_number, user_id, state, strategy, probability, skip_reason, skip_words, expires_at
)
SELECT %(id)s, %(project)s, response_id, number, %(user)s, 'held', %(strategy)s, %(probability)s, '', '',
    clock_timestamp() + make_interval(secs => %(seconds)s)
FROM taken RETURNING response_id, slot_number, given_at, heartbeat_at, expires_at
"""
_IN_TURN = "s.round, s.position, s.response_id"
_ANY = _CLAIM.format(source="", only="", order=_IN_TURN)
# Their keys as values: asked of the queue's order, a person without drafts would have all of it looked through.
_WITH_MY_DRAFT = _CLAIM.format(source="", only="AND s.response_id = ANY (%(drafts)s)", order=_IN_TURN)
_OF_MY_BATCHES = _CLAIM.format(
    source="JOIN annotations_batchitem i ON i.response_id = s.response_id"
    " JOIN annotations_batch b ON b.id = i.batch_id",
    only="AND b.user_id = %(user)s AND b.project_id = %(project)s AND b.withdrawn_at IS NULL",
    order="b.due_at NULLS LAST, b.created_at, b.id, i.ordinal, s.number",
)
_OF_SKILL = _CLAIM.format(source="", only="AND s.skill = %(skill)s AND s.skill <> ''", order=_IN_TURN)
_THIS = _CLAIM.format(source="", only="AND s.response_id = %(response)s", order=_IN_TURN)

_OWN = """
SELECT ARRAY(SELECT response_id FROM annotations_draft
             WHERE user_id = %(user)s AND project_id = %(project)s AND revises_id IS NULL),
    EXISTS (SELECT 1 FROM annotations_batch
            WHERE user_id = %(user)s AND project_id = %(project)s AND withdrawn_at IS NULL)
"""

# A gold item that the person never had, nor another response to the same problem (a plant's origin would betray it),
# with a place of its own. The order is each person's own. Two who draw the same item at once: one of them goes on.
_GOLD = """
WITH item AS (
    SELECT g.response_id FROM annotations_golditem g JOIN annotations_response r ON r.id = g.response_id
    WHERE %(wanted)s AND g.project_id = %(project)s AND g.retired_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM annotations_assignment a JOIN annotations_response o ON o.id = a.response_id
                      WHERE a.user_id = %(user)s AND a.project_id = %(project)s
                      AND (a.response_id = g.response_id OR g.kind = 'plant' AND o.problem_id = r.problem_id))
    ORDER BY md5(g.response_id::text || %(user)s) LIMIT 1 FOR UPDATE OF g SKIP LOCKED
), place AS (
    INSERT INTO annotations_slot (response_id, number, project_id, position, state)
    SELECT response_id, (SELECT coalesce(max(s.number), 0) + 1 FROM annotations_slot s
                         WHERE s.response_id = item.response_id), %(project)s, 0, 'held'
    FROM item ON CONFLICT DO NOTHING RETURNING response_id, number
)
INSERT INTO annotations_assignment (
    id, project_id, response_id, slot_number, user_id, state, strategy, probability, skip_reason, skip_words, expires_at
)
SELECT %(id)s, %(project)s, response_id, number, %(user)s, 'held', %(strategy)s, NULL, '', '',
    clock_timestamp() + make_interval(secs => %(seconds)s)
FROM place RETURNING response_id, slot_number, given_at, heartbeat_at, expires_at
"""

# What is held and not worked on: no sign of life for a while, or only the item after the one that its holder is at.
_FREE_AN_IDLE_ONE = f"""
WITH idle AS (
    SELECT s.response_id, s.number, a.id FROM annotations_assignment a
    JOIN annotations_slot s ON s.response_id = a.response_id AND s.number = a.slot_number
    WHERE a.project_id = %(project)s AND a.state = 'held' AND a.user_id <> %(user)s AND s.state = 'held'
      AND (a.heartbeat_at < statement_timestamp() - make_interval(secs => %(idle)s)
           OR EXISTS (SELECT 1 FROM annotations_assignment first WHERE first.project_id = a.project_id
                      AND first.user_id = a.user_id AND first.state = 'held'
                      AND (first.given_at, first.id) < (a.given_at, a.id)))
      AND NOT EXISTS (SELECT 1 FROM annotations_assignment mine WHERE mine.response_id = a.response_id
                      AND mine.user_id = %(user)s AND mine.state IN ('held', 'submitted', 'skipped', 'extra'))
    ORDER BY a.heartbeat_at LIMIT 1 FOR UPDATE OF s SKIP LOCKED
), freed AS (
    UPDATE annotations_assignment a SET state = 'expired', ended_at = clock_timestamp() FROM idle
    WHERE a.id = idle.id AND a.state = 'held' RETURNING a.response_id, a.slot_number
)
UPDATE annotations_slot s SET state = {_FREED} FROM freed
WHERE s.response_id = freed.response_id AND s.number = freed.slot_number AND s.state = 'held'
"""  # noqa: S608  a constant of this module


@transaction.atomic
def next_assignment(user: Any, project: Project) -> Assignment | None:
    """The item that this person works on next: the one they hold, else the first that this module's order finds.

    None when nothing is left for them. Called twice at once by one person, it gives the same item twice.
    """
    lock_queue_of(user, project)
    expire_leases(project)
    held = held_by(user, project).select_related("response").first()
    if held is None and is_paused(user, project):
        return None
    if held is not None:
        held.project = held.response.project = project
        heartbeat(held)
        return held
    return _claimed(user, project, project.lease_seconds)


@transaction.atomic
def assign_ahead(user: Any, project: Project, *, beside: UUID) -> Assignment | None:
    """The item after the one of the response `beside`, which the person holds: theirs already, for AHEAD_SECONDS.

    It is held like any other, so overlap stays exact and blindness covers it. Signs of life for `beside` keep it; to
    come to it (`next_assignment`) makes its lease a whole one. None where `beside` is not held or nothing is left.
    """
    lock_queue_of(user, project)
    expire_leases(project)
    held = list(held_by(user, project))
    if all(one.response_id != beside for one in held):
        return None
    others = [one for one in held if one.response_id != beside]
    if others:
        return others[0]
    if is_paused(user, project):
        return None
    return _claimed(user, project, min(AHEAD_SECONDS, project.lease_seconds), may_take_idle=False)


@transaction.atomic
def reclaim(user: Any, project: Project, response_id: UUID) -> Assignment | None:
    """This response for this person, held already or free again; None where all its places are taken."""
    lock_queue_of(user, project)
    expire_leases(project)
    return held_or_free(user, project, response_id)


def held_or_free(user: Any, project: Project, response_id: UUID) -> Assignment | None:
    """`reclaim` inside a transaction that has locked the person's queue."""
    held = Assignment.objects.filter(user=user, response_id=response_id, state="held").first()
    return held or _claim(_THIS, user, project, STRATEGY_RETURNED, response=response_id, seconds=project.lease_seconds)


def locked_hold(user: Any, response_id: UUID) -> Assignment | None:
    """What this person holds of the response under a lease that still runs, locked in this module's order."""
    found = Assignment.objects.raw(
        "SELECT a.* FROM annotations_slot s JOIN annotations_assignment a"
        " ON a.response_id = s.response_id AND a.slot_number = s.number"
        " WHERE a.response_id = %s AND a.user_id = %s AND a.state = 'held' AND a.expires_at > clock_timestamp()"
        " FOR UPDATE OF s, a",
        [response_id, user.pk],
    )
    return next(iter(found), None)


def held_by(user: Any, project: Project) -> QuerySet[Assignment]:
    """What this person holds, the item they are at first."""
    return Assignment.objects.filter(user=user, project=project, state="held").order_by("given_at", "id")


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


def lock_queue_of(user: Any, project: Project) -> None:
    """Two tabs of one person ask one after the other, so that they do not claim two items."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"queue of {user.pk} in {project.pk}"])


def _claimed(user: Any, project: Project, seconds: int, *, may_take_idle: bool = True) -> Assignment | None:
    with connection.cursor() as cursor:
        cursor.execute(_OWN, {"user": user.pk, "project": project.pk})
        drafts, has_own_batches = cursor.fetchone()
    given = (
        (drafts and _claim(_WITH_MY_DRAFT, user, project, STRATEGY_RETURNED, seconds=seconds, drafts=drafts))
        or (project.gold_rate > 0 and _claim(_GOLD, user, project, STRATEGY_GOLD, seconds=seconds))
        or (has_own_batches and _claim(_OF_MY_BATCHES, user, project, STRATEGY_BATCH, seconds=seconds))
        or _by_skill(user, project, seconds)
        or _claim(_ANY, user, project, STRATEGY_QUEUE, seconds=seconds)
    )
    if given or not may_take_idle:
        return given or None
    with connection.cursor() as cursor:
        cursor.execute(_FREE_AN_IDLE_ONE, {"project": project.pk, "user": user.pk, "idle": IDLE_SECONDS})
        freed = cursor.rowcount
    return _claim(_ANY, user, project, STRATEGY_QUEUE, seconds=seconds) if freed else None


def is_paused(user: Any, project: Project) -> bool:
    """Whether gold has paused this person's work here, until a reviewer lifts it (gold.py)."""
    if not project.gold_rate:
        return False
    return GoldSignal.objects.filter(
        user=user, project=project, level__in=("paused", "called"), lifted_at=None
    ).exists()


def _by_skill(user: Any, project: Project, seconds: int) -> Assignment | None:
    if not any(part["strategy"] == STRATEGY_SKILL for part in project.routing.get("mix", ())):
        return None
    held = Membership.objects.filter(user=user, project=project).values_list("skills", flat=True).first() or []
    for skill in held:
        if given := _claim(_OF_SKILL, user, project, STRATEGY_SKILL, skill=skill, seconds=seconds):
            return given
    return None


def _claim(
    statement: str,
    user: Any,
    project: Project,
    strategy: str,
    *,
    seconds: int,
    response: UUID | None = None,
    skill: str = "",
    drafts: Sequence[UUID] = (),
) -> Assignment | None:
    """The order of a project without a mix is fixed: whoever asks now gets just this item. Else routing tells."""
    by_order = strategy == STRATEGY_QUEUE and not project.routing
    id = new_id()
    values = {
        "id": id,
        "wanted": (id.int & _DRAWN) / (_DRAWN + 1) < project.gold_rate,  # a draw that can be checked afterwards
        "project": project.pk,
        "user": user.pk,
        "response": response,
        "skill": skill,
        "drafts": list(drafts),
        "blind": project.blind,
        "strategy": strategy,
        "probability": 1.0 if by_order or (strategy == STRATEGY_RETURNED and not project.routing) else None,
        "seconds": seconds,
    }
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        row = cursor.fetchone()
    if row is None:
        return None
    given = Assignment(
        id=id,
        project=project,
        response_id=row[0],
        slot_number=row[1],
        user=user,
        strategy=strategy,
        probability=None if strategy == STRATEGY_GOLD else values["probability"],
        given_at=row[2],
        heartbeat_at=row[3],
        expires_at=row[4],
    )
    given._state.adding = False
    given._state.db = "default"
    given.just_given = True
    if project.routing and strategy == STRATEGY_QUEUE:
        probability.note(given)
    return given
