"""An engine that answers by a script instead of a model: every step is correct, after a pause of its model's name.

The model is called "20 ms", "20 ms, blind" or "20 ms, loads 5000 ms". Words in the question change the script: CRASH
raises, NONSENSE answers in prose, FLAKY raises a fault of the world at the first request of this process, DOWN says
that the far end is down, DIE takes the process along, HUNGRY wants more memory than there is.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.engines.base import (
    Engine,
    EngineDescription,
    EngineError,
    EngineKind,
    EngineUnavailable,
    Generation,
    Message,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedOptions:
    """None."""


class ScriptedEngine(Engine):
    def __init__(self, model: str) -> None:
        pause, _, eyes = model.partition(", ")
        self.pause_seconds = int(pause.removesuffix(" ms")) / 1000
        self.seen: set[str] = set()
        self.description = EngineDescription(
            engine="scripted", model=model, device="script", sees_images=eyes != "blind", gives_logits=True
        )

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        await asyncio.sleep(self.pause_seconds)
        asked = " ".join(part for message in messages for part in message.parts if isinstance(part, str))
        if "DIE" in asked:
            os.kill(os.getpid(), signal.SIGKILL)
        if "HUNGRY" in asked:
            bytearray(1 << 46)
        if "CRASH" in asked:
            raise RuntimeError("the method tripped over this chain")
        if "DOWN" in asked:
            raise EngineUnavailable("the far end is down")
        if "FLAKY" in asked and asked not in self.seen:
            self.seen.add(asked)
            raise ConnectionError("the far end hung up")
        parsed = None if "NONSENSE" in asked else _fitting(schema or {})
        text = "Well, it depends." if parsed is None else json.dumps(parsed)
        return Generation(
            text=text, parsed=parsed, tokens_in=100, tokens_out=10, seconds=self.pause_seconds, finish_reason="stop"
        )

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        await asyncio.sleep(self.pause_seconds)
        return tuple(1 / len(options) for _ in options)

    async def aclose(self) -> None:
        """Holds nothing."""


def _fitting(schema: dict[str, Any]) -> Any:
    """The first value that fits: the first of alternatives, one item of a list. Of a verdict, that is "correct"."""
    if "anyOf" in schema:
        return _fitting(schema["anyOf"][0])
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if schema.get("type") == "array":
        return [_fitting(schema["items"])]
    if schema.get("type") == "string":
        return "something"
    if schema.get("type") in ("number", "integer"):
        return 1
    return {name: _fitting(described) for name, described in schema.get("properties", {}).items()}


async def open_scripted(model: str, models_folder: Path, options: ScriptedOptions) -> ScriptedEngine:
    if model == "missing":
        raise EngineError("model missing: expected a folder, found none; give the path of one")
    own, _, loads = model.partition(", loads ")
    if loads:
        await asyncio.sleep(int(loads.removesuffix(" ms")) / 1000)
    return ScriptedEngine(own)


ENGINE = EngineKind(
    name="scripted", title="Scripted", help="Answers by a script.", options=ScriptedOptions, open=open_scripted
)
