"""Projects and their rules: made and changed here, each change logged with its value before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Count
from django.utils.translation import gettext as _

from annotations.core.schema import VERDICTS
from annotations.core.taxonomy import DEFAULT_TAXONOMY, dump_taxonomy
from annotations.models import Critique, GuidelineVersion, Membership, Problem, Project, Slot, TaxonomyVersion
from annotations.verbs import log, overlap
from annotations.verbs.permissions import ADMIN, require

RULES = (
    "name",
    "description",
    "overlap",
    "agreement_overlap",
    "agreement_share",
    "gold_rate",
    "gold_window",
    "gold_warn",
    "gold_pause",
    "blind",
    "reveal",
    "verdict_scale",
    "require_explanation",
    "ask_confidence",
    "require_confidence",
    "unlabelled_steps",
    "ask_skills",
    "ask_difficulty",
    "step_reveal",
    "queue_corrections",
    "show_own_agreement",
    "reference_answer",
    "review_sampling",
    "review_percent",
    "hide_sources",
    "settle_unanimous",
    "show_references",
    "lease_seconds",
    "court_rulings",
    "match_step",
    "match_type",
    "match_span",
    "match_region",
    "match_text",
    "match_threshold",
    "holdout_percent",
    "names_leave",
)
ALWAYS_IN_SCALE = ("correct", "incorrect")
FIRST_GUIDELINE = """\
# How to read a chain

Look at the image first, then read one step at a time.

- **Correct**: the step says nothing false and follows from what came before.
- **Incorrect**: something in it is wrong. Mark where, choose the type, say why, and write what it should have been.
- **Neutral**: nothing is claimed.
- **Unsure**: you cannot tell; say what you would need.
"""


@transaction.atomic
def create_project(slug: str, name: str, by: Any, *, guideline: str = "") -> Project:
    """A project with guideline 1 and the default taxonomy as version 1; its maker is its first admin.

    `by=None` is the shell. Raises PermissionDenied for anyone but an instance admin, ValidationError by field.
    """
    if by is not None and not (by.is_superuser and by.is_active):
        raise PermissionDenied(_("Only an instance admin may create a project."))
    project = Project(slug=slug, name=name, created_by=by)
    project.full_clean(exclude=["created_by"])
    project.save(force_insert=True)
    GuidelineVersion.objects.create(project=project, number=1, text=guideline or FIRST_GUIDELINE, created_by=by)
    TaxonomyVersion.objects.create(project=project, number=1, tree=dump_taxonomy(DEFAULT_TAXONOMY), created_by=by)
    if by is not None:
        Membership.objects.create(project=project, user=by, role=ADMIN)
    log.record("create_project", by=by, project=project, target=slug, after={"name": name})
    return project


@transaction.atomic
def change_rules(project: Project, by: Any, **changes: Any) -> dict[str, tuple[Any, Any]]:
    """Sets the named rules; returns what changed, before and after. Overlap opens or closes slots at once.

    Raises ValidationError by field. From the first critique on the verdict scale stands: verdicts share one scale.
    """
    require(by, "change_rules", project)
    unknown = sorted(set(changes) - set(RULES))
    if unknown:
        raise ValidationError(
            _("Rules: expected some of %(listed)s; found %(found)s.")
            % {"listed": ", ".join(RULES), "found": ", ".join(unknown)}
        )
    # Waits for critiques that are being stored (their foreign key holds this row), and keeps later ones out meanwhile.
    locked = Project.objects.select_for_update().get(pk=project.pk)
    if "verdict_scale" in changes:
        changes["verdict_scale"] = checked_scale(changes["verdict_scale"])
    changed = {
        rule: (getattr(locked, rule), value) for rule, value in changes.items() if getattr(locked, rule) != value
    }
    if "verdict_scale" in changed and Critique.objects.filter(project=locked).exists():
        raise ValidationError(
            {
                "verdict_scale": _(
                    "This project has critiques, made under its present scale. To use another one, create "
                    "a project with it and import the problems and responses there."
                )
            }
        )
    least, share = changed.get("holdout_percent", (0, 0))
    if share < least and Problem.objects.filter(project=locked).exists():
        raise ValidationError(
            {
                "holdout_percent": _("It only grows: what was hidden would leave. Expected at least %(least)s.")
                % {"least": least}
            }
        )
    for rule, (_before, value) in changed.items():
        setattr(locked, rule, value)
    locked.full_clean(exclude=["created_by"])
    locked.save(update_fields=list(changed))
    if changed.keys() & {"overlap", "agreement_overlap", "agreement_share"}:
        overlap.fit_slots(locked)
    if changed:
        log.record(
            "change_rules",
            by=by,
            project=locked,
            target=locked.slug,
            before={rule: before for rule, (before, _) in changed.items()},
            after={rule: after for rule, (_, after) in changed.items()},
        )
    return changed


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change of rules would do: rules with their value before and after, places of the queue by state."""

    changed: dict[str, tuple[Any, Any]]
    places: dict[str, tuple[int, int]]  # only states whose number changes


def preview(project: Project, by: Any, **changes: Any) -> Effect:
    """The effect of `change_rules`, which is carried out and taken back. Raises what it raises."""
    with transaction.atomic():
        before = _places(project)
        changed = change_rules(project, by, **changes)
        after = _places(project)
        transaction.set_rollback(True)
    states = sorted(before.keys() | after.keys())
    moved = {state: (before.get(state, 0), after.get(state, 0)) for state in states}
    return Effect(changed, {state: pair for state, pair in moved.items() if pair[0] != pair[1]})


def _places(project: Project) -> dict[str, int]:
    held = Slot.objects.filter(project=project).order_by().values_list("state").annotate(count=Count("pk"))
    return dict(held)


@transaction.atomic
def new_guideline_version(project: Project, text: str, by: Any) -> GuidelineVersion:
    """The next version, or the present one if the text is the same; earlier critiques keep the version they name."""
    require(by, "change_rules", project)
    Project.objects.select_for_update().get(pk=project.pk)
    latest = GuidelineVersion.objects.filter(project=project).order_by("-number").first()
    if latest and latest.text == text:
        return latest
    number = latest.number + 1 if latest else 1
    version = GuidelineVersion.objects.create(project=project, number=number, text=text, created_by=by)
    log.record(
        "new_guideline_version",
        by=by,
        project=project,
        target=f"guideline {number}",
        before={"number": latest.number} if latest else None,
        after={"number": number},
    )
    return version


def checked_scale(scale: str) -> str:
    """The verdicts in their fixed order, separated by spaces; raises ValidationError for unknown or missing ones."""
    words = set(scale.split())
    unknown, missing = sorted(words - set(VERDICTS)), [word for word in ALWAYS_IN_SCALE if word not in words]
    if unknown or missing:
        raise ValidationError(
            {
                "verdict_scale": _("Expected correct, incorrect and any of %(listed)s; found %(scale)s.")
                % {"listed": ", ".join(VERDICTS), "scale": repr(scale)}
            }
        )
    return " ".join(word for word in VERDICTS if word in words)
