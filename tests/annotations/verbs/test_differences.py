"""The differences of a project, worst first: weights by hand, sides, authors, blindness."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from annotations.core.schema import AnswerJudgment
from annotations.models import Assignment, Author, Project, Response
from annotations.verbs.differences import Differences, differences
from tests.builders import a_critic, a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return a_project()


@pytest.fixture
def reviewer(project: Project) -> Any:
    return a_person(role="reviewer", project=project)


def three(project: Project) -> list[Response]:
    """Opposite verdicts of person and critic on two steps; on the answer; of two critics on one step."""
    ann = a_person("ann")
    steps, answer, critics = (a_response(steps=3, project=project) for _ in range(3))
    a_critique(steps, "incorrect", "correct", by=ann)
    a_critique(steps, "correct", "incorrect", author=a_critic("one"))
    wrong, right = (AnswerJudgment(verdict=verdict, state="judged") for verdict in ("incorrect", "correct"))
    a_critique(answer, by=ann, answer=wrong)
    a_critique(answer, author=a_critic("one"), answer=right)
    a_critique(critics, "incorrect", author=a_critic("one"))
    a_critique(critics, "correct", author=a_critic("two"))
    a_critique(a_response(steps=3, project=project), by=ann)
    return [steps, answer, critics]


def told(found: Differences) -> list[Any]:
    return [(one.response, one.weight, one.steps, one.answer) for one in found.listed]


def test_the_worst_come_first_by_weights_reckoned_by_hand(project: Project, reviewer: Any) -> None:
    steps, answer, critics = three(project)
    found = differences(reviewer, project)
    assert told(found) == [
        (steps.pk, 4, (1, 2), False),
        (answer.pk, 4, (), True),
        (critics.pk, 1, (1,), False),
    ]
    assert found.total == 3
    assert (found.listed[0].only_people, found.listed[0].only_critics) == ((1,), (2,))


def test_sides_and_authors_choose(project: Project, reviewer: Any) -> None:
    steps, answer, _ = three(project)
    assert [one.response for one in differences(reviewer, project, side="critics").listed] == [steps.pk]
    two = Author.objects.get(name="two").pk
    assert differences(reviewer, project, critic=two).total == 0  # beside it no person has judged
    assert differences(reviewer, project, critic=Author.objects.get(name="one").pk).total == 2
    assert [one.response for one in differences(reviewer, project, offset=1, limit=1).listed] == [answer.pk]


def test_what_one_holds_oneself_is_not_listed(project: Project, reviewer: Any) -> None:
    steps, *_ = three(project)
    Assignment.objects.create(
        project=project, response=steps, slot_number=1, user=reviewer, strategy="in_order",
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    assert steps.pk not in [one.response for one in differences(reviewer, project).listed]


def test_a_later_revision_alone_counts(project: Project, reviewer: Any) -> None:
    response, ann = a_response(steps=1, project=project), a_person("ann")
    a_critique(response, "incorrect", by=ann)
    a_critique(response, "correct")
    assert differences(reviewer, project).total == 1
    a_critique(response, "correct", by=ann, stage="after_reveal")
    assert differences(reviewer, project).total == 0
