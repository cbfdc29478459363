"""Runs: a critic and what it is made of, which responses, and the start. Page, API and shell call these."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotations.core.ids import new_id
from annotations.models import Author, Critique, Project, Response, Work
from annotations.verbs import log, work
from annotations.verbs.copying import copy_in
from annotations.web.response_filter import ResponseFilter
from annotations.web.responses import taxonomy_of
from workers.budget import Budget
from workers.engines.base import EngineDescription
from workers.kinds.base import Place, kind_named
from workers.models import Critic, Job, KnownModel, Run
from workers.queues import queue_for
from workers.registry import declared_in
from workers.settings_form import methods, settings_from

KIND = "critic"
MAX_SAMPLES = 100
BUILT_IN = "direct"  # the critic that every project has as soon as it is asked for
BUILT_IN_ABILITIES = {"engine": "torch_local", "model": "default", "gives_logits": True, "gives_layers": True}
SMALL_RUN = 20  # jobs: somebody sits there and waits for them
SMALL_RUN_PRIORITY = 10


def critic_named(project: Project, name: str, *, by: Any = None) -> Critic:
    """The project's critic of that name; `direct`, on the built-in model, is made at the first call.

    Raises Critic.DoesNotExist, naming those that there are.
    """
    if name == BUILT_IN:
        critic, _ = Critic.objects.get_or_create(
            project=project, name=name, defaults={"method": "direct", "created_by": _account(by)}
        )
        return critic
    found = Critic.objects.filter(project=project, name=name).first()
    if found is None:
        there = Critic.objects.filter(project=project).values_list("name", flat=True)
        raise Critic.DoesNotExist(f"expected one of {', '.join(sorted({*there, BUILT_IN}))}, found {name}")
    return found


@transaction.atomic
def make_critic(
    project: Project,
    name: str,
    *,
    method: str,
    engine: str,
    model: str,
    settings: dict[str, Any],
    by: Any = None,
) -> Critic:
    """A critic of any method, engine and model. Raises ValueError that names what is wrong."""
    if not re.fullmatch(r"[-\w]{1,60}", name, flags=re.ASCII):
        raise ValueError(_("name: expected up to 60 letters, digits, - and _, found %(name)r") % {"name": name})
    if name == BUILT_IN or Critic.objects.filter(project=project, name=name).exists():
        raise ValueError(_("name: %(name)s is taken; critics keep theirs, since critiques name them") % {"name": name})
    if engine not in declared_in("workers.engines", "ENGINE"):
        there = ", ".join(sorted(declared_in("workers.engines", "ENGINE")))
        raise ValueError(_("engine: expected one of %(there)s, found %(found)s") % {"there": there, "found": engine})
    if not model.strip():
        raise ValueError(_("model: expected a path, the name of an endpoint, or default, found nothing"))
    settings = settings_of(method, settings)
    critic = Critic(
        project=project,
        name=name,
        method=method,
        engine=engine,
        model=model.strip(),
        settings=settings,
        created_by=_account(by),
    )
    if method in declared_in("workers.critics", "METHOD") and (why := refusal_before_start(critic)):
        raise ValueError(why)
    critic.save(force_insert=True)
    log.record("make_critic", by=by, project=project, target=name, after={"method": method, "engine": engine})
    return critic


def settings_of(method: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The method's settings, those not given at their defaults. Raises ValueError that names method or field."""
    known = methods()
    if method not in known:
        there = ", ".join(sorted(known))
        raise ValueError(_("method: expected one of %(there)s, found %(found)s") % {"there": there, "found": method})
    return settings_from(known[method].settings, given)


def refusal_before_start(critic: Critic, kind: str = "critique") -> str:
    """Why the critic's engine cannot serve it, as far as anybody has seen that model loaded; empty if it can, or if
    nobody knows: then the worker that loads it says so."""
    known = KnownModel.objects.filter(engine=critic.engine, model=critic.model).values_list("description", flat=True)
    description = known.first() or (BUILT_IN_ABILITIES if critic.model == "default" else None)
    if description is None:
        return ""
    return kind_named(kind).refusal(critic, EngineDescription(**description))


@transaction.atomic
def start_run(
    critic: Critic,
    responses: QuerySet[Response],
    *,
    by: Any = None,
    kind: str = "critique",
    parameters: dict[str, Any] | None = None,
    samples: int = 1,
    seed: int = 0,
    priority: int | None = None,
    budget: Budget | None = None,
    chosen: dict[str, Any] | None = None,
    standing: bool = False,
    nudge: bool = True,
) -> Run:
    """The jobs of one run, all rows by COPY. `parameters` are its kind's, checked here.

    priority: higher goes first; None puts a run of few jobs before the big ones. chosen: how `choose` was asked, for
    `extend_run` and standing runs to ask again. Raises ValueError where there is nothing to do, where a parameter is
    wrong or where the engine cannot serve the critic; KeyError for an unknown kind.
    """
    if not 1 <= samples <= MAX_SAMPLES:
        raise ValueError(f"samples: expected 1 to {MAX_SAMPLES}, found {samples}")
    try:
        checked = asdict(kind_named(kind).parameters(**(parameters or {})))
    except TypeError as unknown:
        raise ValueError(f"parameters of {kind}: {unknown}") from unknown
    if why := refusal_before_start(critic, kind):
        raise ValueError(why)
    budget = budget or Budget()
    run = Run(
        project_id=critic.project_id,
        critic=critic,
        kind=kind,
        parameters=checked,
        samples=samples,
        seed=seed,
        priority=SMALL_RUN_PRIORITY if priority is None else priority,
        chosen=chosen or {},
        is_standing=standing,
        budget_calls=budget.calls,
        budget_tokens=budget.tokens,
        budget_seconds=budget.seconds,
        job_count=0,
        resumed_at=Now(),
        created_by=_account(by),
    )
    places = _places(run, responses)
    if not places and not standing:
        raise ValueError(
            _("responses: expected at least one of this project, found none. Choose others, or import some.")
        )
    if priority is None and len(places) > SMALL_RUN:
        run.priority = 0
    run.save(force_insert=True)
    _copy_jobs(run, places)
    log.record("start_run", by=by, project=critic.project, target=f"{critic.name} {run.pk}", after=run.job_count)
    if nudge:
        work.nudge(queue_for(critic))
    return run


def add_jobs(run: Run, responses: QuerySet[Response]) -> int:
    """Jobs for further responses of a run whose row the caller has locked; returns how many."""
    places = _places(run, responses)
    _copy_jobs(run, places)
    return len(places)


def _places(run: Run, responses: QuerySet[Response]) -> list[tuple[Place, int]]:
    """A place in the run for each of its kind's, and each sample, in the order of the responses."""
    ids = list(responses.filter(project=run.project_id).order_by("position", "id").values_list("pk", flat=True))
    return [(place, sample) for place in kind_named(run.kind).places(run, ids) for sample in range(run.samples)]


def _copy_jobs(run: Run, places: list[tuple[Place, int]]) -> None:
    keys = sorted(new_id() for _ in places)  # jobs made together are claimed in the order of their keys
    copy_in(Work, (_work(run, key, place) for key, (place, _) in zip(keys, places, strict=True)))
    copy_in(
        Job,
        (
            Job(work_id=key, run_id=run.pk, response_id=place.response_id, part=place.part, sample=sample)
            for key, (place, sample) in zip(keys, places, strict=True)
        ),
    )
    run.job_count += len(places)
    Run.objects.filter(pk=run.pk).update(job_count=run.job_count)


def choose(
    critic: Critic, which: str = "all", keys: Sequence[str] = (), query: dict[str, str] | None = None
) -> QuerySet[Response]:
    """The project's responses: "all", "new" (without a critique of this critic), by "keys", or by "filter".

    query: that of the list of responses (agreement, type, annotator, critic …), for "filter". Raises ValueError for
    keys that no response has, and for what the filter does not offer.
    """
    responses = Response.objects.filter(project=critic.project_id)
    if which == "new":
        own = Critique.objects.filter(response=OuterRef("pk"), author__kind="critic", author__name=critic.name)
        return responses.filter(~Exists(own))
    if which == "keys":
        found = responses.filter(key__in=keys)
        if missing := sorted(set(keys) - set(found.values_list("key", flat=True))):
            raise ValueError(
                _("responses: expected keys of this project, found %(keys)s, which none has.")
                % {"keys": ", ".join(missing[:5])}
            )
        return found
    return filtered(critic.project, query or {}) if which == "filter" else responses


def filtered(project: Project, query: dict[str, str]) -> QuerySet[Response]:
    """Responses that the filter of their list lets through. Raises ValueError for what it does not offer."""
    form = response_filter(project, query)
    if not form.is_valid():
        raise ValueError("; ".join(f"{name}: {' '.join(map(str, errors))}" for name, errors in form.errors.items()))
    return form.apply(Response.objects.filter(project=project))


def response_filter(project: Project, query: dict[str, str], *, prefix: str = "") -> ResponseFilter:
    """The filter of the list of responses, as an admin sees it; `prefix` where its fields stand in another form."""
    form = ResponseFilter(query, taxonomy=taxonomy_of(project), authors=list(Author.objects.filter(project=project)))
    form.prefix = prefix or None
    return form


def choose_again(run: Run) -> QuerySet[Response]:
    """Whom the run would choose today, by what it was asked for; all of the project where nobody kept that."""
    asked = run.chosen
    return choose(run.critic, asked.get("which", "all"), asked.get("keys", ()), asked.get("query"))


def _work(run: Run, key: UUID, place: Place) -> Work:
    return Work(
        id=key,
        project_id=run.project_id,
        kind=KIND,
        queue=queue_for(run.critic),
        state="paused" if run.state == "paused" else "queued",
        group=run.pk,
        parameters=place.parameters,
        priority=run.priority,
        created_by_id=run.created_by_id,
    )


def _account(by: Any) -> Any:
    return by if by is not None and by.pk else None
