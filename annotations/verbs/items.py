"""The items behind a figure: which steps, answers, couples of judgments, corrections or claims a count counts.

Each list follows the metric's definition in SQL (`metrics/visco.py`, `gathering.py`, `calibration.py`), so that a count
on an insights page and the length of its list are the same; a test follows every link.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from annotations.metrics.calibration import BINS
from annotations.metrics.patterns import OTHER
from annotations.models import Project
from annotations.verbs.insights import first_level_types, version_names

OUTCOMES = ("hit", "miss", "false_flag", "kept", "left")


@dataclass(frozen=True, slots=True)
class Item:
    """A place to look at: a response, its step (None: the answer or the whole)."""

    response: UUID
    step: int | None
    author: str = ""


_REFERENCED = """
WITH newest AS (
    SELECT DISTINCT ON (f.response_id) f.response_id, f.critique_id AS reference_id, c.verdict AS wanted_answer
    FROM annotations_reference f
    JOIN annotations_critique c ON c.id = f.critique_id
    JOIN annotations_response r ON r.id = f.response_id
    WHERE r.project_id = %(project)s AND c.segmentation = r.segmentation
    ORDER BY f.response_id, f.version DESC
), heads AS (
    SELECT h.response_id, h.critique_id, c.author_id, c.stored_at, c.verdict AS answer, c.state AS answer_state, a.kind,
        a.name, r.position
    FROM annotations_critiquehead h
    JOIN annotations_critique c ON c.id = h.critique_id
    JOIN annotations_author a ON a.id = c.author_id
    JOIN annotations_response r ON r.id = h.response_id
    WHERE r.project_id = %(project)s AND c.segmentation = r.segmentation AND a.ablation IS NULL
      AND NOT EXISTS (SELECT FROM annotations_plant p WHERE p.response_id = r.id)
      AND NOT EXISTS (SELECT FROM newest n WHERE n.reference_id = c.id)
), mine AS (SELECT * FROM heads WHERE author_id = ANY(%(authors)s) OR %(everybody)s AND kind = 'person')
"""
_FLAGGED = (
    "({0}.state = 'judged' AND ({0}.verdict = 'incorrect' OR {0}.own_error IS TRUE"
    " OR cardinality({0}.inherits_from) > 0))"
)
_STANCE = (
    "CASE WHEN {0}.state <> 'judged' THEN NULL WHEN {0}.verdict = 'incorrect' OR {0}.own_error IS TRUE"
    " OR cardinality({0}.inherits_from) > 0 THEN 'incorrect' ELSE {0}.verdict END"
)
_OUTCOME = """CASE WHEN NOT given THEN 'left' WHEN wrong AND flagged THEN 'hit' WHEN wrong THEN 'miss'
    WHEN flagged THEN 'false_flag' ELSE 'kept' END"""

_STEPS = f"""
, scored AS (
    SELECT mine.response_id, j.number AS step, mine.name, mine.position, n.reference_id,
        {_STANCE.format("w")} = 'incorrect' AS wrong, {_FLAGGED.format("j")} AS flagged,
        j.state IN ('judged', 'unparsed') AS given
    FROM mine JOIN newest n USING (response_id)
    JOIN annotations_judgment j ON j.critique_id = mine.critique_id
    JOIN annotations_judgment w ON w.critique_id = n.reference_id AND w.number = j.number
    WHERE {_STANCE.format("w")} IN ('incorrect', 'correct', 'neutral')
)
SELECT response_id, step, name, count(*) OVER () FROM scored WHERE {_OUTCOME} = %(outcome)s AND (
    %(type)s::text IS NULL OR wrong AND (
        EXISTS (SELECT FROM annotations_finding f WHERE f.critique_id = reference_id AND f.step = scored.step
            AND split_part(coalesce(f.error_type, ''), '/', 1) = %(type)s)
        OR %(type)s = '{OTHER}' AND (
            NOT EXISTS (SELECT FROM annotations_finding f WHERE f.critique_id = reference_id AND f.step = scored.step)
            OR EXISTS (SELECT FROM annotations_finding f WHERE f.critique_id = reference_id AND f.step = scored.step
                AND split_part(coalesce(f.error_type, ''), '/', 1) <> ALL (%(types)s)))))
ORDER BY position, response_id, step, name
"""  # noqa: S608  # put together from the constants above; values are parameters
_ANSWERS = f"""
, scored AS (
    SELECT mine.response_id, mine.name, mine.position, n.wanted_answer = 'incorrect' AS wrong,
        coalesce(mine.answer = 'incorrect', false) AS flagged, mine.answer_state IN ('judged', 'unparsed') AS given
    FROM mine JOIN newest n USING (response_id) WHERE n.wanted_answer IN ('correct', 'incorrect')
)
SELECT response_id, NULL, name, count(*) OVER () FROM scored WHERE {_OUTCOME} = %(outcome)s
ORDER BY position, response_id, name
"""  # noqa: S608  # put together from the constants above; values are parameters
_COUPLES = f"""
, one AS (
    SELECT DISTINCT ON (response_id) * FROM heads WHERE author_id = ANY(%(authors)s)
    ORDER BY response_id, stored_at, critique_id
), other AS (
    SELECT DISTINCT ON (response_id) * FROM heads WHERE author_id = ANY(%(others)s)
    ORDER BY response_id, stored_at, critique_id
)
SELECT one.response_id, a.number, '', count(*) OVER () FROM one JOIN other USING (response_id)
JOIN annotations_judgment a ON a.critique_id = one.critique_id
JOIN annotations_judgment b ON b.critique_id = other.critique_id AND b.number = a.number
WHERE ({_STANCE.format("a")} = {_STANCE.format("b")}) = (%(outcome)s = 'agree')
ORDER BY one.position, one.response_id, a.number
"""  # noqa: S608  # put together from the constants above; values are parameters
_CLAIMS = f"""
, claims AS (
    SELECT mine.response_id, j.number AS step, mine.name, mine.position, j.confidence
    FROM mine JOIN newest n USING (response_id)
    JOIN annotations_judgment j ON j.critique_id = mine.critique_id
    JOIN annotations_judgment w ON w.critique_id = n.reference_id AND w.number = j.number
    WHERE j.confidence IS NOT NULL AND {_STANCE.format("w")} IN ('incorrect', 'correct', 'neutral')
      AND {_STANCE.format("j")} IN ('incorrect', 'correct', 'neutral')
)
SELECT response_id, step, name, count(*) OVER () FROM claims
WHERE least(floor(confidence * {BINS}), {BINS - 1}) = %(bin)s
ORDER BY position, response_id, step, name
"""  # noqa: S608  # put together from the constants above; values are parameters
_CORRECTIONS = """
SELECT e.correction_id, NULL, a.name, count(*) OVER () FROM annotations_effect e
JOIN annotations_author a ON a.id = e.corrector_id
WHERE e.project_id = %(project)s AND e.left_out IS NULL AND e.source = %(source)s AND e.level = %(level)s
  AND e.round = %(round)s AND NOT EXISTS (SELECT FROM annotations_plant p WHERE p.response_id = e.correction_id)
  AND CASE WHEN e.before = 'unparsed' OR e.after = 'unparsed' THEN 'unknown'
           ELSE left(e.before, 1) || left(e.after, 1) END = %(outcome)s
ORDER BY e.created_at, e.correction_id
"""
_LISTS = {
    "steps": _REFERENCED + _STEPS,
    "answers": _REFERENCED + _ANSWERS,
    "couples": _REFERENCED + _COUPLES,
    "claims": _REFERENCED + _CLAIMS,
    "corrections": _CORRECTIONS,
}


def items(
    project: Project, asked: Mapping[str, str], *, offset: int = 0, limit: int = 50
) -> tuple[Sequence[Item], int]:
    """One page of the list that `asked` names, and how long it is. Raises LookupError for what is not known.

    `of`: steps, answers, couples, claims or corrections; `author` and `other` are names of versions as the report has
    them ("people": all people); `outcome`, `type`, `bin`, `source`, `level`, `round` as in the report.
    """
    query = _LISTS[asked.get("of", "")]
    _, rows = version_names(project)
    author, other = asked.get("author", ""), asked.get("other", "")
    everybody = author == "people" and author not in rows
    parameters: dict[str, Any] = {
        "project": project.pk,
        "authors": [] if everybody or not author else rows[author],
        "others": rows[other] if other else [],
        "everybody": everybody,
        "outcome": asked.get("outcome", ""),
        "type": asked.get("type") or None,
        "types": list(first_level_types(project)),
        "bin": _number(asked.get("bin", "")),
        "source": asked.get("source", ""),
        "level": asked.get("level", ""),
        "round": _number(asked.get("round", "")),
        "offset": offset,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(query + " OFFSET %(offset)s LIMIT %(limit)s", parameters)
        found: list[Any] = cursor.fetchall()
    return [Item(response, step, name) for response, step, name, _ in found], found[0][-1] if found else 0


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 6 else 0
