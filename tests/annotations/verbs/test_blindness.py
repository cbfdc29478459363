"""When a person may see what others wrote."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.verbs.assign import next_assignment
from annotations.verbs.blindness import may_see_others, visible_critiques
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "rules", "holding", "submitted", "seen"),
    [
        ("annotator", {}, False, False, False),
        ("annotator", {}, True, False, False),
        ("annotator", {}, False, True, True),
        ("annotator", {"reveal": False}, False, True, False),
        ("annotator", {"blind": False}, True, False, True),
        ("annotator", {"blind": False, "step_reveal": True}, False, False, True),
        ("annotator", {"blind": False, "step_reveal": True}, True, False, False),
        ("reviewer", {}, False, False, True),
        ("reviewer", {}, True, False, False),
        ("admin", {}, False, False, True),
        ("admin", {}, True, False, False),
        ("trainer", {"blind": False}, False, False, False),
        (None, {"blind": False}, False, False, False),
    ],
)
def test_others_critiques_are_seen_only_where_the_rule_says(
    role: str | None, rules: dict[str, Any], holding: bool, submitted: bool, seen: bool
) -> None:
    project = a_project(**rules)
    response = a_response(2, project=project)
    by_critic = a_critique(response)
    person = a_person(role=role, project=project)
    own = a_critique(response, by=person) if submitted else None
    if holding:
        assert next_assignment(person, project).response == response
    assert may_see_others(person, response) is seen
    assert set(visible_critiques(person, project)) == ({by_critic} if seen else set()) | ({own} if own else set())
