"""The hidden holdout: problems that people and critics judge like any other, and that leave by no door.

Whether a problem is held out follows from its key alone (SHA-256, apart from that of the splits), so that it is the
same in every version, and in every project that holds the problem. Every way out asks `outside_holdout`.
Source: HREF's private set (METHODS.md row 51).
"""

from __future__ import annotations

from typing import Any

from django.db.models import F, Func, IntegerField, QuerySet
from django.db.models.lookups import GreaterThanOrEqual

from annotations.models.project import Project

PLACES = 65536  # two bytes of the hash


class HoldoutPlace(Func):
    """Of a key, from 0 to 65535, evenly spread."""

    _HASH = "sha256(convert_to('holdout/' || %(expressions)s, 'UTF8'))"
    template = f"(get_byte({_HASH}, 0) * 256 + get_byte({_HASH}, 1))"
    output_field = IntegerField()


def outside_holdout(problem: str = "") -> Any:
    """A condition for `filter`: the problem may leave. problem: the way to it, such as "problem__" from a response."""
    return GreaterThanOrEqual(HoldoutPlace(F(f"{problem}key")) * 100, F(f"{problem}project__holdout_percent") * PLACES)


def leaving(rows: QuerySet[Any], project: Project, problem: str = "") -> QuerySet[Any]:
    """Rows of one project that may leave; untouched, and so as quick as ever, where nothing is held out."""
    return rows.filter(outside_holdout(problem)) if project.holdout_percent else rows
