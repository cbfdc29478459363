"""A person's inbox: what is unread, how it is read, and what is withheld while they are at work on the item."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Notice, Preferences
from annotations.verbs import comments
from annotations.verbs.assign import next_assignment
from tests.annotations.verbs.test_comments import Talked
from tests.builders import a_person, a_response

pytestmark = pytest.mark.django_db


def logged_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def named(it: Talked, text: str = "The bar, @ada.") -> Notice:
    comments.open_thread(it.response, text, by=it.reviewer)
    return Notice.objects.latest("at")


def test_the_header_counts_what_is_unread_until_it_is_read() -> None:
    it = Talked(blind=False)
    one, _other = named(it), named(it)
    client = logged_in(it.ada)
    html = client.get(reverse("inbox")).content.decode()
    assert 'aria-label="Inbox, 2 unread"' in html
    assert html.count("named you") == 2
    reply = client.post(reverse("open_notice", args=[one.pk]))
    assert reply["Location"] == (
        reverse("compare", args=[it.project.slug, it.response.pk]) + f"#thread-{one.comment.thread_id}"
    )
    assert 'aria-label="Inbox, 1 unread"' in client.get(reverse("home")).content.decode()
    client.post(reverse("mark_read"))
    html = client.get(reverse("inbox")).content.decode()
    assert "Nothing unread" in html
    assert "unread" not in html.replace("Nothing unread", "")


def test_one_may_be_marked_alone() -> None:
    it = Talked(blind=False)
    one, other = named(it), named(it)
    logged_in(it.ada).post(reverse("mark_read"), {"notice": [str(one.pk), "no id"]})
    assert list(Notice.objects.filter(read_at=None)) == [other]


def test_a_notice_is_its_persons_alone() -> None:
    it = Talked(blind=False)
    notice = named(it)
    client = logged_in(it.reviewer)
    assert client.post(reverse("open_notice", args=[notice.pk])).status_code == 404
    client.post(reverse("mark_read"), {"notice": str(notice.pk)})
    assert Notice.objects.get().read_at is None
    assert Client().post(reverse("open_notice", args=[notice.pk])).status_code == 302


def test_while_the_person_is_at_work_on_the_item_nothing_is_told_of_what_was_said() -> None:
    it = Talked()
    bob = a_person("bob", role="reviewer", project=it.project)
    comments.open_thread(it.response, "SECRET: @bob, step 2.", by=it.reviewer, step=2)
    next_assignment(bob, it.project)
    html = logged_in(bob).get(reverse("inbox")).content.decode()
    assert "A comment that you may not read now" in html
    for told in ("SECRET", "Step 2", "rev<", it.response.problem.question):
        assert told not in html


def test_it_comes_in_pages_of_a_fixed_cost(django_assert_num_queries: Any) -> None:
    it = Talked(blind=False)
    for _ in range(33):
        comments.open_thread(a_response(1, project=it.project), "@ada", by=it.reviewer)
    client = logged_in(it.ada)
    with django_assert_num_queries(9):  # session, person, count, notices, projects, role twice, threads, unread
        html = client.get(reverse("inbox")).content.decode()
    assert "Page 1 of 2" in html


def test_how_often_mails_come_is_a_preference() -> None:
    it = Talked()
    client = logged_in(it.ada)
    client.post(reverse("change_mail"), {"mail": "soon"})
    assert Preferences.objects.get(user=it.ada).mail == "soon"
    client.post(reverse("change_mail"), {"mail": "hourly"})
    assert Preferences.objects.get(user=it.ada).mail == "soon"
    assert '<option value="soon" selected>' in client.get(reverse("account")).content.decode()
