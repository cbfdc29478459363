"""Proposals of another cut and broken items: proposed at the workbench, ruled on by reviewers."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import CutProposal, CutRuling, ItemRuling, Response
from annotations.verbs.assign import next_assignment, skip
from annotations.verbs.recut import propose
from tests.annotations.verbs.test_recut import SECOND, Cut
from tests.annotations.web.test_submitted import logged_in
from tests.builders import a_person, a_project, a_response

pytestmark = pytest.mark.django_db


def test_a_cut_is_proposed_from_the_page_and_what_cannot_be_cut_is_told() -> None:
    it = Cut()
    url = reverse("annotate_cut", args=[it.project.slug, it.draft.pk])
    client = logged_in(it.person)
    asked = {"kind": "split", "step": "1", "offset": str(SECOND)}
    assert "Proposed" in client.post(url, asked).json()["told"]
    assert client.post(url, asked | {"offset": "0"}).status_code == 400
    assert client.post(url, asked | {"step": "first"}).status_code == 400
    assert CutProposal.objects.get().at == SECOND


def test_only_the_person_of_a_draft_proposes_by_it() -> None:
    it = Cut()
    url = reverse("annotate_cut", args=[it.project.slug, it.draft.pk])
    assert Client().post(url)["Location"].startswith("/login")
    assert logged_in(a_person("stranger")).post(url).status_code == 404
    assert logged_in(a_person("tim", role="trainer", project=it.project)).post(url).status_code == 403
    assert logged_in(it.reviewer).post(url, {"kind": "join", "step": "1"}).status_code == 404
    assert not CutProposal.objects.exists()


def test_a_reviewer_sees_before_and_after_and_accepts() -> None:
    it = Cut()
    proposal = propose(it.draft, "split", 1, SECOND)
    client = logged_in(it.reviewer)
    html = client.get(reverse("cuts", args=[it.project.slug])).content.decode()
    assert "Two bars. The second shows 66." in html
    assert html.index("Two bars. The") < html.index('data-length="9">')
    client.post(reverse("rule_on_cut", args=[it.project.slug, proposal.pk]), {"decision": "accept"})
    assert CutRuling.objects.get().segmentation == 2
    assert "accepted" in client.get(reverse("cuts", args=[it.project.slug]) + "?view=ruled").content.decode()
    assert "Nothing to rule on" in client.get(reverse("cuts", args=[it.project.slug])).content.decode()


def test_declining_takes_a_reason_and_a_second_ruling_is_told() -> None:
    it = Cut()
    url = reverse("rule_on_cut", args=[it.project.slug, propose(it.draft, "join", 1).pk])
    client = logged_in(it.reviewer)
    assert "reason" in client.post(url, {"decision": "decline"}, follow=True).content.decode()
    assert not CutRuling.objects.exists()
    client.post(url, {"decision": "decline", "reason": "They are two."})
    assert "ruled on this proposal already" in client.post(url, {"decision": "accept"}, follow=True).content.decode()
    assert CutRuling.objects.get().accepted is False


def test_the_lists_are_paginated_and_cost_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    project = a_project("pilot")
    reviewer = a_person(role="reviewer", project=project)
    ann = a_person(role="annotator", project=project)
    for _ in range(23):
        response = a_response(["One bar. Two bars.", "So."], project=project)
        CutProposal.objects.create(
            project=project, response=response, segmentation=1, kind="split", at=9, proposed_by=ann
        )
        skip(next_assignment(ann, project), "broken_chain", "Cut off.")
    client = logged_in(reviewer)
    with django_assert_max_num_queries(9):
        html = client.get("/p/pilot/reports/cuts").content.decode()
    assert html.count('class="card stack') == 20
    assert "Page 1 of 2" in html
    with django_assert_max_num_queries(9):
        html = client.get("/p/pilot/reports/broken").content.decode()
    assert html.count("Cut off.") == 20
    assert "Page 1 of 2" in html


def test_a_broken_item_is_retired_and_put_back_from_the_page() -> None:
    project = a_project("pilot")
    response: Response = a_response(2, project=project)
    skip(next_assignment(a_person("ann", role="annotator", project=project), project), "broken_image", "All black.")
    client = logged_in(a_person(role="reviewer", project=project))
    html = client.get("/p/pilot/reports/broken").content.decode()
    assert "All black." in html
    assert "The image is missing or cannot be read" in html
    url = reverse("rule_on_item", args=["pilot", response.pk])
    assert "reason" in client.post(url, {"decision": "retire"}, follow=True).content.decode()
    client.post(url, {"decision": "retire", "reason": "No file."})
    assert "All black." not in client.get("/p/pilot/reports/broken").content.decode()
    assert "All black." in client.get("/p/pilot/reports/broken?view=retired").content.decode()
    client.post(url, {"decision": "put_back"})
    assert list(ItemRuling.objects.values_list("decision", "reason")) == [("retired", "No file."), ("put_back", "")]
