"""Projects, their rules and guidelines: each change in one verb, logged before and after."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from annotations.models import GuidelineVersion, LogEntry, Project, Slot, TaxonomyVersion
from annotations.verbs import rules
from tests.builders import a_critique, a_person, a_project, a_response, an_instance_admin

pytestmark = pytest.mark.django_db


def slots_of(project: Project) -> list[tuple[int, str]]:
    return list(Slot.objects.filter(project=project).order_by("number").values_list("number", "state"))


def test_a_new_project_has_a_guideline_a_taxonomy_and_its_maker_as_admin() -> None:
    maker = an_instance_admin()
    project = rules.create_project("charts", "Charts", by=maker)
    assert GuidelineVersion.objects.get(project=project).number == 1
    assert TaxonomyVersion.objects.get(project=project).tree["types"]
    assert project.memberships.get().user == maker
    with pytest.raises(ValidationError, match="already exists"):
        rules.create_project("charts", "Charts again", by=maker)


def test_only_instance_admins_create_projects() -> None:
    with pytest.raises(PermissionDenied):
        rules.create_project("charts", "Charts", by=a_person())


def test_a_change_of_rules_is_logged_before_and_after_and_nothing_else_is() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    rules.change_rules(project, admin, overlap=2, blind=True)
    entry = LogEntry.objects.get(verb="change_rules")
    assert (entry.before, entry.after) == ({"overlap": 1}, {"overlap": 2})
    rules.change_rules(project, admin, overlap=2)
    assert LogEntry.objects.filter(verb="change_rules").count() == 1


def test_a_larger_overlap_opens_slots_and_a_smaller_one_closes_the_open_ones() -> None:
    project = a_project(overlap=2)
    admin = a_person(role="admin", project=project)
    a_response(project=project)
    rules.change_rules(project, admin, overlap=3)
    assert slots_of(project) == [(1, "open"), (2, "open"), (3, "open")]
    Slot.objects.filter(project=project, number=3).update(state="done")
    rules.change_rules(project, admin, overlap=1)
    assert slots_of(project) == [(1, "closed"), (2, "closed"), (3, "done")]
    rules.change_rules(project, admin, overlap=4)
    assert slots_of(project) == [(1, "open"), (2, "open"), (3, "done"), (4, "open")]


def test_a_held_slot_is_taken_from_nobody() -> None:
    project = a_project(overlap=2)
    a_response(project=project)
    Slot.objects.filter(project=project).update(state="held")
    rules.change_rules(project, a_person(role="admin", project=project), overlap=1)
    assert slots_of(project) == [(1, "held"), (2, "held")]


def test_the_verdict_scale_stands_from_the_first_critique_on() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    rules.change_rules(project, admin, verdict_scale="unsure incorrect correct")
    project.refresh_from_db()
    assert project.scale == ("correct", "incorrect", "unsure")
    a_critique(a_response(project=project))
    with pytest.raises(ValidationError, match="create a project") as refused:
        rules.change_rules(project, admin, verdict_scale="correct incorrect")
    assert "verdict_scale" in refused.value.message_dict


@pytest.mark.parametrize("scale", ["correct", "correct incorrect perhaps", ""])
def test_a_scale_holds_correct_and_incorrect_and_known_words_only(scale: str) -> None:
    project = a_project()
    with pytest.raises(ValidationError, match="Expected correct, incorrect"):
        rules.change_rules(project, a_person(role="admin", project=project), verdict_scale=scale)


@pytest.mark.parametrize(
    ("rule", "value"),
    [("ask_confidence", False), ("ask_skills", True), ("ask_difficulty", True), ("unlabelled_steps", "always")],
)
def test_what_is_asked_of_a_critique_is_a_rule_and_logged(rule: str, value: object) -> None:
    project = a_project()
    before = getattr(project, rule)
    rules.change_rules(project, a_person(role="admin", project=project), **{rule: value})
    entry = LogEntry.objects.get(verb="change_rules")
    assert (entry.before, entry.after) == ({rule: before}, {rule: value})


def test_a_confidence_that_is_not_asked_for_cannot_be_required() -> None:
    project = a_project()
    with pytest.raises(ValidationError, match="has to be asked for"):
        rules.change_rules(
            project, a_person(role="admin", project=project), ask_confidence=False, require_confidence=True
        )


def test_an_overlap_of_none_is_refused_in_words() -> None:
    project = a_project()
    with pytest.raises(ValidationError):
        rules.change_rules(project, a_person(role="admin", project=project), overlap=0)


def test_a_changed_guideline_is_a_new_version_and_the_same_text_is_not() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    second = rules.new_guideline_version(project, "# Better", admin)
    assert second.number == 2
    assert rules.new_guideline_version(project, "# Better", admin) == second
    assert project.guidelines.count() == 2
