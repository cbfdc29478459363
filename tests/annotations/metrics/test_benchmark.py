"""VISCO's table of a small project, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotations.core import schema
from annotations.core.schema import Author, Critique, Problem, Response
from annotations.core.steps import join_steps
from annotations.metrics.benchmark import Benchmark, benchmark
from tests.annotations.metrics.builders import critique

GOLD = Author(kind="person", name="gold")
DIRECT = Author(kind="critic", name="direct", method="direct", model="m")
LOOK = Author(kind="critic", name="lookback", method="lookback", model="m")


def by(author: Author, steps: str, answer: str = "-", **more: Any) -> Critique:
    return replace(critique(steps, answer=answer), author=author, **more)


def effect(level: str, before: str, after: str, kind: str) -> schema.Effect:
    source = "none" if level == "none" else "cross"
    return schema.Effect(
        corrector=DIRECT, level=level, source=source, before=before, before_by="reference", after=after, effect=kind  # type: ignore[arg-type]
    )  # fmt: skip


def made(problem: int, critiques: tuple[Critique, ...], *effects: tuple[str | None, schema.Effect]) -> Problem:
    text, ranges = join_steps(["step"] * 2)
    keyed = tuple(replace(one, key=f"{problem}/{one.author.name}") for one in critiques)
    first = Response(key=f"r{problem}", source_text=text, steps=ranges, critiques=keyed)
    corrections = tuple(
        Response(
            key=f"r{problem}/{number}", source_text=text, steps=ranges, revises=first.key, effect=one,
            guided_by=f"{problem}/{guide}" if guide else None,
        )
        for number, (guide, one) in enumerate(effects)
    )  # fmt: skip
    return Problem(key=f"p{problem}", question="?", superskill="Perception", responses=(first, *corrections))


def table() -> Benchmark:
    fixed, broke = effect("ASE", "wrong", "right", "fixed"), effect("ASE", "right", "wrong", "broke")
    alone = effect("none", "wrong", "wrong", "unchanged")
    return benchmark(
        [
            made(1, (by(GOLD, "ci", "i", reference="gold"), by(DIRECT, "cc", "i"), by(LOOK, "ci", "i")),
                 ("direct", fixed), ("gold", fixed), (None, alone)),
            made(2, (by(GOLD, "ic", "c", reference="gold"), by(DIRECT, "ic", "i"), by(LOOK, "ic", "c")),
                 ("direct", broke), ("lookback", broke)),
        ],
        ["direct", "lookback", "nobody"],
        resamples=100,
    )  # fmt: skip


def test_rows_hold_scores_per_superskill_and_gains_by_guide() -> None:
    """direct: answers 1 hit of 2 flagged, 1 wrong: 2·1/(2+1); steps 1 hit, 1 flagged, 2 wrong: 2/3."""
    direct, look = table().rows
    assert (direct.critic, look.critic) == ("direct", "lookback")
    told = {name: one.value for name, one in direct.figures.items()}
    assert told["answer_f1"] == told["step_f1"] == told["Perception.step_f1"] == pytest.approx(2 / 3)
    assert told["explanation_f1"] is None
    assert told["gain.ASE"] == 0  # PCR 1, NCR 1
    assert "gain.A" not in told
    assert look.figures["step_f1"].value == 1
    assert look.figures["gain.ASE"].value is None  # nothing was wrong before


def test_changes_are_paired_and_told_apart_from_noise() -> None:
    found = table()
    (change,) = found.changes
    assert (change.one, change.other, change.responses) == ("direct", "lookback", 2)
    assert change.figures["step_f1"].value == pytest.approx(1 / 3)
    assert found.comparisons == len(change.figures) == len(change.within_noise)


def test_people_and_nothing_guide_too() -> None:
    guides = table().guides
    assert guides["people"]["gain.ASE"].value is None
    assert set(guides["nothing"]) == {"gain.none"}
