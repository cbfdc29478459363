"""Accounts come by invitation only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from annotations.models import Invitation, LogEntry, Membership
from annotations.verbs import invite, members
from tests.builders import a_person, a_project

pytestmark = pytest.mark.django_db
PASSWORD = "nine purple harbours"


def test_a_link_makes_one_account_with_its_role() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    invitation, secret = invite.invite(project, "new@example.org", "reviewer", by=admin)
    assert secret not in invitation.secret_hash

    person = invite.accept(secret, "newcomer", PASSWORD)
    assert person.check_password(PASSWORD)
    assert (person.email, person.is_staff, person.is_superuser) == ("new@example.org", False, False)
    assert Membership.objects.get(user=person).role == "reviewer"
    assert set(LogEntry.objects.values_list("verb", flat=True)) == {"invite", "add_member", "accept_invitation"}
    with pytest.raises(ValidationError, match="was used"):
        invite.accept(secret, "somebody-else", PASSWORD)


@pytest.mark.parametrize("end", ["expired", "revoked"])
def test_a_link_ends(end: str) -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    invitation, secret = invite.invite(project, "new@example.org", "annotator", by=admin)
    if end == "expired":
        Invitation.objects.filter(pk=invitation.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    else:
        invite.revoke_invitation(invitation, by=admin)
    assert invite.find_open(secret) is None
    with pytest.raises(ValidationError):
        invite.accept(secret, "newcomer", PASSWORD)
    assert not get_user_model().objects.filter(username="newcomer").exists()


def test_a_second_invitation_of_an_address_takes_the_first_ones_place() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    _, first = invite.invite(project, "new@example.org", "annotator", by=admin)
    _, second = invite.invite(project, "NEW@example.org", "reviewer", by=admin)
    assert invite.find_open(first) is None
    assert invite.find_open(second)


@pytest.mark.parametrize(("username", "password", "field"), [
    ("newcomer", "12345678901", "password"),
    ("newcomer", "short", "password"),
    ("Taken", PASSWORD, "username"),
    ("not a name", PASSWORD, "username"),
])  # fmt: skip
def test_a_weak_password_or_a_taken_name_leaves_the_invitation_open(username: str, password: str, field: str) -> None:
    project = a_project()
    a_person("taken")
    _, secret = invite.invite(project, "new@example.org", "annotator", by=a_person(role="admin", project=project))
    with pytest.raises(ValidationError) as refused:
        invite.accept(secret, username, password)
    assert field in refused.value.message_dict
    assert invite.find_open(secret)


def test_an_account_that_exists_joins_another_project() -> None:
    project = a_project()
    person = a_person()
    _, secret = invite.invite(project, "x@example.org", "trainer", by=a_person(role="admin", project=project))
    assert invite.join(secret, person) == project
    assert Membership.objects.get(user=person).role == "trainer"


@pytest.mark.parametrize("role", ["reviewer", "annotator", "trainer"])
def test_only_admins_invite(role: str) -> None:
    project = a_project()
    with pytest.raises(PermissionDenied):
        invite.invite(project, "new@example.org", "admin", by=a_person(role=role, project=project))


def test_the_last_admin_stays() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    with pytest.raises(ValidationError, match="last admin"):
        members.change_role(project, admin, "annotator", by=admin)
    with pytest.raises(ValidationError, match="last admin"):
        members.remove_member(project, admin, by=admin)
    second = a_person(role="admin", project=project)
    members.change_role(project, second, "reviewer", by=admin)
    entry = LogEntry.objects.get(verb="change_role")
    assert (entry.actor, entry.before, entry.after) == (admin, {"role": "admin"}, {"role": "reviewer"})


def test_an_admin_whose_account_is_off_does_not_count_as_the_other_admin() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    a_person(role="admin", project=project, is_active=False)
    with pytest.raises(ValidationError, match="last admin"):
        members.remove_member(project, admin, by=admin)
