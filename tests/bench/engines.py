"""Throughput of the torch engine under critics, as ratios within one run on this machine.

    python -m tests.bench.engines [--models FOLDER] [--direct 64] [--lookback 32] [--rounds 2]

1. Critiques through the engine (many coroutines, its queue, tokenizer and JSON) against the bare batch loop, fed the
   same prompts, known ahead and in order of length ("ideal batches"). A method's stages stay stages.
2. Requests with a common beginning together, that beginning read once, against one at a time without that.
3. Forced tokens read ahead against one by one, for one critique alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from annotations.core.taxonomy import DEFAULT_TAXONOMY
from workers.critics.base import Chain
from workers.critics.direct import DirectSettings, critique
from workers.critics.lookback import LookBackSettings
from workers.critics.lookback import critique as look_back
from workers.engines.base import Engine, Generation, Message, open_engine, system, user
from workers.engines.local import prefill, sharing
from workers.engines.local.batch import RunningBatch
from workers.engines.local.prefill import Reader
from workers.engines.local.prompts import encode
from workers.engines.local.requests import GenerateRequest
from workers.engines.torch_local import TorchEngine

DIRECT = DirectSettings(tokens_per_step=24)
LOOKBACK = LookBackSettings(questions_per_step=1, tokens_per_answer=16, tokens_per_step=24)
ALONE = 8  # requests measured one at a time


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def chains(count: int) -> list[Chain]:
    """Of 2 to 5 steps, four responses to each problem; the sum is wrong in every second one."""
    made = []
    for number in range(count):
        left, right = 3 + number // 4, 5 + 2 * (number // 4)
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


@dataclass(frozen=True)
class Call:
    """One call of a method. Calls of a stage need nothing of one another."""

    stage: int
    messages: tuple[Message, ...]
    schema: dict[str, Any] | None
    max_new_tokens: int
    temperature: float
    seed: int


BRANCH: ContextVar[int] = ContextVar("the stage that this branch of a critique has reached", default=0)


@dataclass
class Recorder(Engine):
    """Passes one critique's calls on to the engine, and keeps them."""

    engine: TorchEngine
    calls: list[Call] = field(default_factory=list)
    tokens: int = 0
    ended: int = 0  # the last stage of which a call has ended
    task: asyncio.Task[Any] | None = None  # the critique's own; others are branches of it

    def __post_init__(self) -> None:
        self.description = self.engine.description

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        call = Call(self._stage(), tuple(messages), schema, max_new_tokens, temperature, seed)
        self.calls.append(call)
        reply = await self.engine.generate(
            messages, schema=schema, max_new_tokens=max_new_tokens, temperature=temperature, seed=seed
        )
        self.ended = max(self.ended, call.stage)
        BRANCH.set(call.stage)
        self.tokens += reply.tokens_out
        return reply

    def _stage(self) -> int:
        """After the calls of its own branch; the critique itself goes on after all of its branches."""
        if asyncio.current_task() is not self.task and BRANCH.get():
            return BRANCH.get() + 1
        return self.ended + 1

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        raise NotImplementedError("the bench compares generated text only")

    async def aclose(self) -> None:
        """The engine is the caller's."""


Method = Callable[[Chain, Engine], Awaitable[Any]]


async def direct(chain: Chain, engine: Engine) -> None:
    await critique(chain, engine, DIRECT)


async def lookback(chain: Chain, engine: Engine) -> None:
    await look_back(chain, engine, LOOKBACK)


async def through(engine: TorchEngine, method: Method, some: Sequence[Chain]) -> tuple[float, list[Recorder]]:
    """Seconds for all critiques as coroutines, and what was called."""
    engine.runner.reader.forget()
    recorders = [Recorder(engine) for _ in some]

    async def one(chain: Chain, recorder: Recorder) -> None:
        recorder.task = asyncio.current_task()
        await method(chain, recorder)

    began = time.monotonic()
    await asyncio.gather(*map(one, some, recorders))
    return time.monotonic() - began, recorders


@torch.inference_mode()
def bare(engine: TorchEngine, recorders: Sequence[Recorder]) -> tuple[float, int]:
    """Seconds and tokens of the same calls in the batch loop alone, stage after stage, everything prepared before."""
    stages: dict[int, list[GenerateRequest]] = defaultdict(list)
    for recorder in recorders:
        for call in recorder.calls:
            prompt = encode(call.messages, engine.loaded)
            stages[call.stage].append(
                GenerateRequest(
                    prompt=prompt,
                    grammar=None if call.schema is None else engine.grammars.compile(call.schema),
                    max_new_tokens=call.max_new_tokens,
                    temperature=call.temperature,
                    seed=call.seed,
                )
            )
    tokens = 0

    def finished(request: GenerateRequest, said: list[int], reason: str) -> None:
        nonlocal tokens
        tokens += len(said)

    batch, most = RunningBatch(Reader(engine.loaded), finished), engine.runner.max_rows
    began = time.monotonic()
    for stage in sorted(stages):
        waiting = sorted(stages[stage], key=lambda request: len(request.prompt.ids))
        while waiting or len(batch):
            if waiting and len(batch) <= 0.75 * most:
                room = most - len(batch)
                batch.add(waiting[:room])
                del waiting[:room]
            batch.step()
    return time.monotonic() - began, tokens


async def against_ideal(engine: TorchEngine, name: str, method: Method, some: Sequence[Chain], rounds: int) -> None:
    """Rounds in turn, so that a busy machine hits both; the ratio of each round is between neighbours."""
    ratios = []
    for number in range(rounds):
        seconds, recorders = await through(engine, method, some)
        tokens = sum(recorder.tokens for recorder in recorders)
        ideal, ideal_tokens = bare(engine, recorders)
        ratio = (tokens / seconds) / (ideal_tokens / ideal)
        ratios.append(ratio)
        calls = sum(len(recorder.calls) for recorder in recorders)
        say(
            f"{name}, round {number + 1}: {len(some)} critiques, {calls} calls, {tokens} tokens in {seconds:.1f} s "
            f"({tokens / seconds:.0f} tokens/s, {60 * len(some) / seconds:.0f} critiques/min); "
            f"ideal: {ideal_tokens} tokens in {ideal:.1f} s ({ideal_tokens / ideal:.0f} tokens/s); ratio {ratio:.2f}"
        )
    say(f"{name}: {statistics.median(ratios):.2f} of the ideal (median of {rounds})")


@contextmanager
def nothing_shared() -> Any:
    worth, least = sharing.WORTH_SHARING, prefill.LEAST_REUSED
    sharing.WORTH_SHARING = prefill.LEAST_REUSED = 1 << 40
    try:
        yield
    finally:
        sharing.WORTH_SHARING, prefill.LEAST_REUSED = worth, least


async def shared_prefix(engine: TorchEngine, count: int) -> None:
    """One problem, `count` questions about it, after the same rules and text of its image."""
    common = [system("You check the reasoning of another model about an image. " * 20)]
    table = "Text in the image: " + " | ".join(f"Basket {number}: {number * 7 % 31} apples" for number in range(20))
    asked = [[*common, user(table, f"\nIs step {number} right? Say why.")] for number in range(count)]

    async def timed(some: Sequence[Any], *, together: bool) -> float:
        engine.runner.reader.forget()
        began = time.monotonic()
        if together:
            replies = await asyncio.gather(*(engine.generate(messages, max_new_tokens=24) for messages in some))
        else:
            replies = [await engine.generate(messages, max_new_tokens=24) for messages in some]
        seconds = time.monotonic() - began
        say(
            f"  {len(some)} {'together' if together else 'one at a time'}: {seconds:.1f} s, prompts of "
            f"{replies[0].tokens_in} tokens, {sum(reply.tokens_out for reply in replies) / seconds:.0f} tokens/s"
        )
        return seconds / len(some)

    say(f"shared prefix, {count} requests:")
    with nothing_shared():
        alone = await timed(asked[:ALONE], together=False)
        unshared = await timed(asked, together=True)
    shared = await timed(asked, together=True)
    with nothing_shared():
        alone = min(alone, await timed(asked[:ALONE], together=False))
    say(f"  together and read once, against one at a time: {alone / shared:.1f} times")
    say(f"  of which batching {alone / unshared:.1f} times, reading once {unshared / shared:.1f} times")


async def read_ahead(engine: TorchEngine, some: Sequence[Chain]) -> None:
    """One critique alone, as somebody waits for it: forced tokens one by one, and in one pass."""
    seconds: dict[str, float] = {}
    for name, worth in (("one by one", -1), ("read ahead", engine.runner.batch.pass_in_tokens)) * 2:
        engine.runner.batch.pass_in_tokens = worth
        began = time.monotonic()
        for chain in some:
            await critique(chain, engine, DIRECT)
        seconds[name] = min(seconds.get(name, 1e9), time.monotonic() - began)
    say(
        f"one direct critique alone: forced tokens one by one {seconds['one by one'] / len(some):.1f} s, read ahead "
        f"{seconds['read ahead'] / len(some):.1f} s, {seconds['one by one'] / seconds['read ahead']:.2f} times"
    )


async def measure(folder: Path, direct_count: int, lookback_count: int, rounds: int) -> None:
    async with await open_engine("torch_local", "default", models_folder=folder) as engine:
        assert isinstance(engine, TorchEngine)
        say(
            f"{engine.description.model}, {engine.description.device}, {engine.description.dtype}, torch "
            f"{torch.__version__}, {torch.get_num_threads()} threads, load average {os.getloadavg()[0]:.1f}"
        )
        await engine.generate([user("Hello")], max_new_tokens=4)
        await against_ideal(engine, "direct", direct, chains(direct_count), rounds)
        await against_ideal(engine, "lookback", lookback, chains(lookback_count), rounds)
        await shared_prefix(engine, 64)
        await read_ahead(engine, chains(3))
        say(f"load average {os.getloadavg()[0]:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, help="where the default model is prepared, or will be")
    parser.add_argument("--direct", type=int, default=64)
    parser.add_argument("--lookback", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=2)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(measure(chosen.models or Path(scratch), chosen.direct, chosen.lookback, chosen.rounds))


if __name__ == "__main__":
    main()
