"""An engine with planted behaviour for corrections and rollouts, told by its prompts' texts alone.

- Criticising: the chain is wrong as long as it says "70".
- Revising: with the explanation "It ends at 60." in the prompt it writes the mended chain, answer 100; told that the
  answer is incorrect and nothing more, it breaks off; without any feedback it keeps to 110. "BREAK" in the question
  makes it spoil whatever it is given.
- Continuing: a prefix that says 70 comes to 110, one that says 60 to 100, any other to 100 and 110 in turn.
- "HALF" in the question cuts every reply.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workers.engines.base import Engine, EngineDescription, EngineKind, Generation, Message

MENDED = {"steps": ["The blue bar reaches 40.", "The red bar reaches 60.", "So 100."], "answer": "100"}
KEPT = {"steps": ["The blue bar reaches 40.", "The red bar reaches 70.", "So 110."], "answer": "110"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectingOptions:
    """None."""


class ScriptedCorrecting(Engine):
    def __init__(self, model: str) -> None:
        self.description = EngineDescription(
            engine="scripted_correcting", model=model, weights="c" * 64, device="script", sees_images=True
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
        asked = " ".join(part for message in messages for part in message.parts if isinstance(part, str))
        properties = (schema or {}).get("properties", {})
        said = _chain(asked, seed) if "steps" in properties else _verdicts(asked, properties)
        whole = said is not None and "HALF" not in asked
        text = json.dumps(said) if whole else json.dumps(said)[:12]
        return Generation(
            text=text,
            parsed=said if whole else None,
            tokens_in=100,
            tokens_out=10,
            seconds=0.0,
            finish_reason="stop" if whole else "length",
        )

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        return tuple(1 / len(options) for _ in options)

    async def aclose(self) -> None:
        """Holds nothing."""


def _chain(asked: str, seed: int) -> dict[str, Any] | None:
    _, continuing, prefix = asked.partition("Steps so far:")
    if continuing:
        right = "60" in prefix or ("70" not in prefix and seed % 2 == 0)
        return {"steps": ["And so on."], "answer": "100" if right else "110"}
    if "BREAK" in asked:
        return KEPT
    if "It ends at 60." in asked:
        return MENDED
    return None if "The final answer is incorrect." in asked else KEPT


def _verdicts(asked: str, properties: dict[str, Any]) -> dict[str, Any]:
    wrong = {
        "verdict": "incorrect", "quote": "70", "explanation": "It ends at 60.", "own_error": True,
        "inherits_from": [], "correction": "The red bar reaches 60.",
    }  # fmt: skip
    flagged = "70" in asked
    told = {name: wrong if flagged and name == "step_2" else {"verdict": "correct"} for name in properties}
    return {**told, "answer": "incorrect" if flagged else "correct"}


async def open_correcting(model: str, models_folder: Path, options: CorrectingOptions) -> ScriptedCorrecting:
    return ScriptedCorrecting(model)


ENGINE = EngineKind(
    name="scripted_correcting",
    title="Scripted corrector",
    help="Corrects by a script.",
    options=CorrectingOptions,
    open=open_correcting,
)
