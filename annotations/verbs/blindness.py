"""When may a person see the critiques that others wrote of a response? A person's own verdict comes first.

The rule, for page, compare, lists and API alike:

1. One's own critiques: always.
2. An item that a person holds as annotator in a blind project, or in one that shows a chain step by step: none by
   others, whatever the role (the page that shows them shows the whole chain).
   The reference of a gold item or plant stays hidden from annotators even after their own submit.
3. Otherwise admins and reviewers: always, since they rule on the critiques of others.
4. Annotators in a project that is not blind: always. In a blind one: after their own submit, where the project reveals.
5. Everybody else (trainers, strangers): never here. Trainers pull published datasets.

`visible_responses` is that rule (2 to 5) as one query; the other two functions ask it.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from annotations.core.schema import RULING_STAGES
from annotations.models import Assignment, Critique, Effect, Project, Response
from annotations.models.critique import CritiqueQuerySet
from annotations.models.effect import EffectQuerySet
from annotations.verbs.permissions import allows, role_of

IS_HIDDEN_REFERENCE = Q(references__isnull=False, response__gold__isnull=False, author__user=None)


def has_submitted(user: Any, response: Response) -> bool:
    return Critique.objects.filter(response=response, author__user=user).exists()


def visible_responses(user: Any, project: Project) -> QuerySet[Response]:
    """The project's responses of which this person may see others' critiques now."""
    responses = Response.objects.filter(project=project)
    role = role_of(user, project)
    if not (allows(role, "compare") or allows(role, "annotate")):
        return responses.none()
    if not project.blind and not project.step_reveal:
        return responses
    free = responses.exclude(Exists(Assignment.objects.filter(response=OuterRef("pk"), user=user, state="held")))
    if not project.blind:
        return free
    if allows(role, "compare"):
        return free
    if not project.reveal:
        return responses.none()
    return free.filter(Exists(Critique.objects.filter(response=OuterRef("pk"), author__user=user)))


def may_see_others(user: Any, response: Response) -> bool:
    """Whether critiques by others of this response may reach this person now."""
    return visible_responses(user, response.project).filter(pk=response.pk).exists()


def visible_critiques(user: Any, project: Project) -> CritiqueQuerySet:
    """The project's critiques that this person may read now: their own, and those of `visible_responses`."""
    critiques = Critique.objects.filter(project=project)
    role = role_of(user, project)
    if role is None:
        return critiques.none()
    critiques = readable(role, critiques)
    return critiques.filter(Q(author__user=user) | Q(response__in=visible_responses(user, project).values("pk")))


def readable(role: str | None, critiques: CritiqueQuerySet) -> CritiqueQuerySet:
    """Without references and reviewers' versions for whoever may be given gold: that a truth is known stays untold."""
    if allows(role, "compare"):
        return critiques
    return critiques.exclude(IS_HIDDEN_REFERENCE).exclude(stage__in=RULING_STAGES)


def visible_effects(user: Any, project: Project) -> EffectQuerySet:
    """The effects of corrections that this person may see now.

    A correction tells what its critique found: both the response that it revises and the chain with which its rounds
    began must be open to the person.
    """
    seen = visible_responses(user, project).values("pk")
    return Effect.objects.filter(project=project, revised__in=seen, root__in=seen)
