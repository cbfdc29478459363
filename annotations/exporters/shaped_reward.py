"""The shaped reward of a self-correction, for tables and for online trainers (SCoRe, METHODS.md row 11).

An online trainer generates second turns by itself and asks what they are worth:

    GRPOTrainer(model, reward_funcs=reward_function(), train_dataset=rows, …)

with rows of the format `two_turns`: their column `transition` tells whether the first answer was right, and
`reference_answer` (with `options`) what is right. Plain Python; the trainer's library is the caller's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from annotations.core.answers import match_answer

BONUS = 1.0


def shaped_reward(before: bool, after: bool, *, bonus: float = BONUS) -> float:
    """right→right 1, wrong→right 1 + bonus, wrong→wrong 0, right→wrong -bonus."""
    return float(after) + bonus * (float(after) - float(before))


def reward_function(*, bonus: float = BONUS) -> Callable[..., list[float | None]]:
    """A reward function as TRL's online trainers call it: completions and the rows' columns in, one reward each out.

    None (the trainer leaves it out) where the second answer cannot be read, or the first could not.
    """

    def self_correction_reward(
        completions: Sequence[Any],
        *,
        transition: Sequence[str],
        reference_answer: Sequence[str | None],
        options: Sequence[Sequence[str]] | None = None,
        **columns: Any,
    ) -> list[float | None]:
        offered = options or [()] * len(completions)
        return [
            _reward(_text(completion), before, reference, choices, bonus)
            for completion, before, reference, choices in zip(
                completions, transition, reference_answer, offered, strict=True
            )
        ]

    return self_correction_reward


def _reward(text: str, transition: str, reference: str | None, options: Sequence[str], bonus: float) -> float | None:
    before = {"right": True, "wrong": False}.get(transition.partition("_")[0])
    outcome = match_answer(text, reference, options=options).outcome
    if before is None or outcome == "unparsed":
        return None
    return shaped_reward(before, outcome == "right", bonus=bonus)


def _text(completion: Any) -> str:
    """Of a completion as text, or as messages."""
    if isinstance(completion, str):
        return completion
    content = completion[-1]["content"]
    return content if isinstance(content, str) else "".join(part.get("text") or "" for part in content)
