"""A model whose replies are written down prompt by prompt: it knows by which prompt file it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tests.workers.critics.chains import CARRIED, MISREAD, RIGHT, STEPS
from workers.engines.base import Engine, EngineDescription, Generation, Message, Picture
from workers.prompts import _VALUE, prompt


@dataclass(frozen=True)
class Asked:
    name: str  # of the prompt
    text: str
    pictures: tuple[Picture, ...] = ()
    schema: dict[str, Any] | None = None
    temperature: float = 0.0
    seed: int = 0


def prompt_of(messages: Sequence[Message], names: Iterable[str]) -> str:
    """Of these prompts, the one whose every fixed text stands in the messages."""
    text = "\n".join("".join(part for part in message.parts if isinstance(part, str)) for message in messages)

    def fixed(name: str) -> list[str]:
        return [piece for _, turn in prompt(name).turns for piece in _VALUE.split(turn)[::2] if piece.strip()]

    fitting = [name for name in names if all(piece in text for piece in fixed(name))]
    return max(fitting, key=lambda name: sum(map(len, fixed(name))))


class ScriptedModel(Engine):
    """`script` has for each prompt a reply, or a function of what was asked; for those that choose, probabilities.

    A reply that is a str where a schema was given is text that does not parse. `layers` says what each layer reads.
    """

    def __init__(self, script: Mapping[str, Any], *, layers: Sequence[Sequence[float]] = (), sees_images: bool = False):
        self.script, self.by_layer = script, layers
        self.asked: list[Asked] = []
        self.description = EngineDescription(
            engine="scripted",
            model="script",
            weights="f" * 64,
            device="cpu",
            dtype="float32",
            sees_images=sees_images,
            gives_logits=True,
            gives_layers=bool(layers),
        )

    def asked_by(self, name: str) -> list[Asked]:
        return [one for one in self.asked if one.name == name]

    async def generate(
        self,
        messages: Sequence[Message],
        *,
        schema: dict[str, Any] | None = None,
        max_new_tokens: int = 512,
        temperature: float = 0.0,
        seed: int = 0,
    ) -> Generation:
        said = self._answer(messages, schema=schema, temperature=temperature, seed=seed)
        return Generation(
            text=said if isinstance(said, str) else json.dumps(said),
            parsed=None if isinstance(said, str) or schema is None else said,
            tokens_in=100,
            tokens_out=10,
            seconds=0.5,
            finish_reason="stop",
        )

    async def choose(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[float, ...]:
        return tuple(self._answer(messages))

    async def layers(self, messages: Sequence[Message], options: Sequence[str]) -> tuple[tuple[float, ...], ...]:
        self._answer(messages)
        return tuple(map(tuple, self.by_layer))

    async def aclose(self) -> None:
        """There is nothing to free."""

    def _answer(self, messages: Sequence[Message], **how: Any) -> Any:
        text = "\n".join("".join(part for part in message.parts if isinstance(part, str)) for message in messages)
        pictures = tuple(part for message in messages for part in message.parts if isinstance(part, Picture))
        asked = Asked(prompt_of(messages, self.script), text, pictures, **how)
        self.asked.append(asked)
        said = self.script[asked.name]
        return said(asked) if callable(said) else said


ALL_RIGHT = {**{f"step_{step}": RIGHT for step in (1, 2, 3)}, "answer": "correct"}
ERROR_FOUND = {"step_1": RIGHT, "step_2": MISREAD, "step_3": CARRIED, "answer": "incorrect"}


def about_the_error(asked: Asked) -> bool:
    """Whether what is asked about is the planted error: the red bar of 70, or what follows from it."""
    claim = asked.text.rsplit("statement: ", 1)[-1].rsplit("as given: ", 1)[-1]
    return "70" in claim or "110" in claim


COMMON: dict[str, Any] = {
    "own_answer": "100",
    "selfcheck_solve": "The blue bar reaches 40, the red bar 60, together 100.",
    "lookback_questions": lambda asked: (
        {"none_needed": True} if "step 3, the last" in asked.text else {"questions": ["How high is the bar?"]}
    ),
    "lookback_lookup": "60",
    "p_know": (0.8, 0.2),
    "severity_reasoned": {"what_is_wrong": "a value", "effect_on_later_steps": "all", "effect_on_answer": "changes it",
                          "severity": "4.75"},
    "severity_digit": (0.0, 0.0, 0.0, 0.5, 0.5),
    "reverse_rebuild": {
        "conditions": [{"step": 1, "condition": "The blue bar reaches 40"}, {"step": 2, "condition": STEPS[1][:-1]}],
        "question": "How much do two bars reach together?",
    },
    "reverse_conditions": {"conditions": ["Two bars are meant", "Their heights are added"]},
    "reverse_used": {"used": True},
    "reverse_question": {"same": True},
    "checklist_make": {"checklist": ["Does it read the blue bar rightly?", "Does it read the red bar rightly?"]},
    "familiarity_concepts": {"concepts": ["bar"]},
    "familiarity_explain": "A rectangle in a chart.",
    "familiarity_name": "bar",
    "describe_image": "Two bars, 40 and 60.",
}  # fmt: skip

# A model that knows better than the chain: it finds the planted error by whatever prompt it is asked.
CRITICAL = {
    **COMMON,
    "direct": ERROR_FOUND,
    "lookback_critique": ERROR_FOUND,
    "p_true": lambda asked: (0.1, 0.9) if about_the_error(asked) else (0.95, 0.05),
    "selfcheck": lambda asked: {"the_statement_is": "contradicted" if about_the_error(asked) else "supported"},
    "reverse_given": lambda asked: (
        {"the_condition_is": "misread", "why": "It reaches 60."}
        if about_the_error(asked)
        else {"the_condition_is": "given"}
    ),
    "checklist_answer": lambda asked: (
        {"answer": "no", "step": 2, "why": "It reaches 60."}
        if "solution: Does it read the red bar" in asked.text or "answer correct?" in asked.text
        else {"answer": "yes"}
    ),
}

# A model that agrees with everything, as it should with a clean chain.
CONTENT = {
    **COMMON,
    "direct": ALL_RIGHT,
    "lookback_critique": ALL_RIGHT,
    "p_true": (0.9, 0.1),
    "selfcheck": {"the_statement_is": "supported"},
    "reverse_given": {"the_condition_is": "given"},
    "checklist_answer": {"answer": "yes"},
}
