"""What came of a run: coverage, what could not be read, how much it flags beside what people flag, cost and time."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from workers.models import Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Shares are 0 to 1, and None where nothing was judged. `people_*` count people's latest critiques and references
    of the same responses, each step once per critique."""

    jobs: int
    done: int
    unparsed: int
    abstained: int
    judged_steps: int
    flagged_steps: int
    people_judged: int
    people_flagged: int
    calls: int
    tokens_in: int
    tokens_out: int
    seconds: float

    @property
    def coverage(self) -> float | None:
        return self.done / self.jobs if self.jobs else None

    @property
    def flag_rate(self) -> float | None:
        return self.flagged_steps / self.judged_steps if self.judged_steps else None

    @property
    def people_flag_rate(self) -> float | None:
        return self.people_flagged / self.people_judged if self.people_judged else None


_JOBS = """
SELECT count(*), count(*) FILTER (WHERE state = 'done'),
    count(*) FILTER (WHERE (result->>'unparsed')::boolean), count(*) FILTER (WHERE (result->>'abstained')::boolean),
    coalesce(sum((result->>'judged')::bigint), 0), coalesce(sum((result->>'flagged')::bigint), 0),
    coalesce(sum((result->>'calls')::bigint), 0), coalesce(sum((result->>'tokens_in')::bigint), 0),
    coalesce(sum((result->>'tokens_out')::bigint), 0)
FROM annotations_work WHERE "group" = %s
"""
_PEOPLE = """
SELECT count(*), count(*) FILTER (WHERE verdict = 'incorrect' OR own_error OR cardinality(inherits_from) > 0)
FROM annotations_judgment WHERE state = 'judged' AND critique_id IN (
    SELECT head.critique_id FROM annotations_critiquehead head
    JOIN annotations_author author ON author.id = head.author_id
    WHERE author.kind = 'person'
        AND head.response_id IN (SELECT response_id FROM workers_job WHERE run_id = %(run)s)
    UNION
    SELECT critique_id FROM annotations_reference
    WHERE response_id IN (SELECT response_id FROM workers_job WHERE run_id = %(run)s)
)
"""


def summary(run: Run) -> Summary:
    """By two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_JOBS, [run.pk])
        jobs, done, unparsed, abstained, judged, flagged, calls, tokens_in, tokens_out = cursor.fetchone()
        cursor.execute(_PEOPLE, {"run": run.pk})
        people_judged, people_flagged = cursor.fetchone()
    return Summary(
        jobs=jobs,
        done=done,
        unparsed=unparsed,
        abstained=abstained,
        judged_steps=int(judged),
        flagged_steps=int(flagged),
        people_judged=people_judged,
        people_flagged=people_flagged,
        calls=int(calls),
        tokens_in=int(tokens_in),
        tokens_out=int(tokens_out),
        seconds=run.seconds,
    )
