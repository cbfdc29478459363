"""Mails of unread comments: one a person and period, none twice, nothing of what was said."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db.models import F
from django.test import override_settings

from annotations.models import Digest, Notice
from annotations.verbs import comments, digest, preferences
from annotations.verbs.assign import next_assignment
from tests.annotations.verbs.test_comments import Talked

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def mail_server() -> Iterator[None]:
    with override_settings(EMAIL_HOST="mail.example.org", SITE_URL="https://look.example.org"):
        yield


class Mentioned(Talked):
    """Ada, who has an address, is named in a comment."""

    def __init__(self) -> None:
        super().__init__(blind=False)
        self.ada.email = "ada@example.org"
        self.ada.save(update_fields=["email"])
        self.comment, _ = comments.open_thread(self.response, "The SECRET bar, @ada.", by=self.reviewer)


def later(**time: float) -> None:
    """As if all digests and notices so far had come so much earlier."""
    Digest.objects.update(begun_at=F("begun_at") - timedelta(**time))
    Notice.objects.update(at=F("at") - timedelta(**time))


def test_one_mail_tells_how_many_and_where_and_nothing_of_what_was_said() -> None:
    it = Mentioned()
    comments.answer(it.comment.thread, "And @ada again.", by=it.reviewer)
    assert digest.send_due() == 1
    (sent,) = mail.outbox
    assert sent.to == ["ada@example.org"]
    assert sent.subject == "2 unread comments"
    assert f"{it.project.name}: 2 comments by rev" in sent.body
    assert "https://look.example.org/inbox" in sent.body
    assert "SECRET" not in sent.body


def test_the_next_one_comes_a_period_later_and_only_for_something_new() -> None:
    it = Mentioned()
    assert digest.send_due() == 1
    comments.answer(it.comment.thread, "@ada", by=it.reviewer)
    assert digest.send_due() == 0
    later(hours=23)
    assert digest.send_due() == 0
    later(hours=1)
    assert digest.send_due() == 1
    assert mail.outbox[-1].subject == "2 unread comments"
    later(hours=24)
    assert digest.send_due() == 0


@pytest.mark.parametrize(("chosen", "minutes", "sent"), [("soon", 9, 0), ("soon", 11, 1), ("daily", 60, 0)])
def test_people_choose_how_often(chosen: str, minutes: int, sent: int) -> None:
    it = Mentioned()
    preferences.change_mail(it.ada, chosen)
    assert digest.send_due() == 1
    later(minutes=minutes)
    comments.answer(it.comment.thread, "@ada", by=it.reviewer)
    assert digest.send_due() == sent


@pytest.mark.parametrize("why", ["never", "read", "no address", "left", "no server"])
def test_none_goes_where_none_is_wanted(why: str) -> None:
    it = Mentioned()
    if why == "never":
        preferences.change_mail(it.ada, "never")
    elif why == "read":
        comments.read(it.ada, [it.comment.thread])
    elif why == "no address":
        it.ada.email = ""
        it.ada.save(update_fields=["email"])
    elif why == "left":
        it.ada.memberships.all().delete()
    with override_settings(EMAIL_HOST="" if why == "no server" else "mail.example.org"):
        assert digest.send_due() == 0
    assert not mail.outbox


def test_an_item_that_the_person_is_at_work_on_is_not_told_of() -> None:
    it = Mentioned()
    it.project.blind = True
    it.project.save(update_fields=["blind"])
    next_assignment(it.ada, it.project)
    assert digest.send_due() == 0
    assert not Digest.objects.exists()


def test_killed_while_the_mail_goes_it_is_not_sent_again_within_the_period(monkeypatch: pytest.MonkeyPatch) -> None:
    it = Mentioned()

    class Killed(BaseException):
        pass

    def die(*args: Any) -> None:
        raise Killed

    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(digest, "_mail", die)
        digest.send_due()
    assert Digest.objects.get().state == "sending"
    assert digest.send_due() == 0
    later(hours=25)
    assert digest.send_due() == 1  # nobody knows whether the first arrived: the next one tells of the same again
    assert mail.outbox[-1].subject == "1 unread comment"
    assert it.ada.digests.filter(state="sent").count() == 1


def test_a_server_that_refuses_is_asked_again_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    Mentioned()

    def refuse(**kwargs: Any) -> None:
        raise SMTPServerDisconnected("gone")

    with monkeypatch.context() as patched:
        patched.setattr(digest, "send_mail", refuse)
        assert digest.send_due() == 0
        assert digest.send_due() == 0
    failed = Digest.objects.get()
    assert (failed.state, failed.error) == ("failed", "gone")
    later(minutes=11)
    assert digest.send_due() == 1


def test_the_command_says_what_it_did_and_what_it_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    Mentioned()
    call_command("send_digests")
    assert capsys.readouterr().out == "1 mail sent.\n"
    with override_settings(EMAIL_HOST=""), pytest.raises(CommandError, match="EMAIL_HOST"):
        call_command("send_digests")
