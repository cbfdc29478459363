"""Insights: the same numbers from page, shell, API and files; each count leads to as many items; made once."""

from __future__ import annotations

import html
import io
import json
import re

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.core.schema import AnswerJudgment, Finding, Judgment
from annotations.models import Project, ReportCache, Showing
from annotations.verbs.insights import project_report
from annotations.verbs.store import set_reference
from annotations.web.insight_pages import PAGES
from tests.builders import a_correction, a_critic, a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db
VERDICTS = ("correct", "incorrect")
COUNT = re.compile(r'<a class="count" href="([^"]+)">(\d+)</a>')


@pytest.fixture
def project(client: Client) -> Project:
    project = a_project("bars")
    client.force_login(a_person("rita", role="reviewer", project=project))
    return project


def filled(project: Project, responses: int = 6) -> None:
    """Two people, two critics (one of them with samples and unparsed steps), references, corrections, confidence."""
    ann, bob, gold = a_person("ann"), a_person("bob"), a_person("gold")
    for number in range(responses):
        problem = a_problem(project, superskill=("Perception", "Reasoning")[number % 2])
        response = a_response(steps=3, problem=problem)
        wrong = number % 3
        wanted = [judged(step, step == wrong, kind="perception" if number % 2 else None) for step in (1, 2, 3)]
        answer = AnswerJudgment(verdict="incorrect" if wrong else "correct", state="judged")
        set_reference(a_critique(response, by=gold, judgments=tuple(wanted), answer=answer), "gold")
        for person, flags in ((ann, {wrong}), (bob, {1})):
            said = tuple(judged(step, step in flags, confidence=0.6 + 0.1 * step) for step in (1, 2, 3))
            own = a_critique(response, by=person, judgments=said, answer=answer)
        one = a_critique(response, "correct", "incorrect", author=a_critic("one"), costs={"seconds": 2.0 + number})
        for sample in (0, 1):
            said = (judged(1, sample == 0), Judgment(step=2, state="unparsed"), Judgment(step=3, state="abstained"))
            a_critique(response, author=a_critic("two"), judgments=said, sample=sample, costs={"seconds": 1.0})
        a_correction(response, guided_by=one)
        a_correction(response, answer="no idea" if number else "31.9 %")
        if number == 1:
            Showing.objects.create(project=project, author=own.author, critique=one)
            a_critique(response, "incorrect", "incorrect", by=bob, stage="after_reveal")


def judged(step: int, is_wrong: bool, *, kind: str | None = None, confidence: float | None = None) -> Judgment:
    found = (Finding(error_type=kind, explanations=("No.",)),) if is_wrong else ()
    skills = ("ocr",) if step == 1 else ()
    verdict = VERDICTS[is_wrong]
    own = True if is_wrong else None
    return Judgment(
        step=step, verdict=verdict, own_error=own, confidence=confidence, findings=found, skills=skills  # type: ignore[arg-type]
    )  # fmt: skip


def text(client: Client, name: str, *arguments: str) -> str:
    answer = client.get(reverse(name, args=["bars", *arguments]))
    assert answer.status_code == 200, name
    return answer.content.decode()


def test_page_shell_and_api_say_the_same(client: Client, project: Project) -> None:
    filled(project)
    api = client.get(reverse("api_report", args=["bars"])).json()
    out = io.StringIO()
    call_command("report", "bars", "--json", stdout=out)
    assert json.loads(out.getvalue()) == api == json.loads(text(client, "insights_json"))
    out = io.StringIO()
    call_command("report", "bars", stdout=out)
    for name in ("one", "two", "people"):
        held = api["people"] if name == "people" else api["critics"][name]
        value = held["figures"]["step_f1"]["value"]
        for told in (
            out.getvalue(),
            text(client, "insights"),
            text(client, "insights_html"),
            text(client, "insights_csv"),
        ):
            assert f"{value:.3f}" in told or str(value) in told, name


def test_every_count_leads_to_as_many_items(client: Client, project: Project) -> None:
    filled(project)
    followed = set()
    for slug in PAGES:
        for link, number in COUNT.findall(text(client, "insights_section", slug)):
            answer = client.get(html.unescape(link))
            assert answer.context["page"].paginator.count == int(number), link
            followed.add((link, int(number)))
    kinds = {re.search(r"of=(\w+)", link)[1] for link, number in followed if number}  # type: ignore[index]
    assert kinds == {"steps", "answers", "couples", "claims", "corrections"}
    charts = re.findall(r'xlink:href="([^"]+)"', text(client, "insights_section", "critics"))
    assert charts
    assert {client.get(html.unescape(link)).status_code for link in charts} == {200}


def test_it_is_made_once_and_anew_when_something_changed(client: Client, project: Project) -> None:
    filled(project, 3)
    assert project_report(project).is_fresh
    again = project_report(project)
    assert not again.is_fresh
    a_critique(a_response(steps=1, project=project), author=a_critic("one"))
    now = project_report(project)
    assert now.is_fresh
    assert now.told["counts"]["responses"] == again.told["counts"]["responses"] + 1
    Project.objects.filter(pk=project.pk).update(match_threshold=0.9)
    project.refresh_from_db()
    assert project_report(project).is_fresh
    assert ReportCache.objects.count() == 1


def test_a_page_computes_nothing_twice(client: Client, project: Project) -> None:
    filled(project, 2)
    text(client, "insights")
    with CaptureQueriesContext(connection) as queries:
        text(client, "insights_section", "critics")
    assert len(queries) == 15


def test_what_the_report_holds(client: Client, project: Project) -> None:
    """Reckoned from `filled`: wrong steps are 1, 2, 0 (none), …; the critic one flags step 2 always."""
    filled(project)
    told = project_report(project).told
    one = told["critics"]["one"]
    assert one["counts"] == one["counts"] | {"hit": 2, "miss": 2, "false_flag": 4, "kept": 10, "left": 0}
    assert told["critics"]["two"]["critiques"] == 12
    assert told["critics"]["two"]["counts"]["left"] == 12
    assert one["types"]["perception"] == [2, 1]
    (reveal,) = told["reveal"]  # bob kept to step 1, rightly, and took up the critic's step 2 in vain
    assert (reveal["critic"], reveal["counts"]) == (
        "one",
        {"helped": 0, "misled": 1, "kept_right": 1, "kept_wrong": 0, "missed": 0, "taken_up": 0},
    )
    assert {(row["source"], row["level"]) for row in told["correction_table"]} == {("none", "none"), ("self", "ASE")}
    assert told["spent"]["two"]["seconds"] == 12
    phrases = told["phrases"]["two"]
    assert (phrases["texts"], phrases["share"]) == (6, 1)
    assert phrases["clusters"][0] == {"phrase": "No.", "size": 6, "verdicts": {"incorrect": 6}}
    assert told["sway"] == {}  # too few flags to tell
    assert told["reference"]["kinds"] == {"gold": 6}


def test_an_empty_project_has_empty_pages(client: Client, project: Project) -> None:
    for slug in PAGES:
        assert "Nothing of the kind yet." in text(client, "insights_section", slug)
    assert "There is no reference yet" in text(client, "insights")
    assert client.get(reverse("insights_section", args=["bars", "no-such"])).status_code == 404
    for query in ("?of=no-such", "?of=steps&author=nobody&outcome=hit"):
        assert client.get(reverse("insight_items", args=["bars"]) + query).status_code == 404
    # A list of nothing in particular leads to the figures to choose from.
    assert client.get(reverse("insight_items", args=["bars"])).headers["Location"] == reverse("insights", args=["bars"])


def test_the_files_are_whole(client: Client, project: Project) -> None:
    filled(project, 3)
    page = text(client, "insights_html")
    assert not re.findall(r'(?:src|<link)=?"', page)
    assert "http://testserver/p/bars/insights/items?of=steps" in html.unescape(page)
    table = text(client, "insights_csv").splitlines()
    assert table[0] == "page,block,row,column,value,low,high,count"
    assert len(table) > 40
