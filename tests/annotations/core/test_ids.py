from __future__ import annotations

import time

import pytest

from annotations.core import ids


def test_ids_are_uuids_of_version_seven_and_tell_their_time() -> None:
    before = time.time_ns() // 1_000_000
    made = ids.new_id()
    after = time.time_ns() // 1_000_000
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert before <= made.int >> 80 <= after + 1


def test_ids_ascend_in_the_order_in_which_they_are_made() -> None:
    made = [ids.new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_ids_ascend_even_when_the_clock_is_set_back(monkeypatch: pytest.MonkeyPatch) -> None:
    first = ids.new_id()
    monkeypatch.setattr(ids.time, "time_ns", lambda: 0)
    assert first < ids.new_id() < ids.new_id()


def test_two_ids_of_one_tick_share_no_random_bits() -> None:
    assert len({ids.new_id().int & (1 << 62) - 1 for _ in range(1000)}) == 1000
