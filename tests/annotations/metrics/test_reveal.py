"""What a reveal does to a person's verdicts, by hand."""

from __future__ import annotations

from annotations.metrics.bootstrap import figures
from annotations.metrics.reveal import COLUMNS, FORMULAS, Seen, counts
from tests.annotations.metrics.builders import critique


def told(before: str, after: str, critic: str, wanted: str) -> dict[str, float]:
    seen = Seen(critique(before), critique(after), critique(critic), critique(wanted))
    return {name: float(value) for name, value in counts([seen]).sums().items() if value}


def test_each_kind_of_step_by_hand() -> None:
    """Steps: taken up and right; taken up and wrong; kept right; kept wrong; no difference to begin with."""
    assert told("ccccc", "iiccc", "iiiic", "icciu") == {
        "helped": 1, "misled": 1, "kept_right": 1, "kept_wrong": 1, "missed": 2, "taken_up": 1,
    }  # fmt: skip


def test_what_the_person_changes_without_the_critic_is_not_the_critics() -> None:
    assert told("cc", "ic", "cc", "ic") == {}


def test_a_false_flag_that_the_critic_takes_away_is_help() -> None:
    assert told("i", "c", "c", "c") == {"helped": 1}


def test_unjudged_steps_and_unlabelled_references_say_nothing() -> None:
    assert told("c-c", "iii", "ii-", "uii") == {}


def test_shares_add_up_and_nothing_to_move_is_undefined() -> None:
    seen = Seen(critique("cccc"), critique("iicc"), critique("iiii"), critique("iccc"))
    found = figures(counts([seen]), FORMULAS, resamples=20)
    assert [found[name].value for name in ("helped_rate", "misled_rate", "unmoved_rate", "net")] == [0.25, 0.25, 0.5, 0]
    empty = figures(counts([Seen(*(critique("c") for _ in range(4)))]), FORMULAS, resamples=20)
    assert {one.value for one in empty.values()} == {None}
    assert set(COLUMNS) >= {"helped", "misled"}
