"""The Annotate page as the server sends it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.core import schema
from annotations.models import Assignment, Critique, Draft, DraftField, Project
from annotations.verbs.submit import submit_critique
from tests.builders import a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db

CHAIN = ("Two bars.", "The <b>bar</b> shows $66$.", "So it grew.")


@pytest.fixture
def project() -> Any:
    return a_project("pilot")


@pytest.fixture
def ann(project: Any) -> Iterator[Any]:
    a_response(CHAIN, problem=a_problem(project))
    yield a_person("ann", role="annotator", project=project)


def logged_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def opened(client: Client) -> Draft:
    assert client.get("/p/pilot/annotate").status_code == 200
    return Draft.objects.get()


def url_of(name: str, draft: Draft) -> str:
    return reverse(name, args=["pilot", draft.pk])


def save(client: Client, draft: Draft, *edits: dict[str, Any]) -> Any:
    body = [{"base_version": 0, "client": "tab", "number": number, **edit} for number, edit in enumerate(edits, 1)]
    return client.post(url_of("annotate_edits", draft), json.dumps({"edits": body}), content_type="application/json")


def submit(client: Client, draft: Draft, *edits: dict[str, Any]) -> Any:
    return client.post(url_of("annotate_submit", draft), json.dumps({"edits": edits}), content_type="application/json")


def test_the_page_holds_the_problem_and_the_chain_as_text(ann: Any) -> None:
    html = logged_in(ann).get("/p/pilot/annotate").content.decode()
    assert "By how much did sales grow" in html
    assert "&lt;b&gt;bar&lt;/b&gt;" in html
    assert "<b>bar" not in html
    assert "<math" in html


def test_the_page_has_no_inline_style_and_no_inline_script(ann: Any) -> None:
    html = logged_in(ann).get("/p/pilot/annotate").content.decode()
    assert " style=" not in html
    assert "<style" not in html
    inline = [tag for tag in re.findall(r"<script[^>]*>", html) if " src=" not in tag]
    assert all('type="application/json"' in tag for tag in inline)


@pytest.mark.parametrize(("rule", "seen"), [("never", False), ("after_submit", False), ("always", True)])
def test_the_reference_answer_is_shown_by_the_projects_rule(rule: str, seen: bool) -> None:
    project = a_project("pilot", reference_answer=rule)
    a_response(CHAIN, problem=a_problem(project, reference_answer="31.9 percent"))
    html = logged_in(a_person(role="annotator", project=project)).get("/p/pilot/annotate").content.decode()
    assert ("31.9 percent" in html) is seen


def test_no_other_critique_is_in_the_page_its_partials_or_its_replies(ann: Any, project: Any) -> None:
    response = project.responses.get()
    a_critique(response, "incorrect", comment="SECRET")
    client = logged_in(ann)
    draft = opened(client)
    replies = [
        client.get("/p/pilot/annotate"),
        client.get(url_of("annotate_draft", draft)),
        client.get("/p/pilot/guideline", headers={"HX-Request": "true"}),
        save(client, draft, {"path": "steps.1.verdict", "value": "correct"}),
        client.post(url_of("annotate_form", draft), {"action": "submit"}),
        client.post(url_of("annotate_heartbeat", draft)),
        client.post(url_of("annotate_ahead", draft)),
        client.get("/p/pilot/annotate/recent"),
        client.get("/"),
    ]
    assert not [reply for reply in replies if b"SECRET" in reply.content or b"scripted critic" in reply.content]


def test_the_page_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any, project: Any) -> None:
    a_response(12, problem=a_problem(project, images=3))
    client = logged_in(a_person(role="annotator", project=project))
    client.get("/p/pilot/annotate")
    with django_assert_max_num_queries(22):
        client.get("/p/pilot/annotate")


def test_edits_are_saved_with_their_versions(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    reply = save(client, draft, {"path": "steps.1.verdict", "value": "correct"}, {"path": "comment", "value": "Fine."})
    assert reply.json() == {
        "version": 2,
        "versions": {"steps.1.verdict": 1, "comment": 2},
        "conflicts": [],
        "known": {},
        "changes": [],
        "segmentation": 1,
    }


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        ({"path": "steps.9.verdict", "value": "correct"}, "steps.9.verdict"),
        ({"path": "nonsense", "value": 1}, "path"),
        ({"path": "comment", "value": "x", "number": 0}, "number"),
        ({"path": "comment", "value": "x", "client": "a b"}, "client"),
        ({"path": "comment", "value": "x", "more": 1}, "edit"),
    ],
)
def test_a_bad_edit_is_refused_by_the_name_of_its_field(ann: Any, edit: dict[str, Any], field: str) -> None:
    client = logged_in(ann)
    reply = save(client, opened(client), edit)
    assert (reply.status_code, reply.json()["field"]) == (400, field)


@pytest.mark.parametrize("body", ["", "{", '{"edits": 7}', "[]", '{"edits": [7]}', "[" * 100_000])
def test_a_body_that_is_no_list_of_edits_is_refused(ann: Any, body: str) -> None:
    client = logged_in(ann)
    url = url_of("annotate_edits", opened(client))
    assert client.post(url, body, content_type="application/json").status_code == 400


def test_after_submit_edits_are_gone_and_a_second_submit_is_the_same(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    verdicts = [{"path": f"steps.{step}.verdict", "value": "correct"} for step in (1, 2, 3)]
    save(client, draft, *verdicts, {"path": "answer.verdict", "value": "correct"})
    first, second = (submit(client, draft) for _ in range(2))
    assert first.json() == second.json()
    assert first.json()["next"] == {"draft": None, "url": "/p/pilot/annotate"}
    late = save(client, draft, {"path": "comment", "value": "Late.", "number": 9})
    assert (late.status_code, late.json()["critique"]) == (410, first.json()["critique"])
    assert "Nothing is left for you here" in client.get("/p/pilot/annotate").content.decode()


def test_what_became_of_a_draft_is_shown_to_read(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    verdicts = [{"path": f"steps.{step}.verdict", "value": "correct"} for step in (1, 2, 3)]
    save(client, draft, *verdicts, {"path": "answer.verdict", "value": "correct"})
    submit(client, draft)
    page = client.get(url_of("annotate_draft", draft), follow=True)
    assert "It stays as it is" in page.content.decode()


def test_a_plain_form_clears_what_it_shows_empty_and_keeps_what_it_does_not_show(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    marks = [{"kind": "span", "start": 0, "end": 3}]
    save(
        client,
        draft,
        {"path": "findings.f.step", "value": 1},
        {"path": "findings.f.marks", "value": marks},
        {"path": "steps.2.own_error", "value": True},
        {"path": "comment", "value": "Old."},
    )
    client.post(
        url_of("annotate_form", draft),
        {
            "action": "save",
            "findings.f.step": "1",
            "findings.f.explanation": "Why\r\nnot",
            "steps.1.verdict": "neutral",
        },
    )
    stored = dict(DraftField.objects.exclude(path__startswith="clients.").values_list("path", "value"))
    assert {path: value for path, value in stored.items() if value is not None} == {
        "findings.f.step": 1,
        "findings.f.marks": marks,
        "findings.f.explanation": "Why\nnot",
        "steps.1.verdict": "neutral",
    }


def test_a_plain_form_adds_and_removes_findings(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    reply = client.post(url_of("annotate_form", draft), {"add_finding": "2", "steps.2.verdict": "incorrect"})
    assert reply["Location"].endswith("#step-2")
    added = DraftField.objects.get(path__startswith="findings.")
    assert added.value == 2
    client.post(url_of("annotate_form", draft), {added.path: "2", added.path.replace(".step", ".remove"): "1"})
    added.refresh_from_db()
    assert added.value is None


@pytest.mark.parametrize(
    "field", [{"steps.1.verdict": "right"}, {"steps.2.inherits_from": "two"}, {"steps.1.confidence": "much"}]
)
def test_a_plain_form_with_a_bad_value_is_refused_by_name(ann: Any, field: dict[str, str]) -> None:
    client = logged_in(ann)
    reply = client.post(url_of("annotate_form", opened(client)), {"action": "save", **field})
    assert reply.status_code == 400
    assert next(iter(field)) in reply.content.decode()


def test_skipping_brings_the_next_item_and_keeps_the_draft(ann: Any) -> None:
    client = logged_in(ann)
    draft = opened(client)
    assert client.post(url_of("annotate_skip", draft), {"reason": "mood"}).status_code == 400
    assert client.post(url_of("annotate_skip", draft), {"reason": "broken_image"}).status_code == 302
    assert Assignment.objects.get().state == "skipped"
    assert Draft.objects.filter(pk=draft.pk).exists()


def test_an_author_revises_their_own_critique_and_nobody_else_does(ann: Any, project: Any) -> None:
    right = schema.AnswerJudgment(verdict="correct", state="judged")
    critique = a_critique(project.responses.get(), by=ann, answer=right)
    url = reverse("annotate_revise", args=["pilot", critique.pk])
    assert logged_in(a_person(role="admin", project=project)).post(url).status_code == 403
    reply = logged_in(ann).post(url, follow=True)
    assert "You are revising your critique" in reply.content.decode()
    submit_critique(Draft.objects.get().pk, ann)
    assert Critique.objects.latest().get().revision == 2
    assert logged_in(ann).post(url).status_code == 404


@pytest.mark.parametrize(
    "name",
    [
        "annotate_draft",
        "annotate_edits",
        "annotate_form",
        "annotate_skip",
        "annotate_heartbeat",
        "annotate_ahead",
        "annotate_submit",
    ],
)
def test_a_draft_is_its_persons_alone(ann: Any, project: Any, name: str) -> None:
    draft = opened(logged_in(ann))
    url = url_of(name, draft)
    call = (lambda client: client.get(url)) if name == "annotate_draft" else (lambda client: client.post(url))
    assert call(Client())["Location"].startswith("/login")
    assert call(logged_in(a_person("stranger"))).status_code == 404
    assert call(logged_in(a_person("tim", role="trainer", project=project))).status_code == 403
    refused = call(logged_in(a_person("ben", role="admin", project=project)))
    assert refused.status_code in {"annotate_form": (302,), "annotate_ahead": (200,)}.get(name, (400, 404, 409, 410))
    assert name != "annotate_ahead" or refused.json()["draft"] is None
    assert not Critique.objects.exists()
    assert Assignment.objects.get().state == "held"


def test_a_guideline_cannot_bring_markup_or_scripts(project: Any) -> None:
    project.guidelines.create(number=2, text="**Bold** <script>x</script> [a](javascript:x) <img src=x onerror=y>")
    html = logged_in(a_person(role="trainer", project=project)).get("/p/pilot/guideline").content.decode()
    assert "<strong>Bold</strong>" in html
    assert "<script>x" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html


def test_steps_that_are_not_shown_yet_are_nowhere_in_what_the_server_sends() -> None:
    project = a_project("pilot", step_reveal=True)
    chain = ("FIRST step.", "SECOND step.", "THIRD step.")
    a_response(chain, problem=a_problem(project), answer="THE ANSWER")
    client = logged_in(a_person(role="annotator", project=project))
    draft = opened(client)
    at_first = [
        client.get("/p/pilot/annotate"),
        client.get(url_of("annotate_draft", draft)),
        client.post(url_of("annotate_next_step", draft)),
        client.post(url_of("annotate_form", draft), {"action": "next_step"}, follow=True),
        client.post(url_of("annotate_form", draft), {"action": "submit"}),
        client.post(url_of("annotate_heartbeat", draft)),
        save(client, draft, {"path": "steps.2.verdict", "value": "correct"}),
        client.get(reverse("compare", args=["pilot", draft.response_id])),
    ]
    assert b"FIRST step" in at_first[0].content
    assert not [reply for reply in at_first if any(word in reply.content for word in (b"SECOND", b"THIRD", b"ANSWER"))]
    save(client, draft, {"path": "steps.1.verdict", "value": "correct"})
    shown = client.post(url_of("annotate_next_step", draft))
    assert (shown.json()["step"]["number"], shown.json()["step"]["text"]) == (2, "SECOND step.")
    assert b"THIRD" not in shown.content
    page = client.get("/p/pilot/annotate").content
    assert b"SECOND step" in page
    assert b"THIRD" not in page
    assert b"THE ANSWER" not in page


def test_without_scripts_the_next_step_comes_by_the_form() -> None:
    project = a_project("pilot", step_reveal=True)
    a_response(("FIRST step.", "SECOND step."), problem=a_problem(project), answer="THE ANSWER")
    client = logged_in(a_person(role="annotator", project=project))
    draft = opened(client)
    client.post(url_of("annotate_form", draft), {"action": "next_step", "steps.1.verdict": "correct"})
    both = {"steps.1.verdict": "correct", "steps.2.verdict": "correct"}
    reply = client.post(url_of("annotate_form", draft), {"action": "next_step", **both})
    assert reply["Location"].endswith("#step-answer")
    assert b"THE ANSWER" in client.get("/p/pilot/annotate").content
    assert dict(DraftField.objects.filter(path__endswith="steps_seen").values_list("path", "value")) == {
        "steps.1.steps_seen": 1,
        "steps.2.steps_seen": 2,
    }


def test_a_project_that_stops_hiding_steps_shows_the_whole_chain_from_then_on() -> None:
    project = a_project("pilot", step_reveal=True)
    a_response(CHAIN, problem=a_problem(project))
    client = logged_in(a_person(role="annotator", project=project))
    draft = opened(client)
    Project.objects.update(step_reveal=False)
    assert "So it grew" in client.get("/p/pilot/annotate").content.decode()
    draft.refresh_from_db()
    assert draft.steps_shown is None


def test_a_form_without_its_closed_steps_empties_nothing(ann: Any) -> None:
    client = logged_in(ann)
    light = client.get("/p/pilot/annotate")
    assert b'name="partial"' in light.content
    draft = Draft.objects.get(user=ann)
    plain = f"/p/pilot/annotate/{draft.pk}?form=plain"
    assert plain.encode() in light.content
    save_by_form = f"/p/pilot/annotate/{draft.pk}/form"
    client.post(save_by_form, {"steps.2.verdict": "correct", "action": "save"})
    refused = client.post(save_by_form, {"partial": "1", "steps.1.verdict": "incorrect", "action": "submit"})
    assert refused.url == plain
    assert dict(DraftField.objects.filter(draft=draft, path__endswith=".verdict").values_list("path", "value")) == {
        "steps.2.verdict": "correct"
    }
    assert b'name="partial"' not in client.get(plain).content
