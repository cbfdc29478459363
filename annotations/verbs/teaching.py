"""Guidelines that people confirm, and cards: canonical examples of each error type, chosen by leads."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.core.taxonomy import Taxonomy, parse_taxonomy
from annotations.models import (
    Card,
    Comment,
    Critique,
    Explanation,
    Finding,
    GoldItem,
    GuidelineConfirmation,
    GuidelineVersion,
    Project,
    Response,
    Slot,
)
from annotations.verbs import log, rules
from annotations.verbs.permissions import require

LONGEST_WORDS = 2000  # characters


def unconfirmed(user: Any, project: Project) -> GuidelineVersion | None:
    """The latest version, if it is a change that this person has not confirmed. One query.

    The first version of a project is no change: nobody is asked to confirm it.
    """
    confirmed = GuidelineConfirmation.objects.filter(version=OuterRef("pk"), user=user)
    latest = (
        GuidelineVersion.objects.filter(project=project)
        .annotate(is_confirmed=Exists(confirmed))
        .order_by("-number")
        .first()
    )
    if latest is None or latest.number == 1 or latest.is_confirmed:
        return None
    return latest


def last_known(user: Any, project: Project) -> GuidelineVersion | None:
    """The version that this person knows: the last confirmed, else the last that a critique of theirs names."""
    versions = GuidelineVersion.objects.filter(project=project).order_by("-number")
    confirmed = versions.filter(confirmations__user=user).first()
    if confirmed is not None:
        return confirmed
    own = Critique.objects.filter(project=project, author__user=user, guideline__isnull=False)
    return versions.filter(pk__in=own.values("guideline")).first()


def confirm(user: Any, project: Project, number: int) -> None:
    """Raises ValidationError where a newer version has come meanwhile: what was read is not what is in force."""
    latest = GuidelineVersion.objects.filter(project=project).order_by("-number").first()
    if latest is None or latest.number != number:
        raise ValidationError(_("The guideline has changed meanwhile: please read the newest version."))
    GuidelineConfirmation.objects.bulk_create([GuidelineConfirmation(version=latest, user=user)], ignore_conflicts=True)


@transaction.atomic
def make_card(
    response: Response, step: int, error_type: str, *, critique: Critique | None = None, words: str = "", by: Any
) -> Card:
    """An example for the type. With a critique: its first finding of that type in the step, with its marks (wrong);
    without: a step that looks as if, and is right.

    Raises PermissionDenied; ValidationError for an unknown type or step, a critique without such a finding, and a
    response that is hidden as gold or waits for critiques: cards are shown to everybody.
    """
    project = response.project
    require(by, "rule_on_items", project)
    if error := taxonomy_in_force(project).check(error_type):
        raise ValidationError(str(error))
    if not 1 <= step <= response.step_count:
        raise ValidationError(_("Step: expected 1 to %(count)s.") % {"count": response.step_count})
    check_may_be_shown(response)
    finding = None
    if critique is not None:
        found = Finding.objects.filter(critique=critique, step=step, error_type=error_type).order_by("ordinal")
        finding = found.values_list("ordinal", flat=True).first()
        if finding is None:
            raise ValidationError(_("This critique has no finding of that type in the step."))
    card = Card.objects.create(
        project=project,
        error_type=error_type,
        response=response,
        step=step,
        critique=critique,
        finding=finding,
        words=words.strip()[:LONGEST_WORDS],
        created_by=by,
    )
    log.record("make_card", by=by, project=project, target=error_type, after={"response": response.key, "step": step})
    return card


def check_may_be_shown(response: Response) -> None:
    """What teaches is shown to everybody. Raises ValidationError for what is gold, and for what waits for critiques."""
    if GoldItem.objects.filter(response=response, retired_at=None).exists():
        raise ValidationError(_("This response is hidden as gold: an example would show it to everybody."))
    if Slot.objects.filter(response=response, state__in=["open", "held"]).exists():
        raise ValidationError(_("This response still waits for critiques: an example would tell people what to write."))


def guideline_with(comment: Comment) -> str:
    """The guideline in force with the comment and its example at the end, for an admin to edit before it is saved."""
    thread = comment.thread
    response = thread.response
    latest = GuidelineVersion.objects.filter(project=thread.project_id).order_by("-number").first()
    quoted = [_("Question: %(question)s") % {"question": response.problem.question}]
    if thread.step is not None and thread.segmentation is not None:
        cut = response.steps.get(segmentation=thread.segmentation, number=thread.step)
        told = {"number": thread.step, "text": response.source_text[cut.start : cut.end]}
        quoted.append(_("Step %(number)s: %(text)s") % told)
    if thread.critique_id and thread.finding is not None:
        said = Explanation.objects.filter(critique=thread.critique_id, finding=thread.finding).exclude(text="")
        quoted += [_("Finding: %(text)s") % {"text": text} for text in said.values_list("text", flat=True)]
    example = "\n>\n".join("\n".join(f"> {line}" for line in part.split("\n")) for part in quoted)
    return "\n\n".join(part for part in (latest.text.rstrip() if latest else "", example, comment.text) if part) + "\n"


@transaction.atomic
def comment_into_guideline(comment: Comment, text: str, *, by: Any) -> GuidelineVersion:
    """`text` becomes the next version of the guideline; the log says that it came from this comment.

    Raises PermissionDenied, and ValidationError where the example must not be shown.
    """
    thread = comment.thread
    require(by, "change_rules", thread.project)
    check_may_be_shown(thread.response)
    version = rules.new_guideline_version(thread.project, text.replace("\r\n", "\n"), by)
    log.record(
        "comment_into_guideline",
        by=by,
        project=thread.project,
        target=f"guideline {version.number}",
        after={"comment": str(comment.pk), "response": thread.response.key},
    )
    return version


@transaction.atomic
def remove_card(card: Card, by: Any) -> None:
    require(by, "rule_on_items", card.project)
    if Card.objects.filter(pk=card.pk, removed_at=None).update(removed_at=Now()):
        log.record("remove_card", by=by, project=card.project, target=card.error_type, before={"step": card.step})


def cards(project: Project) -> QuerySet[Card]:
    """In use, with their responses and problems, by type."""
    return Card.objects.filter(project=project, removed_at=None).select_related("response__problem", "critique")


def taxonomy_in_force(project: Project) -> Taxonomy:
    tree = project.taxonomies.order_by("-number").values_list("tree", flat=True).first()
    return parse_taxonomy(tree) if tree is not None else Taxonomy()
