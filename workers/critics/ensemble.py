"""Ensemble: several critics' critiques of one chain, merged step by step by their votes.

Source: MultiCritique. The critics have judged already, each on its own model; this method asks no model anything. A
step is incorrect where the incorrect votes outweigh the threshold. Findings of one step that mean the same
(core.matching) are one; those that fewer voters named than asked for are dropped, or kept by setting. Who named what is
kept as evidence. Votes may weigh by how consistent a voter's layers were, or by how often it agreed with references.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from annotations.core.matching import Placed, Weights, likeness
from annotations.core.schema import AnswerJudgment, Critique, Evidence, Finding, Judgment, Verdict
from workers.critics.base import Chain, Method, check_ranges
from workers.critics.wants import Opinion, Opinions
from workers.critics.wrapping import author_of
from workers.engines.base import Engine

SAME_FINDING = Weights(step=0.0)  # all lie in one step: only what and where tell them apart


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleSettings:
    critics: str = field(
        default="", metadata={"help": "Names of the critics, with commas between; empty for all of the project."}
    )
    least_voters: int = field(
        default=2, metadata={"help": "With fewer critiques than this it abstains.", "range": (1, 100)}
    )
    threshold: float = field(
        default=0.5, metadata={"help": "A step is incorrect above this share of the votes.", "range": (0.0, 0.99)}
    )
    least_votes: int = field(
        default=2, metadata={"help": "Voters that must name a finding for it to stay.", "range": (1, 100)}
    )
    keep_singletons: bool = field(default=False, metadata={"help": "Also keep findings that fewer voters named."})
    weights: Literal["equal", "layer_agreement", "reliability"] = field(
        default="equal",
        metadata={
            "help": "Votes count alike, by the voter's layer agreement, or by its agreement with the references.",
            "choices": ("equal", "layer_agreement", "reliability"),
        },
    )

    def __post_init__(self) -> None:
        check_ranges(self)


async def critique(chain: Chain, engine: Engine, settings: EnsembleSettings, *, seed: int = 0) -> Critique:
    opinions = chain.known(wanted(settings))
    author = author_of(METHOD, chain, engine.description, settings)
    if len(opinions) < settings.least_voters:
        return _abstention(chain, author, opinions, settings)
    merged = [merge_step(step, opinions, settings) for step in range(1, len(chain.steps) + 1)]
    answer, votes = merge_answer(opinions, settings)
    return Critique(
        author=author,
        judgments=tuple(judgment for judgment, _ in merged),
        answer=answer if chain.answer is not None else AnswerJudgment(),
        evidence=(votes, *(evidence for _, evidence in merged)),
        stage="model",
        costs={"calls": 0, "tokens_in": 0, "tokens_out": 0, "seconds": 0.0},
    )


def wanted(settings: EnsembleSettings) -> Opinions:
    return Opinions(critics=tuple(name for part in settings.critics.split(",") if (name := part.strip())))


def merge_step(step: int, opinions: Sequence[Opinion], settings: EnsembleSettings) -> tuple[Judgment, Evidence]:
    """One step's verdict by votes, its findings by how many named them, and who said what."""
    voters = [(opinion, opinion.critique.judgments[step - 1]) for opinion in opinions]
    weights = [weight(opinion, step, settings.weights) for opinion in opinions]
    share = share_of("incorrect", [said.verdict for _, said in voters], weights)
    groups = group(
        [
            Named(name_of(opinion), vote, finding)
            for (opinion, said), vote in zip(voters, weights, strict=True)
            for finding in said.findings
        ]
    )
    wrong = share is not None and share > settings.threshold
    kept = [
        group for group in groups if len(named_by(group)) >= settings.least_votes or settings.keep_singletons
    ] if wrong else []  # fmt: skip
    evidence = Evidence(
        kind="votes",
        step=step,
        content={
            "share": share,
            "voters": _told(voters, weights),
            "findings": [
                {"named_by": named_by(group), "kept": group in kept, "explanation": _first_explanation(group)}
                for group in groups
            ],
        },
    )
    if share is None:
        return Judgment(step=step, state="unparsed"), evidence
    if not wrong:
        return Judgment(step=step, verdict="correct", own_error=False, confidence=1 - share), evidence
    origin = _origin(step, [said for _, said in voters if said.verdict == "incorrect"])
    findings = tuple(map(merge_findings, kept))
    return Judgment(step=step, verdict="incorrect", confidence=share, findings=findings, **origin), evidence


def merge_answer(opinions: Sequence[Opinion], settings: EnsembleSettings) -> tuple[AnswerJudgment, Evidence]:
    voters = [(opinion, opinion.critique.answer) for opinion in opinions]
    weights = [weight(opinion, None, settings.weights) for opinion in opinions]
    share = share_of("incorrect", [said.verdict for _, said in voters], weights)
    evidence = Evidence(kind="votes", content={"share": share, "voters": _told(voters, weights), "findings": []})
    if share is None:
        return AnswerJudgment(state="unparsed"), evidence
    if share > settings.threshold:
        return AnswerJudgment(verdict="incorrect", state="judged", confidence=share), evidence
    return AnswerJudgment(verdict="correct", state="judged", confidence=1 - share), evidence


def share_of(verdict: Verdict, said: Sequence[Verdict | None], weights: Sequence[float]) -> float | None:
    """The weight behind this verdict among correct and incorrect ones, 0 to 1; None where nobody gave either."""
    votes = [(one, w) for one, w in zip(said, weights, strict=True) if one in ("correct", "incorrect")]
    total = sum(w for _, w in votes)
    return sum(w for one, w in votes if one == verdict) / total if total else None


def weight(opinion: Opinion, step: int | None, by: str) -> float:
    """Of one vote. Where the measure that was asked for is missing, a vote counts half: as reliable as a coin."""
    if by == "reliability":
        return opinion.reliability
    if by == "layer_agreement":
        told = (one for one in opinion.critique.evidence if one.kind == "layer_agreement" and one.step == step)
        return float(next((one.content["agreement"] for one in told), 0.5))
    return 1.0


@dataclass(frozen=True, slots=True)
class Named:
    """A finding with who named it, and the weight of that voter."""

    by: str
    weight: float
    finding: Finding


def group(named: Iterable[Named]) -> list[list[Named]]:
    """Findings of one step that mean the same, in groups; each joins the group to whose first it is likest."""
    groups: list[list[Named]] = []
    for one in named:
        near = [(_likeness(one.finding, group[0].finding), -place) for place, group in enumerate(groups)]
        best = max(near, default=(0.0, 0))
        if near and best[0] >= SAME_FINDING.threshold:
            groups[-best[1]].append(one)
        else:
            groups.append([one])
    return groups


def _likeness(one: Finding, other: Finding) -> float:
    return likeness(Placed(1, one), Placed(1, other), SAME_FINDING)


def merge_findings(group: Sequence[Named]) -> Finding:
    """The weightiest voter's words and marks; the others' explanations beside them, the type that most gave."""
    first = max(group, key=lambda one: one.weight).finding
    explanations = dict.fromkeys(
        text for one in [first, *(one.finding for one in group)] for text in one.explanations if text
    )
    return Finding(
        error_type=_commonest(one.finding.error_type for one in group),
        severity=_commonest(one.finding.severity for one in group),
        explanations=tuple(explanations),
        corrected_text=first.corrected_text or next((o.finding.corrected_text for o in group), None),
        marks=first.marks or next((one.finding.marks for one in group if one.finding.marks), ()),
    )


def named_by(group: Sequence[Named]) -> list[str]:
    return list(dict.fromkeys(one.by for one in group))


def name_of(opinion: Opinion) -> str:
    sample = opinion.critique.sample
    return f"{opinion.critic}, sample {sample}" if sample else opinion.critic


def _commonest(given: Iterable[Any]) -> Any:
    counted = Counter(one for one in given if one is not None).most_common(1)
    return counted[0][0] if counted else None


def _origin(step: int, said: Sequence[Judgment]) -> dict[str, Any]:
    """Where the error comes from, as more than half of those say who called the step incorrect."""

    def most(holders: Iterable[bool]) -> bool:
        return 2 * sum(holders) > len(said)

    own = True if most(one.own_error is True for one in said) else None
    if most(one.own_error is False for one in said):
        own = False
    origins = tuple(earlier for earlier in range(1, step) if most(earlier in one.inherits_from for one in said))
    if own is False and not origins:
        own = None
    return {"own_error": own, "inherits_from": origins, "origin_unknown": own is None and not origins}


def _told(voters: Sequence[tuple[Opinion, Any]], weights: Sequence[float]) -> list[dict[str, Any]]:
    return [
        {"critic": name_of(opinion), "verdict": said.verdict or said.state, "weight": round(vote, 4)}
        for (opinion, said), vote in zip(voters, weights, strict=True)
    ]


def _first_explanation(group: Sequence[Named]) -> str:
    return next((text for one in group for text in one.finding.explanations if text), "")


def _abstention(chain: Chain, author: Any, opinions: Sequence[Opinion], settings: EnsembleSettings) -> Critique:
    reason = (
        f"Needs critiques of at least {settings.least_voters} critics or samples of "
        f"{settings.critics or 'the project'}, found {len(opinions)}. Run those critics first."
    )
    return Critique(
        author=author,
        judgments=tuple(
            Judgment(step=step, state="abstained", reason=reason) for step in range(1, len(chain.steps) + 1)
        ),
        answer=AnswerJudgment() if chain.answer is None else AnswerJudgment(state="abstained"),
        comment=reason,
        stage="model",
    )


METHOD = Method(
    name="ensemble",
    title="Ensemble",
    help="Merges the critiques that several critics wrote already: verdicts by votes, findings by how many named them.",
    signal_source="sampling",
    settings=EnsembleSettings,
    expected_calls=lambda steps, settings: 0,
    wants=lambda settings: (wanted(settings),),
    critique=critique,
)
