"""The list of responses: what it says of each, its filters, and that it keeps to what a person may see."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.core.critique_facts import differing_steps
from annotations.core.schema import AnswerJudgment, Finding, Judgment
from annotations.models import Assignment, Author, Project, Response
from annotations.models.records import critique_record
from annotations.verbs.critiques_agree import differs
from tests.builders import a_critic, a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return a_project("bars")


@pytest.fixture
def reviewer(project: Project, client: Client) -> Any:
    person = a_person("rita", role="reviewer", project=project)
    client.force_login(person)
    return person


def a_named(name: str, project: Project, **fields: Any) -> Response:
    return a_response(problem=a_problem(project, question=name), steps=fields.pop("steps", 2), **fields)


def page(client: Client, project: Project, **query: Any) -> str:
    answer = client.get(reverse("responses", args=[project.slug]), query)
    assert answer.status_code == 200
    return answer.content.decode()


def listed(client: Client, project: Project, **query: Any) -> list[str]:
    return re.findall(r'<th scope="row"><a [^>]*><bdi>(.*?)</bdi>', page(client, project, **query))


def author_key(name: str) -> str:
    return str(Author.objects.get(name=name).pk)


@pytest.fixture
def four(project: Project) -> None:
    """Responses that differ, agree, have one critique (of ann's) and have none."""
    differing, agreeing, single = (a_named(name, project) for name in ("differing", "agreeing", "single"))
    a_named("untouched", project)
    a_critique(differing, "incorrect", author=a_critic("direct"))
    a_critique(differing, "correct", author=a_critic("lookback"))
    a_critique(agreeing, "incorrect", author=a_critic("direct"))
    a_critique(agreeing, "incorrect", by=a_person("ann"))
    a_critique(single, "incorrect", by=a_person("ben"))


@pytest.mark.usefixtures("four", "reviewer")
class TestFilters:
    @pytest.mark.parametrize(
        ("agreement", "names"),
        [
            ("", ["differing", "agreeing", "single", "untouched"]),
            ("differs", ["differing"]),
            ("agrees", ["agreeing"]),
            ("incomparable", []),
            ("single", ["single"]),
            ("none", ["untouched"]),
        ],
    )
    def test_by_agreement(self, client: Client, project: Project, agreement: str, names: list[str]) -> None:
        assert listed(client, project, agreement=agreement) == names

    def test_by_annotator(self, client: Client, project: Project) -> None:
        assert listed(client, project, annotator=author_key("ann")) == ["agreeing"]

    def test_by_critic(self, client: Client, project: Project) -> None:
        assert listed(client, project, critic=author_key("direct")) == ["differing", "agreeing"]
        assert listed(client, project, critic=author_key("lookback")) == ["differing"]

    def test_by_annotator_and_critic_and_agreement_at_once(self, client: Client, project: Project) -> None:
        both = {"annotator": author_key("ann"), "critic": author_key("direct")}
        assert listed(client, project, **both) == ["agreeing"]
        assert listed(client, project, **both, agreement="differs") == []

    def test_a_critic_is_no_annotator(self, client: Client, project: Project) -> None:
        assert len(listed(client, project, annotator=author_key("direct"))) == 4
        assert "so it filters nothing" in page(client, project, annotator=author_key("direct"))

    @pytest.mark.parametrize("name", ["agreement", "type", "annotator", "critic"])
    @pytest.mark.parametrize("value", ["nonsense", "\x00", "' OR 1=1", "<script>"])
    def test_an_unknown_value_filters_nothing_and_is_told(
        self, client: Client, project: Project, name: str, value: str
    ) -> None:
        text = page(client, project, **{name: value})
        assert "is not among these, so it filters nothing" in text
        assert 'aria-invalid="true"' in text
        assert "<script>" not in text
        assert len(listed(client, project, **{name: value})) == 4

    def test_other_parameters_reach_nothing(self, client: Client, project: Project) -> None:
        assert len(listed(client, project, project__slug="x", order="password", id="1")) == 4


def test_by_error_type_a_type_finds_its_subtypes(client: Client, project: Project, reviewer: Any) -> None:
    for name, code in (("read", "perception/text_reading"), ("counted", "perception/count"), ("knew", "knowledge")):
        finding = Finding(error_type=code, explanations=("x",))
        wrong = Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,))
        a_critique(a_named(name, project, steps=1), judgments=(wrong,))
    assert listed(client, project, type="perception/count") == ["counted"]
    assert listed(client, project, type="perception") == ["read", "counted"]
    assert listed(client, project, type="knowledge") == ["knew"]
    assert listed(client, project, type="format") == []


def test_only_the_latest_revision_counts(client: Client, project: Project, reviewer: Any) -> None:
    response, ann = a_named("revised", project, steps=1), a_person("ann")
    finding = Finding(error_type="knowledge", explanations=("x",))
    wrong = Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,))
    a_critique(response, by=ann, judgments=(wrong,))
    a_critique(response, "correct", author=a_critic())
    assert listed(client, project, agreement="differs") == ["revised"]
    a_critique(response, "correct", by=ann)
    assert listed(client, project, agreement="differs") == []
    assert listed(client, project, agreement="agrees") == ["revised"]
    assert listed(client, project, type="knowledge") == []


def test_two_critiques_that_judged_nothing_in_common_do_not_agree(
    client: Client, project: Project, reviewer: Any
) -> None:
    response = a_named("half", project, steps=2)
    judged, unparsed = Judgment(step=1, verdict="correct"), Judgment(step=2, state="unparsed")
    a_critique(response, author=a_critic("one"), judgments=(judged, unparsed))
    nothing = tuple(Judgment(step=step, state="unlabelled") for step in (1, 2))
    a_critique(response, author=a_critic("two"), judgments=nothing)
    assert listed(client, project, agreement="agrees") == []
    assert listed(client, project, agreement="incomparable") == ["half"]
    assert '<span class="badge">nothing to compare</span>' in page(client, project)


def test_the_answers_alone_can_differ(client: Client, project: Project, reviewer: Any) -> None:
    response = a_named("answers", project, steps=1)
    for name, verdict in (("one", "correct"), ("two", "incorrect")):
        a_critique(response, author=a_critic(name), answer=AnswerJudgment(verdict=verdict, state="judged"))
    assert listed(client, project, agreement="differs") == ["answers"]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        (Judgment(step=1, verdict="correct"), Judgment(step=1, verdict="correct", own_error=True)),
        (Judgment(step=1, verdict="incorrect"), Judgment(step=1, verdict="incorrect", origin_unknown=True)),
        (Judgment(step=1, verdict="neutral", own_error=True), Judgment(step=1, verdict="incorrect")),
        (Judgment(step=1, verdict="neutral"), Judgment(step=1, verdict="correct")),
        (Judgment(step=1, verdict="unsure"), Judgment(step=1, verdict="correct")),
        (Judgment(step=1, verdict="correct"), Judgment(step=1, state="abstained")),
        (Judgment(step=1, verdict="correct", own_error=False), Judgment(step=1, verdict="correct")),
    ],
)
def test_the_list_differs_exactly_where_the_compare_page_does(one: Judgment, two: Judgment) -> None:
    response = a_response(steps=1)
    critiques = [
        a_critique(response, author=a_critic(name), judgments=(j,)) for name, j in (("one", one), ("two", two))
    ]
    said = bool(differing_steps([critique_record(critique) for critique in critiques]))
    assert Response.objects.filter(differs(), pk=response.pk).exists() is said


def test_it_counts_people_and_critics(client: Client, project: Project, reviewer: Any) -> None:
    response = a_named("seen", project, steps=1)
    ann = a_person("ann")
    for _ in range(2):
        a_critique(response, by=ann)
    for name in ("one", "two"):
        a_critique(response, author=a_critic(name))
    text = page(client, project)
    counts = re.findall(r'<td class="number">(\d+)</td>', text)
    assert counts == ["1", "1", "2"]  # steps, people, critics
    assert '<span class="badge ok">agrees</span>' in text


class TestBlindness:
    def test_an_annotator_is_listed_only_what_they_submitted(self, client: Client, project: Project) -> None:
        ann = a_person("ann", role="annotator", project=project)
        done, open_ = a_named("done", project), a_named("open", project)
        a_critique(open_, author=a_critic("secret critic"))
        client.force_login(ann)
        text = page(client, project)
        assert listed(client, project) == []
        assert "once you have submitted your own critique" in text
        a_critique(done, by=ann)
        a_critique(done, author=a_critic("known critic"))
        text = page(client, project)
        assert listed(client, project) == ["done"]
        assert "known critic" in text
        assert "secret critic" not in text

    def test_a_filter_by_a_hidden_author_finds_nothing_out(self, client: Client, project: Project) -> None:
        ann = a_person("ann", role="annotator", project=project)
        a_critique(a_named("open", project), author=a_critic("secret critic"))
        client.force_login(ann)
        text = page(client, project, critic=author_key("secret critic"))
        assert "so it filters nothing" in text
        assert "secret critic" not in text

    def test_what_a_reviewer_holds_is_not_listed(self, client: Client, project: Project, reviewer: Any) -> None:
        held = a_named("held", project)
        a_critique(held)
        assert listed(client, project) == ["held"]
        Assignment.objects.create(
            project=project,
            response=held,
            slot_number=1,
            user=reviewer,
            strategy="in_order",
            expires_at=datetime(2100, 1, 1, tzinfo=UTC),
        )
        assert listed(client, project) == []
        assert listed(client, project, agreement="single") == []

    def test_trainers_are_kept_out(self, client: Client, project: Project) -> None:
        client.force_login(a_person(role="trainer", project=project))
        assert client.get(reverse("responses", args=[project.slug])).status_code == 403


def test_texts_are_escaped(client: Client, project: Project, reviewer: Any) -> None:
    response = a_named("<script>question</script>", project, generator="<script>generator</script>")
    a_critique(response, author=a_critic("<script>critic</script>"))
    text = page(client, project)
    assert "<script>" not in text.replace("<script src", "")
    assert text.count("&lt;script&gt;") == 3


def test_fifty_a_page_and_the_filter_stays(client: Client, project: Project, reviewer: Any) -> None:
    for number in range(51):
        a_critique(a_named(f"number {number}", project, steps=1))
    assert listed(client, project)[0] == "number 0"
    assert len(listed(client, project)) == 50
    assert listed(client, project, page=2) == ["number 50"]
    assert listed(client, project, page=99) == ["number 50"]
    assert len(listed(client, project, page="x")) == 50
    assert "?agreement=single&amp;page=2" in page(client, project, agreement="single")


def test_its_queries_do_not_grow_with_its_rows(client: Client, project: Project, reviewer: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, project)
        return len(queries)

    a_critique(a_named("first", project))
    page(client, project)
    one = count()
    for number in range(20):
        response = a_named(f"number {number}", project)
        a_critique(response, author=a_critic("direct"))
        a_critique(response, "incorrect", author=a_critic("lookback"))
    assert count() == one == 10
