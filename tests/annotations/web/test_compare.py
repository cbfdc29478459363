"""The compare page: what it shows, to whom, and at what cost."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from annotations.core.schema import Author, Evidence, Finding, Judgment, Region, Span
from annotations.models import Assignment, Critique, ProblemImage, Project, Response, TaxonomyVersion
from tests.builders import a_critic, a_critique, a_person, a_problem, a_project, a_response, an_image

pytestmark = pytest.mark.django_db
XSS = '<script>alert("x")</script>'
ESCAPED = "&lt;script&gt;"


@pytest.fixture
def project() -> Project:
    return a_project("bars")


@pytest.fixture
def reviewer(project: Project, client: Client) -> Any:
    person = a_person("rita", role="reviewer", project=project)
    client.force_login(person)
    return person


def address(response: Response, query: str = "") -> str:
    return reverse("compare", args=[response.project.slug, response.pk]) + query


def page(client: Client, response: Response, query: str = "") -> str:
    answer = client.get(address(response, query))
    assert answer.status_code == 200
    return answer.content.decode()


def held_by(person: Any, response: Response) -> None:
    """As `verbs/assign.py` leaves it."""
    Assignment.objects.create(
        project=response.project,
        response=response,
        slot_number=1,
        user=person,
        strategy="in_order",
        expires_at=datetime(2100, 1, 1, tzinfo=UTC),
    )


def test_differing_steps_and_answer_are_marked(client: Client, project: Project, reviewer: Any) -> None:
    response = a_response(steps=2, project=project)
    a_critique(response, "correct", "incorrect", author=a_critic("one"))
    a_critique(response, "correct", "correct", author=a_critic("two"))
    text = page(client, response)
    assert '<tr role="row" id="step-1">' in text
    assert '<tr role="row" id="step-2" class="differs" tabindex="-1" data-difference>' in text
    assert '<tr role="row" id="answer">' in text
    assert "1 difference " in text


def test_it_tells_whether_a_person_judged_before_or_after_the_reveal(
    client: Client, project: Project, reviewer: Any
) -> None:
    response, ann = a_response(steps=1, project=project), a_person("ann")
    a_critique(response, by=ann, active_seconds=72.0, submitted_at=datetime(2026, 3, 4, 15, 50, tzinfo=UTC))
    text = page(client, response)
    assert "before the reveal" in text
    assert "1 min 12 s" in text
    assert "4 Mar 2026, 15:50" in text
    a_critique(response, by=ann, stage="after_reveal")
    text = page(client, response)
    assert "after the reveal" in text
    assert "before the reveal" not in text
    assert "revision 2" in text


def test_earlier_revisions_are_shown_when_asked_for(client: Client, project: Project, reviewer: Any) -> None:
    response, ann = a_response(steps=1, project=project), a_person("ann")
    a_critique(response, by=ann, comment="My first thought.")
    a_critique(response, by=ann, comment="My second thought.", stage="after_reveal")
    assert "My first thought." not in page(client, response)
    assert "My first thought." in page(client, response, "?revisions=all")
    assert "My first thought." not in page(client, response, "?revisions=nonsense")


def test_what_could_not_be_parsed_shows_the_models_words_and_no_verdict(
    client: Client, project: Project, reviewer: Any
) -> None:
    response = a_response(steps=1, project=project)
    unparsed = (Judgment(step=1, state="unparsed"),)
    a_critique(response, judgments=unparsed, raw_output="Well, the bar is <b>tall</b>.")
    text = page(client, response)
    assert "Well, the bar is &lt;b&gt;tall&lt;/b&gt;." in text
    assert 'data-verdict="unparsed"' in text
    assert '<details id="raw-A" open>' in text
    for verdict in ("correct", "incorrect", "neutral", "unsure"):
        assert f'data-verdict="{verdict}"' not in text


def test_evidence_stands_below_its_judgment(client: Client, project: Project, reviewer: Any) -> None:
    response = a_response(steps=2, project=project)
    question = {"question": "What is the unit?", "answer": "thousands"}
    a_critique(response, evidence=(Evidence(kind="question_answer", step=2, content=question),))
    text = page(client, response)
    assert text.index('id="step-2"') < text.index("What is the unit?") < text.index('id="answer"')


def test_error_types_are_told_in_the_projects_own_words(client: Client, project: Project, reviewer: Any) -> None:
    response = a_response(steps=1, project=project)
    finding = Finding(error_type="seeing", explanations=("x",))
    a_critique(response, judgments=(Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,)),))
    assert '<span class="chip">seeing</span>' in page(client, response)
    tree = {"types": [{"code": "seeing", "label": "Saw what is not there"}]}
    TaxonomyVersion.objects.create(project=project, number=2, tree=tree)
    assert '<span class="chip">Saw what is not there</span>' in page(client, response)


def test_every_text_is_escaped(client: Client, project: Project, reviewer: Any) -> None:
    problem = a_problem(project, images=0, question=XSS, reference_answer=XSS, options=[XSS])
    ProblemImage.objects.create(problem=problem, number=1, image=an_image(project), description=XSS)
    response = a_response([XSS, "two"], problem=problem, answer=XSS, generator=XSS, checkpoint=XSS)
    finding = Finding(
        error_type=XSS,
        explanations=(XSS, XSS),
        corrected_text=XSS + " corrected",
        marks=(Span(start=1, end=7), Region(points=((0, 0), (1, 1)))),
    )
    author = Author(kind="critic", name=XSS, method=XSS, engine=XSS, model=f"model/{XSS}")
    a_critique(
        response,
        author=author,
        judgments=(
            Judgment(step=1, verdict="incorrect", own_error=True, reason=XSS, findings=(finding,)),
            Judgment(step=2, state="unparsed", reason=XSS),
        ),
        comment=XSS,
        raw_output=XSS,
        evidence=(
            Evidence(kind="ocr", content={"lines": [XSS]}),
            Evidence(kind="question_answer", step=1, content={"question": XSS, "answer": XSS}),
            Evidence(kind=XSS[:40], step=2, content={XSS: XSS}),
        ),
    )
    text = page(client, response)
    assert "<script>" not in text
    assert text.count(ESCAPED) >= 18


def test_a_response_of_another_project_is_not_found(client: Client, project: Project, reviewer: Any) -> None:
    elsewhere = a_response(steps=1, project=a_project("elsewhere"))
    assert client.get(reverse("compare", args=[project.slug, elsewhere.pk])).status_code == 404


def test_a_response_without_critiques_says_so(client: Client, project: Project, reviewer: Any) -> None:
    assert "Nobody has critiqued this response yet" in page(client, a_response(steps=1, project=project))


class TestBlindness:
    def test_an_annotator_sees_nothing_before_they_submit(self, client: Client, project: Project) -> None:
        response, ann = a_response(steps=1, project=project), a_person("ann", role="annotator", project=project)
        a_critique(response, comment="The critic's words")
        client.force_login(ann)
        answer = client.get(address(response))
        assert answer.status_code == 403
        assert "The critic" not in answer.content.decode()
        a_critique(response, by=ann)
        assert "The critic&#x27;s words" in page(client, response)

    def test_whoever_holds_the_item_sees_nothing_whatever_the_role(
        self, client: Client, project: Project, reviewer: Any
    ) -> None:
        response = a_response(steps=1, project=project)
        a_critique(response)
        page(client, response)
        held_by(reviewer, response)
        assert client.get(address(response)).status_code == 403
        assert client.get(reverse("compare_next", args=[project.slug, response.pk])).status_code == 403

    def test_a_project_without_a_reveal_keeps_annotators_out(self, client: Client) -> None:
        project = a_project(reveal=False)
        response, ann = a_response(steps=1, project=project), a_person("ann", role="annotator", project=project)
        a_critique(response, by=ann)
        client.force_login(ann)
        assert client.get(address(response)).status_code == 403

    def test_in_an_open_project_annotators_see_all(self, client: Client) -> None:
        project = a_project(blind=False)
        response = a_response(steps=1, project=project)
        client.force_login(a_person(role="annotator", project=project))
        page(client, response)

    def test_trainers_are_kept_out(self, client: Client, project: Project) -> None:
        client.force_login(a_person(role="trainer", project=project))
        assert client.get(address(a_response(steps=1, project=project))).status_code == 403

    @pytest.mark.parametrize(("rule", "shown"), [("never", False), ("after_submit", True), ("always", True)])
    def test_the_reference_answer_is_shown_to_annotators_as_the_project_says(
        self, client: Client, rule: str, shown: bool
    ) -> None:
        project = a_project(reference_answer=rule)
        response = a_response(steps=1, problem=a_problem(project, reference_answer="forty-two"))
        ann = a_person(role="annotator", project=project)
        a_critique(response, by=ann)
        client.force_login(ann)
        assert ("forty-two" in page(client, response)) is shown

    def test_reviewers_see_the_reference_answer_always(self, client: Client) -> None:
        project = a_project(reference_answer="never")
        response = a_response(steps=1, problem=a_problem(project, reference_answer="forty-two"))
        client.force_login(a_person(role="reviewer", project=project))
        assert "forty-two" in page(client, response)


class TestNextDifference:
    def follow(self, client: Client, response: Response) -> str:
        return client.get(reverse("compare_next", args=[response.project.slug, response.pk])).headers["Location"]

    def differing(self, project: Project) -> Response:
        response = a_response(steps=1, project=project)
        a_critique(response, "incorrect", author=a_critic("one"))
        a_critique(response, "correct", author=a_critic("two"))
        return response

    def test_it_goes_to_the_next_response_on_which_critiques_differ(
        self, client: Client, project: Project, reviewer: Any
    ) -> None:
        first = self.differing(project)
        a_critique(a_response(steps=1, project=project))
        self.differing(a_project())
        second = self.differing(project)
        assert self.follow(client, first) == address(second)

    def test_after_the_last_one_it_goes_to_the_list_of_all(
        self, client: Client, project: Project, reviewer: Any
    ) -> None:
        last = self.differing(project)
        assert self.follow(client, last) == reverse("responses", args=[project.slug]) + "?agreement=differs"

    def test_it_passes_over_what_this_person_may_not_see(self, client: Client, project: Project) -> None:
        ann = a_person(role="annotator", project=project)
        first, _, third = (self.differing(project) for _ in range(3))
        a_critique(first, by=ann)
        a_critique(third, by=ann)
        client.force_login(ann)
        assert self.follow(client, first) == address(third)


def test_its_queries_do_not_grow_with_steps_critiques_or_images(
    client: Client, project: Project, reviewer: Any
) -> None:
    def count(response: Response) -> int:
        with CaptureQueriesContext(connection) as queries:
            page(client, response)
        return len(queries)

    small = a_response(steps=1, project=project)
    a_critique(small)
    large = a_response(steps=8, problem=a_problem(project, images=3))
    finding = Finding(explanations=("x", "y"), marks=(Span(start=0, end=3), Region(points=((0, 0), (1, 1)))))
    wrong = Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,))
    rest = tuple(Judgment(step=step, verdict="correct") for step in range(2, 9))
    evidence = (Evidence(kind="ocr", content={"lines": ["x"]}),)
    for number in range(7):
        a_critique(large, author=a_critic(f"critic {number}"), judgments=(wrong, *rest), evidence=evidence)
    page(client, small)
    assert count(small) == count(large) == 24


class TestFindingsJoined:
    """One step of two, with a finding by a person, a critic's that is the same, and one of another critic."""

    def build(self, project: Project) -> Response:
        response = a_response(steps=2, project=project)
        same = Finding(error_type="perception", explanations=("The label reads 62.",), marks=(Span(start=0, end=6),))
        other = Finding(error_type="reasoning", severity="minor", explanations=("Wrong unit.",))
        right = Judgment(step=1, verdict="correct", skills=("ocr",), steps_seen=1)
        flag = Judgment(step=2, verdict="incorrect", own_error=True, confidence=0.9, findings=(same,))
        early = Judgment(step=1, verdict="incorrect", own_error=True, findings=(other,))
        a_critique(response, by=a_person("ann"), judgments=(right, flag), difficulty=4)
        a_critique(response, author=a_critic("one"), judgments=(Judgment(step=1, verdict="correct"), flag))
        a_critique(response, author=a_critic("two"), judgments=(early, Judgment(step=2, verdict="correct")))
        return response

    def test_the_same_finding_names_its_peers_and_what_one_side_found_says_so(
        self, client: Client, project: Project, reviewer: Any
    ) -> None:
        text = page(client, self.build(project))
        assert 'aria-label="the same as finding B3"' in text
        assert 'aria-label="the same as finding A2"' in text
        assert text.count("only critics</span>") == 1
        assert "<b>1</b> by both" in text
        assert "<b>1</b> only by critics" in text

    def test_the_projects_threshold_decides(self, client: Client, project: Project, reviewer: Any) -> None:
        response = self.build(project)
        Project.objects.filter(pk=project.pk).update(match_step=1, match_text=0, match_threshold=0.01)
        assert "<b>2</b> by both" not in page(client, response)
        near = a_response(steps=1, project=project)
        for author in ("one", "two"):
            finding = Finding(error_type=f"kind/{author}", explanations=(author,))
            a_critique(
                near,
                author=a_critic(author),
                judgments=(Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,)),),
            )
        assert "<b>1</b> by several" in page(client, near)
        Project.objects.filter(pk=project.pk).update(match_threshold=1)
        assert "<b>2</b> by one" in page(client, near)

    def test_skills_steps_seen_and_difficulty_are_told(self, client: Client, project: Project, reviewer: Any) -> None:
        text = page(client, self.build(project))
        assert "Text reading" in text
        assert "judged with 1 steps in sight" in text
        assert "difficulty 4 of 5" in text

    @pytest.mark.parametrize(
        ("query", "kept"),
        [
            ("?show=differs", [1, 2]),
            ("?show=both", [2]),
            ("?show=critics", [1]),
            ("?show=people", []),
            ("?type=reasoning", [1]),
            ("?severity=minor", [1]),
            ("?confidence=0.75", [2]),
            ("?stage=after_reveal", [1, 2]),
            ("?show=nonsense", [1, 2]),
        ],
    )
    def test_filters_leave_the_steps_that_fit(
        self, client: Client, project: Project, reviewer: Any, query: str, kept: list[int]
    ) -> None:
        text = page(client, self.build(project), query)
        assert [step for step in (1, 2) if f'id="step-{step}"' in text] == kept
        assert ("The filter hides" in text) is (len(kept) < 2)

    def test_a_chosen_critic_stands_alone_beside_the_people(
        self, client: Client, project: Project, reviewer: Any
    ) -> None:
        response = self.build(project)
        chosen = Critique.objects.get(author__name="two").author_id
        text = page(client, response, f"?critic={chosen}")
        assert 'data-columns="2"' in text
        assert "<b>1</b> only by people" in text
