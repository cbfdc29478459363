"""When may a person see the critiques that others wrote of a response? A person's own verdict comes first.

The rule, for page, compare, lists and API alike:

1. One's own critiques: always.
2. An item that a person holds as annotator in a blind project: none by others, whatever the role.
3. Otherwise admins and reviewers: always, since they rule on the critiques of others.
4. Annotators in a project that is not blind: always. In a blind one: after their own submit, where the project reveals.
5. Everybody else (trainers, strangers): never here. Trainers pull published datasets.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from annotations.models import Assignment, Critique, Project, Response
from annotations.verbs.permissions import allows, role_of


def has_submitted(user: Any, response: Response) -> bool:
    return Critique.objects.filter(response=response, author__user=user).exists()


def holds(user: Any, response: Response) -> bool:
    return Assignment.objects.filter(response=response, user=user, state="held").exists()


def may_see_others(user: Any, response: Response) -> bool:
    """Whether critiques by others of this response may reach this person now."""
    project = response.project
    role = role_of(user, project)
    if not (allows(role, "compare") or allows(role, "annotate")):
        return False
    if not project.blind:
        return True
    if holds(user, response):
        return False
    return allows(role, "compare") or (project.reveal and has_submitted(user, response))


def visible_critiques(user: Any, project: Project) -> QuerySet[Critique]:
    """The project's critiques that this person may read now, as one query: the same rule, row by row."""
    critiques = Critique.objects.filter(project=project)
    own = Q(author__user=user)
    role = role_of(user, project)
    if role is None:
        return critiques.none()
    if not (allows(role, "compare") or allows(role, "annotate")):
        return critiques.filter(own)
    if not project.blind:
        return critiques
    if allows(role, "compare"):
        held = Assignment.objects.filter(project=project, user=user, state="held").values("response_id")
        return critiques.filter(own | ~Q(response_id__in=held))
    if not project.reveal:
        return critiques.filter(own)
    held = Assignment.objects.filter(project=project, user=user, state="held").values("response_id")
    submitted = Critique.objects.filter(project=project, author__user=user).values("response_id")
    return critiques.filter(own | (Q(response_id__in=submitted) & ~Q(response_id__in=held)))
