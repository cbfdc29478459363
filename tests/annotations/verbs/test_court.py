"""The court: what comes before it, who rules, what settles a case, and that nobody sees whose a finding is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction

from annotations.core.schema import Finding, Judgment, Span
from annotations.models import Assignment, CourtCase, CourtRuling, LogEntry, Project, Response
from annotations.verbs import court
from annotations.verbs.court_report import court_report
from tests.builders import a_critic, a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db

LABEL = Finding(
    error_type="perception/text_reading", explanations=("The label reads 62.",), marks=(Span(start=0, end=6),)
)
UNIT = Finding(error_type="reasoning", explanations=("The unit is wrong.",))
AXIS = Finding(error_type="knowledge", explanations=("An axis has no origin here.",))


@pytest.fixture
def project() -> Project:
    return a_project()


@pytest.fixture
def rita(project: Project) -> Any:
    return a_person("rita", role="reviewer", project=project)


def flagged(step: int, *findings: Finding) -> Judgment:
    return Judgment(step=step, verdict="incorrect", own_error=True, findings=findings)


def right(step: int) -> Judgment:
    return Judgment(step=step, verdict="correct")


def disputed(project: Project, by: Any = None) -> Response:
    """Both say the label; only the person the unit (step 3), only the two critics the axis (step 1)."""
    response = a_response(steps=3, project=project)
    a_critique(response, by=by or a_person(), judgments=(right(1), flagged(2, LABEL), flagged(3, UNIT)))
    a_critique(response, author=a_critic("one"), judgments=(flagged(1, AXIS), flagged(2, LABEL), right(3)))
    a_critique(response, author=a_critic("two"), judgments=(flagged(1, AXIS), right(2), right(3)))
    return response


class TestOpening:
    def test_what_one_side_alone_has_comes_before_the_court_once(self, project: Project, rita: Any) -> None:
        disputed(project)
        assert court.open_court(project, by=rita) == 2
        cases = CourtCase.objects.all()
        assert sorted(case.finding for case in cases) == [1, 1, 2]
        assert [case.same_as_id is None for case in cases].count(True) == 2
        assert LogEntry.objects.get(verb="open_court").after == {"cases": 2}

    def test_opening_again_adds_what_is_new_and_joins_it_to_what_is_there(self, project: Project, rita: Any) -> None:
        response = disputed(project)
        court.open_court(project, by=rita)
        assert court.open_court(project, by=rita) == 0
        a_critique(response, author=a_critic("three"), judgments=(flagged(1, AXIS), right(2), right(3)))
        assert court.open_court(project, by=rita) == 0
        assert CourtCase.objects.get(critique__author__name="three").same_as_id is not None

    def test_where_one_side_has_not_judged_nothing_is_disputed(self, project: Project, rita: Any) -> None:
        response = a_response(steps=1, project=project)
        a_critique(response, judgments=(flagged(1, UNIT),))
        assert court.open_court(project, by=rita) == 0

    def test_annotators_open_nothing(self, project: Project) -> None:
        with pytest.raises(PermissionDenied):
            court.open_court(project, by=a_person(role="annotator", project=project))


class TestRuling:
    def test_one_ruling_settles_where_one_is_asked(self, project: Project, rita: Any) -> None:
        disputed(project)
        court.open_court(project, by=rita)
        case = court.waiting_for(rita, project).first()
        assert case is not None
        court.rule(case, "real", by=rita, words="  Yes. ")
        assert CourtRuling.objects.get().words == "Yes."
        assert court.waiting_for(rita, project).count() == 1
        with pytest.raises(court.RuledAlready):
            court.rule(case, "wrong", by=rita)

    def test_two_that_agree_settle_and_a_disagreement_goes_to_a_third(self, project: Project, rita: Any) -> None:
        Project.objects.filter(pk=project.pk).update(court_rulings=2)
        project.refresh_from_db()
        disputed(project)
        court.open_court(project, by=rita)
        judges = [rita, *(a_person(role="reviewer", project=project) for _ in range(2))]
        agreed, split = critics_case(), person_case()
        for judge in judges[:2]:
            court.rule(agreed, "nitpick", by=judge)
        court.rule(split, "real", by=judges[0])
        court.rule(split, "wrong", by=judges[1])
        assert list(court.waiting_for(judges[2], project)) == [split]
        court.rule(split, "wrong", by=judges[2])
        assert court.waiting_for(a_person(role="reviewer", project=project), project).count() == 0
        report = court_report(project, resamples=20)
        assert report.cases == {"nitpick": 1, "wrong": 1}
        assert (report.pairs_of_rulings, report.judges_agree) == (4, pytest.approx(2 / 4))

    def test_nobody_rules_on_their_own_finding_nor_on_an_item_that_they_hold(self, project: Project, rita: Any) -> None:
        response = disputed(project, by=rita)
        court.open_court(project, by=rita)
        assert [case.pk for case in court.waiting_for(rita, project)] == [critics_case().pk]
        Assignment.objects.create(
            project=project, response=response, slot_number=1, user=rita, strategy="in_order",
            expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        )  # fmt: skip
        assert not court.waiting_for(rita, project).exists()

    def test_a_duplicate_names_its_other_by_a_token_that_tells_nothing(self, project: Project, rita: Any) -> None:
        disputed(project)
        court.open_court(project, by=rita)
        case = person_case()
        with pytest.raises(ValueError, match="Choose which finding"):
            court.rule(case, "duplicate", by=rita, duplicate_of="made up")
        others = court.others_of(case)
        assert len(others) == 4  # the label twice, the axis twice
        label = next(other for other in others if other.step == 2)
        assert str(label.critique) not in label.token
        court.rule(case, "duplicate", by=rita, duplicate_of=label.token)
        ruling = CourtRuling.objects.get()
        assert (ruling.duplicate_critique_id, ruling.duplicate_finding) == (label.critique, label.ordinal)

    def test_a_kind_that_is_none_is_refused(self, project: Project, rita: Any) -> None:
        disputed(project)
        court.open_court(project, by=rita)
        with pytest.raises(ValueError, match="expected one of real"):
            court.rule(person_case(), "lovely", by=rita)

    def test_the_database_changes_no_ruling(self, project: Project, rita: Any) -> None:
        disputed(project)
        court.open_court(project, by=rita)
        court.rule(person_case(), "real", by=rita)
        for statement in ("UPDATE annotations_courtruling SET kind = 'wrong'", "DELETE FROM annotations_courtcase"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def critics_case() -> CourtCase:
    return CourtCase.objects.get(critique__author__kind="critic", same_as=None)


def person_case() -> CourtCase:
    return CourtCase.objects.get(critique__author__kind="person")


class TestReport:
    def test_rates_and_recall_by_hand(self, project: Project, rita: Any) -> None:
        """Real: the label (both) and the unit (the person's). The axis is nothing."""
        ann = a_person("ann")
        disputed(project, by=ann)
        court.open_court(project, by=rita)
        court.rule(person_case(), "real", by=rita)
        court.rule(critics_case(), "wrong", by=rita)
        told = {author.name: author for author in court_report(project, resamples=20).authors}
        assert {name: author.figures["recall"].value for name, author in told.items()} == {
            "ann": 1,
            "one": 0.5,
            "two": 0,
        }
        assert told["one"].figures["precision"].value == told["one"].figures["hallucination_rate"].value == 0.5
        assert told["two"].figures["hallucination_rate"].value == 1
        assert told["ann"].statuses["real"] == 1
        assert told["one"].things == 2

    def test_what_waits_is_open(self, project: Project, rita: Any) -> None:
        disputed(project)
        court.open_court(project, by=rita)
        report = court_report(project, resamples=20)
        assert report.cases == {"open": 2}
        assert report.judges_agree is None


@pytest.mark.parametrize(
    ("kinds", "wanted", "expected"),
    [
        ([], 1, "open"), (["real"], 1, "real"), (["real", "wrong"], 1, "real"),
        (["real"], 2, "open"), (["real", "wrong"], 2, "open"), (["real", "real"], 2, "real"),
        (["real", "wrong", "wrong"], 2, "wrong"), (["real", "wrong", "nitpick"], 2, "open"),
    ],
)  # fmt: skip
def test_what_rulings_come_to(kinds: list[str], wanted: int, expected: str) -> None:
    assert court.outcome(kinds, wanted) == expected
