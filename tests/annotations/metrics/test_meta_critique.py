"""Atomic units of critiques, by hand and against MetaCritique's own labels."""

from __future__ import annotations

import json
import math

import pytest

from annotations.metrics import meta_critique
from annotations.metrics.meta_critique import Rulings
from tests.samples import sample


def test_two_thirds_factual_and_half_covered() -> None:
    one = Rulings(precision=(True, True, False), recall=(True, False))
    assert meta_critique.meta_precision(one) == pytest.approx(0.667, abs=0.0005)
    assert meta_critique.meta_recall(one) == 0.5
    assert meta_critique.meta_f1(one) == pytest.approx(0.571, abs=0.0005)


def test_no_units_is_undefined_unruled_ones_are_left_out_and_nothing_right_is_zero() -> None:
    assert meta_critique.meta_f1(Rulings(precision=(), recall=(True,))) is None
    assert meta_critique.meta_precision(Rulings(precision=(True, None), recall=())) == 1
    assert meta_critique.meta_f1(Rulings(precision=(False,), recall=(False,))) == 0


def test_undefined_critiques_leave_the_mean() -> None:
    sums = meta_critique.counts([Rulings((True,), (True,)), Rulings((), (False,))]).sums()
    assert float(meta_critique.FORMULAS["meta_precision"](sums)) == 1
    assert float(meta_critique.FORMULAS["meta_recall"](sums)) == 0.5
    nothing = meta_critique.counts([Rulings((), ())]).sums()
    assert math.isnan(float(meta_critique.FORMULAS["meta_f1"](nothing)))


@pytest.mark.parametrize("source", ["human_critique", "llm1_critique", "llm2_critique"])
def test_metacritiques_own_scores_follow_from_its_labels(source: str) -> None:
    records = [json.loads(line) for line in sample("metacritique/annotation_data.jsonl").read_text().splitlines()]
    held = [record[source] for record in records]
    sums = meta_critique.counts(Rulings(one["precision_labels"], one["recall_labels"]) for one in held).sums()
    for ours, theirs in (
        ("meta_precision", "precision_score"),
        ("meta_recall", "recall_score"),
        ("meta_f1", "f1_score"),
    ):
        published = sum(one[theirs] for one in held) / len(held)
        assert float(meta_critique.FORMULAS[ours](sums)) == pytest.approx(published, abs=1e-6)
