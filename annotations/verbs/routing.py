"""The mix of strategies: laid out as one order of the queue, kept beside the probability of each item.

Each item is drawn into one strategy of the mix, in proportion to the weights and by the project's seed, ranked there
among all items, and the strategies' items are interleaved. Laying out again, after new items or new knowledge, moves
only what has not come to anybody yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from annotations.models import Project, Route
from annotations.strategies.base import Floats, Signals, strategies, uniforms
from annotations.verbs import log
from annotations.verbs.permissions import require
from annotations.verbs.probability import frontier, next_ranks, probabilities

MOST_PARTS = 8
PLACES = 10**15  # positions of one layout lie below

# One row an item. Critics' latest critiques tell uncertainty (½ at most where they split evenly, or by their own
# confidence), predicted quality and the first error type; people, references and rulings tell what came of it.
_SIGNALS = """
WITH critics AS (
    SELECT c.response_id, c.id, (c.verdict = 'incorrect' OR c.finding_count > 0)::int AS flagged, c.answer_confidence,
        (SELECT f.error_type FROM annotations_finding f WHERE f.critique_id = c.id ORDER BY f.ordinal LIMIT 1) AS kind
    FROM annotations_critiquehead h JOIN annotations_critique c ON c.id = h.critique_id
    JOIN annotations_author a ON a.id = c.author_id
    WHERE c.project_id = %(project)s AND a.kind = 'critic' AND a.ablation IS NULL
), read AS (
    SELECT response_id, avg(flagged) AS flagged, avg(answer_confidence) AS sure, min(kind) AS kind
    FROM critics GROUP BY response_id
), judged AS (
    SELECT c.response_id, max((c.verdict = 'incorrect' OR c.finding_count > 0)::int) AS flagged
    FROM annotations_critiquehead h JOIN annotations_critique c ON c.id = h.critique_id
    JOIN annotations_author a ON a.id = c.author_id
    WHERE c.project_id = %(project)s AND a.kind = 'person' GROUP BY c.response_id
), ruled AS (
    SELECT DISTINCT ON (r.response_id) r.response_id,
        (c.verdict = 'incorrect' OR c.finding_count > 0)::int AS flagged
    FROM annotations_reference r JOIN annotations_critique c ON c.id = r.critique_id
    WHERE c.project_id = %(project)s ORDER BY r.response_id, r.version DESC
)
SELECT r.id, r.position, coalesce(i.priority, 0),
    CASE WHEN read.response_id IS NULL THEN NULL
         ELSE greatest(0.5 - abs(read.flagged - 0.5), (1 - coalesce(read.sure, 1))) END,
    CASE WHEN read.response_id IS NULL THEN NULL ELSE 1 - read.flagged * coalesce(read.sure, 1) END,
    p.superskill || ' ' || p.skill, coalesce(split_part(read.kind, '/', 1), ''),
    (judged.response_id IS NOT NULL)::int,
    (judged.flagged IS NOT NULL AND read.flagged IS NOT NULL AND ruled.flagged = 1
     AND abs(judged.flagged - read.flagged) >= 0.5)::int,
    (EXISTS (SELECT 1 FROM annotations_assignment s WHERE s.response_id = r.id AND s.state = 'skipped'
             AND s.skip_reason IN ('broken_image', 'broken_chain', 'unclear_question')))::int,
    CASE WHEN p.skill <> '' THEN p.skill ELSE p.superskill END,
    EXISTS (SELECT 1 FROM annotations_assignment s WHERE s.response_id = r.id)
FROM annotations_response r JOIN annotations_problem p ON p.id = r.problem_id
LEFT JOIN annotations_itempriority i ON i.response_id = r.id
LEFT JOIN read ON read.response_id = r.id LEFT JOIN judged ON judged.response_id = r.id
LEFT JOIN ruled ON ruled.response_id = r.id
WHERE r.project_id = %(project)s AND EXISTS (SELECT 1 FROM annotations_slot s WHERE s.response_id = r.id)
ORDER BY r.position, r.id
"""
_LAID = """
UPDATE annotations_slot s SET position = laid.position, deep = laid.deep, skill = laid.skill
FROM unnest(%s::uuid[], %s::bigint[], %s::boolean[], %s::text[]) AS laid (response, position, deep, skill)
WHERE s.response_id = laid.response AND s.project_id = %s
"""
_ROUTES = """
INSERT INTO annotations_route (response_id, project_id, lane, rank, position, parameters, missed)
SELECT response, %s, lane, rank, position,
    ARRAY(SELECT value::float8 FROM unnest(string_to_array(parameters, ' ')) AS value), missed
FROM unnest(%s::uuid[], %s::smallint[], %s::float8[], %s::bigint[], %s::text[], %s::float8[])
    AS laid (response, lane, rank, position, parameters, missed)
ON CONFLICT (response_id) DO UPDATE SET lane = EXCLUDED.lane, rank = EXCLUDED.rank, position = EXCLUDED.position,
    parameters = EXCLUDED.parameters, missed = EXCLUDED.missed
"""


@dataclass(slots=True)
class _Items:
    keys: list[UUID]
    signals: Signals
    skills: list[str]
    reached: list[bool]


@transaction.atomic
def change_mix(project: Project, mix: Sequence[dict[str, Any]], *, seed: int = 0, by: Any) -> None:
    """`mix`: `{"strategy": name, "weight": more than 0}` each; empty for the plain order. Lays the queue out at once.

    Raises PermissionDenied and ValidationError.
    """
    require(by, "change_rules", project)
    parts = [_checked(part) for part in mix]
    if len(parts) > MOST_PARTS or len({part["strategy"] for part in parts}) != len(parts):
        raise ValidationError(_("Mix: expected at most %(most)s strategies, each once.") % {"most": MOST_PARTS})
    locked = Project.objects.select_for_update().get(pk=project.pk)
    routing = {"mix": parts, "seed": int(seed)} if parts else {}
    if locked.routing == routing:
        return
    before = locked.routing
    _settle(locked)
    locked.routing = project.routing = routing
    locked.save(update_fields=["routing"])
    _lay_out(locked, settle=False)
    log.record("change_mix", by=by, project=project, target=project.slug, before=before, after=routing)


def _checked(part: dict[str, Any]) -> dict[str, Any]:
    if part["strategy"] not in strategies():
        raise ValidationError(
            _("Strategy: expected one of %(known)s; found %(found)s.")
            % {"known": ", ".join(strategies()), "found": part["strategy"]}
        )
    weight = float(part["weight"])
    if not 0 < weight < 1e6:
        raise ValidationError(_("Weight: expected a number above 0; found %(found)s.") % {"found": part["weight"]})
    return {"strategy": part["strategy"], "weight": weight}


@transaction.atomic
def lay_out(project: Project) -> int:
    """Lays the queue out again under the present mix: new items find their place. Returns how many were placed."""
    locked = Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    return _lay_out(locked, settle=True) if locked.routing else 0


def _settle(project: Project) -> None:
    """What came to people so far keeps its probability; what did not, has been missed with the rest of it."""
    place = frontier(project) if project.routing else None
    if place is None:
        return
    thresholds = next_ranks(project, place)
    routes = list(Route.objects.filter(project=project, reached=None).only("parameters", "missed"))
    if not routes:
        return
    chances = probabilities(
        project.routing["mix"],
        thresholds,
        np.array([route.parameters for route in routes]),
        np.array([route.missed for route in routes]),
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE annotations_route r SET"
            " reached = CASE WHEN a.given THEN nullif(now.chance, 0) END,"
            " missed = CASE WHEN a.given THEN r.missed ELSE 1 - now.chance END"
            " FROM unnest(%s::uuid[], %s::float8[]) AS now (response, chance), LATERAL (SELECT EXISTS (SELECT 1 FROM"
            " annotations_assignment x WHERE x.response_id = now.response) AS given) a"
            " WHERE r.response_id = now.response",
            [[route.pk for route in routes], [float(chance) for chance in chances]],
        )


def _lay_out(project: Project, *, settle: bool) -> int:
    if settle:
        _settle(project)
    items = _items(project)
    waiting = np.flatnonzero(~np.array(items.reached, dtype=bool))
    if not len(waiting):
        return 0
    if not project.routing:
        _write_slots(project, items, waiting, items.signals.position[waiting].astype(np.int64), None)
        return len(waiting)
    mix, seed = project.routing["mix"], project.routing["seed"]
    keys = np.array([key.int & (1 << 62) - 1 for key in items.keys], dtype=np.uint64)[waiting]
    held = Signals(**{name: getattr(items.signals, name)[waiting] for name in Signals.__slots__})
    lane = _lanes(uniforms(keys, seed), [part["weight"] for part in mix])
    ranked = [
        strategies()[part["strategy"]].ranks(held, uniforms(keys, seed + number + 1)) for number, part in enumerate(mix)
    ]
    rank = np.choose(lane, [ranks.rank for ranks in ranked])
    position = interleaved(lane, rank)
    _write_slots(project, items, waiting, position, lane)
    missed = dict(Route.objects.filter(project=project, reached=None).values_list("pk", "missed"))
    parameters = np.column_stack([ranks.parameter for ranks in ranked])
    chosen = [items.keys[index] for index in waiting]
    with connection.cursor() as cursor:
        cursor.execute(
            _ROUTES,
            [
                project.pk,
                chosen,
                lane.tolist(),
                rank.tolist(),
                position.tolist(),
                [" ".join(map(repr, row)) for row in parameters.tolist()],
                [missed.get(key, 1.0) for key in chosen],
            ],
        )
    return len(waiting)


def interleaved(lane: Any, rank: Floats) -> Any:
    """Places (items,) in one queue, in which each strategy has at any time given the same part of its items."""
    place = np.empty(len(lane))
    for number in np.unique(lane):
        held = np.flatnonzero(lane == number)
        order = np.argsort(rank[held], kind="stable")
        place[held[order]] = (np.arange(len(held)) + 0.5) / len(held)
    return (place * PLACES).astype(np.int64)


def _lanes(drawn: Floats, weights: Sequence[float]) -> Any:
    bounds = np.cumsum(weights) / sum(weights)
    return np.minimum(np.searchsorted(bounds, drawn, side="right"), len(weights) - 1)


def _write_slots(project: Project, items: _Items, waiting: Any, position: Any, lane: Any) -> None:
    kinds = [strategies()[part["strategy"]] for part in project.routing.get("mix", ())]
    deep = [kinds[number].deep for number in lane] if lane is not None else [False] * len(waiting)
    skills = (
        [items.skills[index] if kinds[number].by_skill else "" for index, number in zip(waiting, lane, strict=True)]
        if lane is not None
        else [""] * len(waiting)
    )
    with connection.cursor() as cursor:
        cursor.execute(_LAID, [[items.keys[index] for index in waiting], position.tolist(), deep, skills, project.pk])


def _items(project: Project) -> _Items:
    with connection.cursor() as cursor:
        cursor.execute(_SIGNALS, {"project": project.pk})
        rows = cursor.fetchall()
    columns = list(zip(*rows, strict=True)) if rows else [()] * 12
    numbers = [np.array([np.nan if value is None else float(value) for value in column]) for column in columns[1:5]]
    return _Items(
        keys=list(columns[0]),
        signals=Signals(
            position=numbers[0],
            priority=numbers[1],
            uncertainty=numbers[2],
            quality=numbers[3],
            cluster=_numbered(columns[5]),
            kind=_numbered(columns[6]),
            judged=np.array(columns[7], dtype=float),
            real=np.array(columns[8], dtype=float),
            broken=np.array(columns[9], dtype=float),
        ),
        skills=list(columns[10]),
        reached=list(columns[11]),
    )


def _numbered(names: Sequence[str]) -> Any:
    return np.unique(np.array(names, dtype=str), return_inverse=True)[1] if names else np.array([], dtype=np.int64)
