"""Starting corrections and rollouts: page, API and shell call these; what is started is a run like any other."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from annotations.models import Project, Response
from annotations.verbs.permissions import require
from workers import runs
from workers.budget import Budget
from workers.corrections.base import Corrector
from workers.estimate import Estimate
from workers.estimate import estimate as estimate_run
from workers.models import Critic, Run
from workers.registry import declared_in
from workers.rollouts import METHOD as ROLLOUT
from workers.rollouts import RolloutSettings

DEFAULT_ENGINE, DEFAULT_MODEL = "torch_local", "default"


def correctors() -> dict[str, Corrector]:
    return declared_in("workers.corrections", "CORRECTOR")


def models_of(project: Project) -> list[tuple[str, str]]:
    """The (engine, model) pairs that the project's critics use, the built-in one first."""
    used = Critic.objects.filter(project=project).values_list("engine", "model").distinct().order_by("engine", "model")
    return list(dict.fromkeys([(DEFAULT_ENGINE, DEFAULT_MODEL), *used]))


@transaction.atomic
def start(
    project: Project,
    responses: QuerySet[Response],
    *,
    method: str,
    by: Any = None,
    engine: str = DEFAULT_ENGINE,
    model: str = DEFAULT_MODEL,
    settings: dict[str, Any] | None = None,
    parameters: dict[str, Any] | None = None,
    samples: int = 1,
    seed: int = 0,
    budget: Budget | None = None,
    nudge: bool = True,
) -> Run:
    """A run of corrections by the corrector `method`, or of rollouts where it is "rollout".

    Raises PermissionDenied, and ValueError that names the setting or parameter that is wrong, or says what is missing.
    """
    if by is not None:
        require(by, "run_critic", project)
    return runs.start_run(
        _made_by(project, method, settings or {}, model=(engine, model), by=by),
        responses,
        by=by,
        kind=kind_of(method),
        parameters=parameters,
        samples=samples,
        seed=seed,
        budget=budget,
        nudge=nudge,
    )


def estimate(
    project: Project,
    responses: QuerySet[Response],
    *,
    method: str,
    engine: str,
    model: str,
    settings: dict[str, Any],
    parameters: dict[str, Any],
    samples: int,
) -> Estimate:
    """What such a run will cost; nothing is made. Raises ValueError as `start` does."""
    _checked(method, settings)
    critic = Critic(project=project, method=method, engine=engine, model=model, settings=settings)
    return estimate_run(critic, responses, samples=samples, kind=kind_of(method), parameters=parameters)


def kind_of(method: str) -> str:
    return "rollout" if method == ROLLOUT else "correction"


def _made_by(project: Project, method: str, settings: dict[str, Any], *, model: tuple[str, str], by: Any) -> Critic:
    """The row under which a method with this model and these settings is known here, made at the first call."""
    _checked(method, settings)
    engine, name_of_model = model
    like = {"project": project, "method": method, "engine": engine, "model": name_of_model}
    for critic in Critic.objects.filter(**like):
        if critic.settings == settings:
            return critic
    taken = set(Critic.objects.filter(project=project).values_list("name", flat=True))
    stem = method.replace("_", "-")
    name = next(name for number in range(1, len(taken) + 2) if (name := _numbered(stem, number)) not in taken)
    return Critic.objects.create(**like, name=name, settings=settings, created_by=by)


def _checked(method: str, settings: dict[str, Any]) -> None:
    found = correctors().get(method)
    if found is None and method != ROLLOUT:
        raise ValueError(f"corrector: expected one of {', '.join(sorted(correctors()))}, found {method!r}")
    try:
        (found.settings if found else RolloutSettings)(**settings)
    except TypeError as wrong:
        raise ValueError(f"settings of {method}: {wrong}") from wrong


def _numbered(stem: str, number: int) -> str:
    return stem if number == 1 else f"{stem}-{number}"
