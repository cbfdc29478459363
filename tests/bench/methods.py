"""Each method for real: what it costs on ten responses of the demo, and one critique of each to read.

    flock /tmp/heavy.lock nice -n 5 python -m tests.bench.methods [--methods direct,lookback] [--responses 10]
        [--models FOLDER] [--out FOLDER]

Runs the default model with small limits of tokens, so that it ends. A line a method: calls, tokens, seconds from
first to last, shares of steps unparsed, abstained and flagged. Each method's critiques are written to `--out` as JSON
lines. The ensemble merges what direct, lookback and checklist wrote. A request that was made before, such as those of
the direct critic within P(True), is answered from memory: calls and tokens count it, seconds do not.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from annotations.core import codec
from annotations.core.schema import Critique, Problem
from annotations.core.steps import split_steps, step_texts
from annotations.core.taxonomy import DEFAULT_TAXONOMY
from annotations.demo.build import build
from workers.critics.base import Chain
from workers.critics.wants import AnotherProblemsImages, Mistake, Opinion, Opinions, OtherImages, PastMistakes
from workers.critics.wrapping import configured
from workers.engines.base import Engine, Message, open_engine
from workers.engines.ocr import OcrReader

SMALL: dict[str, dict[str, Any]] = {
    "direct": {"tokens_per_step": 96},
    "checklist": {"questions": 2},
    "p_true": {"samples": 2, "tokens_per_answer": 12, "of_settings": {"tokens_per_step": 96}},
    "severity": {"of_settings": {"tokens_per_step": 96}},
    "layer_agreement": {"of_settings": {"tokens_per_step": 96}},
    "familiarity": {"concepts": 2, "samples": 1, "of_settings": {"tokens_per_step": 96}},
    "lookback": {"tokens_per_step": 96, "questions_per_step": 1, "tokens_per_answer": 12},
    "ensemble": {},
    "selfcheck": {"samples": 3, "tokens_per_chain": 64},
    "reverse": {"conditions": 2},
    "ablation": {"ablation": "none", "of_settings": {"tokens_per_step": 96}},
    "past_mistakes": {"most": 2, "of_settings": {"tokens_per_step": 96}},
    "escalate": {"most_rounds": 2, "of_settings": {"tokens_per_step": 96}},
}
MERGED = ("direct", "lookback", "checklist")
MISTAKES = (
    Mistake(
        question="How high is the tallest bar?",
        step="The tallest bar reaches 50.",
        explanation="The axis counts in thousands: it is 50 000.",
    ),
    Mistake(
        question="How many circles are there?",
        step="There are 7 circles.",
        explanation="One circle lies behind a square, so there are 8.",
    ),
)


class Remembering(Engine):
    """Asks `engine` each thing once: the same request with the same seed has the same answer."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.description = engine, engine.description
        self.known: dict[str, asyncio.Future[Any]] = {}

    async def generate(self, messages: Sequence[Message], **how: Any) -> Any:
        return await self._once(self.engine.generate, messages, **how)

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> Any:
        return await self._once(self.engine.choose, messages, options=options)

    async def layers(self, messages: Sequence[Message], options: Sequence[str]) -> Any:
        return await self._once(self.engine.layers, messages, options=options)

    async def aclose(self) -> None:
        await self.engine.aclose()

    async def _once(self, ask: Callable[..., Any], messages: Sequence[Message], **how: Any) -> Any:
        key = repr((ask.__name__, messages, sorted(how.items())))
        if key not in self.known:
            self.known[key] = asyncio.ensure_future(ask(messages, **how))
        return await self.known[key]


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


async def chains(count: int) -> list[tuple[str, Chain]]:
    """The demo's first responses with their keys, the images' text read by OCR."""
    reader, found = OcrReader(), []
    with tempfile.TemporaryDirectory() as folder:
        records = build(Path(folder)).read_text(encoding="utf-8").splitlines()
        for record in (codec.parse_json(Problem, line.encode()) for line in records):
            images = tuple((Path(folder) / image.path).read_bytes() for image in record.images)
            lines = tuple([tuple(line.text for line in await reader.read(image)) for image in images])
            found += [(response.key, chain_of(record, response, images, lines)) for response in record.responses]
            if len(found) >= count:
                break
    return found[:count]


def chain_of(problem: Problem, response: Any, images: tuple[bytes, ...], lines: tuple[tuple[str, ...], ...]) -> Chain:
    return Chain(
        question=problem.question,
        steps=step_texts(response.source_text, response.steps or split_steps(response.source_text)),
        answer=response.answer,
        options=problem.options,
        images=images,
        image_lines=lines,
        image_descriptions=tuple(image.description for image in problem.images),
        error_types=DEFAULT_TAXONOMY.codes(),
    )


async def measure(name: str, asked: list[tuple[str, Chain]], engine: Engine, written: dict[str, list[Critique]]) -> str:
    method = configured(name, SMALL[name])
    began = time.monotonic()
    made = await asyncio.gather(
        *(
            method.critique(replace(chain, context=context(place, asked, written)), engine, seed=1)
            for place, (_, chain) in enumerate(asked)
        )
    )
    seconds = time.monotonic() - began
    written[name] = list(made)
    judgments = [judgment for critique in made for judgment in critique.judgments]

    def share(count: int) -> str:
        return f"{count / len(judgments):.2f}"

    told = {part: sum(critique.costs[part] for critique in made) for part in ("calls", "tokens_in", "tokens_out")}
    return (
        f"{name:16} {told['calls']:5} calls {told['tokens_in']:7} in {told['tokens_out']:6} out {seconds:6.0f} s; "
        f"of {len(judgments)} steps unparsed {share(sum(one.state == 'unparsed' for one in judgments))}, "
        f"abstained {share(sum(one.state == 'abstained' for one in judgments))}, "
        f"incorrect {share(sum(one.verdict == 'incorrect' for one in judgments))}"
    )


def context(place: int, asked: list[tuple[str, Chain]], written: dict[str, list[Critique]]) -> dict[Any, Any]:
    other = asked[(place + 1) % len(asked)]
    return {
        PastMistakes(most=SMALL["past_mistakes"]["most"]): MISTAKES,
        AnotherProblemsImages(): OtherImages(
            problem=other[0], images=other[1].images, image_lines=other[1].image_lines
        ),
        Opinions(): tuple(
            Opinion(critic=name, critique=written[name][place]) for name in MERGED if name in written
        ),
    }  # fmt: skip


async def run(names: Sequence[str], responses: int, models: Path, out: Path) -> None:
    asked = await chains(responses)
    engine = Remembering(await open_engine("torch_local", "default", models_folder=models))
    say(f"{engine.description.model} on {engine.description.device}, {len(asked)} responses of the demo")
    out.mkdir(parents=True, exist_ok=True)
    written: dict[str, list[Critique]] = {}
    async with engine:
        for name in names:
            say(await measure(name, asked, engine, written))
            lines = [
                json.dumps({"response": key} | codec.dump(critique), ensure_ascii=False)
                for (key, _), critique in zip(asked, written[name], strict=True)
            ]
            (out / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=",".join(SMALL))
    parser.add_argument("--responses", type=int, default=10)
    parser.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "second-look-models")
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "second-look-methods")
    asked = parser.parse_args()
    asyncio.run(run(asked.methods.split(","), asked.responses, asked.models, asked.out))


if __name__ == "__main__":
    main()
