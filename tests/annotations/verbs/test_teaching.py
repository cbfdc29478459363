"""Guidelines that people confirm, and cards of error types."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from annotations.core import schema
from annotations.models import Card, GuidelineConfirmation, Project, Slot
from annotations.verbs import gold, rules, teaching
from annotations.verbs.store import set_reference
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


def a_changed() -> tuple[Project, Any, Any]:
    project = a_project()
    admin, ann = a_person(role="admin", project=project), a_person(role="annotator", project=project)
    a_response(2, problem=a_problem(project))
    return project, admin, ann


def test_a_first_guideline_asks_nobody_and_a_change_asks_each_person_once() -> None:
    project, admin, ann = a_changed()
    assert teaching.unconfirmed(ann, project) is None
    version = rules.new_guideline_version(project, "# Guideline\n\nJudge each step *by the image*.", admin)
    assert teaching.unconfirmed(ann, project) == version
    teaching.confirm(ann, project, version.number)
    teaching.confirm(ann, project, version.number)
    assert teaching.unconfirmed(ann, project) is None
    assert GuidelineConfirmation.objects.count() == 1
    assert teaching.unconfirmed(admin, project) == version


def test_what_was_read_is_what_is_confirmed() -> None:
    project, admin, ann = a_changed()
    rules.new_guideline_version(project, "Two.", admin)
    rules.new_guideline_version(project, "Three.", admin)
    with pytest.raises(ValidationError, match="changed meanwhile"):
        teaching.confirm(ann, project, 2)


def test_a_confirmation_is_never_changed() -> None:
    project, admin, ann = a_changed()
    rules.new_guideline_version(project, "Two.", admin)
    teaching.confirm(ann, project, 2)
    with pytest.raises(DatabaseError), transaction.atomic():
        GuidelineConfirmation.objects.update(user=admin)


def test_the_page_shows_what_changed_before_the_next_item(client: Client) -> None:
    project, admin, ann = a_changed()
    rules.new_guideline_version(project, "# Guideline\n\nJudge each step by the image.", admin)
    client.force_login(ann)
    assert client.get(reverse("annotate", args=[project.slug])).url == reverse("confirm_guideline", args=[project.slug])
    page = client.get(reverse("confirm_guideline", args=[project.slug]))
    text = page.content.decode()
    assert "<del>*on its own*</del><ins>by the image</ins>" in text
    assert client.post(reverse("confirm_guideline", args=[project.slug]), {"number": "2"}).status_code == 302
    assert client.get(reverse("annotate", args=[project.slug])).status_code == 200


def a_finding(response: Any) -> Any:
    mark = schema.Span(start=0, end=4)
    finding = schema.Finding(
        error_type="perception/count", explanations=("There are two.",), corrected_text="Two.", marks=(mark,)
    )
    wrong = schema.Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,))
    return a_critique(response, judgments=(wrong, schema.Judgment(step=2, verdict="correct")))


def test_a_card_shows_a_finding_with_its_marks_and_a_step_that_only_looks_wrong(client: Client) -> None:
    project, admin, ann = a_changed()
    response = a_response(2, project=project, slots=0)
    critique = a_finding(response)
    teaching.make_card(response, 1, "perception/count", critique=critique, words="Count twice.", by=admin)
    right = teaching.make_card(response, 2, "perception/count", by=admin)
    client.force_login(ann)
    text = client.get(reverse("cards", args=[project.slug])).content.decode()
    assert "Perception: count" in text
    assert "<mark" in text
    assert all(said in text for said in ("There are two.", "Count twice.", "no error"))
    teaching.remove_card(right, admin)
    assert "no error" not in client.get(reverse("cards", args=[project.slug])).content.decode()


def test_a_card_betrays_neither_gold_nor_what_waits_for_critiques() -> None:
    project, admin, ann = a_changed()
    waiting = a_response(2, project=project)
    with pytest.raises(ValidationError, match="still waits"):
        teaching.make_card(waiting, 1, "perception/count", by=admin)
    with transaction.atomic():
        set_reference(a_critique(waiting), "gold")
    gold.add_gold(project, [waiting], admin)
    with pytest.raises(ValidationError, match="hidden as gold"):
        teaching.make_card(waiting, 1, "perception/count", by=admin)
    done = a_response(2, project=project)
    Slot.objects.filter(response=done).update(state="done")
    with pytest.raises(ValidationError, match="no finding of that type"):
        teaching.make_card(done, 1, "perception/count", critique=a_critique(done), by=admin)
    with pytest.raises(ValidationError, match="error_type"):
        teaching.make_card(done, 1, "perception", by=admin)
    with pytest.raises(PermissionDenied):
        teaching.make_card(done, 1, "perception/count", by=ann)
    assert not Card.objects.exists()


def test_making_a_card_by_the_page_names_what_is_missing(client: Client) -> None:
    project, admin, _ = a_changed()
    response = a_response(2, project=project, slots=0)
    a_finding(response)
    client.force_login(admin)
    url = reverse("make_card", args=[project.slug])
    form = {"key": response.key, "step": "1", "error_type": "perception/count", "author": "scripted critic"}
    said = client.post(url, form | {"author": "nobody"}, follow=True).content.decode()
    assert "nobody has written no critique of it." in said
    client.post(url, form)
    assert Card.objects.get().finding == 1
