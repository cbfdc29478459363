"""Figures of the default critic on this machine, as ratios within one run.

    python -m tests.bench.engines [--models FOLDER] [--critiques 16]

With --models the prepared default model is looked for there, and reading its GGUF is timed only where it is missing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from annotations.core.schema import Critique
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from workers.critics.base import Chain
from workers.critics.direct import DirectSettings, critique
from workers.engines.base import Engine, open_engine, user
from workers.engines.default_model import NAME, prepare_default_model

TOKENS = 48


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def chains(count: int) -> list[Chain]:
    """Of 2 to 5 steps; the sum is wrong in every second one."""
    made = []
    for number in range(count):
        left, right = 3 + number, 5 + 2 * number
        total = left + right + number % 2
        steps = (
            f"The chart shows {left} apples in the left basket.",
            f"It shows {right} apples in the right basket.",
            f"Together there are {left} + {right} = {total} apples.",
            f"Nothing else is drawn, so the answer is {total}.",
            f"The answer is {total}.",
        )
        made.append(
            Chain(
                question="How many apples are in both baskets?",
                steps=steps[-(2 + number % 4) :],
                answer=str(total),
                images=(b"chart",),
                image_lines=((f"Left {left}", f"Right {right}"),),
                error_types=DEFAULT_TAXONOMY.codes(),
            )
        )
    return made


async def tokens_per_second(engine: Engine, at_once: int, words: int) -> float:
    prompts = [[user(f"Tell story {number}. " + "A long day. " * (words // 3))] for number in range(at_once)]
    began = time.monotonic()
    told = await asyncio.gather(*(engine.generate(prompt, max_new_tokens=TOKENS) for prompt in prompts))
    return sum(generation.tokens_out for generation in told) / (time.monotonic() - began)


async def critiques_per_minute(
    engine: Engine, some: Sequence[Chain], *, together: bool
) -> tuple[float, list[Critique]]:
    began = time.monotonic()
    if together:
        written = list(await asyncio.gather(*(critique(chain, engine, DirectSettings()) for chain in some)))
    else:
        written = [await critique(chain, engine, DirectSettings()) for chain in some]
    return 60 * len(some) / (time.monotonic() - began), written


def unparsed(written: Sequence[Critique]) -> float:
    judgments = [judgment for one in written for judgment in one.judgments]
    return sum(judgment.state == "unparsed" for judgment in judgments) / len(judgments)


async def measure(folder: Path, count: int) -> None:
    if not (folder / NAME).exists():
        began = time.monotonic()
        prepare_default_model(folder)
        say(f"reading the GGUF and saving it as safetensors: {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    async with await open_engine("torch_local", "default", models_folder=folder) as engine:
        say(f"loading the safetensors (imports and hash included): {time.monotonic() - began:.1f} s")
        await engine.generate([user("Hello")], max_new_tokens=4)
        for words in (0, 300):
            alone = await tokens_per_second(engine, 1, words)
            say(f"prompts of about {40 + words} tokens, alone: {alone:.0f} tokens/s")
            for at_once in (8, 32):
                batched = await tokens_per_second(engine, at_once, words)
                say(f"  {at_once} at once: {batched:.0f} tokens/s, {batched / alone:.1f} times")
        made = chains(count)
        one_by_one, written = await critiques_per_minute(engine, made[:4], together=False)
        say(f"direct, one at a time: {one_by_one:.1f} critiques/min, unparsed {unparsed(written):.0%}")
        together, written = await critiques_per_minute(engine, made, together=True)
        spent = sum(one.costs["tokens_out"] for one in written)
        say(f"direct, {count} at once: {together:.1f} critiques/min, {together / one_by_one:.1f} times")
        say(f"  unparsed {unparsed(written):.0%}; {spent} tokens, {spent * together / 60 / count:.0f} tokens/s")
        wrong = sum(judgment.verdict == "incorrect" for one in written for judgment in one.judgments)
        say(f"  called incorrect: {wrong} of {sum(len(one.judgments) for one in written)} steps")
        say(f"  one of them: {written[1].raw_output}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=Path)
    parser.add_argument("--critiques", type=int, default=16)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(measure(chosen.models or Path(scratch), chosen.critiques))


if __name__ == "__main__":
    main()
