"""What holds for every method: a planted error is found, a clean chain is left alone, what it declares is true."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

import pytest

from annotations.core.schema import Critique
from tests.workers.critics.chains import a_chain, assert_submittable
from tests.workers.critics.scripted_model import ALL_RIGHT, CONTENT, CRITICAL, ScriptedModel
from workers.critics.base import Chain, Method
from workers.critics.direct import METHOD as DIRECT
from workers.critics.wants import AnotherProblemsImages, Mistake, Opinion, Opinions, OtherImages, PastMistakes
from workers.critics.wrapping import Wrapping, configured, prompts_of, refusal, signal_of
from workers.registry import declared_in

METHODS: dict[str, Method] = declared_in("workers.critics", "METHOD")
LAYERS = ((0.4, 0.6), (0.2, 0.8), (0.1, 0.9))
ASKING = sorted(METHODS.keys() - {"ensemble"})  # those that ask a model


def a_mistake(**changes: Any) -> Mistake:
    mistake = Mistake(question="How high is the bar?", step="It is 3.", explanation="The axis starts at 2.")
    return dataclasses.replace(mistake, **changes)


def context(script: dict[str, Any]) -> dict[Any, Any]:
    """What the worker would load for any method, in its default settings."""
    reply = ALL_RIGHT if callable(script["direct"]) else script["direct"]  # a scripted sequence is for the test alone
    said = asyncio.run(DIRECT.critique(a_chain(), ScriptedModel({"direct": reply}), DIRECT.settings()))
    return {
        PastMistakes(most=3): (a_mistake(),),
        AnotherProblemsImages(): OtherImages(problem="p2", images=(b"other",), image_lines=(("9",),)),
        Opinions(): tuple(Opinion(critic=name, critique=said) for name in ("a", "b")),
    }


def criticise(
    name: str, script: dict[str, Any], chain: Chain | None = None, *, seed: int = 7, **settings: Any
) -> tuple[Critique, ScriptedModel]:
    engine = ScriptedModel(script, layers=LAYERS)
    chain = dataclasses.replace(chain or a_chain(), context=context(script))
    one = configured(name, settings)
    return asyncio.run(one.critique(chain, engine, seed=seed)), engine


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_planted_error_is_found(name: str) -> None:
    written, _ = criticise(name, CRITICAL)
    assert written.judgments[0].verdict == "correct"
    assert written.judgments[1].verdict == "incorrect"
    assert written.answer.verdict in (None, "incorrect")
    assert_submittable(written, a_chain())


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_clean_chain_is_left_alone(name: str) -> None:
    written, _ = criticise(name, CONTENT)
    assert [judgment.verdict for judgment in written.judgments] == ["correct"] * 3
    assert not any(judgment.findings for judgment in written.judgments)
    assert written.answer.verdict in (None, "correct")
    assert_submittable(written, a_chain())


@pytest.mark.parametrize("name", sorted(METHODS))
def test_what_no_reply_says_is_unparsed_and_never_a_verdict(name: str) -> None:
    nonsense = {
        key: said if key in ("p_true", "p_know", "severity_digit") else "Well, it depends."
        for key, said in CRITICAL.items()
    }
    written, _ = criticise(name, nonsense)
    assert [judgment.verdict for judgment in written.judgments] == [None] * 3
    assert {judgment.state for judgment in written.judgments} <= {"unparsed", "abstained"}
    assert written.answer.verdict is None
    assert_submittable(written, a_chain())


@pytest.mark.parametrize("name", sorted(METHODS))
def test_no_number_of_steps_is_too_many(name: str) -> None:
    steps = tuple(f"Step {n} adds {n}." for n in range(1, 13))
    right = {**{f"step_{n}": {"verdict": "correct"} for n in range(1, 13)}, "answer": "correct"}
    script = {**CONTENT, "direct": right, "lookback_critique": right}
    engine = ScriptedModel(script, layers=LAYERS)
    said = asyncio.run(DIRECT.critique(a_chain(steps=steps), ScriptedModel(script), DIRECT.settings()))
    chain = a_chain(steps=steps)
    known = context(CONTENT) | {Opinions(): (Opinion(critic="a", critique=said), Opinion(critic="b", critique=said))}
    written = asyncio.run(configured(name, {}).critique(dataclasses.replace(chain, context=known), engine))
    assert [judgment.verdict for judgment in written.judgments] == ["correct"] * 12
    assert_submittable(written, chain)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_no_more_calls_are_made_than_a_run_was_told(name: str) -> None:
    written, engine = criticise(name, CRITICAL)
    method = METHODS[name]
    assert written.costs["calls"] == len(engine.asked) <= method.expected_calls(3, method.settings())


@pytest.mark.parametrize("name", ASKING)
def test_the_same_seed_asks_the_same(name: str) -> None:
    (first, one), (second, other) = criticise(name, CRITICAL), criticise(name, CRITICAL)
    assert first.judgments == second.judgments
    assert sorted(map(repr, one.asked)) == sorted(map(repr, other.asked))
    drawn = {asked.seed for asked in one.asked if asked.temperature > 0}
    _, third = criticise(name, CRITICAL, seed=8)
    assert not drawn & {asked.seed for asked in third.asked if asked.temperature > 0}


@pytest.mark.parametrize("name", sorted(METHODS))
def test_only_declared_prompts_are_asked_with_and_their_hash_is_kept(name: str) -> None:
    written, engine = criticise(name, CRITICAL)
    assert {asked.name for asked in engine.asked} <= set(prompts_of(METHODS[name], METHODS[name].settings()))
    assert len(written.author.prompt_hash) == (0 if name == "ensemble" else 64)
    assert written.author.method == name
    assert written.author.settings["weights"] == "f" * 64


@pytest.mark.parametrize("name", ASKING)
def test_remarks_reach_a_prompt_that_judges(name: str) -> None:
    _, engine = criticise(name, CRITICAL, a_chain(remarks=("Mind the axis.",)))
    assert any("Mind the axis." in asked.text for asked in engine.asked)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_every_method_has_a_signal_source_and_help_for_each_setting(name: str) -> None:
    method = METHODS[name]
    assert signal_of(method, method.settings()) in ("verbal", "sampling", "logits", "layers")
    assert method.title and method.help.endswith(".")
    for field in dataclasses.fields(method.settings):
        assert field.metadata["help"]
        assert (
            field.type in ("bool", "str", "dict[str, Any]")
            or field.metadata.get("range")
            or field.metadata.get("choices")
        )


def test_a_method_without_a_signal_source_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a signal source"):
        dataclasses.replace(DIRECT, signal_source="magic")


@pytest.mark.parametrize("name", sorted(name for name in METHODS if issubclass(METHODS[name].settings, Wrapping)))
def test_a_method_goes_around_any_other(name: str) -> None:
    for other in sorted(METHODS.keys() - {"ablation", name}):
        written, _ = criticise(name, CRITICAL, of=other)
        assert written.judgments[1].verdict == "incorrect", other
        assert written.author.settings["of"] == other
        assert_submittable(written, a_chain())


def test_settings_within_are_checked_and_told_whole() -> None:
    with pytest.raises(ValueError, match=r"of_settings of direct: temperature: expected 0.0 to 2.0, found 9"):
        configured("p_true", {"of_settings": {"temperature": 9}})
    with pytest.raises(ValueError, match=r"of: expected one of .*lookback.* found 'nothing'"):
        configured("p_true", {"of": "nothing"})
    with pytest.raises(ValueError, match="put it outside"):
        configured("p_true", {"of": "ablation"})
    written, _ = criticise("p_true", CRITICAL, of="selfcheck", of_settings={"samples": 2})
    assert written.author.settings["of_settings"]["samples"] == 2
    assert written.author.settings["of_settings"]["threshold"] == 0.5


def test_a_method_refuses_an_engine_that_cannot_serve_what_is_within() -> None:
    plain = dataclasses.replace(ScriptedModel({}).description, gives_logits=False)
    around = configured("past_mistakes", {"of": "p_true"})
    assert "P(True) needs probabilities" in refusal(around.method, plain, around.settings)
    assert refusal(METHODS["lookback"], plain, METHODS["lookback"].settings()) == ""
    assert "each layer" in refusal(METHODS["layer_agreement"], plain, METHODS["layer_agreement"].settings())


def test_the_projects_own_prompt_is_asked_with_in_place_of_the_file() -> None:
    from workers.prompts import parse_prompt, prompt

    text = "== user ==\nBe strict.\n$image $question $steps $answer $remarks"
    own = parse_prompt("direct", text.encode())
    seen: list[str] = []

    class Listening(ScriptedModel):
        def _answer(self, messages: Any, **how: Any) -> Any:
            seen.append("".join(part for part in messages[0].parts if isinstance(part, str)))
            return ALL_RIGHT

    written = asyncio.run(DIRECT.critique(a_chain(prompts={"direct": own}), Listening({}), DIRECT.settings()))
    assert seen[0].startswith("Be strict.")
    assert written.author.prompt_hash == own.hash != prompt("direct").hash
