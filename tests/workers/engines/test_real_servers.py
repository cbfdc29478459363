"""The HTTP engine against real servers: llama.cpp holds to schemas; `transformers serve` does not, and says nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.workers.engines.llama_server import ALIAS, KEY
from workers.critics.base import Chain
from workers.critics.direct import DirectSettings, critique
from workers.engines.base import EngineUnavailable, open_engine, system, user
from workers.engines.http.server import Limits
from workers.engines.openai_http import HttpOptions, open_http

ROOT = Path(__file__).parents[3]
SCHEMA = {
    "type": "object",
    "properties": {"verdict": {"enum": ["correct", "incorrect"]}, "why": {"type": "string", "maxLength": 20}},
    "required": ["verdict", "why"],
    "additionalProperties": False,
}
PATIENCE_SECONDS = 120


@contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        sys.stdout.write(log.read_text("utf-8", "replace")[-3000:])


@pytest.fixture(scope="module")
def llama(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    log = tmp_path_factory.mktemp("llama") / "log"
    with running([sys.executable, "-m", "tests.workers.engines.llama_server"], log) as process:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "ADDRESS " not in log.read_text("utf-8", "replace"):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text("utf-8", "replace")[-2000:]
            time.sleep(0.1)
        yield log.read_text("utf-8", "replace").split("ADDRESS ")[1].split()[0]


def options_of(url: str, **changed: Any) -> HttpOptions:
    limits = Limits(in_flight=4, deadline_seconds=PATIENCE_SECONDS)
    return HttpOptions(**{"base_url": f"{url}/v1", "model": ALIAS, "api_key": KEY, "limits": limits, **changed})


def test_llama_cpp_holds_to_the_schema_and_gives_probabilities(llama: str) -> None:
    async def session() -> None:
        async with await open_http("llama", Path("/nonexistent"), options_of(llama)) as engine:
            assert (engine.description.holds_schema, engine.description.gives_logits) == (True, True)
            assert engine.description.model == ALIAS
            asked = [system("You judge sums."), user("2 + 2 = 5. Is it correct?")]
            one, *samples = await asyncio.gather(
                engine.generate(asked, schema=SCHEMA, max_new_tokens=60),
                *(engine.generate(asked, schema=SCHEMA, max_new_tokens=60, temperature=1.0, seed=s) for s in (1, 1, 2)),
            )
            for reply in (one, *samples):
                jsonschema.validate(reply.parsed, SCHEMA)
                assert reply.calls == 1
                assert 0 < reply.tokens_out <= 60 < reply.tokens_in + 60

    asyncio.run(session())


def test_llama_cpp_and_torch_give_the_same_probabilities_for_the_same_model(llama: str, models_folder: Path) -> None:
    asked = [system("Answer with one word."), user("Is the sky blue? Yes or No?")]

    async def session() -> None:
        async with await open_http("llama", models_folder, options_of(llama)) as far:
            there = await far.choose(asked, ["Yes", "No"])
        async with await open_engine("torch_local", "default", models_folder=models_folder) as near:
            here = await near.choose(asked, ["Yes", "No"])
        assert there == pytest.approx(here, abs=0.1)
        assert 0.02 < here[0] < 0.98  # or the two could agree by accident

    asyncio.run(session())


def test_a_direct_critique_is_written_by_llama_cpp(llama: str) -> None:
    chain = Chain(
        question="How many apples?",
        steps=("There are 2 + 2 apples.", "That makes 5."),
        answer="5",
        error_types=("sum",),
    )

    async def session() -> Any:
        async with await open_http("llama", Path("/nonexistent"), options_of(llama)) as engine:
            return await critique(chain, engine, DirectSettings(tokens_per_step=160))

    written = asyncio.run(session())
    assert all(judgment.state == "judged" for judgment in written.judgments)
    assert written.author.model == ALIAS
    assert written.costs["tokens_out"] > 0


def test_a_wrong_key_is_told_as_such(llama: str) -> None:
    with pytest.raises(EngineUnavailable, match="does not accept the API key"):
        asyncio.run(open_http("llama", Path("/nonexistent"), options_of(llama, api_key="wrong")))


def test_transformers_serve_ignores_schema_and_logprobs_and_that_is_noticed(tiny_folder: Path, tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "transformers.cli.transformers", "serve", str(tiny_folder), "--port", str(port)]
    with running([*command, "--host", "127.0.0.1", "--device", "cpu"], tmp_path / "log", HF_HUB_OFFLINE="1") as process:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/health", process)

        async def session() -> None:
            options = options_of(url, model=str(tiny_folder), api_key="")
            async with await open_http("serve", tmp_path, options) as engine:
                assert (engine.description.holds_schema, engine.description.gives_logits) == (False, False)
                reply = await engine.generate([user("Judge.")], schema=SCHEMA, max_new_tokens=20)
                assert reply.parsed is None  # random weights write no JSON, and nobody pretends that they did
                assert reply.tokens_out > 0

        asyncio.run(session())


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        assert process.poll() is None and time.monotonic() < deadline, "the server did not start"
        try:
            if httpx.get(url).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.2)
