"""A project's report: critics against the reference, people among themselves, confidence, corrections.

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

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from annotations.core.critique_facts import stance, visco_label
from annotations.core.schema import VERDICTS, Author, Critique, Problem, Response
from annotations.metrics import agreement, baselines, calibration, first_error, patterns, transitions, visco
from annotations.metrics.agreement import Unit
from annotations.metrics.bootstrap import Figure, difference, figures, within_noise
from annotations.metrics.calibration import Claim
from annotations.metrics.transitions import Transition
from annotations.metrics.versions import Versions
from annotations.metrics.visco import Pair

ORDER = ("incorrect", "neutral", "unsure", "correct")  # for the ordinal level
COMPARED = ("answer_f1", "step_f1", "flag_rate")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorReport:
    """One critic version, or all people together, against the reference; `critiques` says on how many it rests."""

    name: str
    kind: str
    method: str = ""
    model: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    critiques: int = 0
    responses: int = 0
    figures: Mapping[str, Figure] = field(default_factory=dict)
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
class Report:
    """`comparisons`: how many differences were tested; one in twenty of them is outside of noise by chance."""

    counts: Mapping[str, int]
    critics: Mapping[str, AuthorReport]
    people: AuthorReport | None
    baselines: Mapping[str, Mapping[str, Figure]]
    people_agreement: Mapping[str, Figure]
    answer_agreement: Mapping[str, Figure]
    corrections: Mapping[str, Mapping[str, Figure]]
    differences: Sequence[Difference]
    comparisons: int


def report(problems: Iterable[Problem], *, seed: int = 0, resamples: int = 2000) -> Report:
    """Reads each problem once; what is kept is numbers and the critiques' labels."""
    gathered = _Gathered()
    for problem in problems:
        gathered.add(problem)
    known = {"seed": seed, "resamples": resamples}
    critics = {name: _author(held, known) for name, held in gathered.by_critic.items()}
    differences = [
        found
        for (one, first), (other, second) in combinations(gathered.by_critic.items(), 2)
        if (found := _difference(one, first, other, second, known)) is not None
    ]
    return Report(
        counts=gathered.counts,
        critics=critics,
        people=_author(gathered.people, known) if gathered.people.pairs else None,
        baselines=_baselines(gathered, known),
        people_agreement=_agreement(gathered.step_units, known),
        answer_agreement=_agreement(gathered.answer_units, known),
        corrections={
            source: figures(transitions.counts(held), transitions.FORMULAS, **known)
            for source, held in sorted(gathered.transitions.items())
        },
        differences=differences,
        comparisons=len(differences) * len(COMPARED),
    )


@dataclass(slots=True)
class _Held:
    """What one author, or all people, wrote of responses that have a reference."""

    author: Author
    pairs: list[Pair] = field(default_factory=list)
    responses: list[str] = field(default_factory=list)  # beside `pairs`
    claims: list[Claim] = field(default_factory=list)
    reached_with: list[float | None] = field(default_factory=list)  # beside `pairs`

    def add(self, critique: Critique, reference: Critique, problem: Problem, response: Response) -> None:
        self.pairs.append(
            Pair(
                reference=reference,
                predicted=critique,
                group=problem.key,
                superskill=problem.superskill,
                skill=problem.skill,
            )
        )
        self.responses.append(response.key)
        self.reached_with.append(response.reached_with)
        for said, wanted in zip(critique.judgments, reference.judgments, strict=True):
            label, called = visco_label(wanted), visco_label(said)
            if said.confidence is not None and label is not None and called is not None:
                self.claims.append(Claim(said.confidence, label == called, problem.key))


@dataclass(slots=True)
class _Gathered:
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("problems", "responses", "critiques", "references"), 0)
    )
    by_critic: dict[str, _Held] = field(default_factory=dict)
    people: _Held = field(default_factory=lambda: _Held(Author(kind="person", name="people")))
    references: dict[str, Pair] = field(default_factory=dict)
    step_units: list[Unit] = field(default_factory=list)
    answer_units: list[Unit] = field(default_factory=list)
    transitions: dict[str, list[Transition]] = field(default_factory=lambda: defaultdict(list))
    versions: Versions = field(default_factory=Versions)

    def add(self, problem: Problem) -> None:
        self.counts["problems"] += 1
        for response in problem.responses:
            self.counts["responses"] += 1
            self.counts["critiques"] += len(response.critiques)
            self._add_critiques(problem, response)
            if response.effect is not None and response.effect.left_out is None:
                outcome = {"right": True, "wrong": False}
                self.transitions[response.effect.source].append(
                    Transition(outcome.get(response.effect.before), outcome.get(response.effect.after), problem.key)
                )

    def _add_critiques(self, problem: Problem, response: Response) -> None:
        reference = next((one for one in response.critiques if one.reference), None)
        people = [one for one in response.critiques if one.author.kind == "person" and one is not reference]
        if len(people) > 1:
            for judgments in zip(*(one.judgments for one in people), strict=True):
                self.step_units.append(Unit([stance(judgment) for judgment in judgments], problem.key))
            self.answer_units.append(Unit([one.answer.verdict for one in people], problem.key))
        if reference is None:
            return
        self.counts["references"] += 1
        self.references[response.key] = Pair(reference=reference, predicted=reference, group=problem.key)
        for one in people:
            self.people.add(one, reference, problem, response)
        for one in response.critiques:
            if one.author.kind == "critic" and one is not reference:
                name = self.versions.name(one.author)
                self.by_critic.setdefault(name, _Held(one.author)).add(one, reference, problem, response)


def _author(held: _Held, known: Mapping[str, int]) -> AuthorReport:
    scores = figures(visco.counts(held.pairs), visco.FORMULAS, **known)
    firsts = figures(first_error.counts(held.pairs), first_error.FORMULAS, **known)
    spread = figures(patterns.propagation_counts(held.pairs), patterns.PROPAGATION, **known)
    told = {**scores, **{f"first_error.{name}": value for name, value in firsts.items()}}
    told |= {f"propagation.{name}": value for name, value in spread.items()}
    for superskill in sorted({pair.superskill for pair in held.pairs} - {""}):
        within = [pair for pair in held.pairs if pair.superskill == superskill]
        found = figures(visco.counts(within), {"step_f1": visco.step_f1, "answer_f1": visco.answer_f1}, **known)
        told |= {f"{superskill}.{name}": value for name, value in found.items()}
    if held.claims:
        told |= figures(calibration.counts(held.claims), calibration.formulas(), **known)
        told["auroc"] = calibration.resampled(held.claims, calibration.auroc, seed=known["seed"], resamples=200)
    return AuthorReport(
        name=held.author.name,
        kind=held.author.kind,
        method=held.author.method,
        model=held.author.model,
        settings=held.author.settings,
        critiques=len(held.pairs),
        responses=len(set(held.responses)),
        figures=told,
        weighted=_weighted(held, known),
        weighted_critiques=sum(reached is not None for reached in held.reached_with),
    )


def _weighted(held: _Held, known: Mapping[str, int]) -> dict[str, Figure]:
    """Empty where every known probability is the same: then there is nothing to undo."""
    told = [(pair, reached) for pair, reached in zip(held.pairs, held.reached_with, strict=True) if reached]
    if len({reached for _, reached in told}) < 2:
        return {}
    weights = [1 / reached for _, reached in told]
    return figures(visco.counts(pair for pair, _ in told).weighted(weights), visco.FORMULAS, **known)


def _difference(one: str, first: _Held, other: str, second: _Held, known: Mapping[str, int]) -> Difference | None:
    """Of several samples the first counts: a pair of them is one response each."""
    left, right = _first_of_each(first), _first_of_each(second)
    shared = sorted(left.keys() & right.keys())
    if len(shared) < 2:
        return None
    ours, theirs = visco.counts(left[key] for key in shared), visco.counts(right[key] for key in shared)
    found = {name: difference(ours, theirs, visco.FORMULAS[name], **known) for name in COMPARED}
    return Difference(
        one=one,
        other=other,
        responses=len(shared),
        figures=found,
        within_noise={name: within_noise(figure) for name, figure in found.items()},
    )


def _first_of_each(held: _Held) -> dict[str, Pair]:
    found: dict[str, Pair] = {}
    for response, pair in zip(held.responses, held.pairs, strict=True):
        found.setdefault(response, pair)
    return found


def _baselines(gathered: _Gathered, known: Mapping[str, int]) -> dict[str, dict[str, Figure]]:
    counts = visco.counts(gathered.references.values())
    return {
        "answer_f1": figures(counts, baselines.ANSWERS, **known),
        "step_f1": figures(counts, baselines.STEPS, **known),
    }


def _agreement(units: Sequence[Unit], known: Mapping[str, int]) -> dict[str, Figure]:
    if not units:
        return {}
    order = (*ORDER, *(verdict for verdict in VERDICTS if verdict not in ORDER))
    table = agreement.table(units, order)
    return figures(table.counts, table.formulas(), **known)
