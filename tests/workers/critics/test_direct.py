"""The direct critic finds a planted error, leaves a clean chain alone, and takes no verdict from what does not fit."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from typing import Any

import jsonschema
import pytest

from annotations.core.schema import Critique, Span
from tests.workers.critics.chains import CARRIED, MISREAD, PLANTED, RIGHT, STEPS, a_chain, assert_submittable
from tests.workers.scripted import Asked, ScriptedEngine
from workers.critics.base import Chain
from workers.critics.direct import METHOD, DirectSettings, critique
from workers.critics.verdicts import reply_schema
from workers.critics.wrapping import refusal
from workers.engines.base import Picture


def criticise(
    say: Any, chain: Chain | None = None, settings: DirectSettings | None = None, **engine: Any
) -> tuple[Critique, Asked]:
    scripted = ScriptedEngine(say, **engine)
    written = asyncio.run(critique(chain or a_chain(), scripted, settings or DirectSettings(), seed=11))
    (asked,) = scripted.asked
    return written, asked


def test_a_planted_error_is_found_marked_and_traced_to_the_step_that_inherits_it() -> None:
    written, _ = criticise(PLANTED)
    first, second, third = written.judgments
    assert (first.verdict, first.own_error, first.findings) == ("correct", False, ())
    assert (second.verdict, second.own_error, second.inherits_from) == ("incorrect", True, ())
    (finding,) = second.findings
    assert finding.explanations == ("The red bar ends at 60.",)
    assert finding.corrected_text == "The red bar reaches 60."
    assert finding.error_type == "perception/chart_reading"
    start = STEPS[1].index("reaches 70")
    assert finding.marks == (Span(start=start, end=start + len("reaches 70")),)
    assert (third.verdict, third.own_error, third.inherits_from) == ("incorrect", False, (2,))
    assert (written.answer.verdict, written.answer.state) == ("incorrect", "judged")
    assert_submittable(written, a_chain())


def test_a_clean_chain_is_left_alone() -> None:
    written, _ = criticise({**{f"step_{n}": RIGHT for n in (1, 2, 3)}, "answer": "correct"})
    assert [judgment.verdict for judgment in written.judgments] == ["correct"] * 3
    assert not any(judgment.findings for judgment in written.judgments)
    assert written.answer.verdict == "correct"
    assert_submittable(written, a_chain())


def test_one_call_shows_question_steps_and_answer_and_asks_for_json() -> None:
    _, asked = criticise(PLANTED, settings=DirectSettings(temperature=0.7, tokens_per_step=50))
    for shown in ("How much do the two bars", "1. The blue bar", "3. Together they", "Final answer: 110"):
        assert shown in asked.text
    assert (asked.temperature, asked.seed, asked.max_new_tokens) == (0.7, 11, 3 * 50 + 32)
    jsonschema.validate(PLANTED, asked.schema or {})


def test_what_the_question_holds_is_never_taken_for_a_place_in_the_prompt() -> None:
    _, asked = criticise(PLANTED, a_chain(question="What does $steps cost, $answer or ${image}?"))
    assert "What does $steps cost, $answer or ${image}?" in asked.text


def test_a_model_without_eyes_reads_the_images_text_which_is_kept_as_evidence() -> None:
    written, asked = criticise(PLANTED)
    assert "Text in the image: 40 | 60" in asked.text
    assert asked.pictures == []
    (evidence,) = written.evidence
    assert (evidence.kind, evidence.step) == ("ocr", None)
    assert evidence.content == {"image": 1, "lines": ["40", "60"]}


def test_a_model_with_eyes_is_shown_the_picture_itself() -> None:
    written, asked = criticise(PLANTED, sees_images=True)
    assert asked.pictures == [Picture(b"picture")]
    assert "40 | 60" not in asked.text
    assert written.evidence == ()


def test_a_chain_without_an_image_is_shown_none() -> None:
    for sees in (True, False):
        written, asked = criticise(PLANTED, a_chain(images=(), image_lines=()), sees_images=sees)
        assert "(No image is shown.)" in asked.text
        assert asked.pictures == []
        assert "40 | 60" not in asked.text
        assert written.evidence == ()


def test_an_image_that_nobody_read_is_an_error_and_not_an_empty_reading() -> None:
    with pytest.raises(ValueError, match="read them by OCR first"):
        criticise(PLANTED, a_chain(image_lines=()))


@pytest.mark.parametrize("said", ["I think all steps are correct.", "", "{}", "[1, 2]", '{"step_1": "correct"}'])
def test_what_does_not_fit_is_unparsed_and_kept_raw(said: str) -> None:
    written, _ = criticise(said)
    assert [judgment.state for judgment in written.judgments] == ["unparsed"] * 3
    assert [judgment.verdict for judgment in written.judgments] == [None] * 3
    assert (written.answer.state, written.answer.verdict) == ("unparsed", None)
    assert written.raw_output == said
    assert_submittable(written, a_chain())


def test_a_cut_reply_keeps_the_steps_that_came_whole() -> None:
    whole = json.dumps(PLANTED)
    cut = whole[: whole.index("It adds the")]
    written, _ = criticise(cut, finish_reason="length")
    assert [judgment.state for judgment in written.judgments] == ["judged", "judged", "unparsed"]
    assert written.judgments[1].findings[0].explanations == ("The red bar ends at 60.",)
    assert written.answer.state == "unparsed"
    assert written.raw_output == cut
    assert written.extra["finish_reason"] == "length"


def test_only_the_judgment_that_does_not_fit_is_lost() -> None:
    written, _ = criticise({**PLANTED, "step_2": {"verdict": "wrong"}})
    assert [judgment.state for judgment in written.judgments] == ["judged", "unparsed", "judged"]


@pytest.mark.parametrize("origins", [[3], [4], [0], [-1], ["2"], [True], 3, {"step": 2}])
def test_a_step_inherits_from_earlier_steps_only(origins: Any) -> None:
    written, _ = criticise({**PLANTED, "step_3": {**CARRIED, "inherits_from": origins}})
    third = written.judgments[2]
    assert third.verdict == "incorrect"
    assert third.inherits_from == ()
    assert third.origin_unknown
    assert any("step 3: cannot inherit" in note for note in written.extra["notes"])
    assert_submittable(written, a_chain())


def test_a_quote_that_is_not_in_the_step_marks_nothing_and_is_noted() -> None:
    written, _ = criticise({**PLANTED, "step_2": {**MISREAD, "quote": "the green line falls"}})
    (finding,) = written.judgments[1].findings
    assert finding.marks == ()
    assert finding.explanations
    assert any("the green line falls" in note for note in written.extra["notes"])


def test_an_error_type_outside_the_taxonomy_is_dropped_and_noted() -> None:
    written, _ = criticise({**PLANTED, "step_2": {**MISREAD, "error_type": "magic"}})
    assert written.judgments[1].findings[0].error_type is None
    assert any("magic" in note for note in written.extra["notes"])


def test_text_that_no_database_column_holds_is_replaced() -> None:
    said = json.dumps({**PLANTED, "step_2": {**MISREAD, "explanation": "a\x00b\ud800c", "error_type": "x\x00"}})
    written, _ = criticise(json.loads(said))
    assert written.judgments[1].findings[0].explanations == ("a�b�c",)
    assert_submittable(written, a_chain())


def test_the_author_and_the_costs_tell_where_a_critique_comes_from() -> None:
    written, _ = criticise(PLANTED)
    assert (written.author.kind, written.author.method, written.author.engine) == ("critic", "direct", "scripted")
    assert len(written.author.prompt_hash) == 64
    assert written.author.settings == {
        "temperature": 0.0,
        "tokens_per_step": 256,
        "weights": "f" * 64,
    }
    assert written.stage == "model"
    assert written.costs["calls"] == METHOD.expected_calls(3, DirectSettings()) == 1
    assert {"tokens_in", "tokens_out", "seconds", "device", "dtype"} <= set(written.costs)
    assert all(judgment.confidence is None for judgment in written.judgments)


def test_a_chain_without_an_answer_has_no_verdict_on_it() -> None:
    written, asked = criticise(PLANTED, a_chain(answer=None))
    assert "(none given)" in asked.text
    assert (written.answer.state, written.answer.verdict) == ("unlabelled", None)


def test_a_long_chain_is_judged_to_its_last_step() -> None:
    chain = a_chain(steps=tuple(f"Step {n} adds {n}." for n in range(1, 41)))
    said = {**{f"step_{n}": RIGHT for n in range(1, 41)}, "answer": "correct"}
    said["step_40"] = {**MISREAD, "quote": "adds 40", "inherits_from": [39]}
    written, _ = criticise(said, chain)
    assert len(written.judgments) == 40
    assert (written.judgments[39].verdict, written.judgments[39].inherits_from) == ("incorrect", (39,))
    assert_submittable(written, chain)


def test_the_schema_leaves_no_room_for_later_origins_or_unknown_types() -> None:
    schema = reply_schema(3, ("knowledge",))
    fitting = {**PLANTED, "step_2": {**MISREAD, "error_type": "knowledge"}, "step_3": RIGHT}
    jsonschema.validate(fitting, schema)
    for wrong in ({"inherits_from": [2]}, {"error_type": "magic"}, {"verdict": "correct"}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**fitting, "step_2": {**fitting["step_2"], **wrong}}, schema)


@pytest.mark.parametrize("settings", [{"temperature": -0.1}, {"temperature": 3}, {"tokens_per_step": 0}])
def test_settings_out_of_range_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(settings))}: expected"):
        DirectSettings(**settings)  # type: ignore[arg-type]


def test_a_method_refuses_an_engine_that_cannot_serve_it() -> None:
    blind = ScriptedEngine().description
    assert refusal(METHOD, blind) == ""
    assert "sees images" in refusal(dataclasses.replace(METHOD, needs=frozenset({"image"})), blind)
    assert "probabilities" in refusal(dataclasses.replace(METHOD, needs=frozenset({"logits"})), blind)
