"""The report of a small project, by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from annotations.core.schema import Author, Critique, Problem, Response
from annotations.core.steps import join_steps
from annotations.metrics.report import Report, report
from tests.annotations.metrics.builders import critique

GOLD = Author(kind="person", name="gold")
ANN, BOB = Author(kind="person", name="Ann"), Author(kind="person", name="Bob")
DIRECT = Author(kind="critic", name="direct", method="direct", model="m")
LOOK = Author(kind="critic", name="lookback", method="lookback", model="m")


def by(author: Author, steps: str, answer: str = "-", **more: Any) -> Critique:
    return replace(critique(steps, answer=answer), author=author, **more)


def gold(steps: str, answer: str = "c") -> Critique:
    return by(GOLD, steps, answer, reference="gold")


def a_project(*held: tuple[Critique, ...]) -> Report:
    problems = []
    for number, critiques in enumerate(held):
        text, ranges = join_steps(["step"] * len(critiques[0].judgments))
        response = Response(key=f"r{number}", source_text=text, steps=ranges, critiques=critiques)
        problems.append(Problem(key=f"p{number}", question="?", superskill="Perception", responses=(response,)))
    return report(problems, resamples=200)


def test_a_critic_is_held_against_the_reference_beside_the_trivial_baselines() -> None:
    """Wrong: 1.2, 2.1; flagged by direct: 1.2, 2.2; F1 = 2·1/(2+2). Flag everything: 2·2/(4+2)."""
    found = a_project((gold("ci"), by(DIRECT, "ci")), (gold("ic"), by(DIRECT, "ci")))
    direct = found.critics["direct"]
    assert (direct.critiques, direct.responses, direct.model) == (2, 2, "m")
    assert direct.figures["step_f1"].value == pytest.approx(0.5)
    assert direct.figures["Perception.step_f1"].value == pytest.approx(0.5)
    assert found.baselines["step_f1"]["flag everything"].value == pytest.approx(4 / 6)
    assert found.counts == {"problems": 2, "responses": 2, "critiques": 4, "references": 2}


def test_what_came_to_people_by_uneven_chance_is_weighted_back_beside_the_plain_figure() -> None:
    """Answers: the critic calls one of two wrong ones. Reached with 1/2 and 1/4: precision 1; recall 2/(2+4)."""
    found = []
    for number, (call, probability) in enumerate((("i", 0.5), ("c", 0.25))):
        text, ranges = join_steps(["step"])
        critiques = (gold("c", "i"), by(DIRECT, "c", call))
        response = Response(
            key=f"r{number}", source_text=text, steps=ranges, critiques=critiques, reached_with=probability
        )
        found.append(Problem(key=f"p{number}", question="?", responses=(response,)))
    direct = report(found, resamples=50).critics["direct"]
    assert direct.figures["answer_f1"].value == pytest.approx(2 * 1 / (2 + 1))
    assert direct.weighted["answer_f1"].value == pytest.approx(2 * 2 / (2 * 2 + 4))
    assert direct.weighted_critiques == 2


def test_people_are_compared_among_themselves_and_with_the_reference_but_never_the_reference_with_itself() -> None:
    found = a_project((gold("ci"), by(ANN, "ci", "c"), by(BOB, "cc", "c")), (gold("cc"), by(ANN, "cc", "c")))
    assert found.people is not None
    assert found.people.critiques == 3
    assert found.people_agreement["raw"].value == pytest.approx(0.5)
    assert found.answer_agreement["raw"].value == 1


def test_samples_of_one_critic_are_pooled_and_its_later_version_stands_apart() -> None:
    later = replace(DIRECT, prompt_hash="other")
    found = a_project(
        (gold("ci"), by(DIRECT, "ci", sample=0), by(DIRECT, "cc", sample=1), by(later, "cc")),
        (gold("ci"), by(DIRECT, "ci")),
    )
    assert found.critics["direct"].critiques == 3
    assert found.critics["direct"].responses == 2
    assert found.critics["direct"].figures["step_recall"].clusters == 2
    assert found.critics["direct (2)"].critiques == 1


def test_differences_are_paired_on_what_both_criticised_and_say_how_many_were_tested() -> None:
    held = [(gold("ci"), by(DIRECT, "cc"), by(LOOK, "ci")) for _ in range(6)] + [(gold("ci"), by(LOOK, "ii"))]
    found = a_project(*held)
    (difference,) = found.differences
    assert (difference.one, difference.other, difference.responses) == ("direct", "lookback", 6)
    assert difference.figures["step_f1"].value == -1
    assert difference.within_noise["step_f1"] is False
    assert found.comparisons == 3


def test_of_several_samples_the_first_is_compared() -> None:
    held = [(gold("ci"), by(DIRECT, "ci", sample=0), by(DIRECT, "cc", sample=1), by(LOOK, "cc")) for _ in range(4)]
    (difference,) = a_project(*held).differences
    assert difference.figures["step_f1"].value == 1


def test_an_empty_project_is_a_report_without_figures() -> None:
    found = a_project()
    assert (found.critics, found.people, found.people_agreement, found.corrections) == ({}, None, {}, {})
    assert found.baselines["step_f1"]["fair coin"].value is None
