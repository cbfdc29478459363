"""What a benchmark still has to do: critiques that lack, and corrections that no critic, person or nothing has guided.

Everything is a run like any other, started only for what is not there; so a benchmark that was left goes on where it
stopped, and one that is done starts nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet

from annotations.models import Effect, Project, Response
from workers import correcting, runs
from workers.guides import guiding_critiques
from workers.models import Critic, Run

LEVELS = ("A", "AS", "ASE")
HUMAN = "reference"  # VISCO's human critique is the reference's


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrector:
    method: str = "revise"
    engine: str = correcting.DEFAULT_ENGINE
    model: str = correcting.DEFAULT_MODEL


@dataclass(frozen=True, slots=True)
class Part:
    """A run to start: `words` tell what it is for."""

    words: str
    responses: QuerySet[Response]
    critic: Critic | None = None
    guided_by: str = ""
    level: str = ""


def missing_critiques(project: Project, critics: Sequence[Critic]) -> Iterator[Part]:
    """Of chains that revise nothing and have a reference, by critic."""
    for critic in critics:
        lacking = runs.choose(critic, which="new").filter(revises=None, references__isnull=False).distinct()
        if lacking.exists():
            yield Part(f"critiques by {critic.name}", lacking, critic=critic)


def missing_corrections(project: Project, critics: Sequence[Critic], corrector: Corrector) -> Iterator[Part]:
    """By nothing, and at each level by each critic and the reference, where the guide has judged."""
    chains = Response.objects.filter(project=project, revises=None, references__isnull=False).distinct()
    made = Effect.objects.filter(
        revised=OuterRef("pk"), left_out=None, corrector__method=corrector.method, corrector__engine=corrector.engine
    )
    lacking = chains.filter(~Exists(made.filter(level="none")))
    if lacking.exists():
        yield Part("corrections without a critique", lacking, level="none")
    for guide in (*(critic.name for critic in critics), HUMAN):
        guides = guiding_critiques(list(chains.values_list("pk", flat=True)), guide)
        for level in LEVELS:
            done = made.filter(level=level, critique__in=guides.values("pk"))
            lacking = chains.filter(Exists(guides.filter(response=OuterRef("pk"))), ~Exists(done))
            if lacking.exists():
                yield Part(f"corrections guided by {guide}, {level}", lacking, guided_by=guide, level=level)


def start(project: Project, part: Part, corrector: Corrector, *, seed: int = 0, nudge: bool = True) -> Run:
    """Raises ValueError that says what is missing or wrong."""
    if part.critic is not None:
        return runs.start_run(part.critic, part.responses, seed=seed, nudge=nudge)
    parameters = {"levels": [part.level], "guided_by": part.guided_by or "critics"}
    return correcting.start(
        project,
        part.responses,
        method=corrector.method,
        engine=corrector.engine,
        model=corrector.model,
        parameters=parameters,
        seed=seed,
        nudge=nudge,
    )
