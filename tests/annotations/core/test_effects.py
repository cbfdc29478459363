"""What came of a correction, whose critique guided it, and which explanation was shown."""

from __future__ import annotations

from collections import Counter
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotations.core.effects import choose_explanations, effect_of, source_of
from annotations.core.schema import Author


def test_the_four_transitions_and_what_is_unknown():
    told = {pair: effect_of(*pair) for pair in product(("right", "wrong", "unparsed"), repeat=2)}
    assert told == {
        ("right", "right"): "unchanged",
        ("wrong", "wrong"): "unchanged",
        ("wrong", "right"): "fixed",
        ("right", "wrong"): "broke",
        ("right", "unparsed"): "unparsed",
        ("wrong", "unparsed"): "unparsed",
        ("unparsed", "right"): "unparsed",
        ("unparsed", "wrong"): "unparsed",
        ("unparsed", "unparsed"): "unparsed",
    }


PERSON = Author(kind="person", name="ann")
SMALL = Author(kind="critic", name="revise", engine="torch_local", model="default", settings={"weights": "a" * 64})


@pytest.mark.parametrize(
    ("critic", "corrector", "expected"),
    [
        (None, SMALL, "none"),
        (PERSON, SMALL, "human"),
        (PERSON, PERSON, "human"),
        (Author(kind="critic", name="direct", engine="torch_local", model="default"), SMALL, "self"),
        # the same weights under another name, and another model of the same name
        (Author(kind="critic", name="d", engine="http", model="small", settings={"weights": "a" * 64}), SMALL, "self"),
        (
            Author(kind="critic", name="d", engine="torch_local", model="default", settings={"weights": "b" * 64}),
            SMALL,
            "cross",
        ),
        (Author(kind="critic", name="direct", engine="torch_local", model="large"), SMALL, "cross"),
        (SMALL, PERSON, "cross"),
    ],
)
def test_whose_critique_it_was(critic, corrector, expected):
    assert source_of(critic, corrector) == expected


explanations = st.lists(st.lists(st.sampled_from(["", "It ends at 60.", "60, not 70."]), max_size=4), max_size=6)


@given(explanations, st.integers())
def test_one_explanation_of_each_finding_that_has_some_and_the_same_seed_chooses_the_same(alternatives, seed):
    chosen = choose_explanations(alternatives, seed)
    assert chosen == choose_explanations(alternatives, seed)
    assert len(chosen) == len(alternatives)
    for number, texts in zip(chosen, alternatives, strict=True):
        assert (number == 0) if not texts else (1 <= number <= len(texts))


@given(explanations.filter(bool), st.integers(), st.data())
def test_leaving_one_out_changes_nothing_else(alternatives, seed, data):
    left_out = data.draw(st.integers(1, len(alternatives)))
    whole, part = choose_explanations(alternatives, seed), choose_explanations(alternatives, seed, left_out=left_out)
    assert part[left_out - 1] == 0
    assert [*part[: left_out - 1], *part[left_out:]] == [*whole[: left_out - 1], *whole[left_out:]]


def test_over_seeds_each_of_three_explanations_is_shown_about_as_often():
    counted = Counter(choose_explanations([("a", "b", "c")], seed)[0] for seed in range(3000))
    assert set(counted) == {1, 2, 3}
    assert all(900 < count < 1100 for count in counted.values())
