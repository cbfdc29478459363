"""What methods want to know beyond the chain, loaded from the database for many jobs at once.

A file a want: it declares `LOADER = ContextLoader(Want, load)`. `load` gets all jobs that want the same, makes a fixed
number of queries whatever their number, and says for each job how to make the value once its images have been read.
No reader of critiques here asks who may see them: what is loaded reaches a model, never a person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from workers.critics.base import Want
from workers.registry import declared_in

if TYPE_CHECKING:
    from workers.jobs import CriticJob

Lines = Mapping[UUID, tuple[str, ...]] | None  # the text of each image, for an engine that does not see
Make = Callable[[Lines], Any]  # the value; raises what fails the job


@dataclass(frozen=True, slots=True)
class ContextLoader:
    """`load(jobs, want)` has a `Make` for each job, by its work's id."""

    want: type[Want[Any]]
    load: Callable[[Sequence[CriticJob], Any], dict[UUID, Make]]

    @property
    def name(self) -> str:
        return self.want.__name__


def load(jobs: Sequence[CriticJob], wants: Mapping[UUID, tuple[Want[Any], ...]]) -> None:
    """Gives each job what its method wants, by the want; `wants` is by the critic's id."""
    loaders: dict[str, ContextLoader] = declared_in("workers.context", "LOADER")
    for want in dict.fromkeys(want for of_critic in wants.values() for want in of_critic):
        wanting = [job for job in jobs if want in wants.get(job.critic.pk, ())]
        made = loaders[type(want).__name__].load(wanting, want)
        for job in wanting:
            job.context[want] = made[job.work.pk]
