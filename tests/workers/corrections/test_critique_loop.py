"""The loop stops when its critic passes, at its cap of rounds, and at its budget; its lineage is complete."""

from __future__ import annotations

import pytest

from tests.workers.corrections.builders import MENDED, asks_for, correct, verdicts
from tests.workers.scripted import Asked, ScriptedEngine
from workers.corrections.critique_loop import CORRECTOR


class ScriptedModel:
    """Criticises with each of these replies in turn (the last for ever), revises to the mended chain."""

    def __init__(self, *critiques, chain=MENDED):
        self.critiques, self.chain, self.said = list(critiques), chain, []

    def __call__(self, asked: Asked):
        self.said.append(asks_for(asked))
        if self.said[-1] == "chain":
            return self.chain
        return self.critiques.pop(0) if len(self.critiques) > 1 else self.critiques[0]


def test_flagged_once_then_passed_it_stops_after_one_revision_with_its_lineage_complete():
    model = ScriptedModel(verdicts(2), verdicts())
    lineage = correct(CORRECTOR, ScriptedEngine(model))
    assert model.said == ["verdicts", "chain", "verdicts"]
    assert lineage.ended == "passed"
    (draft,) = lineage.drafts
    assert [judgment.verdict for judgment in draft.critique.judgments] == ["correct", "incorrect", "correct"]
    assert [judgment.verdict for judgment in lineage.last_critique.judgments] == ["correct"] * 3
    assert lineage.costs["calls"] == 3


def test_a_chain_that_passes_at_once_is_not_revised():
    lineage = correct(CORRECTOR, ScriptedEngine(ScriptedModel(verdicts())))
    assert (lineage.drafts, lineage.ended) == ((), "passed")
    assert lineage.last_critique is not None


def test_a_wrong_answer_alone_is_reason_enough():
    lineage = correct(CORRECTOR, ScriptedEngine(ScriptedModel(verdicts(answer="incorrect"), verdicts())))
    assert len(lineage.drafts) == 1


@pytest.mark.parametrize("rounds", [1, 2, 5])
def test_a_critic_that_never_passes_is_stopped_by_the_cap(rounds):
    lineage = correct(CORRECTOR, ScriptedEngine(ScriptedModel(verdicts(1))), rounds=rounds)
    assert (len(lineage.drafts), lineage.ended) == (rounds, "rounds")
    assert lineage.costs["calls"] == 2 * rounds + 1


def test_no_round_begins_beyond_the_budget():
    lineage = correct(CORRECTOR, ScriptedEngine(ScriptedModel(verdicts(1))), rounds=10, most_calls=4)
    assert (len(lineage.drafts), lineage.ended, lineage.costs["calls"]) == (2, "budget", 5)


def test_a_critique_that_does_not_parse_is_no_pass():
    lineage = correct(CORRECTOR, ScriptedEngine(ScriptedModel("Well, it depends.")))
    assert (lineage.drafts, lineage.ended) == ((), "unparsed")


def test_a_revision_that_does_not_parse_ends_it_and_is_kept():
    lineage = correct(CORRECTOR, ScriptedEngine(ScriptedModel(verdicts(1), chain="I cannot.")))
    (draft,) = lineage.drafts
    assert (draft.steps, draft.raw_output, lineage.ended, lineage.last_critique) == ((), "I cannot.", "unparsed", None)


def test_it_may_begin_with_a_chain_of_its_own():
    model = ScriptedModel(verdicts(2), verdicts())
    engine = ScriptedEngine(model)
    lineage = correct(CORRECTOR, engine, fresh=True)
    assert model.said == ["chain", "verdicts", "chain", "verdicts"]
    assert [draft.fresh for draft in lineage.drafts] == [True, False]
    assert "The red bar reaches 70." not in engine.asked[0].text


def test_what_its_critic_needs_it_needs_and_what_cannot_be_told_is_refused():
    assert CORRECTOR.expected_calls(3, CORRECTOR.settings(rounds=2)) == 1 + 2 * 2
    with pytest.raises(ValueError, match="critic: expected one of"):
        CORRECTOR.settings(critic="oracle")
    with pytest.raises(ValueError, match="critic_settings of direct"):
        CORRECTOR.settings(critic_settings={"wings": 2})
