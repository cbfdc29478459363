"""The gate of familiarity, the reversed question, the checklist, past mistakes and the ablated image."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from annotations.core.schema import Critique
from tests.workers.critics.chains import STEPS, a_chain
from tests.workers.critics.scripted_model import CONTENT, CRITICAL, ScriptedModel
from tests.workers.critics.test_methods import a_mistake, criticise
from workers.critics.familiarity import is_same_name, without
from workers.critics.wants import PastMistakes
from workers.critics.wrapping import configured


def content(written: Critique, kind: str) -> dict[str, Any]:
    return next(one.content for one in written.evidence if one.kind == kind)


def test_what_is_unfamiliar_abstains_with_its_reason_and_asks_nothing_more() -> None:
    written, engine = criticise("familiarity", {**CRITICAL, "familiarity_name": "a cat"})
    assert {judgment.state for judgment in written.judgments} == {"abstained"}
    assert written.answer.state == "abstained"
    assert written.judgments[0].reason == "Not familiar enough with bar: 0.00, where 0.50 is asked for."
    assert engine.asked_by("direct") == []


def test_what_is_familiar_is_judged_and_the_score_kept() -> None:
    written, _ = criticise("familiarity", CRITICAL)
    assert written.judgments[1].verdict == "incorrect"
    assert content(written, "familiarity")["score"] == 1


def test_an_explanation_never_gives_its_name_away() -> None:
    assert without("Bar", "A bar chart has bars. BAR!") == "A ___ chart has ___s. ___!"
    assert is_same_name("parallelogram", "A parallelogram.")
    assert not is_same_name("parallelogram", "rhombus")
    assert not is_same_name("parallelogram", "")


def test_an_invented_condition_is_a_finding_on_the_step_that_uses_it() -> None:
    rebuilt = {
        "question": "How much do the bars reach together?",
        "conditions": [{"step": 1, "condition": "The blue bar reaches 40"}, {"step": 3, "condition": "A tax of 70 %"}],
    }
    invented = {**CRITICAL, "reverse_rebuild": rebuilt}
    invented["reverse_given"] = lambda asked: (
        {"the_condition_is": "invented", "why": "Nothing says so."}
        if "tax" in asked.text
        else {"the_condition_is": "given"}
    )
    written, _ = criticise("reverse", invented)
    assert [judgment.verdict for judgment in written.judgments] == ["correct", "correct", "incorrect"]
    (finding,) = written.judgments[2].findings
    assert finding.explanations == ("Neither the question nor the image gives this: A tax of 70 %. Nothing says so.",)


def test_an_overlooked_condition_and_another_question_are_findings_where_they_were_missed() -> None:
    script = {
        **CONTENT,
        "reverse_used": lambda asked: (
            {"used": False, "step": 3, "why": "It multiplies."} if "are added" in asked.text else {"used": True}
        ),
        "reverse_question": {"same": False, "step": 1, "why": "It asks for one bar."},
    }
    written, _ = criticise("reverse", script)
    assert [judgment.verdict for judgment in written.judgments] == ["incorrect", "correct", "incorrect"]
    kinds = [one["kind"] for one in content(written, "conditions")["differences"]]
    assert kinds == ["overlooked", "other_question"]


def test_a_rebuilt_question_never_sees_the_real_one() -> None:
    _, engine = criticise("reverse", CRITICAL)
    (asked,) = engine.asked_by("reverse_rebuild")
    assert "How much do the two bars reach together?" not in asked.text


def test_a_checklist_is_made_of_the_question_alone() -> None:
    _, engine = criticise("checklist", CRITICAL)
    (asked,) = engine.asked_by("checklist_make")
    assert not any(step in asked.text for step in STEPS)
    assert "40 | 60" not in asked.text


def test_a_failed_question_is_a_finding_on_the_step_that_it_names_and_an_unread_one_none() -> None:
    written, _ = criticise("checklist", CRITICAL)
    (finding,) = written.judgments[1].findings
    assert finding.explanations == ("Does it read the red bar rightly? No. It reaches 60.",)
    script = {
        **CRITICAL,
        "checklist_answer": lambda asked: "?" if "red bar rightly" in asked.text else {"answer": "yes"},
    }
    written, _ = criticise("checklist", script)
    assert [item["answer"] for item in content(written, "checklist")["items"]] == ["yes", "unparsed", "yes"]


def test_past_mistakes_are_in_the_prompt_and_none_leaves_it_as_it_is() -> None:
    written, engine = criticise("past_mistakes", CRITICAL)
    assert "What was wrong: The axis starts at 2." in engine.asked[0].text
    assert content(written, "past_mistakes")["shown"][0]["explanation"] == "The axis starts at 2."
    chain = dataclasses.replace(a_chain(), context={PastMistakes(most=1): ()})
    engine = ScriptedModel(CRITICAL)
    asyncio.run(configured("past_mistakes", {"most": 1}).critique(chain, engine))
    assert "Mistakes that people found" not in engine.asked[0].text
    assert a_mistake().explanation not in engine.asked[0].text


@pytest.mark.parametrize("within", ["direct", "lookback", "p_true", "selfcheck", "reverse", "checklist"])
def test_an_ablated_method_is_shown_no_image_whatever_is_within(within: str) -> None:
    chain = a_chain()
    engine = ScriptedModel(CRITICAL, sees_images=True)
    written = asyncio.run(configured("ablation", {"of": within}).critique(chain, engine))
    assert engine.asked
    assert not any(asked.pictures for asked in engine.asked)
    assert written.author.settings["ablation"] == "none"
    assert content(written, "ablation") == {"shown": "none"}


def test_another_problems_image_or_a_description_stands_in_the_images_place() -> None:
    _, engine = criticise("ablation", CRITICAL, ablation="other")
    assert "Text in the image: 9" in engine.asked[0].text
    assert "40 | 60" not in engine.asked[0].text
    told = a_chain(image_descriptions=("Two bars.",))
    _, engine = criticise("ablation", CRITICAL, told, ablation="description")
    assert "Description of the image: Two bars." in engine.asked[0].text
    assert "40 | 60" not in engine.asked[0].text


def test_what_nobody_can_describe_is_refused_with_what_to_do() -> None:
    with pytest.raises(ValueError, match="import descriptions with the images"):
        criticise("ablation", CRITICAL, ablation="description")
