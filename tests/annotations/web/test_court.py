"""The court's pages and endpoints: a finding without its source, rulings, the report."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.core.schema import Author, Evidence, Finding, Judgment, Region, Span
from annotations.models import CourtCase, CourtRuling, Critique, Project, Response
from annotations.verbs import court
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db
CRITIC = Author(kind="critic", name="Zyx critic", method="zyx-method", engine="zyx-engine", model="zyx/model-9b")
MARKS = (Span(start=0, end=4), Region(points=((0.1, 0.1), (0.5, 0.5))))
FINDING = Finding(
    error_type="perception",
    severity="minor",
    explanations=("The bar is shorter.",),
    corrected_text="Short.",
    marks=MARKS,
)


@pytest.fixture
def project() -> Project:
    return a_project("bars")


@pytest.fixture
def rita(project: Project, client: Client) -> Any:
    person = a_person("rita", role="reviewer", project=project)
    client.force_login(person)
    return person


def before_the_court(project: Project, rita: Any) -> Response:
    response = a_response(steps=2, project=project)
    flag = Judgment(step=2, verdict="incorrect", own_error=True, confidence=0.123, findings=(FINDING,))
    a_critique(
        response, author=CRITIC, judgments=(Judgment(step=1, verdict="correct"), flag), comment="zyx comment",
        raw_output="zyx raw", evidence=(Evidence(kind="ocr", content={"lines": ["zyx line"]}),), costs={"seconds": 77},
    )  # fmt: skip
    a_critique(response, by=a_person("quentin"))
    court.open_court(project, by=rita)
    return response


def pages(client: Client) -> list[str]:
    """HTML and API."""
    answers = [client.get(reverse("court", args=["bars"])), client.get(reverse("api_court", args=["bars"]))]
    assert [answer.status_code for answer in answers] == [200, 200]
    return [answer.content.decode() for answer in answers]


def test_nothing_tells_whose_the_finding_is(client: Client, project: Project, rita: Any) -> None:
    response = before_the_court(project, rita)
    critiques = [str(critique.pk) for critique in Critique.objects.filter(response=response)]
    authors = [str(critique.author_id) for critique in Critique.objects.filter(response=response)]
    for text in pages(client):
        assert "The bar is shorter." in text
        assert not [word for word in ("zyx", "Zyx", "quentin", "0.123", "critic", *critiques, *authors) if word in text]


def test_a_ruling_by_page_and_by_api(client: Client, project: Project, rita: Any) -> None:
    before_the_court(project, rita)
    case = CourtCase.objects.get()
    url = reverse("rule_on_finding", args=["bars", case.pk])
    assert "expected one of" in client.post(url, {"kind": "lovely"}, follow=True).content.decode()
    assert client.post(url, {"kind": "nitpick", "words": "So what."}).status_code == 302
    assert CourtRuling.objects.get().kind == "nitpick"
    api = reverse("api_rule_on_finding", args=["bars", case.pk])
    assert client.post(api, {"kind": "real"}, content_type="application/json").status_code == 409
    assert client.post(api, {"kind": "lovely"}, content_type="application/json").status_code == 400
    assert client.get(reverse("api_court", args=["bars"])).json() == {"left": 0, "case": None}


def test_a_case_of_another_project_is_not_found(client: Client, project: Project, rita: Any) -> None:
    before_the_court(project, rita)
    other = a_project("elsewhere")
    client.force_login(a_person(role="reviewer", project=other))
    case = CourtCase.objects.get().pk
    assert client.post(reverse("rule_on_finding", args=["elsewhere", case]), {"kind": "real"}).status_code == 404
    assert client.post(reverse("api_rule_on_finding", args=["elsewhere", case]), {"kind": "real"}).status_code == 404


def test_the_court_is_opened_from_its_page_and_the_report_tells_sources(
    client: Client, project: Project, rita: Any
) -> None:
    before_the_court(project, rita)
    court.rule(CourtCase.objects.get(), "wrong", by=rita)
    assert "Nothing for you to rule on" in client.get(reverse("court", args=["bars"])).content.decode()
    told = client.post(reverse("open_court", args=["bars"]), follow=True).content.decode()
    assert "Nothing new" in told
    report = client.get(reverse("court_report", args=["bars"])).content.decode()
    assert "Zyx critic" in report
    assert "quentin" in report


def test_its_queries_do_not_grow_with_the_cases(client: Client, project: Project, rita: Any) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("court", args=["bars"]))
        return len(queries)

    before_the_court(project, rita)
    count()
    few = count()
    flag = Judgment(step=1, verdict="incorrect", own_error=True, findings=(FINDING, FINDING))
    for _ in range(4):
        response = a_response(steps=1, project=project)
        a_critique(response, author=CRITIC, judgments=(flag,))
        a_critique(response, by=a_person())
    court.open_court(project, by=rita)
    assert count() == few
    assert few <= 28
