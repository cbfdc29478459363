"""What a dataset holds: problems, chains, critiques; and that nothing hidden leaves."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from annotations.core import schema
from annotations.exporters.base import formats
from annotations.models import Problem
from annotations.models.records import problem_records
from annotations.verbs.pseudonyms import pseudonym
from annotations.verbs.publish_filter import Filter
from annotations.verbs.store import set_reference
from tests.builders import (
    a_correction,
    a_critic,
    a_critique,
    a_person,
    a_problem,
    a_project,
    a_response,
)

pytestmark = pytest.mark.django_db


def let_out(project: Any, format: str = "judgments", **filter: Any) -> dict[str, list[str]]:
    """Names of the critics and people whose critiques go out, by the key of the response."""
    chosen = Filter.parse(filter).checked(project)
    read = problem_records(
        chosen.problems(project),
        chosen.critiques(project, formats()[format]),
        kept=chosen.kept_responses(project),
    )
    return {
        response.key: [critique.author.name for critique in response.critiques]
        for _, problem in read
        for response in problem.responses
    }


@pytest.mark.parametrize(
    ("critics", "format", "expected"),
    [
        (None, "judgments", {"direct"}),
        (["direct", "blindfold"], "judgments", {"direct", "blindfold"}),
        (None, "native", {"direct", "blindfold"}),
    ],
)
def test_a_critic_that_was_denied_the_image_goes_out_only_where_it_is_named_or_everything_does(
    critics: list[str] | None, format: str, expected: set[str]
) -> None:
    response = a_response(2, key="r")
    a_critique(response, author=a_critic("direct"))
    a_critique(response, author=replace(a_critic("blindfold"), settings={"ablation": "none"}))
    assert set(let_out(response.project, format, critics=critics)["r"]) == expected


def test_people_are_chosen_by_name_and_kept_as_pseudonyms() -> None:
    response = a_response(1, key="r")
    for name in ("ann", "bob"):
        a_critique(response, by=a_person(name))
    assert let_out(response.project, people=["bob"]) == {"r": ["bob"]}
    told = Filter.parse({"people": ["bob"]}).checked(response.project)
    assert told.as_json()["people"] == [pseudonym(response.project, "bob")]
    assert let_out(response.project, people=told.as_json()["people"]) == {"r": ["bob"]}
    with pytest.raises(ValueError, match="filter people: expected names or pseudonyms"):
        let_out(response.project, people=["eve"])


def test_chains_are_chosen_by_agreement_and_their_corrections_go_along() -> None:
    project = a_project()
    same, other, alone = (a_response(1, project=project, key=key) for key in ("same", "other", "alone"))
    for response, verdicts in ((same, "correct correct"), (other, "correct incorrect"), (alone, "correct")):
        for verdict in verdicts.split():
            a_critique(response, verdict, by=a_person())
    fix = a_correction(other)
    again = a_correction(fix)
    a_correction(same)
    assert set(let_out(project, agreement="differs")) == {"other", fix.key, again.key}
    assert "same" in let_out(project, agreement="agrees")
    assert set(let_out(project, agreement="single")) == {"alone"}


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("any", {"gold", "adjudicated", "none"}),
        ("given", {"gold", "adjudicated"}),
        ("gold", {"gold"}),
        ("adjudicated", {"adjudicated"}),
    ],
)
def test_chains_are_chosen_by_their_newest_reference(reference: str, expected: set[str]) -> None:
    project = a_project()
    for kind in ("gold", "adjudicated", "none"):
        response = a_response(1, project=project, key=kind)
        critique = a_critique(response)
        if kind != "none":
            set_reference(critique, "gold")
        if kind == "adjudicated":
            set_reference(critique, "adjudicated")
    assert set(let_out(project, reference=reference)) == expected


def test_the_checkpoint_is_asked_of_every_response() -> None:
    problem = a_problem(a_project())
    wanted = a_response(1, problem=problem, key="wanted", generator="g", checkpoint="2")
    a_response(1, problem=problem, key="older", generator="g", checkpoint="1")
    a_correction(wanted)
    assert set(let_out(problem.project, checkpoint="g@2")) == {"wanted"}
    assert {"wanted", "older"} == set(let_out(problem.project, checkpoint="g"))


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"licences": ["MIT"]}, {"mit"}),
        ({"licences": ["not given"]}, {"free", "tagged"}),
        ({"tags": ["synthetic", "x"]}, {"tagged"}),
        ({"without_tags": ["synthetic"]}, {"mit", "free"}),
    ],
)
def test_problems_are_chosen_by_licence_and_tags(filter: dict[str, Any], expected: set[str]) -> None:
    project = a_project()
    told = {"mit": {"licence": "MIT"}, "free": {}, "tagged": {"tags": ["synthetic"]}}
    for key, fields in told.items():
        a_response(1, problem=a_problem(project, **fields), key=key)
    assert set(let_out(project, **filter)) == expected


def test_chains_are_chosen_by_error_type_and_what_lies_below_it() -> None:
    project = a_project()
    for key, code in (("count", "perception/count"), ("logic", "reasoning/logic")):
        response = a_response(1, project=project, key=key)
        found = schema.Finding(error_type=code, explanations=("No.",))
        a_critique(response, judgments=(schema.Judgment(step=1, verdict="incorrect", findings=(found,)),))
    assert set(let_out(project, types=["perception"])) == {"count"}
    assert set(let_out(project, types=["perception/count", "reasoning"])) == {"count", "logic"}


@pytest.mark.parametrize(
    ("effect", "expected"),
    [
        ("any", ["fixes", "breaks", "both", "idle"]),
        ("measured", ["fixes", "breaks", "both"]),
        ("fixed", ["fixes", "both"]),
        ("never_broke", ["fixes", "both"]),
    ],
)
def test_critiques_are_chosen_by_what_came_of_them(effect: str, expected: list[str]) -> None:
    response = a_response(1, key="r", answer="40 %")
    right = a_response(1, problem=response.problem, key="right", answer="31.9 %")
    held = {name: a_critique(response, author=a_critic(name)) for name in ("fixes", "both", "idle")}
    for name in ("fixes", "both"):
        a_correction(response, guided_by=held[name], answer="31.9 %")
    a_correction(right, guided_by=a_critique(right, author=a_critic("breaks")), answer="1")
    found = let_out(response.project, effect=effect)
    assert sorted({*found["r"], *found["right"]}) == sorted(expected)


def test_the_reference_goes_out_whatever_the_filter_says() -> None:
    response = a_response(1, key="r")
    set_reference(a_critique(response, by=a_person("expert")), "gold")
    assert let_out(response.project, people=False, effect="fixed") == {"r": ["expert"]}


def test_the_hidden_holdout_goes_out_by_no_filter_and_only_grows() -> None:
    project = a_project(holdout_percent=30)
    for number in range(60):
        a_problem(project, key=f"p{number}", images=0)

    def hidden(percent: int) -> set[str]:
        places = {f"p{n}": int.from_bytes(hashlib.sha256(f"holdout/p{n}".encode()).digest()[:2]) for n in range(60)}
        return {key for key, place in places.items() if place * 100 < percent * 65536}

    keys = set(Problem.objects.filter(project=project).values_list("key", flat=True))
    leaving = set(Filter().problems(project).values_list("key", flat=True))
    assert keys - leaving == hidden(30) and 5 < len(hidden(30)) < 30
    assert hidden(30) < hidden(50)


def test_a_filter_of_an_older_version_reads_the_same_and_says_no_more_than_it_did() -> None:
    told = {"people": True, "critics": None, "stage": "any"}
    assert Filter.parse(told) == Filter() and Filter().as_json() == told
    full = {
        "people": ["person-0123456789ab"], "critics": ["a"], "stage": "blind", "agreement": "agrees",
        "reference": "gold", "effect": "fixed", "checkpoint": "g@1", "licences": ["MIT"], "tags": ["t"],
        "without_tags": ["u"], "types": ["perception"],
    }  # fmt: skip
    assert Filter.parse(full).as_json() == full


@pytest.mark.parametrize(
    ("filter", "message"),
    [
        ({"agreement": "x"}, "filter agreement: expected one of any, differs"),
        ({"checkpoint": 1}, "filter checkpoint: expected a text, found 1"),
        ({"without_tags": "x"}, "filter without_tags: expected a list of texts"),
        ({"types": "x"}, "filter types: expected null or a list"),
    ],
)
def test_what_does_not_fit_is_told_by_field(filter: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Filter.parse(filter)
