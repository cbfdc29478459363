"""A project's report: critics and people against the reference, among themselves, confidence, corrections, costs.

From core records alone, so that a notebook makes the same from a native file:

    problems = (found.record for found in native.read(Source(file)))
    print(report(problems).critics["direct"].figures["step_f1"])

Every figure has an interval and the count that it rests on; trivial baselines stand beside the critics' scores.
Samples and runs of one critic are pooled, and resampled by problem, so that a seed more adds what it knows and no more
(METHODS.md row 40). References are never compared with themselves.

Where a mix of strategies gave some items to people sooner than others, what was judged is no fair sample of the
project. `weighted` has the same scores with each response counted 1 ÷ its probability of having come to people (Horvitz
& Thompson 1952; a ratio of two such sums, so Hájek's form), beside the plain ones.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from annotations.core.matching import DEFAULT_WEIGHTS, Weights
from annotations.core.schema import SKILLS, VERDICTS, Problem
from annotations.metrics import (
    agreement,
    baselines,
    boilerplate,
    calibration,
    findings,
    first_error,
    patterns,
    skills,
    sway,
    transitions,
    visco,
)
from annotations.metrics.agreement import Unit
from annotations.metrics.boilerplate import Cluster
from annotations.metrics.bootstrap import Counts, Figure, Formula, differences, figures, side_by_side, within_noise
from annotations.metrics.calibration import Bin
from annotations.metrics.gathering import Couples, Gathered, Held, Spent
from annotations.metrics.versions import Versions
from annotations.metrics.visco import Pair

ORDER = ("incorrect", "neutral", "unsure", "correct")  # for the ordinal level
COMPARED = ("answer_f1", "step_f1", "flag_rate")
MOST_PHRASES = 10
FEW = 5  # responses of a slice below which its figures say nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorReport:
    """One critic version, one person, or all people together, against the reference.

    `counts`: steps and answers by outcome: hit, miss, false_flag, kept, left (outside of the score); `types`: of each
    first-level type how many of the reference's wrong steps, and how many were hit.
    """

    name: str
    kind: str
    method: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    critiques: int = 0
    responses: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    types: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    figures: Mapping[str, Figure] = field(default_factory=dict)
    bins: Sequence[Bin] = ()
    weighted: Mapping[str, Figure] = field(default_factory=dict)
    weighted_critiques: int = 0  # those whose response's probability is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One critic minus another, on the responses that both criticised."""

    one: str
    other: str
    responses: int
    figures: Mapping[str, Figure]
    within_noise: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """Two authors on the steps that both judged; people–people, people–critic and critic–critic alike."""

    one: str
    other: str
    steps: int
    agreeing: int
    kappa: Figure


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """By source, level and round: answers right and wrong before × after, and what could not be told."""

    source: str
    level: str
    round: int
    counts: Mapping[str, int]
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrases:
    """What an author repeats: `clusters`, the largest first, and the share of `texts` that lie in one."""

    texts: int
    share: float | None
    clusters: Sequence[Cluster]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencesUsed:
    """Which references the scores rest on: how many of each version (0: not told), and a fingerprint of all of them.

    Two reports with one fingerprint were held against the same version of the reference of each response.
    """

    by_version: Mapping[int, int]
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`comparisons`: how many differences were tested; one in twenty of them is outside of noise by chance."""

    counts: Mapping[str, int]
    critics: Mapping[str, AuthorReport]
    people: AuthorReport | None
    persons: Mapping[str, AuthorReport]
    baselines: Mapping[str, Mapping[str, Figure]]
    people_agreement: Mapping[str, Figure]
    answer_agreement: Mapping[str, Figure]
    matrix: Sequence[Agreement]
    corrections: Mapping[str, Mapping[str, Figure]]
    correction_table: Sequence[Corrections]
    sway: Mapping[str, Mapping[str, Figure]]
    phrases: Mapping[str, Phrases]
    spent: Mapping[str, Spent]
    kinds: Mapping[str, str]
    differences: Sequence[Difference]
    comparisons: int
    references: ReferencesUsed


def report(
    problems: Iterable[Problem],
    *,
    seed: int = 0,
    resamples: int = 2000,
    versions: Versions | None = None,
    types: Sequence[str] = (),
    weights: Weights = DEFAULT_WEIGHTS,
) -> Report:
    """Reads each problem once; what is kept is numbers and the critiques' labels. `types`: first-level error types."""
    held = Gathered(versions or Versions()).read(problems)
    made = _Maker(seed, resamples, tuple(types), weights)
    differences = [
        found
        for (one, first), (other, second) in combinations(held.by_critic.items(), 2)
        if (found := made.difference(one, first, other, second)) is not None
    ]
    by_source: dict[str, list[transitions.Transition]] = {}
    for (source, _, _), told in sorted(held.transitions.items()):
        by_source.setdefault(source, []).extend(told)
    return Report(
        counts=held.counts,
        critics={name: made.author(name, one) for name, one in held.by_critic.items()},
        people=made.author("people", held.people) if held.people.pairs else None,
        persons={name: made.author(name, one) for name, one in held.by_person.items()},
        baselines=made.baselines(list(held.references.values())),
        people_agreement=made.agreement(held.step_units),
        answer_agreement=made.agreement(held.answer_units),
        matrix=[made.couple(one, other, rated) for (one, other), rated in held.couples.items() if rated.rated],
        corrections={source: made.transitions(told) for source, told in by_source.items()},
        correction_table=[
            Corrections(
                source=source,
                level=level,
                round=number,
                counts={name: int(value) for name, value in transitions.counts(told).sums().items()},
                figures=made.transitions(told),
            )
            for (source, level, number), told in sorted(held.transitions.items())
        ],
        sway={
            name: swayed
            for name, one in (*held.by_critic.items(), ("people", held.people))
            if (swayed := sway.regression(one.flagged))
        },
        phrases={name: _phrases(one) for name, one in held.by_critic.items() if one.said},
        spent=dict(held.spent),
        kinds=held.kinds,
        differences=differences,
        comparisons=len(differences) * len(COMPARED),
        references=_references_used(held.references),
    )


def _references_used(references: Mapping[str, Pair]) -> ReferencesUsed:
    told = [(key, pair.reference.reference_version or 0) for key, pair in sorted(references.items())]
    fingerprint = hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).hexdigest()[:12]
    counted = Counter(version for _key, version in told)
    return ReferencesUsed(by_version=dict(sorted(counted.items())), fingerprint=fingerprint)


@dataclass(frozen=True, slots=True)
class _Maker:
    """Figures under one seed, number of resamples, list of types and matching."""

    seed: int
    resamples: int
    types: tuple[str, ...]
    weights: Weights
    _counted: dict[int, Counts] = field(default_factory=dict)  # by the identity of what the report holds

    def counted(self, held: Held) -> Counts:
        """One row a pair, made once."""
        if id(held) not in self._counted:
            self._counted[id(held)] = visco.counts(held.pairs)
        return self._counted[id(held)]

    def figures(self, counts: Counts, formulas: Mapping[str, Formula]) -> dict[str, Figure]:
        return figures(counts, formulas, seed=self.seed, resamples=self.resamples)

    def author(self, name: str, held: Held) -> AuthorReport:
        counted = self.counted(held)
        by_type = patterns.type_counts(held.pairs, self.types)
        families: dict[str, tuple[Counts, Mapping[str, Formula]]] = {
            "": (counted, visco.FORMULAS),
            "first_error.": (first_error.counts(held.pairs), first_error.FORMULAS),
            "propagation.": (patterns.propagation_counts(held.pairs), patterns.PROPAGATION),
            "type.": (by_type, {kind: patterns.recall_of(kind) for kind in self.types}),
            "tag.": (skills.counts(held.pairs), {skill: skills.step_f1_of(skill) for skill in SKILLS}),
            "finding.": (findings.counts(held.pairs, held.starts, types=self.types, weights=self.weights),
                         {**findings.FORMULAS, **_kinds(self.types)}),
        }  # fmt: skip
        told = self.figures(*side_by_side(families))
        for label, within in _slices(held).items():
            chosen = {"step_f1": visco.step_f1, "answer_f1": visco.answer_f1}
            told |= {f"{label}.{one}": found for one, found in self.figures(counted.taken(within), chosen).items()}
        if held.claims:
            told |= self.figures(calibration.counts(held.claims), calibration.formulas())
            told["auroc"] = calibration.resampled(held.claims, calibration.auroc, seed=self.seed, resamples=200)
            told["aurc"] = calibration.resampled(held.claims, calibration.aurc, seed=self.seed, resamples=100)
        sums = by_type.sums()
        return AuthorReport(
            name=name,
            kind=held.author.kind,
            method=held.author.method,
            model=held.author.model,
            settings=held.author.settings,
            critiques=len(held.pairs),
            responses=len(set(held.responses)),
            counts=_outcomes(counted),
            types={one: (int(sums[f"{one}.wrong"]), int(sums[f"{one}.hits"])) for one in (*self.types, patterns.OTHER)},
            figures=told,
            bins=calibration.reliability(held.claims) if held.claims else (),
            weighted=self.weighted(held),
            weighted_critiques=sum(reached is not None for reached in held.reached_with),
        )

    def weighted(self, held: Held) -> dict[str, Figure]:
        """Empty where every known probability is the same: then there is nothing to undo."""
        told = [(place, reached) for place, reached in enumerate(held.reached_with) if reached]
        if len({reached for _, reached in told}) < 2:
            return {}
        weights = [1 / reached for _, reached in told]
        return self.figures(self.counted(held).taken([place for place, _ in told]).weighted(weights), visco.FORMULAS)

    def difference(self, one: str, first: Held, other: str, second: Held) -> Difference | None:
        left, right = first.places_of_first(), second.places_of_first()
        shared = sorted(left.keys() & right.keys())
        if len(shared) < 2:
            return None
        ours = self.counted(first).taken([left[key] for key in shared])
        theirs = self.counted(second).taken([right[key] for key in shared])
        chosen = {name: visco.FORMULAS[name] for name in COMPARED}
        found = differences(ours, theirs, chosen, seed=self.seed, resamples=self.resamples)
        noise = {name: within_noise(figure) for name, figure in found.items()}
        return Difference(one=one, other=other, responses=len(shared), figures=found, within_noise=noise)

    def baselines(self, references: Sequence[Pair]) -> dict[str, dict[str, Figure]]:
        counts = visco.counts(references)
        return {
            "answer_f1": self.figures(counts, baselines.ANSWERS),
            "step_f1": self.figures(counts, baselines.STEPS),
        }

    def agreement(self, units: Sequence[Unit]) -> dict[str, Figure]:
        if not units:
            return {}
        order = (*ORDER, *(verdict for verdict in VERDICTS if verdict not in ORDER))
        table = agreement.table(units, order)
        return self.figures(table.counts, table.formulas())

    def couple(self, one: str, other: str, couples: Couples) -> Agreement:
        counts = agreement.cohen_table(couples.rated, VERDICTS)
        return Agreement(
            one=one,
            other=other,
            steps=len(couples.rated),
            agreeing=sum(here == there for here, there, _ in couples.rated),
            kappa=self.figures(counts, {"kappa": agreement.cohen_kappa(VERDICTS)})["kappa"],
        )

    def transitions(self, told: Sequence[transitions.Transition]) -> dict[str, Figure]:
        return self.figures(transitions.counts(told), transitions.FORMULAS)


def _phrases(held: Held) -> Phrases:
    found = boilerplate.clusters(held.said)
    return Phrases(texts=len(held.said), share=boilerplate.share(found, len(held.said)), clusters=found[:MOST_PHRASES])


def _kinds(types: Sequence[str]) -> dict[str, Formula]:
    return {name: formula for kind in types for name, formula in findings.of_kind(kind).items()}


def _outcomes(counted: Counts) -> dict[str, int]:
    """hit, miss, false_flag, kept and left of steps, and of answers as `answer.hit` and so on."""
    sums = {name: int(value) for name, value in counted.sums().items()}
    told: dict[str, int] = {}
    for prefix, one, all_ in (("", "step", "steps"), ("answer.", "answer", "answers")):
        hits, wrong, flagged, given = (
            sums[f"{one}_hits"],
            *(sums[f"{all_}_{what}"] for what in ("wrong", "flagged", "given")),
        )
        told |= {
            f"{prefix}hit": hits,
            f"{prefix}miss": wrong - hits,
            f"{prefix}false_flag": flagged - hits,
            f"{prefix}kept": given - wrong - flagged + hits,
            f"{prefix}left": sums[all_] - given,
        }
    return told


def _slices(held: Held) -> dict[str, list[int]]:
    """Places of pairs by superskill, and by skill and difficulty where a slice has enough responses to say anything."""
    found: dict[str, list[int]] = {}
    small: dict[str, list[int]] = {}
    for place, (pair, level) in enumerate(zip(held.pairs, held.difficulty, strict=True)):
        if pair.superskill:
            found.setdefault(pair.superskill, []).append(place)
        if pair.skill:
            small.setdefault(f"skill {pair.skill}", []).append(place)
        if level:
            small.setdefault(f"difficulty {level}", []).append(place)
    return dict(sorted(found.items())) | {
        label: places for label, places in sorted(small.items()) if len(places) >= FEW
    }
