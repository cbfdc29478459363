"""Broken items: skipped with a reason, seen by leads, retired or put back."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied

from annotations.models import Assignment, ItemRuling, Response, Slot
from annotations.verbs.assign import next_assignment, release, skip
from annotations.verbs.broken import put_back, reported, retire
from annotations.verbs.rules import change_rules
from tests.builders import a_person, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Any:
    return a_project(overlap=2)


@pytest.fixture
def broken(project: Any) -> Response:
    response = a_response(2, project=project)
    skip(next_assignment(a_person(role="annotator", project=project), project), "broken_image", " It is black. ")
    return response


def states(response: Response) -> list[str]:
    return list(Slot.objects.filter(response=response).order_by("number").values_list("state", flat=True))


def test_a_skip_keeps_reason_and_words(broken: Response) -> None:
    assignment = Assignment.objects.get()
    assert (assignment.skip_reason, assignment.skip_words) == ("broken_image", "It is black.")


def test_leads_see_what_was_skipped_as_broken_and_nothing_else(project: Any, broken: Response) -> None:
    a_response(2, project=project)
    other = a_person(role="annotator", project=project)
    for _ in range(2):
        assignment = next_assignment(other, project)
        if assignment.response == broken:
            release(assignment)
        skip(next_assignment(other, project), "no_knowledge")
    assert list(reported(project)) == [broken]


def test_a_retired_item_is_given_to_nobody_even_when_the_overlap_grows(project: Any, broken: Response) -> None:
    admin = a_person(role="admin", project=project)
    holder = a_person(role="annotator", project=project)
    held = next_assignment(holder, project)
    retire(broken, "The file is lost.", by=admin)
    assert states(broken).count("retired") == 1
    release(held)
    assert set(states(broken)) == {"retired"}
    change_rules(project, admin, overlap=3)
    assert states(broken) == ["retired"] * 3
    assert next_assignment(a_person(role="annotator", project=project), project) is None
    assert (list(reported(project)), list(reported(project, "retired"))) == ([], [broken])


def test_an_item_that_is_put_back_comes_to_others_again(project: Any, broken: Response) -> None:
    reviewer = a_person(role="reviewer", project=project)
    retire(broken, "Black.", by=reviewer)
    put_back(broken, "The image was mended.", by=reviewer)
    assert states(broken) == ["open", "open"]
    assert list(reported(project, "settled")) == [broken]
    other = a_person(role="annotator", project=project)
    again = next_assignment(other, project)
    assert again.response == broken
    skip(again, "broken_image")
    assert list(reported(project)) == [broken], "a new report opens it again"
    assert list(ItemRuling.objects.values_list("decision", flat=True)) == ["retired", "put_back"]


def test_only_leads_rule_and_retiring_takes_a_reason(project: Any, broken: Response) -> None:
    with pytest.raises(PermissionDenied):
        retire(broken, "x", by=a_person(role="annotator", project=project))
    with pytest.raises(PermissionDenied):
        put_back(broken, by=a_person(role="trainer", project=project))
    with pytest.raises(ValueError, match="reason"):
        retire(broken, " ", by=a_person(role="admin", project=project))


def test_words_of_a_skip_are_few(project: Any) -> None:
    a_response(2, project=project)
    with pytest.raises(ValueError, match="at most 500"):
        skip(next_assignment(a_person(role="annotator", project=project), project), "other", "x" * 501)
