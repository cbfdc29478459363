"""The torch engine with a tiny random model: batching, structured output, seeds, probabilities, faults."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import torch
from PIL import Image

from tests.workers.engines.tiny import save_tiny_sliding_window_model, save_tiny_text_model
from workers.engines.base import EngineError, Picture, open_engine, system, user
from workers.engines.local import sharing
from workers.engines.local.prefill import Reader
from workers.engines.local.prompts import Prompt, encode
from workers.engines.torch_local import TorchEngine

SCHEMA = {
    "type": "object",
    "properties": {
        "verdict": {"enum": ["correct", "incorrect"]},
        "why": {"type": "string", "maxLength": 12},
        "steps": {"type": "array", "items": {"enum": [1, 2, 3]}, "maxItems": 3},
    },
    "required": ["verdict", "why", "steps"],
    "additionalProperties": False,
}


def with_engine(folder: Path, ask: Callable[[TorchEngine], Awaitable[Any]], **options: Any) -> Any:
    async def session() -> Any:
        async with await open_engine("torch_local", str(folder), models_folder=folder, options=options) as engine:
            assert isinstance(engine, TorchEngine)
            return await ask(engine)

    return asyncio.run(session())


def questions(count: int) -> list[Any]:
    """Of very different lengths."""
    return [[user(f"Question {number}: {'why ' * (number * 7 % 23)}?")] for number in range(count)]


def test_forty_callers_are_answered_by_few_batches(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        await asyncio.gather(*(engine.generate(messages, max_new_tokens=16) for messages in questions(40)))
        assert engine.runner.tally.requests == 40
        assert engine.runner.tally.joins <= 4
        assert engine.runner.tally.most_rows >= 20
        assert engine.runner.reader.forward_passes < 2 * 16 + 20  # alone it would be 40 * 16

    with_engine(tiny_folder, ask)


@pytest.mark.parametrize("save", [save_tiny_text_model, save_tiny_sliding_window_model])
def test_each_caller_gets_what_transformers_itself_says_to_it_alone(
    save: Callable[[Path], Path], tmp_path: Path
) -> None:
    async def ask(engine: TorchEngine) -> None:
        many = questions(12)
        together = await asyncio.gather(*(engine.generate(messages, max_new_tokens=24) for messages in many))
        for messages, generation in zip(many, together, strict=True):
            ids = encode(messages, engine.loaded).ids
            expected = engine.loaded.model.generate(
                input_ids=torch.tensor([ids]),
                attention_mask=torch.ones((1, len(ids)), dtype=torch.long),
                max_new_tokens=24,
                do_sample=False,
            )[0, len(ids) :]
            assert generation.text == engine.loaded.tokenizer.decode(expected, skip_special_tokens=True)
            assert (generation.tokens_in, generation.tokens_out) == (len(ids), len(expected))

    with_engine(save(tmp_path), ask)


def test_a_late_short_request_ends_before_an_earlier_long_one(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        ended: list[str] = []
        begun = engine.runner.reader.forward_passes

        async def named(name: str, tokens: int) -> None:
            await engine.generate([user(name)], schema={"type": "string", "minLength": tokens}, max_new_tokens=tokens)
            ended.append(name)

        long = asyncio.create_task(named("long", 1500))
        while engine.runner.reader.forward_passes < begun + 3:
            await asyncio.sleep(0)
        await named("late and short", 4)
        await long
        assert ended == ["late and short", "long"]

    with_engine(tiny_folder, ask)


def test_structured_output_fits_the_schema_whatever_the_model_would_say(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        generations = await asyncio.gather(
            *(
                engine.generate([user("Judge.")], schema=SCHEMA, max_new_tokens=200, temperature=1.5, seed=seed)
                for seed in range(20)
            )
        )
        for generation in generations:
            assert generation.finish_reason == "stop"
            jsonschema.validate(generation.parsed, SCHEMA)
        assert len({generation.text for generation in generations}) > 10

    with_engine(tiny_folder, ask)


def test_a_cut_structured_reply_is_not_parsed_and_says_so(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        generation = await engine.generate([user("Judge.")], schema=SCHEMA, max_new_tokens=5)
        assert generation.parsed is None
        assert generation.finish_reason == "length"
        assert generation.text.startswith('{"ver')

    with_engine(tiny_folder, ask)


def test_a_draw_depends_on_its_seed_and_not_on_its_company(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        async def draw(seed: int) -> str:
            reply = await engine.generate([user("Say something.")], max_new_tokens=20, temperature=1.0, seed=seed)
            return reply.text

        alone = await draw(3)
        together = await asyncio.gather(*(draw(seed) for seed in range(8)))
        assert together[3] == alone
        assert len(set(together)) == 8

    with_engine(tiny_folder, ask)


def probability(engine: TorchEngine, messages: Any, continuation: Sequence[int]) -> float:
    """Token after token, by the chain rule, each from a pass of its own."""
    product, so_far = 1.0, list(encode(messages, engine.loaded).ids)
    for token in continuation:
        with torch.inference_mode():
            logits = engine.loaded.model(input_ids=torch.tensor([so_far])).logits[0, -1]
        product *= float(torch.softmax(logits.double(), -1)[token])
        so_far.append(token)
    return product


def test_choose_gives_each_options_share_of_the_probability(tiny_folder: Path) -> None:
    options = ["Yes", "No", "Perhaps"]

    async def ask(engine: TorchEngine) -> None:
        ids = [engine.loaded.tokenizer(option, add_special_tokens=False)["input_ids"] for option in options]
        many = questions(6)
        answers = await asyncio.gather(*(engine.choose(messages, options) for messages in many))
        for messages, answer in zip(many, answers, strict=True):
            each = [probability(engine, messages, option) for option in ids]
            assert answer == pytest.approx([part / sum(each) for part in each], rel=1e-3)
            assert math.fsum(answer) == pytest.approx(1.0)
        backwards = await engine.choose(many[0], options[::-1])
        assert backwards[::-1] == pytest.approx(answers[0], rel=1e-3)

    with_engine(tiny_folder, ask)


def test_an_option_that_begins_another_ends_before_it_is_counted(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        n, no = (engine.loaded.tokenizer(text, add_special_tokens=False)["input_ids"] for text in ("n", "no"))
        assert no[: len(n)] == n
        stop = engine.loaded.tokenizer.eos_token_id
        which = [user("Which?")]
        shorter, longer = probability(engine, which, [*n, stop]), probability(engine, which, [*no, stop])
        answer = await engine.choose(which, ["n", "no"])
        assert answer == pytest.approx((shorter / (shorter + longer), longer / (shorter + longer)), rel=1e-3)

    with_engine(tiny_folder, ask)


@pytest.mark.parametrize("options", [["Yes"], ["Yes", ""], ["Yes", "Yes"]])
def test_options_that_cannot_be_compared_are_refused(tiny_folder: Path, options: list[str]) -> None:
    async def ask(engine: TorchEngine) -> None:
        with pytest.raises(ValueError, match="at least two different"):
            await engine.choose([user("Is it?")], options)

    with_engine(tiny_folder, ask)


def test_a_shared_beginning_is_read_once_and_changes_nothing(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = system("You judge each step by itself. " * 10)
    widths: list[int] = []
    forward = Reader._forward

    def watched(self: Reader, ids: torch.Tensor, *rest: Any) -> torch.Tensor:
        widths.append(ids.numel())
        return forward(self, ids, *rest)

    async def ask(engine: TorchEngine) -> list[str]:
        many = [[shared, *messages] for messages in questions(10)]
        replies = await asyncio.gather(*(engine.generate(messages, max_new_tokens=12) for messages in many))
        return [reply.text for reply in replies]

    monkeypatch.setattr(Reader, "_forward", watched)
    once = with_engine(tiny_folder, ask)
    read_once = sum(widths)
    widths.clear()
    monkeypatch.setattr(sharing, "WORTH_SHARING", 10**6)
    assert with_engine(tiny_folder, ask) == once
    assert read_once < sum(widths) / 2


def test_every_level_of_shared_beginnings_is_read_once(tiny_folder: Path) -> None:
    rules = system("You judge each step by itself. " * 5)
    problems = [f"Problem {number} shows {'a chart and ' * 10}" for number in "ABCD"]
    asked = [[rules, user(problem, f"Response {number}")] for problem in problems for number in range(4)]

    async def ask(engine: TorchEngine) -> None:
        replies = await asyncio.gather(*(engine.generate(messages, max_new_tokens=8) for messages in asked))
        length = replies[0].tokens_in
        alone = length * len(asked)
        rest = len("1<end><turn>assistant: ")
        assert engine.runner.reader.tokens_read < len("".join(rules.parts)) + 4 * 150 + 16 * (rest + 12)
        assert engine.runner.reader.tokens_read < alone / 4
        before = engine.runner.reader.tokens_read
        late = await engine.generate([rules, user(problems[0], "Response 7")], max_new_tokens=8)
        assert engine.runner.reader.tokens_read - before < late.tokens_in / 4  # remembered beyond its batch

    with_engine(tiny_folder, ask)


def test_a_full_memory_makes_batches_smaller_and_loses_nobody(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, go_on = Reader.read, Reader.go_on
    raised: list[str] = []

    def small_memory(self: Reader, prompts: Sequence[Prompt], room: int) -> Any:
        if len(prompts) > 8:
            raised.append("reading")
            raise torch.OutOfMemoryError("CUDA out of memory")
        return read(self, prompts, room)

    def small_step(self: Reader, ids: torch.Tensor, *rest: Any) -> torch.Tensor:
        if ids.shape[0] > 3 and ids.shape[1] == 1:
            raised.append("going on")
            raise RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory")
        return go_on(self, ids, *rest)

    async def ask(engine: TorchEngine) -> list[str]:
        generate = (engine.generate(messages, max_new_tokens=10) for messages in questions(20))
        choose = (engine.choose(messages, ["yes", "no"]) for messages in questions(20))
        replies, choices = await asyncio.gather(asyncio.gather(*generate), asyncio.gather(*choose))
        assert all(sum(choice) == pytest.approx(1) for choice in choices)
        return [reply.text for reply in replies]

    plenty = with_engine(tiny_folder, ask)
    monkeypatch.setattr(Reader, "read", small_memory)
    monkeypatch.setattr(Reader, "go_on", small_step)
    assert with_engine(tiny_folder, ask) == plenty
    assert {"reading", "going on"} <= set(raised)


def test_a_request_on_which_the_model_fails_takes_no_other_with_it(
    tiny_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = Reader.read

    async def ask(engine: TorchEngine) -> list[Any]:
        poison = engine.loaded.tokenizer("\x07", add_special_tokens=False)["input_ids"][0]

        def fragile(self: Reader, prompts: Sequence[Prompt], room: int) -> Any:
            if any(poison in prompt.ids for prompt in prompts):
                raise IndexError("index out of range in self")
            return read(self, prompts, room)

        monkeypatch.setattr(Reader, "read", fragile)
        many = [*questions(6), [user("ring \x07 the bell")]]
        return await asyncio.gather(
            *(engine.generate(messages, max_new_tokens=5) for messages in many),
            *(engine.choose(messages, ["yes", "no"]) for messages in many),
            return_exceptions=True,
        )

    results = with_engine(tiny_folder, ask)
    failed = [number for number, result in enumerate(results) if isinstance(result, BaseException)]
    assert failed == [6, 13]
    assert isinstance(results[6], EngineError)
    assert "index out of range" in str(results[6])


def test_a_caller_who_gives_up_does_not_disturb_the_others(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        given_up = asyncio.create_task(engine.generate([user("never mind")], max_new_tokens=1000))
        while engine.runner.reader.forward_passes < 3:
            await asyncio.sleep(0)
        given_up.cancel()
        assert (await engine.generate([user("hello")], max_new_tokens=5)).tokens_out > 0

    with_engine(tiny_folder, ask)


def test_closing_ends_what_still_waits_with_an_error(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        schema = {"type": "string", "minLength": 1500}
        waiting = asyncio.create_task(engine.generate([user("long")], schema=schema, max_new_tokens=1500))
        while engine.runner.reader.forward_passes < 3:
            await asyncio.sleep(0)
        await engine.aclose()
        with pytest.raises(EngineError, match="closed"):
            await waiting

    with_engine(tiny_folder, ask)


def test_a_prompt_that_leaves_no_room_to_answer_is_refused(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        with pytest.raises(EngineError, match="fewer than 2048 tokens"):
            await engine.generate([user("x" * 3000)])
        nearly = await engine.generate([user("x" * 2000)], max_new_tokens=500)
        assert nearly.tokens_in + nearly.tokens_out <= 2048

    with_engine(tiny_folder, ask)


def test_a_model_that_does_not_see_is_shown_no_picture(tiny_folder: Path, tmp_path: Path) -> None:
    Image.new("RGB", (8, 8)).save(tmp_path / "dot.png")

    async def ask(engine: TorchEngine) -> None:
        assert not engine.description.sees_images
        with pytest.raises(EngineError, match="OCR"):
            await engine.generate([user(Picture((tmp_path / "dot.png").read_bytes()), "What is it?")])

    with_engine(tiny_folder, ask)


def test_a_schema_that_cannot_be_compiled_is_refused(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        with pytest.raises(EngineError, match="JSON schema"):
            await engine.generate([user("Judge.")], schema={"type": "no such type"})

    with_engine(tiny_folder, ask)


def test_each_layer_is_read_through_norm_and_head_and_the_last_one_is_what_choose_gives(tiny_folder: Path) -> None:
    options = ["yes", "perhaps", "yes!"]

    async def ask(engine: TorchEngine) -> None:
        assert engine.description.gives_layers
        asked = [user("Is it true?")]
        chosen, by_layer = await asyncio.gather(engine.choose(asked, options), engine.layers(asked, options))
        model = engine.loaded.model
        assert len(by_layer) == model.config.num_hidden_layers == 2
        assert by_layer[-1] == pytest.approx(chosen, rel=1e-3)
        # The first layer, computed by itself: what a model would say that ends there.
        second = model.model.layers.pop(1)
        model.config.num_hidden_layers = 1
        try:
            assert by_layer[0] == pytest.approx(await engine.choose(asked, options), rel=1e-3)
        finally:
            model.model.layers.append(second)
            model.config.num_hidden_layers = 2

    with_engine(tiny_folder, ask)


def test_samples_of_one_prompt_differ_and_stay_the_same_however_many_are_asked_for(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        asked = [user("Say something.")]
        two = await engine.sample(asked, 2, max_new_tokens=20, seed=5)
        six = await engine.sample(asked, 6, max_new_tokens=20, seed=5)
        neighbours = await engine.sample(asked, 6, max_new_tokens=20, seed=6)
        texts = [reply.text for reply in six]
        assert [reply.text for reply in two] == texts[:2]
        assert len(set(texts)) == 6
        assert not set(texts) & {reply.text for reply in neighbours}

    with_engine(tiny_folder, ask)


def test_the_same_seed_gives_the_same_replies_in_whatever_rhythm_requests_arrive(tiny_folder: Path) -> None:
    """Float32 on this machine; where two tokens are as good as equal the last bits of a sum could still decide."""

    async def draw(engine: TorchEngine, number: int) -> str:
        asked = [system("You judge each step by itself. " * 3), *questions(number + 1)[-1]]
        schema = SCHEMA if number % 2 else None
        reply = await engine.generate(asked, schema=schema, max_new_tokens=60, temperature=0.9, seed=number)
        return reply.text

    async def at_once(engine: TorchEngine) -> list[str]:
        return list(await asyncio.gather(*(draw(engine, number) for number in range(16))))

    async def one_by_one(engine: TorchEngine) -> list[str]:
        return [await draw(engine, number) for number in range(16)]

    async def backwards_and_late(engine: TorchEngine) -> list[str]:
        tasks = {}
        for number in reversed(range(16)):
            tasks[number] = asyncio.create_task(draw(engine, number))
            await asyncio.sleep(0.01)
        return [await tasks[number] for number in range(16)]

    first = with_engine(tiny_folder, at_once)
    assert with_engine(tiny_folder, at_once) == first
    assert with_engine(tiny_folder, one_by_one) == first
    assert with_engine(tiny_folder, backwards_and_late, max_rows=5) == first


def test_a_reply_tells_its_share_of_the_models_time_and_the_memory(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        replies = await asyncio.gather(*(engine.generate(one, max_new_tokens=30) for one in questions(8)))
        shares = [reply.engine_seconds for reply in replies]
        assert all(0 < share < reply.seconds for share, reply in zip(shares, replies, strict=True))
        assert sum(shares) <= max(reply.seconds for reply in replies) * 1.05
        assert all(reply.peak_bytes > 50 << 20 for reply in replies)

    with_engine(tiny_folder, ask)
