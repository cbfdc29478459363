"""The pages of adjudication: side by side, without names where the project says so, and from there to a reference."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from annotations.models import Draft, Provenance, Reference
from tests.annotations.verbs.test_adjudicate import Disputed
from tests.annotations.web.test_submitted import logged_in
from tests.builders import a_critique, a_response

pytestmark = pytest.mark.django_db


def do(it: Disputed, what: str, **whys: str) -> Any:
    url = reverse("adjudication_build", args=["pilot", it.response.pk])
    return logged_in(it.rita).post(url, {"do": what} | {f"why:{of}": why for of, why in whys.items()})


def html_of(it: Disputed) -> str:
    return logged_in(it.rita).get(reverse("adjudication", args=["pilot", it.response.pk])).content.decode()


def test_sources_are_hidden_unless_the_project_shows_them() -> None:
    it = Disputed(hide_sources=True)
    html = html_of(it)
    assert "It reads 62." in html
    assert not [name for name in ("ann", "ben", "scripted critic") if f">{name}<" in html]
    it.project.hide_sources = False
    it.project.save()
    html = html_of(it)
    assert ">ann<" in html
    assert ">scripted critic<" in html


def test_from_the_queue_to_a_reference_with_its_provenance() -> None:
    it = Disputed()
    queue = logged_in(it.rita).get("/p/pilot/adjudication").content.decode()
    assert str(it.response.pk) in queue
    assert do(it, f"verdict:1:{it.bens.pk}")["Location"].endswith("#step-1")
    do(it, f"verdict:2:{it.anns.pk}")
    do(it, f"finding:{it.anns.pk}:1", **{"steps.2": "Legible."})
    assert 'value="Legible."' in html_of(it)
    incomplete = do(it, "finish")
    assert incomplete["Location"].endswith(str(it.response.pk))
    assert not Reference.objects.exists()
    do(it, f"verdict:0:{it.anns.pk}")
    assert do(it, "finish")["Location"] == "/p/pilot/adjudication"
    assert Provenance.objects.filter(how="taken").count() == 4
    page = logged_in(it.rita).get(reverse("reference", args=["pilot", it.response.pk, 1])).content.decode()
    assert "Legible." in page
    assert ">ann<" in page
    settled = logged_in(it.rita).get("/p/pilot/adjudication?tab=settled").content.decode()
    assert reverse("reference", args=["pilot", it.response.pk, 1]) in settled


def test_what_does_not_fit_is_refused_in_words_and_keeps_nothing() -> None:
    it = Disputed()
    elsewhere = a_critique(a_response(2, project=it.project), by=it.ann)
    for what in ("", "verdict:1", f"verdict:9:{it.anns.pk}", f"verdict:1:{elsewhere.pk}", f"finding:{it.anns.pk}:7",
                 "verdict:one:two", "drop:nothing", "burn"):  # fmt: skip
        assert do(it, what).status_code == 400, what
    assert do(it, "save", **{"steps.2.verdict": "x"}).status_code == 400


def test_ones_own_critique_among_them_leaves_nothing_to_press() -> None:
    it = Disputed()
    a_critique(it.response, by=it.rita)
    assert 'name="do" value="all:' not in html_of(it)
    assert do(it, "begin").status_code == 403
    assert not Draft.objects.exists()


def test_an_item_held_blindly_is_refused() -> None:
    it = Disputed(overlap=3)
    client = logged_in(it.rita)
    client.get("/p/pilot/annotate")
    assert client.get(reverse("adjudication", args=["pilot", it.response.pk])).status_code == 403


def test_queue_and_page_cost_a_fixed_number_of_queries(django_assert_max_num_queries: Any) -> None:
    it = Disputed()
    for _ in range(22):
        response = a_response(2, project=it.project)
        a_critique(response, by=it.ann)
        a_critique(response, "incorrect", by=it.ben)
    client = logged_in(it.rita)
    with django_assert_max_num_queries(9):
        html = client.get("/p/pilot/adjudication").content.decode()
    assert "Page 1 of 2" in html
    with django_assert_max_num_queries(27):
        client.get(reverse("adjudication", args=["pilot", it.response.pk]))
