"""Models that see, through the same engine: tiny ones with random weights, of LLaVA's and of Qwen2-VL's kind."""

from __future__ import annotations

import asyncio
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image, ImageDraw

from tests.workers.engines.tiny import (
    save_tiny_internvl,
    save_tiny_llava,
    save_tiny_llava_onevision,
    save_tiny_qwen2_5_vl,
    save_tiny_qwen2_vl,
)
from workers.engines.base import Engine, Picture, open_engine, user
from workers.engines.local.prefill import Reader
from workers.engines.local.prompts import encode
from workers.engines.torch_local import TorchEngine


def a_picture(width: int, height: int, dot: int) -> Picture:
    image = Image.new("RGB", (width, height), "white")
    ImageDraw.Draw(image).ellipse((dot, dot, dot + 20, dot + 20), fill="red")
    content = BytesIO()
    image.save(content, "PNG")
    return Picture(content.getvalue())


def shown(count: int) -> list[Any]:
    """Pictures of different sizes, texts of different lengths, and one question without a picture."""
    seen = [
        [user(a_picture(60 + 30 * number, 60, 5 * number), "Where is it? " * (number + 1))] for number in range(count)
    ]
    return [*seen, [user("No picture here.")]]


@pytest.fixture(
    params=[
        save_tiny_llava,
        save_tiny_llava_onevision,
        save_tiny_internvl,
        save_tiny_qwen2_vl,
        save_tiny_qwen2_5_vl,
    ]
)
def seeing_engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    folder = request.param(tmp_path / "model")
    return asyncio.run(open_engine("torch_local", str(folder), models_folder=tmp_path))


def test_a_batch_of_pictures_says_what_transformers_says_to_each_alone(seeing_engine: TorchEngine) -> None:
    async def session() -> None:
        async with seeing_engine as engine:
            assert engine.description.sees_images
            many = shown(4)
            together = await asyncio.gather(*(engine.generate(messages, max_new_tokens=16) for messages in many))
            for messages, generation in zip(many, together, strict=True):
                prompt = encode(messages, seeing_engine.loaded)
                ids = torch.tensor([prompt.ids])
                expected = seeing_engine.loaded.model.generate(
                    input_ids=ids,
                    attention_mask=torch.ones_like(ids),
                    **prompt.along,
                    **prompt.pictures,
                    max_new_tokens=16,
                    do_sample=False,
                )[0, ids.shape[1] :]
                said = seeing_engine.loaded.tokenizer.decode(expected, skip_special_tokens=True)
                assert generation.text == said

    asyncio.run(session())


def test_the_answer_depends_on_the_picture(seeing_engine: TorchEngine) -> None:
    async def session() -> None:
        async with seeing_engine as engine:
            left, right = await asyncio.gather(
                *(engine.choose([user(a_picture(84, 84, dot), "Where?")], ["left", "right"]) for dot in (0, 60))
            )
            assert left != pytest.approx(right, rel=1e-4)
            assert sum(left) == pytest.approx(1)

    asyncio.run(session())


def test_the_picture_that_many_questions_are_about_is_looked_at_once(
    seeing_engine: TorchEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []
    forward = Reader._forward

    def watched(self: Reader, ids: Any, mask: Any, positions: Any, cache: Any, beside: dict[str, Any]) -> Any:
        looked.append(len(beside.get("pixel_values", ())))
        return forward(self, ids, mask, positions, cache, beside)

    async def session() -> None:
        async with seeing_engine as engine:
            shown_first = [(a_picture(84, 84, 5), "red"), (a_picture(84, 84, 55), "blue")]
            asked = [
                [user(picture, "What do you see? " * 5, f"{word} {number}?")]
                for picture, word in shown_first
                for number in range(4)
            ]
            alone = [(await engine.generate(messages, max_new_tokens=12)).text for messages in asked]
            seeing_engine.runner.reader.forget()
            monkeypatch.setattr(Reader, "_forward", watched)
            together = await asyncio.gather(*(engine.generate(messages, max_new_tokens=12) for messages in asked))
            assert [reply.text for reply in together] == alone
            two = (encode(asked[number], seeing_engine.loaded).pictures["pixel_values"] for number in (0, 4))
            assert sum(looked) == sum(map(len, two))

    asyncio.run(session())
