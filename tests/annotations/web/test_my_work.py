"""My work: what a person did, began and skipped, and nothing of others before their own submit."""

from __future__ import annotations

from typing import Any

import pytest

from annotations.models import Project
from annotations.verbs.assign import next_assignment, skip
from annotations.verbs.own_agreement import own_agreement
from tests.annotations.verbs.test_hindsight import a_correction
from tests.annotations.verbs.test_reveal import Revealed
from tests.annotations.web.test_recent import open_draft_of
from tests.annotations.web.test_submitted import logged_in
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return a_project("pilot")


def html_of(person: Any, tab: str = "done") -> str:
    reply = logged_in(person).get(f"/p/pilot/my-work?tab={tab}")
    assert reply.status_code == 200
    return reply.content.decode()


def test_what_a_person_did_is_listed_with_their_pace_and_paginated(
    project: Project, django_assert_max_num_queries: Any
) -> None:
    ann = a_person("ann", role="annotator", project=project)
    for _ in range(31):
        a_critique(a_response(2, project=project), by=ann, active_seconds=30.0)
    a_critique(a_response(2, project=project), by=a_person("ben", role="annotator", project=project))
    client = logged_in(ann)
    with django_assert_max_num_queries(10):
        html = client.get("/p/pilot/my-work").content.decode()
    assert html.count("/submitted/") == 30
    assert "Page 1 of 2" in html
    assert "15 s" in html  # a step
    assert "<dd>31</dd>" in html


def test_drafts_and_what_was_skipped_have_lists_of_their_own(project: Project) -> None:
    ann = a_person("ann", role="annotator", project=project)
    a_response(2, project=project)
    skip(next_assignment(ann, project), "other", "It is in Finnish.")
    draft = open_draft_of(ann, project)
    assert str(draft.pk) in html_of(ann, "drafts")
    assert "It is in Finnish." in html_of(ann, "skipped")
    assert "Nothing here yet" in html_of(ann)
    assert "Nothing here yet" in html_of(a_person("ben", role="annotator", project=project), "skipped")


def test_a_correction_to_look_at_is_told() -> None:
    it = Revealed()
    client = logged_in(it.person)
    url = f"/p/{it.project.slug}/my-work"
    assert "see what came of it" not in client.get(url).content.decode()
    a_correction(it, it.own)
    assert "see what came of it" in client.get(url).content.decode()


def test_agreement_is_raw_over_steps_that_both_have_judged_and_submitted(project: Project) -> None:
    ann, ben = (a_person(name, role="annotator", project=project) for name in ("ann", "ben"))
    both, hers, his = (a_response(3, project=project) for _ in range(3))
    a_critique(both, "correct", "incorrect", "unsure", by=ann)
    a_critique(both, "correct", "incorrect", "correct", by=ben)
    a_critique(hers, by=ann)
    a_critique(his, "incorrect", by=ben)
    a_critique(both, "incorrect", "incorrect", "incorrect")  # a critic's
    told = own_agreement(ann, project)
    assert (told.steps, told.agreed, told.items) == (3, 2, 1)
    assert own_agreement(a_person(role="annotator", project=project), project).share is None
    assert "Agreement with others" not in html_of(ann)
    Project.objects.update(show_own_agreement=True)
    assert "2 / 3" in html_of(ann)
