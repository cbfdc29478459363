"""Gold and plants among the work: who gets them, who can tell, and what follows."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.models import Assignment, Critique, GoldItem, GoldSignal, Plant, Project, Slot
from annotations.verbs import gold, plants, rules
from annotations.verbs.assign import is_paused, next_assignment
from annotations.verbs.draft import open_draft
from annotations.verbs.publish_filter import Filter
from annotations.verbs.store import set_reference
from annotations.verbs.submit import submit_critique
from tests.annotations.verbs.test_submit import WHOLE, write
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db
TEXTS = ["Two bars.", "The bar shows 66.", "So it grew by 19."]
RIGHT = {f"steps.{step}.verdict": "correct" for step in (1, 2, 3)} | {"answer.verdict": "correct"}


def a_hidden(real: int = 6, hidden: int = 4, **rules: Any) -> tuple[Project, list[Any], Any]:
    """Gold whose step 2 is wrong, beside real work."""
    project = a_project(**({"gold_rate": 0.5} | rules))
    admin = a_person(role="admin", project=project)
    known = []
    for _ in range(hidden):
        response = a_response(TEXTS, problem=a_problem(project))
        with transaction.atomic():
            set_reference(a_critique(response, "correct", "incorrect", "incorrect"), "gold")
        known.append(response)
    for _ in range(real):
        a_response(TEXTS, problem=a_problem(project))
    gold.add_gold(project, known, admin)
    return project, known, admin


def finish(project: Project, person: Any, values: dict[str, Any] = WHOLE) -> Critique | None:
    held = next_assignment(person, project)
    if held is None:
        return None
    draft = open_draft(held)
    write(draft, values)
    return submit_critique(draft.pk, person)


def test_gold_comes_at_its_rate_once_to_each_person_and_takes_no_place_of_the_queue() -> None:
    project, known, _ = a_hidden(real=14, hidden=6, overlap=2)
    for _ in range(2):
        person = a_person(role="annotator", project=project)
        while finish(project, person):
            pass
    held = Assignment.objects.filter(strategy="gold")
    assert 0 < held.count() <= 12
    assert len({(one.user_id, one.response_id) for one in held}) == held.count()
    assert {one.response_id for one in held} <= {response.pk for response in known}
    ordinary = Slot.objects.filter(response__gold=None)
    assert set(ordinary.values_list("state", flat=True)) == {"done"}
    assert ordinary.count() == 28


def test_without_a_rate_none_comes_and_a_retired_one_is_work_again() -> None:
    project, known, admin = a_hidden(real=0, hidden=1, gold_rate=0.0)
    ann = a_person(role="annotator", project=project)
    assert next_assignment(ann, project) is None
    gold.retire_gold(GoldItem.objects.get(), admin)
    assert next_assignment(ann, project).response == known[0]


def test_what_has_no_reference_is_no_gold_and_only_reviewers_say_so() -> None:
    project, _, admin = a_hidden(hidden=1)
    plain = a_response(1, project=project)
    with pytest.raises(ValidationError, match="have no reference"):
        gold.add_gold(project, [plain], admin)
    with pytest.raises(PermissionDenied):
        gold.add_gold(project, [plain], a_person(role="annotator", project=project))


def test_a_larger_overlap_opens_no_place_of_gold() -> None:
    project, _, admin = a_hidden(real=1, hidden=1)
    rules.change_rules(project, admin, overlap=3)
    assert Slot.objects.filter(response__gold__isnull=False).values_list("state", flat=True)[0] == "gold"
    assert Slot.objects.filter(state="open").count() == 3


def pages(client: Client, project: Project) -> tuple[str, str, int]:
    """The page of the item that comes next, without its keys and numbers; what the API tells; how many queries."""
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("annotate", args=[project.slug])).content.decode()
    plain = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}|\d+", "#", page)
    return plain, str(client.get(reverse("api_projects")).json()), len(queries)


def test_nothing_of_the_page_tells_gold_from_the_rest(client: Client) -> None:
    """Keys and numbers aside, the page of a gold item is the page of another one, to the byte."""
    project, _, _ = a_hidden(real=20, hidden=20)
    ann = a_person(role="annotator", project=project)
    client.force_login(ann)
    seen: dict[bool, tuple[str, str, int]] = {}
    while len(seen) < 2 and next_assignment(ann, project):
        held = Assignment.objects.get(user=ann, state="held")
        seen[held.strategy == "gold"] = pages(client, project)
        draft = open_draft(held)
        write(draft, WHOLE)
        submit_critique(draft.pk, ann)
    assert seen.keys() == {True, False}
    assert "gold" not in seen[True][0].lower()
    assert seen[True] == seen[False]


def test_after_the_submit_too_the_reference_of_gold_is_hidden_from_annotators(client: Client) -> None:
    project, known, admin = a_hidden(real=0, hidden=1)
    ann = a_person(role="annotator", project=project)
    for _ in range(40):
        if next_assignment(ann, project):
            break
    finish(project, ann)
    client.force_login(ann)
    page = client.get(reverse("compare", args=[project.slug, known[0].pk])).content.decode()
    assert "reference</span>" not in page
    assert "Known error" not in page
    client.force_login(admin)
    assert "reference</span>" in client.get(reverse("compare", args=[project.slug, known[0].pk])).content.decode()


def worked(project: Project, person: Any, times: int, values: dict[str, Any]) -> None:
    for _ in range(times):
        if finish(project, person, values) is None:
            return


def test_who_falls_below_the_thresholds_is_warned_then_paused_and_a_reviewer_lifts_it() -> None:
    project, _, admin = a_hidden(real=60, hidden=30, gold_window=10)
    ann = a_person(role="annotator", project=project)
    worked(project, ann, 80, RIGHT)  # finds nothing, ever
    levels = list(GoldSignal.objects.order_by("at").values_list("level", flat=True))
    assert levels == ["warned", "paused"]
    assert is_paused(ann, project)
    assert next_assignment(ann, project) is None
    signal = GoldSignal.objects.get(level="paused")
    assert (signal.right, signal.low, signal.items >= gold.LEAST_ITEMS) == (0.0, 0.0, True)
    with pytest.raises(ValueError, match="what came of the talk"):
        gold.lift(signal, " ", admin)
    gold.lift(signal, "We read the guideline together.", admin)
    assert next_assignment(ann, project) is not None
    worked(project, ann, 80, RIGHT)
    assert GoldSignal.objects.first().level == "called"


def test_who_tells_first_errors_right_hears_nothing() -> None:
    project, _, _ = a_hidden(real=30, hidden=12)
    ann = a_person(role="annotator", project=project)
    worked(project, ann, 60, WHOLE)
    assert not GoldSignal.objects.exists()
    assert gold.estimates(project)[ann.pk]["first_error"].value == 1


def a_correct(project: Project, count: int = 3) -> list[Any]:
    made = []
    for _ in range(count):
        texts = ["The left bar shows 62 cm.", "The right bar shows 47 cm.", "So it grew by 62 - 47 = 15 cm."]
        response = a_response(texts, problem=a_problem(project), answer="15 cm")
        with transaction.atomic():
            set_reference(a_critique(response), "gold")
        made.append(response)
    return made


def test_a_plant_waits_for_a_reviewer_and_is_then_hidden_with_its_truth() -> None:
    project = a_project(gold_rate=0.5)
    reviewer = a_person(role="reviewer", project=project)
    a_correct(project)
    made = plants.plant_by_rule(project, ["arithmetic", "relation"], 2, seed=3, by=reviewer)
    assert [one.kind for one in made] == ["arithmetic", "relation"]
    assert not GoldItem.objects.exists()
    assert not Slot.objects.filter(response__plant__isnull=False).exists()
    plants.accept(made[0], reviewer)
    plants.decline(made[1], "It betrays itself.", reviewer)
    with pytest.raises(ValueError, match="ruled on"):
        plants.accept(made[1], reviewer)
    assert GoldItem.objects.get().kind == "plant"
    known = Critique.objects.whole().get(pk=made[0].critique_id)
    finding = known.findings.get()
    assert (finding.step, finding.error_type, finding.corrected_text) == (3, "reasoning/arithmetic", made[0].before)
    assert known.marks.get().kind == "span"


def test_a_plant_comes_to_nobody_who_saw_its_origin() -> None:
    project = a_project(gold_rate=0.5)
    reviewer, ann, ben = (a_person(role=role, project=project) for role in ("reviewer", "annotator", "annotator"))
    (origin,) = a_correct(project, 1)
    finish(project, ann, RIGHT)
    (made,) = plants.plant_by_rule(project, ["arithmetic"], 1, by=reviewer)
    plants.accept(made, reviewer)
    for _ in range(30):
        assert next_assignment(ann, project) is None
    Slot.objects.filter(response=origin).update(state="closed")
    for _ in range(60):
        if held := next_assignment(ben, project):
            break
    assert held.response_id == made.pk


def test_recall_of_people_and_critics_on_the_same_plants() -> None:
    project = a_project(gold_rate=0.5)
    reviewer, ann = a_person(role="reviewer", project=project), a_person("ann", role="annotator", project=project)
    a_correct(project, 2)
    for made in plants.plant_by_rule(project, ["arithmetic"], 2, by=reviewer):
        plants.accept(made, reviewer)
        a_critique(made.response, "incorrect", "correct", "correct")
        a_critique(made.response, "correct", "correct", "incorrect", by=ann)
    told = plants.recalls(project)
    critic, person = told["scripted critic"][""], told["ann"][""]
    assert (critic.found.value, critic.false_flags.value) == (0.0, 0.5)
    assert (person.found.value, person.false_flags.value, person.plants) == (1.0, 0.0, 2)


def test_a_plant_by_hand_is_where_the_words_differ() -> None:
    project = a_project()
    reviewer = a_person(role="reviewer", project=project)
    (origin,) = a_correct(project, 1)
    told = {"error_type": "perception/text_reading", "severity": "decisive", "explanation": "It shows 47."}
    made = plants.plant_by_hand(origin, 2, "The right bar shows 41 cm.", **told, by=reviewer)
    mark = made.critique.marks.get()
    assert "The right bar shows 41 cm."[mark.start : mark.end] == "1"
    with pytest.raises(ValidationError, match="nothing wrong"):
        plants.plant_by_hand(made.response, 1, "No.", **told, by=reviewer)
    with pytest.raises(ValidationError, match="Text: expected another"):
        plants.plant_by_hand(origin, 2, "The right bar shows 47 cm.", **told, by=reviewer)


def test_plants_go_out_only_where_they_are_asked_for_and_marked() -> None:
    from annotations.exporters.base import formats
    from annotations.models import Problem
    from annotations.models.records import problem_records

    project = a_project()
    reviewer = a_person(role="reviewer", project=project)
    a_correct(project, 1)
    (made,) = plants.plant_by_rule(project, ["arithmetic"], 1, by=reviewer)
    a_critique(made.response, "incorrect")

    def keys(filter: Filter) -> set[str]:
        chosen = filter.critiques(project, formats()["native"])
        problems = problem_records(Problem.objects.filter(project=project), chosen, responses=filter.responses())
        return {response.key for _, problem in problems for response in problem.responses}

    assert keys(Filter()) == {made.origin.key}
    assert keys(Filter(plants=True)) == {made.origin.key, f"planted:{made.response.key}"}
    assert made.response_id not in Filter().critiques(project, formats()["native"]).values_list("response", flat=True)
    assert Filter.parse(Filter(plants=True).as_json()).plants


def test_an_erased_project_takes_gold_and_plants_along() -> None:
    from annotations.verbs.erase import erase_project

    project, _, admin = a_hidden()
    a_correct(project, 1)
    plants.accept(plants.plant_by_rule(project, ["arithmetic"], 1, by=admin)[0], admin)
    GoldSignal.objects.create(project=project, user=admin, level="warned", items=5, right=0, low=0, high=0.4)
    erase_project(project, None, project.slug)
    assert not (GoldItem.objects.exists() or Plant.objects.exists() or GoldSignal.objects.exists())
