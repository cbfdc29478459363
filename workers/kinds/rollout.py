"""Rollouts: a model continues each response from after some of its steps, many times, and the answers are checked.

From the prefix before a step that a finding flags, after it, and after its corrected text: the causal check of that
finding. Or from after every step (their advantages), or from the start alone (pass@N and difficulty).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from uuid import UUID

from django.db.models import F

from annotations.core.schema import Author
from annotations.models import Critique, Finding, RolloutSet, Segmentation
from annotations.verbs.rollouts import judged, store_check, store_rollout_set
from workers import rollouts
from workers.engines.base import Engine, EngineDescription
from workers.guides import guiding_critiques
from workers.jobs import CriticJob, Loader
from workers.kinds.base import Place, RunKind
from workers.models import Critic, Run
from workers.rollouts import Continued, RolloutSettings

WHERE = ("findings", "steps", "start")


@dataclass(frozen=True, slots=True, kw_only=True)
class RolloutParameters:
    """From where chains are continued."""

    where: str = field(
        default="findings",
        metadata={
            "help": "Around each finding's step (findings), after every step (steps), or from nothing (start).",
            "choices": WHERE,
        },
    )
    guided_by: str = field(
        default="critics",
        metadata={"help": "Whose findings: people, critics, reference, or the name of an author."},
    )

    def __post_init__(self) -> None:
        if self.where not in WHERE:
            raise ValueError(f"where: expected one of {', '.join(WHERE)}, found {self.where!r}")


class Prefix(NamedTuple):
    """The steps up to `after_step`, the last of them as the finding of the critique corrects it, where it names one."""

    after_step: int
    critique: UUID | None = None
    finding: int | None = None


class RolledOut(NamedTuple):
    sets: dict[Prefix, Continued]
    generator: Author


def settings_of(critic: Critic) -> RolloutSettings:
    return RolloutSettings(**critic.settings)


def refusal(critic: Critic, engine: EngineDescription) -> str:
    settings_of(critic)
    return ""


def expected_calls(critic: Critic, steps: int, parameters: Mapping[str, Any]) -> int:
    """Around one finding from three places: before it, after it and after its correction; else from one."""
    places_of_job = 3 if RolloutParameters(**parameters).where == "findings" else 1
    return places_of_job * settings_of(critic).rollouts


def places(run: Run, responses: Sequence[UUID]) -> Iterable[Place]:
    asked = RolloutParameters(**run.parameters)
    if asked.where == "findings":
        return _around_findings(responses, asked.guided_by)
    if asked.where == "start":
        return [Place(response, "after 0", {"after_step": 0}) for response in responses]
    return _after_each_step(responses)


def _after_each_step(responses: Sequence[UUID]) -> Iterable[Place]:
    present = Segmentation.objects.filter(response__in=responses, number=F("response__segmentation"))
    counts = dict(present.values_list("response_id", "step_count"))
    for response in responses:
        for k in range(counts[response] + 1):
            yield Place(response, f"after {k}", {"after_step": k})


def _around_findings(responses: Sequence[UUID], guided_by: str) -> Iterable[Place]:
    """A job for each step with findings: the prefixes before and after it serve all of them."""
    flagged: dict[tuple[UUID, int], list[dict[str, Any]]] = defaultdict(list)
    critiques = guiding_critiques(responses, guided_by).values("pk")
    found = Finding.objects.filter(critique__in=critiques).order_by("step", "critique_id", "ordinal")
    for response, step, critique, ordinal in found.values_list(
        "critique__response_id", "step", "critique_id", "ordinal"
    ):
        flagged[response, step].append({"critique": str(critique), "finding": ordinal})
    order = {response: place for place, response in enumerate(responses)}
    for response, step in sorted(flagged, key=lambda key: (order[key[0]], key[1])):
        yield Place(response, f"step {step}", {"step": step, "findings": flagged[response, step]})


def begin(job: CriticJob, loader: Loader, engine: Engine) -> Coroutine[Any, Any, RolledOut]:
    chain = job.chain(None if engine.description.sees_images else loader.lines)
    settings = settings_of(job.critic)
    prefixes = {prefix: _texts(chain.steps, prefix, text) for prefix, text in _prefixes(job).items()}

    async def rolled_out() -> RolledOut:
        told = await asyncio.gather(
            *(
                rollouts.continued(chain, texts, engine, settings, seed=_seed(job, place, settings))
                for place, texts in enumerate(prefixes.values())
            )
        )
        by_prefix = dict(zip(prefixes, told, strict=True))
        return RolledOut(by_prefix, rollouts.generator(chain, engine.description, settings))

    return rolled_out()


def _prefixes(job: CriticJob) -> dict[Prefix, str | None]:
    """With the corrected text that ends each, where a finding has one."""
    if "after_step" in job.parameters:
        return {Prefix(job.parameters["after_step"]): None}
    step = job.parameters["step"]
    prefixes: dict[Prefix, str | None] = {Prefix(step - 1): None, Prefix(step): None}
    for place in job.parameters["findings"]:
        finding = Finding.objects.get(critique_id=place["critique"], ordinal=place["finding"])
        if finding.corrected_text and finding.corrected_text.strip():
            prefixes[Prefix(step, UUID(place["critique"]), place["finding"])] = finding.corrected_text
    return prefixes


def _texts(steps: Sequence[str], prefix: Prefix, corrected: str | None) -> tuple[str, ...]:
    kept = tuple(steps[: prefix.after_step])
    return kept if corrected is None else (*kept[:-1], corrected)


def _seed(job: CriticJob, place: int, settings: RolloutSettings) -> int:
    return job.seed + place * settings.rollouts


def store(job: CriticJob, loader: Loader, made: RolledOut) -> None:
    named = Critique.objects.in_bulk({prefix.critique for prefix in made.sets if prefix.critique})
    settings, rows = settings_of(job.critic), dict[Prefix, RolloutSet]()
    for place, (prefix, continued) in enumerate(made.sets.items()):
        rows[prefix] = store_rollout_set(
            job.response,
            judged([(one.text, one.answer) for one in continued.continuations], job.response),
            after_step=prefix.after_step,
            generator=made.generator,
            critique=named[prefix.critique] if prefix.critique else None,
            finding=prefix.finding,
            seed=_seed(job, place, settings),
            run=job.run.pk,
            job=job.work.pk,
            costs=continued.costs,
        )
    for checked in job.parameters.get("findings", ()):
        step, critique = job.parameters["step"], UUID(checked["critique"])
        store_check(
            Critique.objects.get(pk=critique),
            checked["finding"],
            before=rows[Prefix(step - 1)],
            after=rows[Prefix(step)],
            corrected=rows.get(Prefix(step, critique, checked["finding"])),
        )


def tell(made: RolledOut) -> dict[str, Any]:
    sets = made.sets.values()
    return {
        "calls": sum(int(each.costs["calls"]) for each in sets),
        "tokens_in": sum(int(each.costs["tokens_in"]) for each in sets),
        "tokens_out": sum(int(each.costs["tokens_out"]) for each in sets),
        "unparsed": any(one.answer is None for each in sets for one in each.continuations),
        "abstained": False,
        "judged": 0,
        "flagged": 0,
    }


KIND = RunKind(
    name="rollout",
    title="Rollouts",
    help="A model continues each response from after some of its steps, many times, and the answers are checked.",
    parameters=RolloutParameters,
    places=places,
    refusal=refusal,
    expected_calls=expected_calls,
    costs_by=("where",),
    begin=begin,
    store=store,
    tell=tell,
)
