"""The leads' pages: figures as their rows say, each with a way to its items; release, leave, files to take along."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from django.urls import reverse

from annotations.models import Assignment, LogEntry, Membership, Slot
from annotations.verbs import leads, log, review, rules
from annotations.verbs.assign import next_assignment
from tests.annotations.verbs.test_adjudicate import Disputed, an_error
from tests.annotations.verbs.test_review import Reviewed
from tests.annotations.web.test_submitted import logged_in
from tests.builders import a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db


def test_progress_forecast_and_health_are_those_of_the_slots() -> None:
    project = a_project("pilot", overlap=2)
    ann = a_person("ann", role="annotator", project=project)
    done = a_response(2, project=project)
    a_response(2, project=project)
    held = next_assignment(ann, project)
    assert held is not None
    told = leads.progress(project)
    assert (told.done, told.held, told.open, told.total, told.days_left) == (0, 1, 3, 4, None)
    critique = a_critique(done, by=ann)
    Assignment.objects.filter(pk=held.pk).update(state="submitted", ended_at=held.given_at, critique=critique)
    Slot.objects.filter(response=held.response_id, number=held.slot_number).update(state="done")
    told = leads.progress(project)
    assert (told.done, told.a_day) == (1, pytest.approx(1 / 7))
    assert told.days_left == pytest.approx(21)
    assert leads.health(project).unread == 1


def test_agreement_by_type_counts_each_flag_for_every_other_reader() -> None:
    it = Disputed()
    also = a_response(2, project=it.project)
    right = an_error("It reads 62.")
    for person in (it.ann, it.ben):
        a_critique(also, by=person, judgments=(an_error("x", step=1), right))
    (told,) = leads.agreement_by_type(it.project)
    # Ann alone flags the first response (0 of 1); on the second both flag both steps (4 of 4).
    assert (told.type, told.joined, told.flagged, told.responses) == ("perception", 4, 5, 2)


def test_the_page_shows_people_with_links_to_their_items(django_assert_max_num_queries: Any) -> None:
    it = Reviewed()
    review.send_back(it.critique, "Again.", by=it.reviewer)
    client = logged_in(it.reviewer)
    with django_assert_max_num_queries(16):
        html = client.get("/p/pilot/leads").content.decode()
    assert f"?annotator={it.critique.author_id}" in html
    assert "1 of 1" in html
    assert "?tab=returned" in html


def test_tables_come_as_csv_and_no_name_is_a_formula() -> None:
    it = Reviewed()
    a_critique(it.response, by=a_person("=1+1", role="annotator", project=it.project))
    reply = logged_in(it.reviewer).get("/p/pilot/leads/people.csv")
    rows = list(csv.DictReader(io.StringIO(reply.content.decode())))
    assert {row["person"] for row in rows} == {"ann", "rita", "'=1+1"}
    assert logged_in(it.reviewer).get("/p/pilot/leads/nothing.csv").status_code == 404


def test_what_is_held_is_shown_before_it_is_released() -> None:
    it = Reviewed(overlap=2)
    admin = a_person(role="admin", project=it.project)
    next_assignment(it.reviewer, it.project)
    url = reverse("release_held", args=["pilot", it.reviewer.pk])
    assert "By how much did sales grow" in logged_in(admin).get(url).content.decode()
    assert Assignment.objects.filter(state="held").exists()
    logged_in(admin).post(url)
    assert not Assignment.objects.filter(state="held").exists()
    assert LogEntry.objects.get(verb="release_held").before == {"held": 1}


def test_leaving_gives_back_what_is_held_and_keeps_what_was_submitted() -> None:
    it = Reviewed()
    a_response(2, project=it.project)
    next_assignment(it.ann, it.project)
    client = logged_in(it.ann)
    assert "Leave" in client.get("/p/pilot/leave").content.decode()
    client.post("/p/pilot/leave")
    assert client.get("/p/pilot/annotate").status_code == 404
    assert not Assignment.objects.filter(state="held").exists()
    assert it.critique.author.user == it.ann
    assert LogEntry.objects.get(verb="leave_project").actor == it.ann


def test_the_last_admin_stays() -> None:
    project = a_project("pilot")
    admin = a_person(role="admin", project=project)
    reply = logged_in(admin).post("/p/pilot/leave", follow=True)
    assert "last admin" in reply.content.decode()
    assert Membership.objects.filter(user=admin).exists()


def test_ones_own_critiques_can_be_taken_along_and_nobody_elses() -> None:
    it = Reviewed()
    a_critique(it.response, by=a_person("ben", role="annotator", project=it.project))
    reply = logged_in(it.ann).get("/p/pilot/my-work/download")
    lines = [json.loads(line) for line in b"".join(reply.streaming_content).splitlines()]
    assert [(line["response"], line["critique"]["author"]["name"]) for line in lines] == [(it.response.key, "ann")]


def test_the_effect_of_rules_is_shown_and_nothing_is_saved() -> None:
    it = Reviewed()
    admin = a_person(role="admin", project=it.project)
    effect = rules.preview(it.project, admin, overlap=3)
    assert effect.changed == {"overlap": (1, 3)}
    assert effect.places == {"open": (1, 3)}
    it.project.refresh_from_db()
    assert it.project.overlap == 1
    assert not LogEntry.objects.filter(verb="change_rules").exists()


def test_the_log_comes_as_csv_by_the_same_filter() -> None:
    it = Reviewed()
    admin = a_person("adi", role="admin", project=it.project)
    log.record("invite", by=admin, project=it.project, target="a@b.c", after={"role": "annotator"})
    log.record("publish", by=admin, project=it.project)
    client = logged_in(admin)
    rows = list(csv.DictReader(io.StringIO(client.get("/p/pilot/log.csv?verb=invite").content.decode())))
    assert [(row["who"], row["target"], row["after"]) for row in rows] == [("adi", "a@b.c", '{"role": "annotator"}')]
    assert client.get("/p/pilot/log?until=2001-01-01").context["lines"] == []
