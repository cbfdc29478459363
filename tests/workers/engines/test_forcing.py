"""Tokens that the grammar forces: read ahead where it pays, and never different from what is said one by one."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.workers.engines.test_torch_local import SCHEMA, with_engine
from workers.engines.base import user
from workers.engines.local import batch
from workers.engines.local.forcing import tokens_in_one_pass
from workers.engines.torch_local import TorchEngine

WEIGHTS = 24  # tokens


def test_alone_a_row_reads_all_that_it_knows_in_one_pass():
    assert tokens_in_one_pass([9], WEIGHTS) == 9
    assert tokens_in_one_pass([1], WEIGHTS) == 1


def test_one_row_of_many_waits_for_nobody_and_lets_nobody_wait():
    assert tokens_in_one_pass([9, *[1] * 31], WEIGHTS) == 1
    assert tokens_in_one_pass([9] * 32, WEIGHTS) == 9
    assert tokens_in_one_pass([9, 4, 4, 4], WEIGHTS) == 9
    assert tokens_in_one_pass([30, *[4] * 15], WEIGHTS) == 4


def replies(folder: Path, **changed: Any) -> tuple[list[str], int]:
    """Of eight draws, and the passes that they took."""

    async def ask(engine: TorchEngine) -> tuple[list[str], int]:
        for name, value in changed.items():
            setattr(engine.runner.batch, name, value)
        asked = (
            engine.generate([user(f"Judge {n}.")], schema=SCHEMA, max_new_tokens=200, temperature=1.2, seed=n)
            for n in range(8)
        )
        answers = await asyncio.gather(*asked)
        return [answer.text for answer in answers], engine.runner.reader.forward_passes

    return with_engine(folder, ask)


def test_reading_ahead_changes_no_word_and_saves_passes(tiny_folder: Path) -> None:
    ahead, few = replies(tiny_folder)
    one_by_one, many = replies(tiny_folder, pass_in_tokens=-1)
    assert ahead == one_by_one
    assert few < 0.7 * many


def test_a_limit_of_tokens_cuts_what_is_forced_too(tiny_folder: Path) -> None:
    async def ask(engine: TorchEngine) -> None:
        for limit in (1, 2, 5, 12):
            reply = await engine.generate([user("Judge.")], schema=SCHEMA, max_new_tokens=limit)
            assert (reply.tokens_out, reply.finish_reason, reply.parsed) == (limit, "length", None)
            assert '{"verdict": "'.startswith(reply.text[:13])

    with_engine(tiny_folder, ask)


def test_a_token_that_the_grammar_refuses_is_never_said(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.Forcing, "ahead", lambda *_: (300_000,))

    async def ask(engine: TorchEngine) -> None:
        with pytest.raises(Exception, match="refused token"):
            await engine.generate([user("Judge.")], schema=SCHEMA, max_new_tokens=20)

    with_engine(tiny_folder, ask)
