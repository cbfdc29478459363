"""What the court found, per critic version and per person: the only place that tells whose a finding was."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from annotations.metrics import court as metrics
from annotations.metrics.bootstrap import Figure, figures
from annotations.metrics.court import Found, Status, Tried
from annotations.metrics.versions import Versions
from annotations.models import CourtCase, CourtRuling, Project
from annotations.verbs.court import Matched, matched_responses, outcome

Key = tuple[UUID, int]  # critique, ordinal of the finding


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorInCourt:
    """One author before the court; `statuses` counts their findings by what became of them."""

    name: str
    kind: str
    responses: int
    statuses: Mapping[Status, int]
    things: int
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourtReport:
    """`cases`: leading cases by outcome. `judges_agree`: of the pairs of rulings of one case, the share that agree."""

    authors: Sequence[AuthorInCourt]
    cases: Mapping[str, int]
    judges_agree: float | None
    pairs_of_rulings: int


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of every case, by finding; `duplicates` leads from a finding to the one that it repeats."""

    status: Mapping[Key, Status]
    duplicates: Mapping[Key, Key]
    cases: Mapping[str, int]
    judges_agree: float | None
    pairs: int


def settled(project: Project) -> Settled:
    """Two queries."""
    rulings: dict[UUID, list[CourtRuling]] = defaultdict(list)
    for ruling in CourtRuling.objects.filter(case__project=project).order_by("ruled_at", "id"):
        rulings[ruling.case_id].append(ruling)
    status: dict[Key, Status] = {}
    duplicates: dict[Key, Key] = {}
    counted: Counter[str] = Counter()
    for case in CourtCase.objects.filter(project=project):
        held = rulings[case.same_as_id or case.pk]
        kind = outcome([ruling.kind for ruling in held], project.court_rulings)
        key = (case.critique_id, case.finding)
        status[key] = kind  # type: ignore[assignment]  # the database holds them to RULINGS
        if kind == "duplicate":
            named = next(ruling for ruling in held if ruling.kind == "duplicate")
            duplicates[key] = (named.duplicate_critique_id, named.duplicate_finding)  # type: ignore[assignment]
        if case.same_as_id is None:
            counted[kind] += 1
    pairs = [
        one.kind == other.kind for held in rulings.values() for place, one in enumerate(held) for other in held[:place]
    ]
    return Settled(status, duplicates, dict(counted), sum(pairs) / len(pairs) if pairs else None, len(pairs))


def court_report(
    project: Project, versions: Versions | None = None, *, seed: int = 0, resamples: int = 2000
) -> CourtReport:
    """Critics by version, people by name; nobody before the court is opened. Streams the project's critiques once."""
    if not CourtCase.objects.filter(project=project).exists():  # nothing to tell until the court is opened
        return CourtReport(authors=[], cases={}, judges_agree=None, pairs_of_rulings=0)
    found, versions = settled(project), versions or Versions()
    tried: list[Tried] = []
    kinds: dict[str, str] = {}
    for matched in matched_responses(project):
        authors = [versions.name(record.author) for record in matched.records]
        kinds |= {name: record.author.kind for name, record in zip(authors, matched.records, strict=True)}
        if {record.author.kind for record in matched.records} == {"person", "critic"}:
            tried.append(_tried(matched, authors, found))
    return CourtReport(
        authors=[
            _of(name, kind, tried, seed=seed, resamples=resamples)
            for name, kind in sorted(kinds.items(), key=lambda item: (item[1], item[0]))
        ],
        cases=found.cases,
        judges_agree=found.judges_agree,
        pairs_of_rulings=found.pairs,
    )


def _tried(matched: Matched, authors: Sequence[str], found: Settled) -> Tried:
    """A group is a thing; a duplicate's thing is that of the finding which it repeats."""
    thing = {
        _key(matched, number, place): index for index, group in enumerate(matched.groups) for number, place in group
    }
    told = []
    for group in matched.groups:
        both = len(matched.kinds(group)) == 2
        for number, place in group:
            key = _key(matched, number, place)
            status: Status = "both" if both else found.status.get(key, "open")
            other = found.duplicates.get(key) if status == "duplicate" else None
            told.append(Found(authors[number], status, thing.get(other, thing[key]) if other else thing[key]))
    return Tried(tuple(told), frozenset(authors), str(matched.response.problem_id))


def _key(matched: Matched, number: int, place: int) -> Key:
    return matched.critiques[number].pk, place + 1


def _of(name: str, kind: str, tried: Sequence[Tried], *, seed: int, resamples: int) -> AuthorInCourt:
    counts = metrics.counts(tried, name)
    sums = counts.sums()
    return AuthorInCourt(
        name=name,
        kind=kind,
        responses=len(counts.rows),
        statuses={status: int(sums[status]) for status in metrics.STATUSES},
        things=int(sums["things"]),
        figures=figures(counts, metrics.FORMULAS, seed=seed, resamples=resamples),
    )
