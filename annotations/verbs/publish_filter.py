"""What a dataset holds: which problems, which of their responses, and which critiques of those.

One filter for page, shell and API. Every condition is asked of the database; what it leaves out is never read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from annotations.core.schema import RULING_STAGES
from annotations.exporters.base import ExportFormat
from annotations.models import Author, Critique, CritiqueHead, Effect, Finding, Problem, Project, Reference, Response
from annotations.verbs.critiques_agree import AGREEMENTS, agreement
from annotations.verbs.pseudonyms import pseudonym

STAGES = ("any", "blind", "after_reveal")
REFERENCES = ("any", "given", "gold", "adjudicated")
EFFECTS = ("any", "measured", "fixed", "never_broke")
NOT_GIVEN = "not given"  # a problem without a licence


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """`critics` None means every critic, also one to come; names otherwise. `stage` is asked of people's critiques.

    people: all, none, or those of these pseudonyms. effect: of a critique, by the corrections that it guided whole.
    agreement, reference, types: of chains that revise nothing; their corrections go along. checkpoint: of every
    response, "GENERATOR@CHECKPOINT", or a generator alone. licences, tags (one of them), without_tags: of problems.

    Critics that were denied the image on purpose are an experiment: they go out where they are named, or where the
    format holds everything, and are never mixed in. Plants (chains with an error put in on purpose) go out only where
    they are asked for, and are marked then. The reference of a response always goes out: what the project holds to be
    right is no opinion among others. The hidden holdout never does.
    """

    people: bool | tuple[str, ...] = True
    critics: tuple[str, ...] | None = None
    stage: str = "any"
    plants: bool = False
    agreement: str = "any"
    reference: str = "any"
    effect: str = "any"
    checkpoint: str = ""
    licences: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    without_tags: tuple[str, ...] = ()
    types: tuple[str, ...] | None = None

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> Filter:
        """From its JSON form. Raises ValueError naming the field."""
        unknown = set(value) - set(_READ)
        if unknown:
            raise ValueError(f"filter {sorted(unknown)[0]}: expected {', '.join(_READ)}")
        return cls(**{name: _READ[name](name, given) for name, given in value.items()})

    def as_json(self) -> dict[str, Any]:
        """The first three always, the others where they filter something: an older version's filter reads the same."""
        told = {part.name: getattr(self, part.name) for part in fields(self)}
        kept = {name: value for name, value in told.items() if name in _ALWAYS or value != getattr(_ALL, name)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()}

    def checked(self, project: Project) -> Filter:
        """With people's names turned into pseudonyms. Raises ValueError for a critic or person that is not known."""
        known = set(critic_names(project))
        for name in self.critics or ():
            if name not in known:
                raise ValueError(f"filter critics: expected some of {', '.join(sorted(known)) or 'none'}, found {name}")
        if isinstance(self.people, bool):
            return self
        named = {pseudonym(project, name) for name in self.people}
        for name in sorted(named - set(people_of(project))):
            raise ValueError(f"filter people: expected names or pseudonyms of people who wrote here, found {name}")
        values = {part.name: getattr(self, part.name) for part in fields(self)}
        return Filter(**(values | {"people": tuple(sorted(named))}))

    def problems(self, project: Project) -> QuerySet[Problem]:
        """In their order, without the hidden holdout."""
        found = Problem.objects.filter(project=project).leaving()
        if self.licences is not None:
            found = found.filter(licence__in=["" if one == NOT_GIVEN else one for one in self.licences])
        if self.tags is not None:
            found = found.filter(tags__overlap=list(self.tags))
        if self.without_tags:
            found = found.exclude(tags__overlap=list(self.without_tags))
        if self._asks_responses:
            found = found.filter(Exists(self._chains(project).filter(problem=OuterRef("pk"))))
        return found.order_by("position", "id")

    def kept_responses(self, project: Project) -> Callable[[Sequence[Problem]], set[UUID]] | None:
        """Of some problems, whose responses are at hand, which of those go out; None where all do.

        A correction goes out with what it revises: without that, it would hang in the air.
        """
        if not self._asks_responses:
            return None
        chains, generated = self._chains(project), self._generated()

        def kept(problems: Sequence[Problem]) -> set[UUID]:
            found = set(chains.filter(problem__in=problems).values_list("pk", flat=True))
            corrections = Response.objects.filter(generated, problem__in=problems, revises__isnull=False)
            left = dict(corrections.values_list("pk", "revises"))
            while more := {pk for pk, revised in left.items() if revised in found and pk not in found}:
                found |= more
            return found

        return kept

    def counted_chains(self, project: Project) -> QuerySet[Response]:
        """Chains that revise nothing and go out: what is counted."""
        return self._chains(project).filter(problem__in=self.problems(project).order_by())

    @property
    def _asks_responses(self) -> bool:
        return any(
            getattr(self, name) != getattr(_ALL, name) for name in ("agreement", "reference", "checkpoint", "types")
        )

    def _chains(self, project: Project) -> QuerySet[Response]:
        found = self.responses().filter(self._generated(), project=project, revises=None)
        if self.agreement != "any":
            heads = CritiqueHead.objects.filter(response=OuterRef("pk"))
            found = found.filter(agreement(self.agreement, heads))
        if self.reference != "any":
            newest = Reference.objects.filter(response=OuterRef("pk")).order_by("-version").values("kind")[:1]
            kinds = ["gold", "adjudicated"] if self.reference == "given" else [self.reference]
            found = found.alias(reference_kind=Subquery(newest)).filter(reference_kind__in=kinds)
        if self.types is not None:
            named = Q()
            for code in self.types:
                named |= Q(error_type=code) | Q(error_type__startswith=f"{code}/")
            found = found.filter(Exists(Finding.objects.filter(named, critique__head__response=OuterRef("pk"))))
        return found

    def _generated(self) -> Q:
        if not self.checkpoint:
            return Q()
        generator, at, checkpoint = self.checkpoint.rpartition("@")
        return Q(generator=generator, checkpoint=checkpoint) if at else Q(generator=checkpoint)

    def critiques(self, project: Project, format: ExportFormat) -> QuerySet[Critique]:
        """In the order in which they were stored; only those under the present segmentation of their response."""
        return self._all(project, format).filter(segmentation=F("response__segmentation")).order_by("stored_at", "id")

    def responses(self) -> QuerySet[Response]:
        """All but plants, or with them: what any other condition chooses from."""
        return Response.objects.all() if self.plants else Response.objects.filter(plant=None)

    def under_earlier_steps(self, project: Project, format: ExportFormat) -> int:
        """How many critiques judge steps that their response no longer has: no row of a file can hold them."""
        return self._all(project, format).exclude(segmentation=F("response__segmentation")).count()

    def _all(self, project: Project, format: ExportFormat) -> QuerySet[Critique]:
        by_person = Q(author__kind="person")
        wanted = Q() if format.all_revisions else Q(head__isnull=False)
        if self.people is False:
            wanted &= ~by_person
        elif self.people is not True:
            chosen = people_of(project)
            wanted &= ~by_person | Q(author__in=[pk for name in self.people for pk in chosen.get(name, ())])
        if self.critics is not None:
            wanted &= by_person | Q(author__name__in=self.critics)
        elif not format.all_revisions:
            wanted &= Q(author__ablation=None)
        if self.stage != "any":
            wanted &= ~(by_person & Q(stage__in={"blind", "after_reveal", *RULING_STAGES} - {self.stage}))
        wanted &= self._had_effect()
        found = Critique.objects.filter(project=project)
        if not self.plants:
            found = found.filter(response__plant=None)
        if not wanted:
            return found
        newest = Reference.objects.filter(response=OuterRef("response")).order_by("-version").values("critique")
        return found.filter(wanted | Q(pk=Subquery(newest[:1])))

    def _had_effect(self) -> Q:
        if self.effect == "any":
            return Q()
        effects = Effect.objects.of_whole_critiques().filter(critique=OuterRef("pk"))
        if self.effect == "fixed":
            return Q(Exists(effects.filter(effect="fixed")))
        measured = Q(Exists(effects.exclude(effect="unparsed")))
        return measured & ~Q(Exists(effects.filter(effect="broke"))) if self.effect == "never_broke" else measured


_ALL = Filter()
_ALWAYS = ("people", "critics", "stage")


def critic_names(project: Project) -> list[str]:
    critics = Author.objects.filter(project=project, kind="critic").order_by("name")
    return list(critics.values_list("name", flat=True).distinct())


def people_of(project: Project) -> dict[str, list[UUID]]:
    """Authors that are people, by pseudonym."""
    found: dict[str, list[UUID]] = {}
    for pk, name in Author.objects.filter(project=project, kind="person").order_by("name").values_list("pk", "name"):
        found.setdefault(pseudonym(project, name), []).append(pk)
    return found


def _words(name: str, value: Any) -> tuple[str, ...]:
    if not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise ValueError(f"filter {name}: expected a list of texts, found {value!r}")
    return tuple(value)


def _words_or_null(name: str, value: Any) -> tuple[str, ...] | None:
    if value is not None and not (isinstance(value, list) and all(isinstance(one, str) for one in value)):
        raise ValueError(f"filter {name}: expected null or a list of names, found {value!r}")
    return None if value is None else tuple(value)


def _people(name: str, value: Any) -> bool | tuple[str, ...]:
    if isinstance(value, list):
        return _words(name, value)
    if not isinstance(value, bool):
        raise ValueError(f"filter {name}: expected true or false, found {value!r}")
    return value


def _one_of(*allowed: str) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if value not in allowed:
            raise ValueError(f"filter {name}: expected one of {', '.join(allowed)}, found {value!r}")
        return str(value)

    return read


def _flag(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"filter {name}: expected true or false, found {value!r}")
    return value


def _text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"filter {name}: expected a text, found {value!r}")
    return value


_READ: dict[str, Callable[[str, Any], Any]] = {
    "people": _people,
    "critics": _words_or_null,
    "stage": _one_of(*STAGES),
    "agreement": _one_of("any", *AGREEMENTS),
    "reference": _one_of(*REFERENCES),
    "effect": _one_of(*EFFECTS),
    "checkpoint": _text,
    "licences": _words_or_null,
    "tags": _words_or_null,
    "without_tags": _words,
    "types": _words_or_null,
    "plants": _flag,
}
