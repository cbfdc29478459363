"""A kind of run with two jobs a response, each of which asks one question and keeps the answer in its row alone."""

from __future__ import annotations

from dataclasses import dataclass, field

from workers.engines.base import Generation, user
from workers.kinds.base import Place, RunKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptedParameters:
    word: str = field(default="Hello", metadata={"help": "What is said."})


async def ask(engine, text, seed) -> Generation:
    return await engine.generate([user(text)], seed=seed)


KIND = RunKind(
    name="scripted",
    title="Scripted",
    help="Asks a question of each half of a response.",
    parameters=ScriptedParameters,
    places=lambda run, responses: [Place(key, half, {"half": half}) for key in responses for half in ("first", "last")],
    refusal=lambda critic, engine: "",
    expected_calls=lambda critic, steps, parameters: 1,
    begin=lambda job, loader, engine: ask(
        engine, f"{job.run.parameters['word']} {job.parameters['half']} {job.part}", job.seed
    ),
    store=lambda job, loader, made: None,
    tell=lambda made: {"calls": 1, "tokens_in": made.tokens_in, "tokens_out": made.tokens_out},
)
