"""Escalate: critiques in rounds of 1, 2, 4 …, each told to check the last one again, until the verdicts settle.

Source: Iterative Deepening Sampling. A round's verdict on a step is that of most of its critiques; where as many say
one as the other, the round is split and nothing is settled. It ends with the first round that changes nothing, or with
the budget. Every change of mind is kept, and the costs are those of the calls that were made.
"""

from __future__ import annotations

from asyncio import gather
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from annotations.core.schema import AnswerJudgment, Critique, Evidence, Judgment
from workers.critics.base import Chain, Method, derived_seed
from workers.critics.tally import Tally
from workers.critics.wrapping import Configured, Wrapping, author_of, calls_of, wrapped
from workers.engines.base import Engine

Judged = TypeVar("Judged", Judgment, AnswerJudgment)
ANSWER = -1  # the answer's place after the steps'
SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalateSettings(Wrapping):
    temperature: float = field(
        default=0.7,
        metadata={
            "help": "At which the method within draws, if it has one: else all critiques are alike.",
            "range": (0.0, 2.0),
        },
    )
    most_rounds: int = field(default=4, metadata={"help": "Rounds at the most: 4 are 15 critiques.", "range": (2, 6)})
    most_calls: int = field(
        default=60, metadata={"help": "No round begins that might go beyond this many calls.", "range": (1, 10_000)}
    )


async def critique(chain: Chain, engine: Engine, settings: EscalateSettings, *, seed: int = 0) -> Critique:
    engine = Tally(engine)
    inner = drawing(wrapped(settings), settings.temperature)
    rounds: list[list[Critique]] = []
    while may_go_on(rounds, engine.calls, calls_of(inner, len(chain.steps)), settings):
        rounds.append(await one_round(chain, engine, inner, rounds, seed))
        if settled(rounds):
            break
    places = [*range(len(chain.steps)), ANSWER]
    return replace(
        rounds[-1][0],
        author=author_of(METHOD, chain, engine.description, settings),
        judgments=tuple(final([[_at(one, place) for one in round] for round in rounds]) for place in places[:-1]),
        answer=final([[one.answer for one in round] for round in rounds]),
        evidence=(
            *(rounds[-1][0].evidence),
            *(Evidence(kind="rounds", step=place + 1 or None, content=_told(rounds, place)) for place in places),
        ),
        raw_output="\n\n".join(one.raw_output for round in rounds for one in round),
        costs=engine.costs(),
        extra={"rounds": len(rounds), "settled": settled(rounds)},
    )


def may_go_on(rounds: list[list[Critique]], spent: int, calls_each: int, settings: EscalateSettings) -> bool:
    """The first round always; a later one within both limits."""
    needed = 2 ** len(rounds) * calls_each
    return not rounds or (len(rounds) < settings.most_rounds and spent + needed <= settings.most_calls)


async def one_round(
    chain: Chain, engine: Engine, inner: Configured, rounds: list[list[Critique]], seed: int
) -> list[Critique]:
    """Twice as many critiques as the round before, each told what the last one said."""
    number = len(rounds)
    if rounds:
        again = chain.prompt("escalate_again").text(critique=in_words(rounds[-1][-1]))
        chain = replace(chain, remarks=(*chain.remarks, again))
    critiques = (
        inner.critique(chain, engine, seed=derived_seed(seed, "round", number, sample)) for sample in range(2**number)
    )
    return list(await gather(*critiques))


def drawing(inner: Configured, temperature: float) -> Configured:
    """The method within at this temperature, where it has one."""
    if not any(one.name == "temperature" for one in fields(inner.settings)):
        return inner
    return Configured(inner.method, replace(inner.settings, temperature=temperature))


def settled(rounds: list[list[Critique]]) -> bool:
    """Whether the last round said of each step and of the answer what the one before said, with nothing split."""
    if len(rounds) < 2:
        return False
    places = [*range(len(rounds[-1][0].judgments)), ANSWER]
    last, before = ([of_most([_at(one, place) for one in round]) for place in places] for round in rounds[:-3:-1])
    return last == before and SPLIT not in last


def of_most(said: Sequence[Judgment | AnswerJudgment]) -> str | None:
    """The verdict of most, "split" where two have as many; None where none parsed. Unparsed ones have no vote."""
    votes = Counter(one.verdict for one in said if one.verdict is not None).most_common(2)
    if not votes:
        return None
    return SPLIT if len(votes) == 2 and votes[0][1] == votes[1][1] else votes[0][0]


def final(rounds: list[list[Judged]]) -> Judged:
    """The last round's judgment that holds the verdict of most, else an earlier round's; its confidence is their share.

    Where the last round is split, the verdict before it stands at the share that it still has.
    """
    decided = next((of_most(said) for said in reversed(rounds) if of_most(said) not in (None, SPLIT)), None)
    if decided is None:
        return rounds[-1][0]
    voters = [one for one in rounds[-1] if one.verdict is not None]
    share = sum(one.verdict == decided for one in voters) / len(voters) if voters else None
    chosen = next(one for said in reversed(rounds) for one in said if one.verdict == decided)
    return replace(chosen, confidence=share)


def in_words(critique: Critique) -> str:
    """A critique as a model reads it: a line a step, what it found below."""
    lines = []
    for judgment in critique.judgments:
        lines.append(f"Step {judgment.step}: {judgment.verdict or judgment.state}")
        lines += [f"  {text}" for finding in judgment.findings for text in finding.explanations]
    return "\n".join([*lines, f"Final answer: {critique.answer.verdict or critique.answer.state}"])


def _at(critique: Critique, place: int) -> Any:
    return critique.answer if place == ANSWER else critique.judgments[place]


def _told(rounds: list[list[Critique]], place: int) -> dict[str, Any]:
    """Each round's verdicts on one step; with those on the answer, each critique in words."""
    verdicts = [[_at(one, place).verdict or _at(one, place).state for one in round] for round in rounds]
    if place != ANSWER:
        return {"verdicts": verdicts}
    return {"verdicts": verdicts, "critiques": [[in_words(one) for one in round] for round in rounds]}


def expected_calls(steps: int, settings: EscalateSettings) -> int:
    each = calls_of(wrapped(settings), steps)
    rounds = 1
    while rounds < settings.most_rounds and (2 ** (rounds + 1) - 1) * each <= settings.most_calls:
        rounds += 1
    return (2**rounds - 1) * each


METHOD = Method(
    name="escalate",
    title="Escalate",
    help="Repeats another method in growing rounds, each checking the last critique again, until the verdicts settle.",
    signal_source="sampling",
    needs=frozenset({"samples"}),
    prompts=("escalate_again",),
    settings=EscalateSettings,
    expected_calls=expected_calls,
    critique=critique,
)
