"""What the demo shows: every kind of error, in several scripts, judged by a reference and by a person."""

from __future__ import annotations

import random
import re
import unicodedata
from heapq import heappop, heappush

import pytest

from annotations.core.schema import Critique, Finding, Problem, Region, Response, Span
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.demo.problems import IN_ORDER

PERCEPTION = {code for code in DEFAULT_TAXONOMY.codes() if code.startswith("perception/")}


@pytest.fixture(scope="module")
def problems() -> list[Problem]:
    return [draw(random.Random(7)).record for draw in IN_ORDER]


def _responses(problems: list[Problem]) -> list[Response]:
    """Without corrections, which nobody judged."""
    return [response for problem in problems for response in problem.responses if response.revises is None]


def _reference(response: Response) -> Critique:
    (reference,) = [critique for critique in response.critiques if critique.reference == "gold"]
    return reference


def _readers(problems: list[Problem]) -> list[tuple[Critique, Critique]]:
    return [
        (critique, _reference(response))
        for response in _responses(problems)
        for critique in response.critiques
        if critique.author.name == "A. Kim"
    ]


def _reference_findings(problems: list[Problem]) -> list[Finding]:
    return [
        finding
        for response in _responses(problems)
        for judgment in _reference(response).judgments
        for finding in judgment.findings
    ]


def _step_text(response: Response, number: int) -> str:
    assert response.steps is not None
    step = response.steps[number - 1]
    return response.source_text[step.start : step.end]


def _span_texts(problems: list[Problem], key: str, step: int) -> list[str]:
    (response,) = [response for response in _responses(problems) if response.key == key]
    return [
        _step_text(response, step)[mark.start : mark.end]
        for finding in _reference(response).judgments[step - 1].findings
        for mark in finding.marks
        if isinstance(mark, Span)
    ]


def _shortest(lengths: dict[tuple[str, str], int], start: str, end: str) -> int:
    queue, seen = [(0, start)], set()
    while queue:
        length, stop = heappop(queue)
        if stop == end:
            return length
        if stop in seen:
            continue
        seen.add(stop)
        for pair, more in lengths.items():
            if stop in pair:
                heappush(queue, (length + more, pair[1] if pair[0] == stop else pair[0]))
    raise AssertionError("no way")


def test_the_first_problem_is_the_bar_chart_whose_62_is_read_as_66(problems):
    assert problems[0].key == "bicycles-sold"
    assert _span_texts(problems, "bicycles-sold.lumen-vl-7b", 3) == ["66 thousand bicycles"]


def test_every_code_of_the_default_taxonomy_occurs_in_the_reference(problems):
    used = {finding.error_type for finding in _reference_findings(problems)}
    assert {code for code in DEFAULT_TAXONOMY.codes() if "/" in code} <= used
    assert {"knowledge", "instruction", "format"} <= used


def test_every_severity_occurs(problems):
    given = {
        finding.severity
        for response in _responses(problems)
        for critique in response.critiques
        for judgment in critique.judgments
        for finding in judgment.findings
    }
    assert given == {"cosmetic", "minor", "decisive"}


def test_chains_have_three_to_seven_steps(problems):
    assert {len(response.steps or ()) for response in _responses(problems)} <= {3, 4, 5, 6, 7}


def test_there_are_right_chains_wrong_ones_and_right_answers_by_wrong_steps(problems):
    kinds = [
        (critique.answer.verdict, any(judgment.verdict == "incorrect" for judgment in critique.judgments))
        for critique in map(_reference, _responses(problems))
    ]
    assert kinds.count(("correct", False)) >= 8
    assert kinds.count(("incorrect", True)) >= 16
    assert kinds.count(("correct", True)) >= 3
    assert ("incorrect", False) not in kinds


def test_errors_are_own_inherited_and_both(problems):
    origins = {
        (judgment.own_error, bool(judgment.inherits_from))
        for response in _responses(problems)
        for judgment in _reference(response).judgments
        if judgment.verdict == "incorrect"
    }
    assert origins == {(True, False), (False, True), (True, True)}


def test_what_is_inherited_comes_from_a_step_with_an_error_of_its_own(problems):
    for response in _responses(problems):
        judgments = _reference(response).judgments
        for judgment in judgments:
            assert all(judgments[origin - 1].own_error for origin in judgment.inherits_from), response.key


def test_the_first_error_of_a_chain_has_a_region_if_it_is_one_of_perception(problems):
    for response in _responses(problems):
        first = next((judgment for judgment in _reference(response).judgments if judgment.own_error), None)
        for finding in first.findings if first else ():
            if finding.error_type in PERCEPTION:
                assert any(isinstance(mark, Region) for mark in finding.marks), response.key


def test_every_finding_of_the_reference_quotes_the_step_and_explains(problems):
    for finding in _reference_findings(problems):
        assert finding.explanations
        assert any(isinstance(mark, Span) for mark in finding.marks)
    assert sum(len(finding.explanations) == 3 for finding in _reference_findings(problems)) >= 6


def test_corrected_text_differs_from_the_step(problems):
    for response in _responses(problems):
        for judgment in _reference(response).judgments:
            for finding in judgment.findings:
                assert finding.corrected_text != _step_text(response, judgment.step)


@pytest.mark.parametrize(
    ("key", "step", "quotes"),
    [
        ("cinema-clock.lumen-vl-7b", 1, ["短い針は5を", "長い針は7と8の間を"]),
        ("balls.lumen-vl-7b", 2, ["8"]),
        ("frost.lumen-vl-7b", 1, ["bei 6 °C"]),
        ("receipt.lumen-vl-7b", 1, ["19,80 €"]),
        ("lakeside-pool.lumen-vl-7b", 3, ["she may still go in", "🏊‍♀️🎉"]),
        ("shaded-corners.lumen-vl-7b", 4, ["we drop the sign"]),
    ],
)
def test_spans_hold_in_every_script(problems, key, step, quotes):
    assert _span_texts(problems, key, step) == quotes


def test_texts_are_in_several_scripts_with_formulas_and_emoji(problems):
    text = "".join(response.source_text for response in _responses(problems))
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in text}
    assert {"ARABIC", "HIRAGANA", "CJK", "LATIN"} <= scripts
    assert any(ord(character) > 0xFFFF for character in text)
    assert "$" in text
    assert r"\(" in text
    assert {"Arabic", "Japanese", "German", "French"} <= {tag for problem in problems for tag in problem.tags}


def test_the_steps_are_ranges_with_nothing_but_layout_between(problems):
    for response in _responses(problems):
        end = 0
        for step in response.steps or ():
            between = response.source_text[end : step.start]
            assert len(between.strip()) <= len("Step 1:"), response.key
            end = step.end
        assert end == len(response.source_text)


def test_a_person_read_about_half_of_the_responses_blind(problems):
    readers = _readers(problems)
    assert 16 <= len(readers) <= 24
    assert {critique.stage for critique, _ in readers} == {"blind"}
    assert all(critique.submitted_at > critique.started_at for critique, _ in readers)


def test_the_person_mostly_agrees_with_the_reference_but_not_always(problems):
    pairs = [
        (ours.verdict, theirs.verdict)
        for critique, reference in _readers(problems)
        for ours, theirs in zip(critique.judgments, reference.judgments, strict=True)
    ]
    agreeing = sum(ours == theirs for ours, theirs in pairs) / len(pairs)
    assert 0.8 < agreeing < 0.97
    assert {("correct", "incorrect"), ("incorrect", "correct"), ("unsure", "correct")} <= set(pairs)


def test_the_tram_network_has_the_shortest_route_that_the_answer_says():
    made = next(draw for draw in IN_ORDER if draw.__name__ == "tram_lines")(random.Random(7)).record
    listed = made.images[0].description.split("in km: ")[1].rstrip(".").split(", ")
    lengths = {(item[0], item[2]): int(item.split(" ")[1]) for item in listed}
    assert f"{_shortest(lengths, 'A', 'F')} km" == made.reference_answer


_EQUATION = re.compile(r"(-?[\d.]+(?: [-+*/] [\d.]+)+) = (-?[\d.]*\d)")


def _equations(step: str) -> list[tuple[str, float]]:
    """The plain equations of a step, such as `62 - 48 = 14`: left side and right side."""
    for written, sign in ((r"\cdot", "*"), (r"\times", "*"), (r"\div", "/"), ("{,}", ".")):
        step = step.replace(written, sign)
    return [(left, float(right)) for left, right in _EQUATION.findall(step)]


def _value(left: str) -> float:
    """Products and quotients first, then sums."""
    total, sign = 0.0, 1
    for term in re.split(r" ([-+]) ", left):
        if term in "+-":
            sign = 1 if term == "+" else -1
            continue
        value, *rest = re.split(r" ([*/]) ", term)
        product = float(value)
        for operator, factor in zip(rest[::2], rest[1::2], strict=True):
            product = product * float(factor) if operator == "*" else product / float(factor)
        total += sign * product
    return total


def test_an_equation_is_wrong_only_where_the_reference_says_arithmetic(problems):
    checked, wrong = 0, set()
    for response in _responses(problems):
        for judgment in _reference(response).judgments:
            for left, right in _equations(_step_text(response, judgment.step)):
                checked += 1
                if abs(_value(left) - right) > 1e-6:
                    wrong.add((response.key, judgment.step, judgment.findings[0].error_type))
    assert checked >= 40
    assert wrong == {
        ("household-energy.lumen-vl-7b", 4, "reasoning/arithmetic"),
        ("harbour-league.harrier-vl-34b", 2, "reasoning/arithmetic"),
    }
