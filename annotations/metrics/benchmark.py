"""VISCO's whole table: critics × (Ans, Step, Ex F1, VISCore per superskill, correction gain A/AS/ASE, flags, cost).

And, for two critics, the paired change in each of these and in each pattern: LookBack − direct is VISCO's own question.
From core records alone. Ex F1 and VISCore need rulings on explanations; without any they are None, as is a gain without
corrections. Source: METHODS.md 1.4, 1.6, 1.7.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from annotations.core.schema import Problem
from annotations.metrics import patterns, transitions, visco
from annotations.metrics.bootstrap import Counts, Figure, Formula, differences, figures, side_by_side, within_noise
from annotations.metrics.gathering import Gathered, Held
from annotations.metrics.transitions import Transition
from annotations.metrics.versions import Versions
from annotations.metrics.visco import Pair

SCORES = ("answer_f1", "step_f1", "explanation_f1", "viscore")
SUPERSKILLS = ("Reasoning", "Perception")
LEVELS = ("A", "AS", "ASE")
HUMAN, NOTHING = "people", "nothing"  # as guides of corrections


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One critic; `figures` by name, `Superskill.name` within one, `gain.LEVEL` of corrections that it guided."""

    critic: str
    responses: int
    figures: Mapping[str, Figure]
    seconds: float | None  # a critique
    tokens: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """`other` − `one` on the responses that both judged."""

    one: str
    other: str
    responses: int
    figures: Mapping[str, Figure]
    within_noise: Mapping[str, bool | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """`guides`: gains of corrections guided by people and by nothing, beside the critics'."""

    rows: Sequence[Row]
    changes: Sequence[Change]
    guides: Mapping[str, Mapping[str, Figure]]
    comparisons: int


@dataclass(slots=True)
class _Guided:
    """Transitions by who guided them and at which level."""

    held: dict[tuple[str, str], list[Transition]] = field(default_factory=lambda: defaultdict(list))

    def read(self, problem: Problem, versions: Versions) -> None:
        names = {
            critique.key: versions.name(critique.author) if critique.author.kind == "critic" else HUMAN
            for response in problem.responses
            for critique in response.critiques
        }
        outcome = {"right": True, "wrong": False}
        for response in problem.responses:
            effect = response.effect
            if effect is None or effect.left_out is not None or effect.round > 1:
                continue
            guide = names.get(response.guided_by or "", "") if effect.level != "none" else NOTHING
            if guide:
                told = Transition(outcome.get(effect.before), outcome.get(effect.after), problem.key)
                self.held[guide, effect.level].append(told)


def benchmark(
    problems: Iterable[Problem],
    critics: Sequence[str],
    *,
    versions: Versions | None = None,
    seed: int = 0,
    resamples: int = 2000,
) -> Benchmark:
    """Rows in the order of `critics` (names of versions); one without a critique on a referenced response has none."""
    gathered, guided = Gathered(versions or Versions()), _Guided()
    for problem in problems:
        gathered.add(problem)
        guided.read(problem, gathered.versions)
    known = {"seed": seed, "resamples": resamples}
    held = {name: gathered.by_critic[name] for name in critics if name in gathered.by_critic}
    rows = []
    for name, one in held.items():
        spent = gathered.spent[name]
        rows.append(
            Row(
                critic=name,
                responses=len(set(one.responses)),
                figures=_scores(one.pairs, known) | _gains(guided, name, known),
                seconds=spent.seconds / spent.with_seconds if spent.with_seconds else None,
                tokens=spent.tokens / spent.with_tokens if spent.with_tokens else None,
            )
        )
    changes = [
        found
        for place, (one, first) in enumerate(held.items())
        for other, second in list(held.items())[place + 1 :]
        if (found := _change(one, first, other, second, known)) is not None
    ]
    return Benchmark(
        rows=rows,
        changes=changes,
        guides={guide: _gains(guided, guide, known, ("none", *LEVELS)) for guide in (NOTHING, HUMAN)},
        comparisons=sum(len(change.figures) for change in changes),
    )


def _families(pairs: Sequence[Pair]) -> dict[str, tuple[Counts, Mapping[str, Formula]]]:
    chosen = {name: visco.FORMULAS[name] for name in (*SCORES, "flag_rate", "reference_rate", "step_coverage")}
    return {
        "": (visco.counts(pairs), chosen),
        "propagation.": (patterns.propagation_counts(pairs), patterns.PROPAGATION),
    }


def _scores(pairs: Sequence[Pair], known: Mapping[str, int]) -> dict[str, Figure]:
    counted, formulas = side_by_side(_families(pairs))
    told = figures(counted, formulas, **known)
    for superskill in SUPERSKILLS:
        within = [pair for pair in pairs if pair.superskill == superskill]
        if within:
            scores = {name: visco.FORMULAS[name] for name in SCORES}
            told |= {
                f"{superskill}.{name}": one for name, one in figures(visco.counts(within), scores, **known).items()
            }
    return told


def _gains(guided: _Guided, guide: str, known: Mapping[str, int], levels: Sequence[str] = LEVELS) -> dict[str, Figure]:
    return {
        f"gain.{level}": figures(transitions.counts(held), {"gain": transitions.gain}, **known)["gain"]
        for level in levels
        if (held := guided.held.get((guide, level)))
    }


def _change(one: str, first: Held, other: str, second: Held, known: Mapping[str, int]) -> Change | None:
    left, right = first.places_of_first(), second.places_of_first()
    shared = sorted(left.keys() & right.keys())
    if len(shared) < 2:
        return None
    before, formulas = side_by_side(_families([first.pairs[left[key]] for key in shared]))
    after, _ = side_by_side(_families([second.pairs[right[key]] for key in shared]))
    told = differences(after, before, formulas, **known)
    return Change(
        one=one,
        other=other,
        responses=len(shared),
        figures=told,
        within_noise={name: within_noise(figure) for name, figure in told.items()},
    )
