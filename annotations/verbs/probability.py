"""With which probability an item came to people, under the project's mix of strategies.

The queue is one order: items of all strategies interleaved, so that after n items each strategy has given its share.
Up to a place in it, a strategy has given what ranks below its next item. The probability of an item is then the
weighted mean, over the strategies it might have been drawn into, of its chance to rank below that threshold; and, where
the mix changed before, 1 − the product of its chances to be missed each time. To condition on the threshold in place of
the number drawn is what makes 1 ÷ probability an unbiased weight (Cohen & Kaplan 2007; docs/decisions.md).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.db.models import Max

from annotations.models import Assignment, Project, Route
from annotations.strategies.base import Floats, reach, strategies

_NEXT_RANKS = """
SELECT lane, (SELECT r.rank FROM annotations_route r WHERE r.project_id = %(project)s AND r.lane = lanes.lane
              AND r.position > %(position)s ORDER BY r.position LIMIT 1)
FROM generate_series(0, %(lanes)s - 1) AS lanes (lane) ORDER BY lane
"""
# How far the queue has come by itself: what came by batch or skill may lie anywhere.
_FRONTIER = """
SELECT max(r.position) FROM annotations_assignment a JOIN annotations_route r ON r.response_id = a.response_id
WHERE a.project_id = %(project)s AND a.probability IS NOT NULL AND r.reached IS NULL
"""


def note(given: Assignment) -> None:
    """Stores strategy and probability of an item that the queue has just given."""
    project = given.project
    route = Route.objects.filter(pk=given.response_id).first()
    if route is None:  # it came in after the mix was laid out, by a way that did not route it
        return
    mix = project.routing["mix"]
    given.strategy = mix[route.lane]["strategy"]
    if route.reached is not None:
        given.probability = route.reached
    elif strategies()[given.strategy].by_skill:
        given.probability = None
    elif given.slot_number > 1 and not strategies()[given.strategy].deep:
        given.probability = 1.0  # a round begins when every item of the one before has come to somebody
    else:
        thresholds = next_ranks(project, route.position)
        given.probability = float(
            probabilities(mix, thresholds, np.array([route.parameters]), np.array([route.missed]))[0]
        )
    Assignment.objects.filter(pk=given.pk).update(strategy=given.strategy, probability=given.probability or None)


def next_ranks(project: Project, position: int) -> list[float]:
    """Of each strategy of the mix the rank of its first item after this place; infinity where none is left."""
    lanes = len(project.routing["mix"])
    with connection.cursor() as cursor:
        cursor.execute(_NEXT_RANKS, {"project": project.pk, "position": position, "lanes": lanes})
        return [math.inf if rank is None else rank for _, rank in cursor.fetchall()]


def probabilities(
    mix: Iterable[Mapping[str, Any]], thresholds: Iterable[float], parameters: Floats, missed: Floats
) -> Floats:
    """(items,) of parameters (items, strategies) and missed (items,)."""
    mix = list(mix)
    total = sum(part["weight"] for part in mix)
    now = np.zeros(len(missed))
    for lane, (part, threshold) in enumerate(zip(mix, thresholds, strict=True)):
        now += part["weight"] / total * reach(strategies()[part["strategy"]].kind, parameters[:, lane], threshold)
    return 1 - missed * (1 - now)


def frontier(project: Project) -> int | None:
    """The last place of the queue that has come to somebody; None where none has."""
    with connection.cursor() as cursor:
        cursor.execute(_FRONTIER, {"project": project.pk})
        return cursor.fetchone()[0]


def inclusion(project: Project) -> dict[UUID, float | None]:
    """Of each response that a person has submitted: the probability that it came to people by now.

    None where it is not known: a batch, skills, or an earlier critique from elsewhere brought it. Empty without a mix:
    the order was fixed, and says nothing of what was not reached.
    """
    all_given = Assignment.objects.filter(project=project)
    reached = all_given.filter(state__in=("submitted", "extra")).values_list("response_id", flat=True).distinct()
    if not project.routing:
        return {}
    told: dict[UUID, float | None] = dict.fromkeys(reached)
    by_queue = all_given.filter(response__in=reached, probability__isnull=False)
    told |= dict(by_queue.values_list("response_id").annotate(Max("probability")))
    routes = list(Route.objects.filter(project=project, pk__in=[key for key, known in told.items() if known]))
    open_routes = [route for route in routes if route.reached is None]
    settled: dict[UUID, float | None] = {route.pk: route.reached for route in routes if route.reached is not None}
    if open_routes and (place := frontier(project)) is not None:
        now = probabilities(
            project.routing["mix"],
            next_ranks(project, place),
            np.array([route.parameters for route in open_routes]),
            np.array([route.missed for route in open_routes]),
        )
        settled |= {route.pk: float(value) for route, value in zip(open_routes, now, strict=True)}
    return {key: settled.get(key, known) or None for key, known in told.items()}
