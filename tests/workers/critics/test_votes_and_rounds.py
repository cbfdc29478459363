"""Several critiques become one: votes of an ensemble, rounds of an escalation."""

from __future__ import annotations

import asyncio
import dataclasses
from itertools import cycle
from typing import Any

from annotations.core.schema import AnswerJudgment, Author, Critique, Evidence, Finding, Judgment, Span
from tests.workers.critics.chains import a_chain, assert_submittable
from tests.workers.critics.scripted_model import ALL_RIGHT, CRITICAL, ERROR_FOUND, ScriptedModel
from tests.workers.critics.test_methods import criticise
from workers.critics.wants import Opinion, Opinions
from workers.critics.wrapping import configured

AXIS = Finding(explanations=("The red bar ends at 60, not at 70.",), marks=(Span(start=4, end=22),))
SAME = Finding(explanations=("Not 70: the red bar ends at 60.",), marks=(Span(start=4, end=20),))
OTHER = Finding(explanations=("Bars have no colour in print.",), marks=(Span(start=0, end=3),))


def said(critic: str, *findings: Finding, verdict: str = "incorrect", **opinion: Any) -> Opinion:
    judgments = (
        Judgment(step=1, verdict="correct", own_error=False),
        Judgment(step=2, verdict=verdict, own_error=verdict == "incorrect", findings=findings),  # type: ignore[arg-type]
        Judgment(step=3, verdict="correct", own_error=False),
    )
    critique = Critique(
        author=Author(kind="critic", name=critic),
        judgments=judgments,
        answer=AnswerJudgment(verdict="incorrect", state="judged"),
        evidence=opinion.pop("evidence", ()),
    )
    return Opinion(critic=critic, critique=critique, **opinion)


def merge(*opinions: Opinion, **settings: Any) -> Critique:
    chain = dataclasses.replace(a_chain(), context={Opinions(): opinions})
    written = asyncio.run(configured("ensemble", settings).critique(chain, ScriptedModel({})))
    assert_submittable(written, a_chain())
    return written


def votes(written: Critique, step: int) -> dict[str, Any]:
    return next(one.content for one in written.evidence if one.kind == "votes" and one.step == step)


def test_a_finding_of_two_votes_is_kept_a_singleton_dropped_and_both_sources_named() -> None:
    written = merge(said("a", AXIS), said("b", SAME, OTHER), said("c", verdict="correct"))
    second = written.judgments[1]
    assert (second.verdict, second.own_error) == ("incorrect", True)
    (finding,) = second.findings
    assert finding.explanations == (*AXIS.explanations, *SAME.explanations)
    assert [(found["named_by"], found["kept"]) for found in votes(written, 2)["findings"]] == [
        (["a", "b"], True),
        (["b"], False),
    ]
    assert written.costs["calls"] == 0


def test_singletons_are_kept_by_setting() -> None:
    written = merge(said("a", AXIS), said("b", SAME, OTHER), keep_singletons=True)
    assert len(written.judgments[1].findings) == 2


def test_a_tie_flags_nothing_until_reliability_breaks_it() -> None:
    tied = (said("good", AXIS, reliability=0.9), said("poor", verdict="correct", reliability=0.5))
    assert merge(*tied).judgments[1].verdict == "correct"
    assert merge(*tied, weights="reliability").judgments[1].verdict == "incorrect"


def test_layer_agreement_weighs_the_vote_on_its_step() -> None:
    def by_layers(critic: str, agreement: float, **fields: Any) -> Opinion:
        told = Evidence(kind="layer_agreement", step=2, content={"agreement": agreement})
        return said(critic, evidence=(told,), **fields)

    pair = (by_layers("sure", 0.9), by_layers("torn", 0.2, verdict="correct"))
    assert merge(*pair, weights="layer_agreement").judgments[1].verdict == "incorrect"


def test_too_few_voters_abstain_and_say_what_to_do() -> None:
    written = merge(said("a", AXIS))
    assert {judgment.state for judgment in written.judgments} == {"abstained"}
    assert "Run those critics first" in written.judgments[0].reason


def test_what_settles_stops_at_round_two() -> None:
    written, engine = criticise("escalate", CRITICAL)
    assert written.extra == {"rounds": 2, "settled": True}
    assert written.costs["calls"] == len(engine.asked) == 1 + 2
    assert "Your last critique was" not in engine.asked[0].text
    assert all("Step 2: incorrect\n  The red bar ends at 60." in asked.text for asked in engine.asked[1:])


def test_what_never_settles_ends_with_the_budget_and_keeps_its_changes_of_mind() -> None:
    replies = cycle([ALL_RIGHT, ERROR_FOUND, ERROR_FOUND, ALL_RIGHT, ALL_RIGHT, ALL_RIGHT, ALL_RIGHT])
    written, engine = criticise("escalate", {**CRITICAL, "direct": lambda asked: next(replies)}, most_rounds=3)
    assert written.extra == {"rounds": 3, "settled": False}
    assert written.costs["calls"] == len(engine.asked) == 7
    told = next(one.content for one in written.evidence if one.kind == "rounds" and one.step == 2)
    assert told["verdicts"] == [["correct"], ["incorrect", "incorrect"], ["correct"] * 4]
    _, engine = criticise("escalate", {**CRITICAL, "direct": lambda asked: next(replies)}, most_calls=6)
    assert len(engine.asked) == 3  # a third round would go beyond


def test_a_split_round_settles_nothing_and_the_verdict_before_it_stands() -> None:
    replies = iter([ERROR_FOUND, ERROR_FOUND, ALL_RIGHT])
    written, _ = criticise("escalate", {**CRITICAL, "direct": lambda asked: next(replies)}, most_rounds=2)
    assert written.extra["settled"] is False
    assert (written.judgments[1].verdict, written.judgments[1].confidence) == ("incorrect", 0.5)
