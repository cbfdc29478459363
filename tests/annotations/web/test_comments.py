"""Comments on the pages: beside a compared and a submitted response, in the project's list, into the guideline."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.models import Comment, GuidelineVersion, Notice, Slot, Thread
from annotations.verbs import comments
from annotations.verbs.assign import next_assignment
from tests.annotations.verbs.test_comments import Talked, flagged
from tests.builders import a_critique, a_person, a_response

pytestmark = pytest.mark.django_db


def logged_in(person: Any) -> Client:
    client = Client()
    client.force_login(person)
    return client


def compare_url(it: Talked) -> str:
    return reverse("compare", args=[it.project.slug, it.response.pk])


def test_a_comment_on_a_finding_stands_on_the_compare_page_and_links_to_it() -> None:
    it = Talked()
    own = flagged(it, by=it.ada)
    client = logged_in(it.reviewer)
    before = client.get(compare_url(it)).content.decode()
    assert f'data-about="finding-{own.pk}-1"' in before
    reply = client.post(
        reverse("open_thread", args=[it.project.slug, it.response.pk]),
        {"about": f"finding-{own.pk}-1", "text": "Why <62>, @ada?"},
    )
    thread = Thread.objects.get()
    assert reply["Location"] == f"{compare_url(it)}#thread-{thread.pk}"
    after = client.get(compare_url(it)).content.decode()
    assert "Why &lt;62&gt;, @ada?" in after
    assert '<a href="#finding-1">Finding A1 in step 2</a>' in after
    assert "1 comment<span" in after
    asked = client.get(compare_url(it) + "?about=step-3").content.decode()
    assert '<option value="step-3" selected>' in asked


def test_its_author_reads_and_answers_beside_their_submitted_critique() -> None:
    it = Talked(reveal=False)
    own = flagged(it, by=it.ada)
    said, _ = comments.open_thread(it.response, "Why 62?", by=it.reviewer, critique=own.pk, finding=1)
    client = logged_in(it.ada)
    assert 'aria-label="Inbox, 1 unread"' in client.get(reverse("my_work", args=[it.project.slug])).content.decode()
    html = client.get(reverse("submitted", args=[it.project.slug, own.pk])).content.decode()
    assert "Why 62?" in html
    assert Notice.objects.get().read_at is not None  # it was shown
    reply = client.post(
        reverse("answer_thread", args=[it.project.slug, said.thread_id]), {"text": "I read the top.", "own": own.pk}
    )
    place = reverse("submitted", args=[it.project.slug, own.pk])
    assert reply["Location"] == f"{place}#thread-{said.thread_id}"
    assert set(Notice.objects.filter(read_at=None).values_list("user", flat=True)) == {it.reviewer.pk}


def test_of_an_item_that_one_may_not_see_the_page_says_who_was_not_told() -> None:
    it = Talked()
    client = logged_in(it.reviewer)
    url = reverse("open_thread", args=[it.project.slug, it.response.pk])
    html = client.post(url, {"about": "response", "text": "@ada look"}, follow=True).content.decode()
    assert "Not told, since they may not see this now: ada." in html
    assert not Notice.objects.exists()


@pytest.mark.parametrize("name", ["answer_thread", "resolve_thread"])
def test_what_a_person_may_not_read_yet_is_not_there(name: str) -> None:
    it = Talked()
    said, _ = comments.open_thread(it.response, "Step 2.", by=it.reviewer)
    next_assignment(it.ada, it.project)
    url = reverse(name, args=[it.project.slug, said.thread_id])
    assert logged_in(it.ada).post(url, {"text": "What?"}).status_code == 404
    assert logged_in(a_person("stranger")).post(url).status_code == 404
    assert Client().post(url).status_code == 302
    trainer = a_person("trainer", role="trainer", project=it.project)
    assert logged_in(trainer).post(url).status_code == 403
    assert Comment.objects.count() == 1


def test_a_thread_is_resolved_and_folds() -> None:
    it = Talked()
    said, _ = comments.open_thread(it.response, "Hm.", by=it.reviewer)
    client = logged_in(it.reviewer)
    client.post(reverse("resolve_thread", args=[it.project.slug, said.thread_id]), {"resolved": "1"})
    assert "1 resolved" in client.get(compare_url(it)).content.decode()
    client.post(reverse("resolve_thread", args=[it.project.slug, said.thread_id]), {"resolved": "0"})
    assert Thread.objects.get().resolved_at is None


@pytest.mark.parametrize("about", ["", "step-9", "step-x", "finding-x-1", "elsewhere"])
def test_a_place_that_is_none_is_refused_with_words(about: str) -> None:
    it = Talked()
    url = reverse("open_thread", args=[it.project.slug, it.response.pk])
    reply = logged_in(it.reviewer).post(url, {"about": about, "text": "Hm."}, follow=True)
    assert "There is no such" in reply.content.decode()
    assert not Thread.objects.exists()


def test_the_list_shows_what_a_person_may_read_by_pages_of_a_fixed_cost(django_assert_num_queries: Any) -> None:
    it = Talked()
    for _ in range(35):
        response = a_response(1, project=it.project)
        comments.open_thread(response, "@ada", by=it.reviewer)
    comments.open_thread(it.response, "HIDDEN", by=it.reviewer)
    a_critique(response, by=it.ada)
    url = reverse("threads", args=[it.project.slug])
    client = logged_in(it.ada)
    html = client.get(url).content.decode()
    assert html.count("<tr>") == 2  # its head, and the one of the response that she has submitted
    assert "HIDDEN" not in html
    reader = logged_in(it.reviewer)
    reader.get(url)
    with django_assert_num_queries(11):  # session, person, project, roles, count, threads, comments, their authors
        html = reader.get(url + "?state=all").content.decode()
    assert "Page 1 of 2" in html
    assert reader.get(url + "?state=resolved").content.decode().count("<tr>") == 0


def test_an_admin_takes_a_comment_into_the_guideline() -> None:
    it = Talked()
    admin = a_person("lead", role="admin", project=it.project)
    said, _ = comments.open_thread(it.response, "Read the axis first.", by=admin, step=2)
    url = reverse("comment_into_guideline", args=[it.project.slug, said.pk])
    client = logged_in(admin)
    page = client.get(url)
    assert "&gt; Step 2: Step 2 says something" in page.content.decode()
    refused = client.post(url, {"text": "New."})
    assert refused.status_code == 422
    assert "still waits for critiques" in refused.content.decode()
    Slot.objects.filter(response=it.response).update(state="done")
    looked = client.post(url, {"text": "# Newer", "preview": "1"}).content.decode()
    assert "<h1>Newer</h1>" in looked
    assert GuidelineVersion.objects.filter(project=it.project).count() == 1
    client.post(url, {"text": "# Newer"})
    assert GuidelineVersion.objects.get(project=it.project, number=2).text == "# Newer"
