"""Comments in a real browser: written on a finding, read in the inbox, answered, resolved; and what the rows say."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from annotations.models import Comment, Notice, Thread
from annotations.verbs import comments
from tests.browser.conftest import PageOf
from tests.browser.test_every_page import look, told, troubles
from tests.browser.test_submitted import a_critics_critique
from tests.browser.workbench import a_charts_project
from tests.builders import a_critique, a_person

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_comment_is_written_told_answered_and_resolved(page_of: PageOf) -> None:
    project, (response, _) = a_charts_project()
    rita = a_person("rita", role="reviewer", project=project)
    ann = a_person("ann.kim", role="annotator", project=project)
    theirs = a_critics_critique(response)
    own = a_critique(response, "correct", "incorrect", by=ann)
    page = page_of(rita)
    page.goto(f"/p/charts-pilot/compare/{response.pk}")
    page.locator(f'[data-about="finding-{theirs.pk}-2"]').click()
    expect(page.get_by_label("Comment on")).to_have_value(f"finding-{theirs.pk}-2")
    page.keyboard.type("Does it read 62, @ann.kim?")  # the field has the focus
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".thread")).to_contain_text("Does it read 62, @ann.kim?")
    thread = Thread.objects.get()
    assert (thread.critique, thread.finding, thread.step, thread.opened_by) == (theirs, 2, 3, rita)
    assert Notice.objects.get().user == ann

    hers = page_of(ann)
    hers.goto("/")
    hers.get_by_role("link", name="Inbox, 1 unread").click()
    hers.get_by_role("button", name="Go there").click()
    expect(hers).to_have_url(f"{hers.url.partition('/p/')[0]}/p/charts-pilot/submitted/{own.pk}#thread-{thread.pk}")
    hers.locator(".thread").get_by_text("Answer", exact=True).click()
    hers.get_by_label("Your answer on").fill("It does.")
    hers.get_by_role("button", name="Send").click()
    expect(hers.locator(".thread")).to_contain_text("It does.")
    assert list(Comment.objects.values_list("author__username", "text")) == [
        ("rita", "Does it read 62, @ann.kim?"),
        ("ann.kim", "It does."),
    ]
    assert set(Notice.objects.filter(read_at=None).values_list("user__username", "kind")) == {("rita", "answer")}

    page.reload()
    page.get_by_role("button", name="Resolve").click()
    expect(page.get_by_text("1 resolved")).to_be_visible()
    thread.refresh_from_db()
    assert thread.resolved_by == rita
    assert not Notice.objects.filter(read_at=None).exists()


@pytest.mark.parametrize(
    ("theme", "width", "height"), [("light", 1440, 900), ("dark", 1440, 900), ("light", 390, 844), ("dark", 390, 844)]
)
def test_axe_finds_nothing_where_people_talk(page_of: PageOf, theme: str, width: int, height: int) -> None:
    project, (response, _) = a_charts_project()
    lead = a_person("lead", role="admin", project=project)
    ann = a_person("ann.kim", role="annotator", project=project)
    theirs = a_critics_critique(response)
    own = a_critique(response, "correct", "incorrect", by=ann)
    comments.open_thread(response, "Is the 62 a 69?\nI see 69.", by=lead, critique=theirs.pk, finding=2)
    said, _ = comments.open_thread(response, "@ann.kim: read the axis first.", by=lead, step=2)
    comments.answer(said.thread, "I did, @lead.", by=ann)
    done, _ = comments.open_thread(response, "Settled.", by=lead)
    comments.resolve(done.thread, by=lead)
    comments.open_thread(response, "And this, @ann.kim?", by=lead)
    wrong = {}
    pages = {
        "compare": (lead, f"/p/charts-pilot/compare/{response.pk}#talk"),
        "submitted": (ann, f"/p/charts-pilot/submitted/{own.pk}#talk"),
        "threads": (lead, "/p/charts-pilot/comments?state=all"),
        "guideline": (lead, f"/p/charts-pilot/comments/{said.pk}/guideline"),
        "inbox": (lead, "/inbox"),
        "account": (ann, "/account"),
    }
    for name, (person, path) in pages.items():
        page = page_of(person, theme=theme, width=width, height=height)
        page.goto(path)
        look(page, f"talk-{name}-{width}-{theme}")
        if found := troubles(page):
            wrong[name] = found
    assert not wrong, told(wrong)
