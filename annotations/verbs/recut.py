"""“This step is split badly”: people propose another cut, a reviewer rules, and an accepted one is cut anew.

An accepted proposal makes a new segmentation, under which new critiques are made; those that are there keep theirs.
Drafts in progress move at once (recut_draft.py); a page that has one open hears of it with its next sign of life. A
proposal says its place in the source text, so it can be accepted after another cut of the same chain was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.db.models import F, Max

from annotations.core.cuts import CutError, join_at, split_at
from annotations.core.schema import StepRange
from annotations.models import CutProposal, CutRuling, Draft, Response, Segmentation, Step
from annotations.verbs import log
from annotations.verbs.permissions import require
from annotations.verbs.recut_draft import Ranges, move, ranges_of

RULE = "recut/1"
LONGEST_REASON = 500  # characters


class RuledAlready(RuntimeError):
    """Somebody has ruled on this proposal before."""


@transaction.atomic
def propose(draft: Draft, kind: str, step: int, offset: int = 0) -> CutProposal:
    """`split` the step before its code point `offset`, or `join` it with the next. Proposed twice, it is one.

    Raises CutError for a cut that cannot be made, or of a step that the person was not shown.
    """
    ranges = ranges_of(draft.response, draft.segmentation)
    shown = min(draft.steps_shown or len(ranges), len(ranges))
    if not 1 <= step <= shown:
        raise CutError(f"step: expected 1 to {shown}, found {step}")
    if kind not in ("split", "join"):
        raise CutError(f"kind: expected split or join, found {kind}")
    at = ranges[step - 1].start + offset if kind == "split" else ranges[step - 1].end
    _cut(draft.response, ranges, kind, at)
    proposal, _ = CutProposal.objects.get_or_create(
        response=draft.response,
        segmentation=draft.segmentation,
        kind=kind,
        at=at,
        defaults={"project_id": draft.project_id, "proposed_by_id": draft.user_id},
    )
    return proposal


def steps_in_force(responses: Iterable[Response]) -> dict[Any, tuple[StepRange, ...]]:
    """The present steps of each response, by its key. One query."""
    rows = Step.objects.filter(response__in=list(responses), segmentation=F("response__segmentation"))
    found: dict[Any, tuple[StepRange, ...]] = {}
    for response, start, end in rows.order_by("response", "number").values_list("response", "start", "end"):
        found[response] = (*found.get(response, ()), StepRange(start=start, end=end))
    return found


def cut_by(proposal: CutProposal, ranges: Ranges | None = None) -> tuple[Ranges, Ranges]:
    """The steps that are in force (`ranges`, where they are known) and those that it would make. Raises CutError."""
    response = proposal.response
    if ranges is None:
        ranges = ranges_of(response, response.segmentation)
    return ranges, _cut(response, ranges, proposal.kind, proposal.at)


def _cut(response: Response, ranges: Ranges, kind: str, at: int) -> Ranges:
    return split_at(response.source_text, ranges, at) if kind == "split" else join_at(ranges, at)


@transaction.atomic
def accept(proposal: CutProposal, *, by: Any, reason: str = "") -> CutRuling:
    """Cuts the chain anew and moves its drafts. Raises PermissionDenied, RuledAlready, and CutError where the chain was
    cut otherwise in the meantime, so that the proposal means nothing any more.
    """
    require(by, "rule_on_items", proposal.project)
    response = Response.objects.select_for_update(of=("self",)).get(pk=proposal.response_id)
    _still_open(proposal)
    proposal.response = response
    old, new = cut_by(proposal)
    last = Segmentation.objects.filter(response=response).aggregate(last=Max("number"))["last"]
    number = last + 1
    Segmentation.objects.create(response=response, number=number, rule=RULE, step_count=len(new), created_by=by)
    Step.objects.bulk_create(
        Step(
            response=response,
            segmentation=number,
            number=position,
            step_count=len(new),
            start=step.start,
            end=step.end,
            length=step.end - step.start,
        )
        for position, step in enumerate(new, 1)
    )
    before = response.segmentation
    Response.objects.filter(pk=response.pk).update(segmentation=number)
    for draft in Draft.objects.select_for_update().filter(response=response, segmentation=before).order_by("pk"):
        move(draft, response.source_text, old, new, number)
    ruling = _ruled(proposal, accepted=True, reason=reason, by=by, segmentation=number)
    log.record(
        "cut_anew", by=by, project=proposal.project, target=response.key,
        before={"segmentation": before, "steps": len(old)}, after={"segmentation": number, "steps": len(new)},
    )  # fmt: skip
    return ruling


@transaction.atomic
def decline(proposal: CutProposal, reason: str, *, by: Any) -> CutRuling:
    """Leaves the cut as it is, with a reason. Raises PermissionDenied, RuledAlready, ValueError without a reason."""
    require(by, "rule_on_items", proposal.project)
    Response.objects.select_for_update(of=("self",)).get(pk=proposal.response_id)
    _still_open(proposal)
    if not reason.strip():
        raise ValueError("reason: expected a few words on why the cut stays as it is, found none")
    return _ruled(proposal, accepted=False, reason=reason, by=by)


def _ruled(
    proposal: CutProposal, *, accepted: bool, reason: str, by: Any, segmentation: int | None = None
) -> CutRuling:
    return CutRuling.objects.create(
        proposal=proposal,
        accepted=accepted,
        reason=reason.strip()[:LONGEST_REASON],
        segmentation=segmentation,
        ruled_by=by,
    )


def _still_open(proposal: CutProposal) -> None:
    if CutRuling.objects.filter(proposal=proposal).exists():
        raise RuledAlready("Somebody has ruled on this proposal already.")
