"""The pages of review, from the queue to the author's revision."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.models import Draft, Review
from annotations.verbs import review
from tests.annotations.verbs.test_review import Reviewed
from tests.annotations.web.test_submitted import logged_in
from tests.builders import a_critique, a_response

pytestmark = pytest.mark.django_db


def page(it: Reviewed, name: str = "review_one") -> str:
    return reverse(name, args=[it.project.slug, it.critique.pk])


def test_returned_comes_up_in_my_work_with_the_reasons_and_at_the_workbench() -> None:
    it = Reviewed()
    client = logged_in(it.reviewer)
    assert "ann’s critique" in client.get(page(it)).content.decode()
    reply = client.post(page(it, "review_decide"), {"decision": "return", "reasons": "The bar reads <62>."})
    assert reply["Location"] == "/p/pilot/review", "the queue is empty now"
    author = logged_in(it.ann)
    mine = author.get("/p/pilot/my-work?tab=returned").content.decode()
    assert "The bar reads &lt;62&gt;." in mine
    workbench = author.post(reverse("annotate_revise", args=["pilot", it.critique.pk]), follow=True).content.decode()
    assert "rita returned this critique" in workbench
    assert "The bar reads &lt;62&gt;." in workbench


def test_returning_without_reasons_is_told_and_decides_nothing() -> None:
    it = Reviewed()
    reply = logged_in(it.reviewer).post(page(it, "review_decide"), {"decision": "return"}, follow=True)
    assert "expected what to look at" in reply.content.decode()
    assert not Review.objects.exists()
    assert logged_in(it.reviewer).post(page(it, "review_decide"), {"decision": "burn"}).status_code == 400


def test_accept_leads_to_the_next_in_the_queue() -> None:
    it = Reviewed()
    following = a_critique(a_response(2, project=it.project), by=it.ann)
    reply = logged_in(it.reviewer).post(page(it, "review_decide"), {"decision": "accept"})
    assert reply["Location"] == f"/p/pilot/review/{following.pk}"


def test_changes_are_typed_at_the_workbench_and_can_be_thrown_away() -> None:
    it = Reviewed()
    client = logged_in(it.reviewer)
    workbench = client.post(page(it, "review_decide"), {"decision": "change"}, follow=True).content.decode()
    assert "ann’s critique as its reviewer" in workbench
    assert "You have begun to change this critique" in client.get(page(it)).content.decode()
    client.post(page(it, "review_decide"), {"decision": "drop"})
    assert not Draft.objects.exists()


def test_after_submitting_changes_the_reviewer_is_back_at_the_queue() -> None:
    it = Reviewed()
    draft = review.change(it.critique, by=it.reviewer)
    client = logged_in(it.reviewer)
    form = {"steps.1.verdict": "correct", "steps.2.verdict": "correct", "answer.verdict": "correct", "action": "submit"}
    reply = client.post(reverse("annotate_form", args=["pilot", draft.pk]), form)
    assert reply["Location"] == "/p/pilot/review"
    assert "accepted with changes" in client.get("/p/pilot/review?tab=reviewed").content.decode()


def test_ones_own_critique_shows_no_decision() -> None:
    it = Reviewed()
    own = a_critique(a_response(2, project=it.project), by=it.reviewer)
    html = logged_in(it.reviewer).get(reverse("review_one", args=["pilot", own.pk])).content.decode()
    assert "somebody else reviews it" in html
    assert 'value="accept"' not in html


def test_an_item_held_blindly_is_refused() -> None:
    it = Reviewed()
    client = logged_in(it.reviewer)
    client.get("/p/pilot/annotate")
    assert client.get(page(it)).status_code == 403


def test_the_queue_is_paginated_and_costs_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    it = Reviewed()
    for _ in range(24):
        a_critique(a_response(2, project=it.project), by=it.ann)
    client = logged_in(it.reviewer)
    for tab in ("waiting", "returned", "reviewed"):
        with django_assert_max_num_queries(9):
            html = client.get(f"/p/pilot/review?tab={tab}").content.decode()
    html = client.get("/p/pilot/review").content.decode()
    assert html.count('<tr><th scope="row">') == 20
    assert "Page 1 of 2" in html
    with django_assert_max_num_queries(21):
        client.get(page(it))
