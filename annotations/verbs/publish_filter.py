"""Which critiques a dataset holds: by people, by which critics, from before or after the reveal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet, Subquery

from annotations.exporters.base import ExportFormat
from annotations.models import Author, Critique, Project, Reference, Response

STAGES = ("any", "blind", "after_reveal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`critics` None means every critic, also one to come; names otherwise. `stage` is asked of people's critiques.

    Critics that were denied the image on purpose are an experiment: they go out where they are named, or where the
    format holds everything, and are never mixed in.
    Plants (chains with an error put in on purpose) go out only where they are asked for, and are marked then.
    The reference of a response always goes out: what the project holds to be right is no opinion among others.
    """

    people: bool = True
    critics: tuple[str, ...] | None = None
    stage: str = "any"
    plants: bool = False

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> Filter:
        """From its JSON form. Raises ValueError naming the field."""
        unknown = set(value) - {"people", "critics", "stage", "plants"}
        if unknown:
            raise ValueError(f"filter {sorted(unknown)[0]}: expected people, critics, stage or plants")
        if not isinstance(value.get("plants", False), bool):
            raise ValueError(f"filter plants: expected true or false, found {value['plants']!r}")
        if not isinstance(value.get("people", True), bool):
            raise ValueError(f"filter people: expected true or false, found {value['people']!r}")
        if value.get("stage", "any") not in STAGES:
            raise ValueError(f"filter stage: expected one of {', '.join(STAGES)}, found {value['stage']!r}")
        critics = value.get("critics")
        if critics is not None and not (isinstance(critics, list) and all(isinstance(name, str) for name in critics)):
            raise ValueError(f"filter critics: expected null or a list of names, found {critics!r}")
        return cls(
            people=value.get("people", True),
            critics=None if critics is None else tuple(critics),
            stage=value.get("stage", "any"),
            plants=value.get("plants", False),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "critics": None if self.critics is None else list(self.critics),
            "stage": self.stage,
            **({"plants": True} if self.plants else {}),
        }

    def check_critics(self, project: Project) -> None:
        """Raises ValueError for a critic that the project does not know, naming those it does."""
        known = set(critic_names(project))
        for name in self.critics or ():
            if name not in known:
                raise ValueError(f"filter critics: expected some of {', '.join(sorted(known)) or 'none'}, found {name}")

    def critiques(self, project: Project, format: ExportFormat) -> QuerySet[Critique]:
        """In the order in which they were stored; only those under the present segmentation of their response."""
        return self._all(project, format).filter(segmentation=F("response__segmentation")).order_by("stored_at", "id")

    def responses(self) -> QuerySet[Response]:
        """Those that go out, whatever was written of them."""
        return Response.objects.all() if self.plants else Response.objects.filter(plant=None)

    def under_earlier_steps(self, project: Project, format: ExportFormat) -> int:
        """How many critiques judge steps that their response no longer has: no row of a file can hold them."""
        return self._all(project, format).exclude(segmentation=F("response__segmentation")).count()

    def _all(self, project: Project, format: ExportFormat) -> QuerySet[Critique]:
        by_person = Q(author__kind="person")
        wanted = Q() if format.all_revisions else Q(head__isnull=False)
        if not self.people:
            wanted &= ~by_person
        if self.critics is not None:
            wanted &= by_person | Q(author__name__in=self.critics)
        elif not format.all_revisions:
            wanted &= Q(author__ablation=None)
        if self.stage != "any":
            wanted &= ~(by_person & Q(stage__in={"blind", "after_reveal"} - {self.stage}))
        found = Critique.objects.filter(project=project)
        if not self.plants:
            found = found.filter(response__plant=None)
        if not wanted:
            return found
        newest = Reference.objects.filter(response=OuterRef("response")).order_by("-version").values("critique")
        return found.filter(wanted | Q(pk=Subquery(newest[:1])))


def critic_names(project: Project) -> list[str]:
    critics = Author.objects.filter(project=project, kind="critic").order_by("name")
    return list(critics.values_list("name", flat=True).distinct())
