"""The pages of a project's admins: members, log, settings, the beginning and the end."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client, override_settings
from django.urls import reverse

from annotations.models import Invitation, LogEntry, Membership, Project
from annotations.verbs import invite, log, rules
from tests.builders import a_person, a_project, an_instance_admin

pytestmark = pytest.mark.django_db


@pytest.fixture
def project() -> Project:
    return a_project("charts")


@pytest.fixture
def admin(project: Project) -> Any:
    return a_person("lead", role="admin", project=project)


@pytest.fixture
def client(admin: Any) -> Client:
    client = Client()
    client.force_login(admin)
    return client


def test_an_invitation_leads_from_the_members_page_to_the_project(client: Client, project: Project) -> None:
    sent = client.post(reverse("members", args=["charts"]), {"email": "new@example.org", "role": "annotator"})
    link = sent.context["link"]
    assert link not in client.get(reverse("members", args=["charts"])).content.decode()
    newcomer = Client()
    assert "Charts" in newcomer.get(link).content.decode()
    password = "nine purple harbours"
    newcomer.post(link, {"username": "newcomer", "password": password, "again": password + "x"})
    assert not Membership.objects.filter(user__username="newcomer").exists()
    assert newcomer.post(link, {"username": "newcomer", "password": password, "again": password})["Location"] == "/"
    assert Membership.objects.get(user__username="newcomer").role == "annotator"
    assert newcomer.get("/account").status_code == 200
    assert Client().get(link).status_code == 410


@override_settings(EMAIL_HOST="mail.example.org")
def test_with_a_mail_server_the_link_goes_by_mail(client: Client) -> None:
    client.post(reverse("members", args=["charts"]), {"email": "new@example.org", "role": "annotator"})
    assert mail.outbox[0].to == ["new@example.org"]
    assert "/invitation/" in mail.outbox[0].body
    assert "/invitation/" not in client.get(reverse("members", args=["charts"])).content.decode()


def test_the_last_admin_is_told_why_not(client: Client, admin: Any) -> None:
    page = client.post(reverse("remove_member", args=["charts", admin.pk]), follow=True)
    assert "last admin" in page.content.decode()
    assert Membership.objects.filter(user=admin).exists()


def test_the_members_of_another_project_are_out_of_reach(client: Client) -> None:
    other = a_project()
    person = a_person(role="annotator", project=other)
    invitation, _ = invite.invite(other, "x@example.org", "annotator", by=an_instance_admin())
    assert client.post(reverse("change_role", args=["charts", person.pk]), {"role": "admin"}).status_code == 404
    assert client.post(reverse("revoke_invitation", args=["charts", invitation.pk])).status_code == 404
    assert Invitation.objects.get().revoked_at is None


def test_members_and_log_take_a_fixed_number_of_queries(
    client: Client, project: Project, admin: Any, django_assert_num_queries: Any
) -> None:
    for number in range(12):
        person = a_person(role="annotator", project=project)
        invite.invite(project, f"{number}@example.org", "annotator", by=admin)
        log.record("test", by=person, project=project)
    # session, person, project, role; count and page of members; invitations
    with django_assert_num_queries(7):
        client.get(reverse("members", args=["charts"]))
    # session, person, project, role; verbs, people, lines
    with django_assert_num_queries(7):
        client.get(reverse("log", args=["charts"]))


def test_the_log_is_filtered_and_paged_without_loss(client: Client, project: Project, admin: Any) -> None:
    other = a_person("other")
    for number in range(60):
        log.record("invite" if number % 2 else "publish", by=other if number < 10 else admin, project=project)
    log.record("invite", by=admin, project=a_project())
    url = reverse("log", args=["charts"])
    seen, older = [], ""
    while older is not None:
        page = client.get(f"{url}?{older}").context
        seen += [line.pk for line in page["lines"]]
        older = page["older"]
    assert len(seen) == len(set(seen)) == 60
    assert {line.verb for line in client.get(url, {"verb": "invite"}).context["lines"]} == {"invite"}
    assert len(client.get(url, {"person": other.pk}).context["lines"]) == 10
    assert client.get(url, {"verb": "no-such", "before": "x"}).status_code == 200


def rules_of(project: Project, **changes: Any) -> dict[str, Any]:
    form = {"name": project.name, "description": "", "overlap": 1, "reference_answer": "never", "lease_seconds": 600,
            "unlabelled_steps": "never", "optional_verdicts": ["unsure"], "blind": "on",
            "agreement_overlap": 2, "agreement_share": 0,
            "court_rulings": 1, "match_step": 3, "match_type": 2, "match_span": 3, "match_region": 2, "match_text": 2,
            "match_threshold": 0.5, "gold_rate": 0, "gold_window": 20, "gold_warn": 0.6, "gold_pause": 0.4,
            "review_sampling": "risk", "review_percent": 10, "hide_sources": "on", "holdout_percent": 0}  # fmt: skip
    return form | changes


def test_saved_rules_are_in_force_and_in_the_log(client: Client, project: Project) -> None:
    url = reverse("project_settings", args=["charts"])
    assert client.post(url, rules_of(project, overlap=3)).status_code == 302
    project.refresh_from_db()
    assert (project.overlap, project.scale, project.reveal) == (3, ("correct", "incorrect", "unsure"), False)
    assert (project.unlabelled_steps, project.ask_confidence) == ("never", False)
    assert LogEntry.objects.get(verb="change_rules").after["overlap"] == 3
    page = client.post(url, rules_of(project, lease_seconds=5))
    assert page.status_code == 200
    assert page.context["form"].errors


def test_a_guideline_is_shown_as_markdown_and_never_as_html(client: Client, project: Project, admin: Any) -> None:
    rules.new_guideline_version(project, "# Look *first*\n\n<script>alert(1)</script> [x](javascript:alert(1))", admin)
    shown = client.get(reverse("guideline_version", args=["charts", 2])).content.decode()
    assert "<h1>Look <em>first</em></h1>" in shown
    assert "<script>alert" not in shown
    assert "javascript:" not in shown.replace("[x](javascript:alert(1))", "")


def test_an_instance_admin_creates_and_erases_a_project() -> None:
    client = Client()
    client.force_login(an_instance_admin())
    assert client.post(reverse("create_project"), {"name": "Clocks", "slug": "clocks"})["Location"].endswith(
        "/settings"
    )
    erase = reverse("erase_project", args=["clocks"])
    assert "expected clocks" in client.post(erase, {"slug": "wrong"}).content.decode()
    assert client.post(erase, {"slug": "clocks"})["Location"] == "/"
    assert not Project.objects.filter(slug="clocks").exists()
