"""What a run is for: its kind says what its jobs are, what one of them asks of the engine, and where the result goes.

A kind's file declares `KIND = RunKind(...)`; claiming, leases, budgets, pausing and progress are the same for all.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

from workers.critics.base import Want
from workers.engines.base import Engine, EngineDescription
from workers.registry import named

if TYPE_CHECKING:
    from workers.jobs import CriticJob, Loader
    from workers.models import Critic, Run


@dataclass(frozen=True, slots=True)
class Place:
    """One job to be, for each of the run's samples. `part` tells apart several jobs of one response."""

    response_id: UUID
    part: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


def one_each(run: Run, responses: Sequence[UUID]) -> Iterable[Place]:
    return map(Place, responses)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoParameters:
    """A kind that asks for nothing beyond the critic and the responses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunKind:
    """A kind as its file declares it. `Made` below is whatever its coroutine returns.

    parameters: a dataclass with defaults, ranges and help as a method's settings; a run keeps its values.
    places: the jobs for these responses, in their order; called again with new ones when a run is extended.
    refusal: why this engine cannot serve the critic, for the person who chose them; empty if it can.
    expected_calls: of a job on a chain of so many steps, with the run's parameters, at the most.
    costs_by: the parameters that change what a job costs; runs that differ in one are no measure for each other.
    wants: what its method wants to know beyond the chain (workers/context/).
    begin: in the claiming thread, which may ask the database: the coroutine that does the job in the engine's loop,
        which may not. Raises whatever fails the job.
    store: in the transaction that ends the job: checks what was made and writes it. Raises whatever fails the job.
    tell: what the job's row keeps: `calls`, `tokens_in`, `tokens_out`, and for a summary `unparsed`, `abstained`
        (bool), `judged` and `flagged` (steps).
    """

    name: str
    title: str
    help: str
    parameters: type = NoParameters
    places: Callable[[Run, Sequence[UUID]], Iterable[Place]] = one_each
    refusal: Callable[[Critic, EngineDescription], str]
    expected_calls: Callable[[Critic, int, Mapping[str, Any]], int]
    costs_by: tuple[str, ...] = ()
    wants: Callable[[Critic], tuple[Want[Any], ...]] = lambda critic: ()
    begin: Callable[[CriticJob, Loader, Engine], Coroutine[Any, Any, Any]]
    store: Callable[[CriticJob, Loader, Any], None]
    tell: Callable[[Any], dict[str, Any]]


def kind_named(name: str) -> RunKind:
    """Raises KeyError that lists what there is."""
    kind: RunKind = named("workers.kinds", "KIND", name)
    return kind
