"""The page of a person's own submitted critique: what it shows, to whom, and what is locked."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.core import schema
from annotations.models import Critique, Draft, Reaction, Response, Showing, UsefulnessRating
from annotations.verbs import adjudicate
from annotations.verbs.assign import next_assignment
from annotations.verbs.corrections import store_correction
from annotations.verbs.draft import open_draft
from tests.annotations.verbs.test_adjudicate import Disputed
from tests.annotations.verbs.test_hindsight import a_correction
from tests.annotations.verbs.test_reveal import FOUND, Revealed
from tests.builders import a_critic, a_critique, a_person

pytestmark = pytest.mark.django_db

NAMES = ("submitted", "submitted_react", "submitted_foresight", "submitted_outcome", "submitted_rate")


def logged_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url_of(name: str, it: Revealed, *more: Any) -> str:
    return reverse(name, args=[it.project.slug, it.own.pk, *more])


def html_of(it: Revealed, person: Any = None) -> str:
    reply = logged_in(person or it.person).get(url_of("submitted", it))
    assert reply.status_code == 200
    return reply.content.decode()


def test_the_critics_findings_stand_beside_the_persons_own() -> None:
    it = Revealed()
    html = html_of(it)
    assert "It reads 62." in html
    assert "You said nothing of this" in html
    assert "2 findings to answer" in html
    assert list(Showing.objects.values_list("critique", "author")) == [(it.theirs.pk, it.own.author_id)]


def test_where_the_project_does_not_reveal_ones_own_stands_alone() -> None:
    it = Revealed(reveal=False)
    html = html_of(it)
    assert "It reads 62." not in html
    assert "scripted critic" not in html
    assert not Showing.objects.exists()


def test_nothing_of_a_critique_by_another_person_is_shown() -> None:
    it = Revealed()
    a_critique(it.response, "incorrect", by=a_person("somebody else"), comment="SECRET OF A PERSON")
    html = html_of(it)
    assert "SECRET" not in html
    assert "somebody else" not in html


@pytest.mark.parametrize("name", NAMES)
def test_a_submitted_critique_is_its_authors_alone(name: str) -> None:
    it = Revealed()
    correction = a_correction(it, it.theirs)
    more: dict[str, tuple[Any, ...]] = {
        "submitted": (),
        "submitted_react": (it.theirs.pk, 1),
        "submitted_foresight": (it.theirs.pk,),
        "submitted_outcome": (correction.pk,),
        "submitted_rate": (correction.pk,),
    }
    url = url_of(name, it, *more[name])
    call = (lambda client: client.get(url)) if name == "submitted" else (lambda client: client.post(url))
    assert call(Client())["Location"].startswith("/login")
    assert call(logged_in(a_person("stranger"))).status_code == 404
    assert call(logged_in(a_person("tim", role="trainer", project=it.project))).status_code == 403
    for role in ("admin", "reviewer", "annotator"):
        assert call(logged_in(a_person(role=role, project=it.project))).status_code == 404
    assert not Reaction.objects.exists()
    assert not UsefulnessRating.objects.exists()


def test_before_submit_no_path_of_this_page_says_anything_of_a_critic() -> None:
    """Somebody who holds the item has no critique of their own whose page could be asked for."""
    it = Revealed()
    a_critique(it.response, "incorrect", author=a_critic("NOSY CRITIC"), comment="SECRET")
    other = a_person(role="annotator", project=it.project)
    draft = open_draft(next_assignment(other, it.project))
    client = logged_in(other)
    replies = [
        client.get(url_of("submitted", it)),
        client.get(reverse("submitted", args=[it.project.slug, it.theirs.pk])),
        client.post(url_of("submitted_react", it, it.theirs.pk, 1), {"kind": "agree"}),
        client.post(url_of("submitted_react", it, it.theirs.pk, 1), {"carry": "1"}),
        client.post(url_of("submitted_foresight", it, it.theirs.pk), {"rating": "helped"}),
        client.post(reverse("annotate_form", args=[it.project.slug, draft.pk]), {"action": "submit"}),
    ]
    assert not [reply for reply in replies if b"SECRET" in reply.content or b"NOSY" in reply.content]
    assert {reply.status_code for reply in replies[:-1]} == {404}


def test_after_submit_the_person_is_taken_to_what_is_revealed_and_else_to_the_next_item() -> None:
    for rules, name in (({}, "submitted"), ({"reveal": False}, "annotate")):
        it = Revealed(overlap=2, **rules)
        other = a_person(role="annotator", project=it.project)
        draft = open_draft(next_assignment(other, it.project))
        verdicts = {"steps.1.verdict": "correct", "steps.2.verdict": "correct", "answer.verdict": "correct"}
        form = reverse("annotate_form", args=[it.project.slug, draft.pk])
        reply = logged_in(other).post(form, {"action": "submit", **verdicts})
        critique = Critique.objects.filter(author__user=other).first()
        expected = [it.project.slug, critique.pk] if critique and name == "submitted" else [it.project.slug]
        assert reply["Location"] == reverse(name, args=expected)


def test_a_reaction_comes_back_as_its_form_for_scripts_and_as_a_page_without() -> None:
    it = Revealed()
    client = logged_in(it.person)
    url = url_of("submitted_react", it, it.theirs.pk, 1)
    part = client.post(url, {"kind": "wrong"}, headers={"HX-Request": "true"}).content.decode()
    assert part.count("<form") == 1
    assert 'value="wrong" data-press="wrong" aria-pressed="true"' in part
    assert client.post(url, {"kind": "agree"})["Location"].endswith(f"#reaction-{it.theirs.pk}-1")
    assert client.post(url, {"kind": "maybe"}).status_code == 400
    assert client.post(url_of("submitted_react", it, it.theirs.pk, 9), {"kind": "agree"}).status_code == 404
    assert list(Reaction.objects.values_list("kind", flat=True)) == ["wrong", "agree"]


def test_a_finding_is_carried_into_a_revision() -> None:
    it = Revealed()
    reply = logged_in(it.person).post(url_of("submitted_react", it, it.theirs.pk, 2), {"carry": "1"}, follow=True)
    assert reply.redirect_chain[0][0].endswith("#step-2")
    assert "You are revising your critique" in reply.content.decode()
    assert Draft.objects.get().revises_id == it.own.pk
    assert "Go on with your revision" in html_of(it)


def test_nothing_of_an_outcome_is_in_the_page_before_it_is_unlocked() -> None:
    it = Revealed()
    record = schema.Response(key="", source_text="LOCKED step.", answer="LOCKED answer", generator="LOCKED corrector")
    locked = store_correction(it.response, record, author=a_critic("LOCKED author"), guided_by=it.theirs)
    client = logged_in(it.person)
    assert "LOCKED" not in html_of(it)
    assert client.post(url_of("submitted_outcome", it, locked.pk)).status_code == 403
    assert client.post(url_of("submitted_rate", it, locked.pk), {"rating": "helped"}).status_code == 403
    assert client.post(url_of("submitted_foresight", it, it.theirs.pk), {"rating": "misled"}).status_code == 302
    assert "LOCKED" not in html_of(it)
    assert client.post(url_of("submitted_outcome", it, locked.pk)).status_code == 302
    html = html_of(it)
    assert "LOCKED step." in html
    assert "LOCKED answer" in html
    assert "it misleads" in html
    assert client.post(url_of("submitted_rate", it, locked.pk), {"rating": "helped", "words": "So."}).status_code == 302
    assert list(UsefulnessRating.objects.values_list("rating", "words")) == [("misled", ""), ("helped", "So.")]


def test_a_rating_that_is_none_is_refused_by_name() -> None:
    it = Revealed()
    correction = a_correction(it, it.own)
    client = logged_in(it.person)
    client.post(url_of("submitted_outcome", it, correction.pk))
    reply = client.post(url_of("submitted_rate", it, correction.pk), {"rating": "great"})
    assert (reply.status_code, reply.content.decode()[:7]) == (400, "rating:")


def test_an_earlier_revision_says_that_it_is_one_and_leads_to_the_latest() -> None:
    it = Revealed()
    latest = a_critique(it.response, by=it.person, stage="after_reveal")
    assert "To your latest revision" in html_of(it)
    html = logged_in(it.person).get(reverse("submitted", args=[it.project.slug, latest.pk])).content.decode()
    assert "revision 2" in html
    assert "after the reveal" in html


def test_the_page_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    it = Revealed()
    for number in range(4):
        theirs = a_critique(
            it.response,
            author=a_critic(f"critic {number}"),
            judgments=(
                schema.Judgment(step=1, verdict="incorrect", own_error=True, findings=(FOUND,)),
                schema.Judgment(step=2, verdict="correct"),
            ),
        )
        a_correction(it, theirs)
        a_correction(it, it.own)
    client = logged_in(it.person)
    for correction in Response.objects.filter(guided_by=it.own):
        client.post(url_of("submitted_outcome", it, correction.pk))
    with django_assert_max_num_queries(44):
        client.get(url_of("submitted", it))


def test_the_reference_and_its_reasons_are_shown_only_where_the_project_opens_them_and_to_their_own() -> None:
    it = Disputed(reveal=False)
    draft = it.begin()
    adjudicate.take_all(draft, it.anns, by=it.rita)
    adjudicate.say_why(draft, {"steps.2": "The label is legible."}, by=it.rita)
    it.finish(draft)
    page = reverse("submitted", args=["pilot", it.bens.pk])
    assert "The label is legible." not in logged_in(it.ben).get(page).content.decode()
    it.project.show_references = True
    it.project.save()
    shown = logged_in(it.ben).get(page).content.decode()
    assert "The label is legible." in shown
    assert "It reads 62." in shown
    assert logged_in(it.ann).get(page).status_code == 404
