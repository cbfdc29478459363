"""Records read once, into what the report's figures need: pairs with the reference, claims, agreement, transitions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from annotations.core.critique_facts import is_flagged, stance, visco_label
from annotations.core.schema import RULING_STAGES, Author, Critique, Problem, Response
from annotations.metrics import sway
from annotations.metrics.agreement import Unit
from annotations.metrics.boilerplate import Said
from annotations.metrics.calibration import Claim
from annotations.metrics.sway import Flagged
from annotations.metrics.transitions import Transition
from annotations.metrics.versions import Versions
from annotations.metrics.visco import Pair

Couple = tuple[str, str]
MOST_SAID = 2000  # explanations of one author that are looked at for phrases: enough to see what is repeated


@dataclass(slots=True)
class Held:
    """What one author version, or all people, wrote of responses that have a reference; lists lie beside `pairs`."""

    author: Author
    pairs: list[Pair] = field(default_factory=list)
    responses: list[str] = field(default_factory=list)
    starts: list[Sequence[int]] = field(default_factory=list)
    difficulty: list[int | None] = field(default_factory=list)
    reached_with: list[float | None] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    flagged: list[Flagged] = field(default_factory=list)  # judged steps that have a reference label
    said: list[Said] = field(default_factory=list)  # explanations, at most MOST_SAID

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
        self.starts.append([step.start for step in response.steps or ()])
        self.difficulty.append(reference.difficulty)
        for said, wanted in zip(critique.judgments, reference.judgments, strict=True):
            label, called = visco_label(wanted), visco_label(said)
            if said.confidence is not None and label is not None and called is not None:
                self.claims.append(Claim(said.confidence, label == called, problem.key))
            if label is not None and said.state == "judged" and response.steps:
                begin, end = response.steps[said.step - 1].start, response.steps[said.step - 1].end
                told = sway.properties_of(
                    response.source_text[begin:end], said.step, len(response.steps), is_wrong=not label
                )
                self.flagged.append(Flagged(told, is_flagged(said), problem.key))
            for finding in said.findings:
                if len(self.said) < MOST_SAID:
                    self.said += [Said(text, said.verdict or said.state) for text in finding.explanations[:1]]

    def places_of_first(self) -> dict[str, int]:
        """Of several samples of a response the first counts where authors are compared pair by pair."""
        found: dict[str, int] = {}
        for place, response in enumerate(self.responses):
            found.setdefault(response, place)
        return found


@dataclass(slots=True)
class Spent:
    """What a critic's critiques cost, over all of them: sums, and of how many each is known."""

    critiques: int = 0
    seconds: float = 0.0
    with_seconds: int = 0
    tokens: float = 0.0
    with_tokens: int = 0

    def add(self, critique: Critique) -> None:
        self.critiques += 1
        seconds = _number(critique.costs.get("seconds"))
        if seconds is None:
            seconds = critique.active_seconds
        if seconds is not None:
            self.seconds, self.with_seconds = self.seconds + seconds, self.with_seconds + 1
        tokens = [_number(critique.costs.get(name)) for name in ("tokens_in", "tokens_out")]
        if any(one is not None for one in tokens):
            self.tokens += sum(one for one in tokens if one is not None)
            self.with_tokens += 1


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


@dataclass(slots=True)
class Couples:
    """Two authors on the steps that both judged: (one's stance, the other's, problem)."""

    rated: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Gathered:
    versions: Versions = field(default_factory=Versions)
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("problems", "responses", "critiques", "references"), 0)
    )
    by_critic: dict[str, Held] = field(default_factory=dict)
    by_person: dict[str, Held] = field(default_factory=dict)
    people: Held = field(default_factory=lambda: Held(Author(kind="person", name="people")))
    spent: dict[str, Spent] = field(default_factory=lambda: defaultdict(Spent))
    kinds: dict[str, str] = field(default_factory=dict)
    references: dict[str, Pair] = field(default_factory=dict)
    step_units: list[Unit] = field(default_factory=list)
    answer_units: list[Unit] = field(default_factory=list)
    couples: dict[Couple, Couples] = field(default_factory=lambda: defaultdict(Couples))
    transitions: dict[tuple[str, str, int], list[Transition]] = field(default_factory=lambda: defaultdict(list))

    def read(self, problems: Iterable[Problem]) -> Gathered:
        for problem in problems:
            self.add(problem)
        return self

    def add(self, problem: Problem) -> None:
        self.counts["problems"] += 1
        for response in problem.responses:
            self.counts["responses"] += 1
            self.counts["critiques"] += len(response.critiques)
            self._add_critiques(problem, response)
            effect = response.effect
            if effect is not None and effect.left_out is None:
                outcome = {"right": True, "wrong": False}
                self.transitions[effect.source, effect.level, effect.round].append(
                    Transition(outcome.get(effect.before), outcome.get(effect.after), problem.key)
                )

    def _add_critiques(self, problem: Problem, response: Response) -> None:
        reference = next((one for one in response.critiques if one.reference), None)
        # A reviewer's version and an earlier reference rest on what others wrote: no reading of its own.
        others = [one for one in response.critiques if one is not reference and one.stage not in RULING_STAGES]
        people = [one for one in others if one.author.kind == "person"]
        if len(people) > 1:
            for judgments in zip(*(one.judgments for one in people), strict=True):
                self.step_units.append(Unit([stance(judgment) for judgment in judgments], problem.key))
            self.answer_units.append(Unit([one.answer.verdict for one in people], problem.key))
        named = [(self.versions.name(one.author), one) for one in others]
        self._add_couples(problem, named)
        for name, one in named:
            self.kinds[name] = one.author.kind
            self.spent[name].add(one)
        if reference is None:
            return
        self.counts["references"] += 1
        self.references[response.key] = Pair(reference=reference, predicted=reference, group=problem.key)
        for name, one in named:
            if one.author.kind == "person":
                self.people.add(one, reference, problem, response)
            held = self.by_critic if one.author.kind == "critic" else self.by_person
            held.setdefault(name, Held(one.author)).add(one, reference, problem, response)

    def _add_couples(self, problem: Problem, named: Sequence[tuple[str, Critique]]) -> None:
        """Of several samples or runs of one version the first counts."""
        first: dict[str, Critique] = {}
        for name, critique in named:
            first.setdefault(name, critique)
        for one, other in combinations(sorted(first), 2):
            rated = self.couples[one, other].rated
            for mine, theirs in zip(first[one].judgments, first[other].judgments, strict=True):
                here, there = stance(mine), stance(theirs)
                if here is not None and there is not None:
                    rated.append((here, there, problem.key))
