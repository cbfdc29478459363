"""Whose accounts the people of an imported file are, as its mapping says; everybody else becomes a placeholder."""

from __future__ import annotations

from collections.abc import Mapping as Names
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from annotations.importers.mapping import Mapping
from annotations.models import Author, Membership, Project


class UnknownPerson(ValueError):
    """The mapping names somebody who has no account here, or no role in the project."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """`names`: of the people whom a file knows by other names, what they are called here; `users` by that name."""

    names: Names[str, str] = field(default_factory=dict)
    users: Names[str, Any] = field(default_factory=dict)


def accounts_of(project: Project, mapping: Mapping | None) -> Accounts:
    """Raises UnknownPerson. Three queries, whatever the number of people."""
    wanted = {name for name in (mapping.people.values() if mapping else ()) if name}
    if mapping is None or not wanted:
        return Accounts()
    users = {user.get_username(): user for user in get_user_model().objects.filter(username__in=wanted)}
    members = set(Membership.objects.filter(project=project, user__in=users.values()).values_list("user_id", flat=True))
    for name in sorted(wanted):
        if name not in users or not (users[name].pk in members or users[name].is_superuser):
            raise UnknownPerson(_("%(name)s has no role in %(project)s.") % {"name": name, "project": project.name})
    # Who has submitted here already keeps the name of that row: a critique that comes twice has to be the same.
    rows = Author.objects.filter(project=project, user__in=users.values()).values_list("user_id", "name")
    held = dict(rows)
    called: dict[str, Any] = {}
    for name in sorted(wanted):
        user = users[name]
        own = held.get(user.pk) or user.get_full_name() or name
        called[own if own not in called else f"{own} ({name})"] = user
    by_user = {user.pk: own for own, user in called.items()}
    names = {person: by_user[users[name].pk] for person, name in mapping.people.items() if name}
    return Accounts(names=names, users=called)


def known_accounts(project: Project) -> dict[str, str]:
    """User names of the project's members, by what another tool may call them: user name or e-mail, in lower case."""
    members = Membership.objects.filter(project=project).values_list("user__username", "user__email")
    found: dict[str, str] = {}
    for username, email in members:
        found[username.lower()] = username
        if email:
            found[email.lower()] = username
    return found
