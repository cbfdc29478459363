"""Who may do what: one rule per verb, a table rather than a chain of ifs.

A role is held in a project; an instance admin (Django's superuser) may do everything. Pages, API, shell and tasks ask
the same two functions; `tests/api/test_access.py` holds every URL × role against this table.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from annotations.models import Membership, Project

ADMIN, REVIEWER, ANNOTATOR, TRAINER = "admin", "reviewer", "annotator", "trainer"
EVERYONE = frozenset({ADMIN, REVIEWER, ANNOTATOR, TRAINER})

PERMISSIONS: dict[str, frozenset[str]] = {
    "see_project": EVERYONE,
    "annotate": frozenset({ADMIN, REVIEWER, ANNOTATOR}),
    "compare": frozenset({ADMIN, REVIEWER}),  # what others wrote, before or without an own critique
    "rule_on_items": frozenset({ADMIN, REVIEWER}),  # other cuts, broken items
    "rule_on_findings": frozenset({ADMIN, REVIEWER}),  # the court
    "review": frozenset({ADMIN, REVIEWER}),  # of others, never of oneself
    "adjudicate": frozenset({ADMIN, REVIEWER}),
    "see_dashboard": frozenset({ADMIN, REVIEWER}),
    "comment": frozenset({ADMIN, REVIEWER, ANNOTATOR}),  # on what verbs/comments.py lets them see
    "see_responses": frozenset({ADMIN, REVIEWER, ANNOTATOR}),  # and of these, what verbs/blindness.py allows
    "import_data": frozenset({ADMIN}),
    "run_critic": frozenset({ADMIN}),
    "see_runs": frozenset({ADMIN, REVIEWER}),
    "publish": frozenset({ADMIN}),
    "pull": frozenset({ADMIN, REVIEWER, TRAINER}),
    "manage_members": frozenset({ADMIN}),
    "change_rules": frozenset({ADMIN}),
    "manage_webhooks": frozenset({ADMIN}),
    "assign": frozenset({ADMIN}),  # batches, priorities, skills of members
    "see_log": frozenset({ADMIN}),
    "erase_project": frozenset(),  # instance admins only
    "create_project": frozenset(),  # instance admins only
}


def role_of(user: Any, project: Project) -> str | None:
    """The person's role in this project; None for a stranger. Instance admins count as admin everywhere."""
    if not user.is_authenticated or not user.is_active:
        return None
    if user.is_superuser:
        return ADMIN
    return Membership.objects.filter(project=project, user=user).values_list("role", flat=True).first()


def allows(role: str | None, verb: str) -> bool:
    return role in PERMISSIONS[verb]


def may(user: Any, verb: str, project: Project) -> bool:
    return bool(user.is_superuser and user.is_active) or allows(role_of(user, project), verb)


def require(user: Any, verb: str, project: Project) -> None:
    """Raises PermissionDenied, saying who may."""
    if not may(user, verb, project):
        roles = ", ".join(sorted(PERMISSIONS[verb])) or "instance admin"
        raise PermissionDenied(
            _("This needs the role %(roles)s in %(name)s. Ask an admin of the project.")
            % {"roles": roles, "name": project.name}
        )
