"""Dry runs of a prompt: a critic reads one response by the prompt in force and by the proposed text, side by side.

Nothing is stored but the job's own result: no critique by a prompt that nobody has decided on.
"""

from __future__ import annotations

from asyncio import gather
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple
from uuid import UUID

from annotations.core import codec
from annotations.core.schema import Critique
from workers import prompt_versions
from workers.engines.base import Engine
from workers.jobs import CriticJob, Loader
from workers.kinds import critique
from workers.kinds.base import Place, RunKind
from workers.models import Critic, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunParameters:
    prompt: str = field(default="", metadata={"help": "Name of the prompt."})
    text: str = field(default="", metadata={"help": "The text that is proposed for it."})

    def __post_init__(self) -> None:
        """Raises ValueError for a text that the prompt could not be."""
        if self.prompt not in prompt_versions.names():
            raise ValueError(f"prompt: expected one of {', '.join(prompt_versions.names())}, found {self.prompt!r}")
        prompt_versions.check(self.prompt, self.text)


class Both(NamedTuple):
    """The critiques by the prompt in force, and by the proposed one."""

    before: Critique
    after: Critique


def places(run: Run, responses: Sequence[UUID]) -> Iterable[Place]:
    """One job: a dry run is for looking at one item."""
    return map(Place, responses[:1])


def begin(job: CriticJob, loader: Loader, engine: Engine) -> Coroutine[Any, Any, Both]:
    chain = job.chain(None if engine.description.sees_images else loader.lines)
    asked = DryRunParameters(**job.run.parameters)
    proposed = prompt_versions.check(asked.prompt, asked.text)
    changed = replace(chain, prompts={**chain.prompts, asked.prompt: proposed})
    method = loader.method(job.critic)

    async def both() -> Both:
        before, after = (method.critique(one, engine, seed=job.seed) for one in (chain, changed))
        return Both(*await gather(before, after))

    return both()


def store(job: CriticJob, loader: Loader, made: Both) -> None:
    """Raises FieldError where a critique by either prompt could not be stored for good."""
    for record in made:
        loader.check(job, record)


def tell(made: Both) -> dict[str, Any]:
    told = [critique.tell(record) for record in made]
    return {
        **told[1],
        **{name: sum(one[name] for one in told) for name in ("calls", "tokens_in", "tokens_out")},
        "before": codec.dump(made.before),
        "after": codec.dump(made.after),
    }


def expected_calls(critic: Critic, steps: int, parameters: Mapping[str, Any]) -> int:
    return 2 * critique.expected_calls(critic, steps, parameters)


KIND = RunKind(
    name="dry_run",
    title="Dry runs",
    help="A critic reads one response by the prompt in force and by a proposed text; no critique is stored.",
    parameters=DryRunParameters,
    places=places,
    refusal=critique.refusal,
    expected_calls=expected_calls,
    wants=critique.wants,
    begin=begin,
    store=store,
    tell=tell,
)
