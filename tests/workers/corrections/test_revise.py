"""Revise: one call, the guidance in the prompt, and nothing made up where the reply breaks off."""

from __future__ import annotations

import pytest

from tests.workers.corrections.builders import MENDED, a_chain, a_critique, correct
from tests.workers.scripted import ScriptedEngine
from workers.corrections.base import chain_in
from workers.corrections.guidance import Guide
from workers.corrections.revise import CORRECTOR
from workers.engines.base import Generation


def test_one_call_gives_the_new_chain_with_the_feedback_in_the_prompt():
    engine = ScriptedEngine(MENDED)
    guide = Guide(level="ASE", critique=a_critique(), explanations=(1, 1))
    lineage = correct(CORRECTOR, engine, guide)
    (draft,) = lineage.drafts
    assert (draft.steps, draft.answer, draft.level) == (tuple(MENDED["steps"]), "100", "ASE")
    assert "Step 2: incorrect. It ends at 60. It is orange." in engine.asked[0].text
    assert "Final answer: 110" in engine.asked[0].text
    assert lineage.costs["calls"] == 1
    assert (lineage.author.method, lineage.author.settings["weights"]) == ("revise", "f" * 64)


def test_without_guidance_nothing_of_the_critique_is_told():
    engine = ScriptedEngine(MENDED)
    correct(CORRECTOR, engine)
    assert "No feedback is given" in engine.asked[0].text


def test_a_model_without_eyes_gets_the_text_in_the_image_and_a_seeing_one_the_image():
    blind, seeing = ScriptedEngine(MENDED), ScriptedEngine(MENDED, sees_images=True)
    correct(CORRECTOR, blind)
    correct(CORRECTOR, seeing)
    assert "Text in the image: 40 | 60" in blind.asked[0].text
    assert not blind.asked[0].pictures
    assert [picture.content for picture in seeing.asked[0].pictures] == [b"picture"]


def test_a_chain_without_image_says_so():
    engine = ScriptedEngine(MENDED)
    correct(CORRECTOR, engine, chain=a_chain(images=()))
    assert "(No image is shown.)" in engine.asked[0].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"steps": ["One.", "Two."], "ans', (("One.", "Two."), None)),
        ('{"steps": ["One.", "Tw', ((), None)),
        ("I cannot.", ((), None)),
        ('{"steps": "One.", "answer": "4"}', ((), "4")),
        ('{"steps": ["One.", 2], "answer": 4}', ((), None)),
        ('{"steps": ["One\\u0000."], "answer": " "}', (("One\ufffd.",), None)),
    ],
)
def test_what_did_not_come_whole_is_missing(text, expected):
    reply = Generation(text=text, tokens_in=1, tokens_out=1, seconds=0, finish_reason="length")
    assert chain_in(reply) == expected


def test_settings_out_of_range_are_refused():
    with pytest.raises(ValueError, match="temperature: expected"):
        CORRECTOR.settings(temperature=3)
