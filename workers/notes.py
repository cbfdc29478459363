"""What is made once per problem and kept: checklists, conditions of a question, how familiar its concepts are.

Whoever needs a note first makes it, in the engine's loop; the claiming thread keeps it, and where another worker was
first, its note stands for everybody. So all responses to a problem are held against the same checklist.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from workers.critics.base import Once
from workers.models import ProblemNote

Key = tuple[UUID, str, str]  # problem, kind, recipe


@dataclass(eq=False, slots=True)
class Notes:
    """Those of a batch. `ask` hands a call over to the thread that may use the database."""

    ask: Callable[[Callable[[], None]], None]
    known: dict[Key, Any] = field(default_factory=dict)
    _looked_at: set[UUID] = field(default_factory=set)
    _making: dict[Key, asyncio.Task[Any]] = field(default_factory=dict)
    _keeping: set[Future[Any]] = field(default_factory=set)

    def load(self, problems: Iterable[UUID]) -> None:
        """One query for all problems that are new here; none where none is."""
        new = set(problems) - self._looked_at
        if new:
            rows = ProblemNote.objects.filter(problem__in=new).values_list("problem_id", "kind", "recipe", "value")
            self.known |= {(problem, kind, recipe): value for problem, kind, recipe, value in rows}
            self._looked_at |= new

    def of(self, problem: UUID) -> Once:
        async def once(kind: str, recipe: str, make: Callable[[], Awaitable[Any]]) -> Any:
            return await self._once((problem, kind, recipe), make)

        return once

    def close(self) -> None:
        """Nobody will keep anything any more: whoever still waits is told."""
        for kept in list(self._keeping):
            kept.cancel()

    async def _once(self, key: Key, make: Callable[[], Awaitable[Any]]) -> Any:
        if key in self.known:
            return self.known[key]
        if key not in self._making:
            task = asyncio.ensure_future(self._make(key, make))
            self._making[key] = task
            task.add_done_callback(lambda done: self._making.pop(key, None))
        return await asyncio.shield(self._making[key])  # a job that is cancelled takes no other job's note along

    async def _make(self, key: Key, make: Callable[[], Awaitable[Any]]) -> Any:
        value = await make()
        kept: Future[Any] = Future()
        self._keeping.add(kept)
        kept.add_done_callback(self._keeping.discard)
        self.ask(partial(self._keep, key, value, kept))
        return await asyncio.wrap_future(kept)

    def _keep(self, key: Key, value: Any, kept: Future[Any]) -> None:
        problem, kind, recipe = key
        note = ProblemNote(problem_id=problem, kind=kind, recipe=recipe, value=value)
        ProblemNote.objects.bulk_create([note], ignore_conflicts=True)
        self.known[key] = ProblemNote.objects.values_list("value", flat=True).get(
            problem=problem, kind=kind, recipe=recipe
        )
        if kept.set_running_or_notify_cancel():
            kept.set_result(self.known[key])
