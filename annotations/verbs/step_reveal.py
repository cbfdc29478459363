"""One step at a time, as PRM800K shows chains: the next step appears once this one is judged.

How much a person was shown lies in their draft and is counted here alone. Whoever revises has seen the whole chain. A
step that was left unlabelled on purpose counts as judged, and the answer is shown once every step is judged or left, so
that somebody who stops at the first error need not see the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from annotations.models import Draft, Step
from annotations.verbs.draft import DraftGone, fields_of


class NotYet(ValueError):
    """The next step is not shown yet: what has to be judged first."""


def answer_is_shown(draft: Draft, values: Mapping[str, Any], steps: int) -> bool:
    """values: of the draft, by path. steps: of the whole chain."""
    return draft.steps_shown is None or all(is_judged(values, number) for number in range(1, steps + 1))


def is_judged(values: Mapping[str, Any], number: int) -> bool:
    return any(values.get(f"steps.{number}.{name}") is not None for name in ("verdict", "state"))


@transaction.atomic
def show_next(draft: Draft) -> int | None:
    """Shows one step more and returns its number; None where it is the answer's turn, which may be shown then.

    Raises NotYet while a verdict is missing, DraftGone once it was submitted. Asked twice at once, it shows one step
    twice, not two steps.
    """
    locked = Draft.objects.select_for_update().filter(pk=draft.pk).first()
    if locked is None:
        raise DraftGone("This critique has been submitted, or its draft is not yours.")
    count = Step.objects.filter(response_id=locked.response_id, segmentation=locked.segmentation).count()
    shown = locked.steps_shown
    values = {path: row.value for path, row in fields_of(locked).items()}
    if shown is None or answer_is_shown(locked, values, count):
        return None
    waiting = [number for number in range(1, shown + 1) if not is_judged(values, number)]
    if shown in waiting or shown == count:
        raise NotYet(f"Step {waiting[-1]} has no verdict yet: judge it, then the chain goes on.")
    Draft.objects.filter(pk=draft.pk).update(steps_shown=shown + 1)
    draft.steps_shown = shown + 1
    return shown + 1


def show_all_if_told(draft: Draft) -> None:
    """Where the project no longer hides steps, the draft notes that the whole chain is seen from now on."""
    if draft.steps_shown is not None and not draft.project.step_reveal:
        Draft.objects.filter(pk=draft.pk).update(steps_shown=None)
        draft.steps_shown = None
