"""What gives cause for a talk, by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from annotations.metrics.drift import SAME_ITEMS, Item, drift

MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


def item(number: int, *, days: int = 0, **more: Any) -> Item:
    plain = {"words": 60, "seconds": 30.0, "verdicts": ("correct", "incorrect")}
    return Item(key=f"i{number}", at=MONDAY + timedelta(days=days, minutes=number), **(plain | more))


def test_weeks_tell_pace_flags_and_agreement_or_nothing() -> None:
    first, second = drift([
        item(1, seconds=10.0, shared=2, agreed=1), item(2, days=6, seconds=20.0, shared=2, agreed=2),
        item(3, days=7, seconds=None, verdicts=()),
    ]).weeks  # fmt: skip
    assert (first.monday, first.items, first.seconds_per_step) == (MONDAY.date(), 2, 7.5)
    assert (first.flagged, first.agreement) == (0.5, 0.75)
    assert (second.items, second.seconds_per_step, second.flagged, second.agreement) == (1, None, None, None)


def test_too_fast_is_less_than_skimming_takes_and_unmeasured_time_is_no_signal() -> None:
    told = drift([item(1, seconds=4.9), item(2, seconds=5.1), item(3, seconds=None), item(4, seconds=1.0)])
    assert list(told.too_fast) == ["i4", "i1"]


def test_one_verdict_for_many_items_in_a_row_is_a_signal_and_one_other_ends_it() -> None:
    same = [item(n, verdicts=("correct", "correct")) for n in range(SAME_ITEMS)]
    assert len(drift(same).always_same) == SAME_ITEMS
    assert drift(same[1:]).always_same == []
    assert drift([*same, item(99)]).always_same == []
