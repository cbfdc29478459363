"""Rewind: the draft that passes stays, those before it are kept as negatives, and every cap is respected."""

from __future__ import annotations

import pytest

from tests.workers.corrections.builders import STEPS, a_critique, correct
from tests.workers.scripted import Asked, ScriptedEngine
from workers.corrections.guidance import Guide
from workers.corrections.rewind import CORRECTOR


class ScriptedWriter:
    """Writes these (step, answer) drafts in turn; finds each right that is in `good`."""

    def __init__(self, *drafts: tuple[str, str], good: set[str]) -> None:
        self.drafts, self.good, self.written, self.asked = list(drafts), good, 0, []

    def __call__(self, asked: Asked):
        if "step" in (asked.schema or {}).get("properties", {}):
            self.asked.append(asked)
            step, answer = self.drafts[min(self.written, len(self.drafts) - 1)]
            self.written += 1
            return {"step": step, "answer": answer}
        checked = asked.text.rpartition("Step to check:\n")[2].strip()
        return "correct" if checked in self.good else "incorrect"


class WordEngine(ScriptedEngine):
    """Its one-word replies parse as the JSON strings that they are."""

    async def generate(self, messages, **asked):
        from dataclasses import replace

        reply = await super().generate(messages, **asked)
        return replace(reply, parsed=reply.text) if reply.parsed is None else reply


def test_the_first_draft_is_rejected_the_second_stays_and_the_first_is_linked():
    model = ScriptedWriter(("It is 70.", ""), ("It is 60.", ""), ("So 100.", "100"), good={"It is 60.", "So 100."})
    lineage = correct(CORRECTOR, WordEngine(model))
    (draft,) = lineage.drafts
    assert (draft.steps, draft.answer, lineage.ended) == (("It is 60.", "So 100."), "100", "done")
    assert [(rejected.step, rejected.text) for rejected in draft.rejected] == [(1, "It is 70.")]
    assert "probability of being correct 0.00" in draft.rejected[0].reason


def test_each_draft_is_drawn_with_a_seed_of_its_own():
    model = ScriptedWriter(("a", ""), ("b", ""), ("c", "1"), good={"c"})
    correct(CORRECTOR, WordEngine(model), seed=50)
    assert [asked.seed for asked in model.asked] == [51, 52, 53]


@pytest.mark.parametrize("tries", [1, 2, 4])
def test_no_more_drafts_of_a_step_than_allowed_and_then_the_best_stays(tries):
    model = ScriptedWriter(("bad", "5"), good=set())
    lineage = correct(CORRECTOR, WordEngine(model), tries=tries, rewinds=0)
    assert model.written == tries
    assert (lineage.drafts[0].steps, lineage.ended) == (("bad",), "budget")
    assert len(lineage.drafts[0].rejected) == tries - 1


def test_where_no_draft_will_do_it_goes_back_a_step_and_keeps_all_of_them_as_negatives():
    model = ScriptedWriter(
        ("wrong start", ""), ("x", ""), ("y", ""), ("right start", ""), ("end", "7"),
        good={"wrong start", "right start", "end"},
    )  # fmt: skip
    (draft,) = correct(CORRECTOR, WordEngine(model), tries=2, rewinds=1).drafts
    assert (draft.steps, draft.answer) == (("right start", "end"), "7")
    assert [(rejected.step, rejected.text) for rejected in draft.rejected] == [(2, "x"), (2, "y"), (1, "wrong start")]


def test_it_goes_back_no_more_often_than_allowed():
    model = ScriptedWriter(("start", ""), *[("x", ""), ("start", "")] * 20, good={"start"})
    lineage = correct(CORRECTOR, WordEngine(model), tries=1, rewinds=2, most_steps=4)
    assert lineage.ended == "rounds"
    assert sum("no draft of the next step" in rejected.reason for rejected in lineage.drafts[0].rejected) == 2


def test_guided_by_a_critique_the_steps_before_the_first_flag_stay_and_are_never_rewound():
    model = ScriptedWriter(("bad", ""), ("It is 60.", "100"), good={"It is 60."})
    engine = WordEngine(model)
    lineage = correct(CORRECTOR, engine, Guide(level="AS", critique=a_critique()), tries=1, rewinds=5)
    (draft,) = lineage.drafts
    assert draft.steps[0] == STEPS[0]
    assert "1. " + STEPS[0] in model.asked[0].text
    assert STEPS[1] not in model.asked[0].text
    assert "Step 2: incorrect." in model.asked[0].text


def test_a_model_that_gives_probabilities_is_asked_for_them():
    engine = ScriptedEngine({"step": "It is 60.", "answer": "100"}, probabilities=(0.8, 0.2))
    lineage = correct(CORRECTOR, engine, threshold=0.8)
    assert lineage.ended == "done"
    assert lineage.costs["calls"] == 2
    assert correct(CORRECTOR, engine, threshold=0.9, rewinds=0, tries=1).ended == "budget"


def test_what_does_not_parse_ends_it():
    lineage = correct(CORRECTOR, ScriptedEngine("Well."), tries=2)
    assert (lineage.drafts[0].steps, lineage.ended) == ((), "unparsed")
