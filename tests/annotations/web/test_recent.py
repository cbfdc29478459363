"""Back to the last items, to read."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.core import schema
from annotations.models import Draft
from annotations.verbs.assign import next_assignment
from annotations.verbs.draft import Edit, open_draft, save
from tests.annotations.web.test_annotate import logged_in
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Any:
    return a_project("pilot")


def a_critique_with_a_mark(project: Any, person: Any) -> Any:
    response = a_response(["It <i>reads</i> 66.", "Done."], problem=a_problem(project))
    found = schema.Finding(
        error_type="perception/text_reading",
        explanations=("It reads 62.",),
        marks=(schema.Span(start=3, end=6), schema.Region(points=((0.1, 0.1), (0.4, 0.4)))),
    )
    judgments = (
        schema.Judgment(step=1, verdict="incorrect", own_error=True, findings=(found,)),
        schema.Judgment(step=2, verdict="correct"),
    )
    return a_critique(response, by=person, judgments=judgments, comment="On the whole.")


def test_a_submitted_critique_is_there_to_read_and_to_revise(project: Any) -> None:
    ann = a_person("ann", role="annotator", project=project)
    critique = a_critique_with_a_mark(project, ann)
    html = logged_in(ann).get(reverse("submitted", args=["pilot", critique.pk])).content.decode()
    assert "It reads 62." in html
    assert "On the whole." in html
    assert "<mark" in html
    assert "<i>reads" not in html
    assert reverse("annotate_revise", args=["pilot", critique.pk]) in html


def test_the_last_items_are_listed_drafts_too(project: Any, django_assert_max_num_queries: Any) -> None:
    ann = a_person("ann", role="annotator", project=project)
    critiques = [a_critique_with_a_mark(project, ann) for _ in range(12)]
    draft = open_draft_of(ann, project)
    client = logged_in(ann)
    with django_assert_max_num_queries(8):
        html = client.get("/p/pilot/annotate/recent").content.decode()
    assert html.count("/submitted/") == 10
    assert str(critiques[-1].pk) in html
    assert str(draft.pk) in html


def open_draft_of(person: Any, project: Any) -> Draft:
    a_response(2, problem=a_problem(project))
    draft = open_draft(next_assignment(person, project))
    save(draft, [Edit(path="comment", value="Half", base_version=0, client="tab", number=1)])
    return draft
