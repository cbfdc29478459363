"""Planted templates form one cluster; the flip rate is the fixture's."""

from __future__ import annotations

from annotations.metrics.boilerplate import Said, clusters, flip_rate, share, template

OWN = [
    "The clock's minute hand points to the four.", "Two towns lie north of the river, not three.",
    "Percentages of different totals cannot be added.", "The legend swaps the colours of both lines.",
]  # fmt: skip


def test_a_planted_template_is_one_cluster_and_what_is_said_once_is_none() -> None:
    planted = [f"The calculation of {number} in the step “{number * 3}” is not correct." for number in range(5)]
    said = [Said(text, "incorrect") for text in [*OWN[:2], *planted, *OWN[2:]]]
    (found,) = clusters(said)
    assert (found.size, found.phrase, found.is_contradictory) == (5, planted[0], False)
    assert share((found,), len(said)) == 5 / 9
    assert share((), 0) is None


def test_one_phrase_for_opposite_verdicts_is_told() -> None:
    verdicts = ["correct", "incorrect", "incorrect"]
    (found,) = clusters([Said("This step follows from the image.", verdict) for verdict in verdicts])
    assert found.is_contradictory
    assert found.verdicts == {"correct": 1, "incorrect": 2}


def test_numbers_and_quotations_are_no_part_of_the_phrase() -> None:
    assert template('It says "66", not  62.5 %.') == "it says …, not … %."
    assert clusters([Said(" ", "correct")] * 5) == ()


def test_flips_are_counted_on_what_both_versions_judged() -> None:
    one = {("r1", 1): True, ("r1", 2): False, ("r2", 1): True}
    other = {("r1", 1): False, ("r1", 2): False, ("r3", 1): True}
    assert flip_rate({"a": one, "b": other}) == (0.5, 2)
    assert flip_rate({"a": one}) == (None, 0)
