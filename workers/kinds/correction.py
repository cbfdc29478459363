"""Corrections: a corrector of `workers/corrections/` revises each response, guided by nothing or by critiques of it.

One job for each response, critique and level, and with `leave_one_out` one more for each finding that is kept back.
What a corrector made is stored as responses that revise, each with its effect.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, get_args
from uuid import UUID

from django.utils import timezone

from annotations.core import schema
from annotations.core.effects import choose_explanations, finding_explanations
from annotations.core.steps import GIVEN_STEPS, join_steps
from annotations.core.validation import check_critique
from annotations.models import Critique, Effect, Response
from annotations.models.records import critique_record, response_record
from annotations.verbs.corrections import Guidance, Made, store_correction, store_generated
from annotations.verbs.store import store_critique
from workers.corrections import base
from workers.corrections.base import Corrector, Draft, Lineage
from workers.corrections.guidance import Guide
from workers.engines.base import Engine, EngineDescription
from workers.guides import guiding_critiques, seed_for
from workers.jobs import CriticJob, Loader
from workers.kinds.base import Place, RunKind
from workers.models import Critic, Run
from workers.registry import named

MOST_ROUNDS = 5
EMPTY_REPLY = "(The reply was empty.)"


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectionParameters:
    """How much of whose critiques guides."""

    levels: list[str] = field(
        default_factory=lambda: ["ASE"],
        metadata={"help": "Nothing (none), the answer verdict (A), step verdicts too (AS), all of it (ASE)."},
    )
    guided_by: str = field(
        default="critics", metadata={"help": "people, critics, reference, or the name of an author."}
    )
    leave_one_out: bool = field(
        default=False, metadata={"help": "Once more for each finding, with that finding kept back."}
    )
    corrected_text: bool = field(
        default=False, metadata={"help": "Tell the step as it should have been too; it may hold the answer."}
    )
    explanation_seed: int = field(default=0, metadata={"help": "Draws which explanation of each finding is shown."})
    rounds: int = field(
        default=MOST_ROUNDS, metadata={"help": "A correction of this round is revised no more.", "range": (1, 20)}
    )

    def __post_init__(self) -> None:
        known = get_args(schema.GuidanceLevel)
        if not self.levels or not set(self.levels) <= set(known):
            raise ValueError(f"levels: expected some of {', '.join(known)}, found {self.levels!r}")
        if not 1 <= self.rounds <= 20:
            raise ValueError(f"rounds: expected 1 to 20, found {self.rounds}")


class Corrected(NamedTuple):
    """What a job made, and what guided it."""

    lineage: Lineage
    critique: Critique | None
    guidance: Guidance


def configured(critic: Critic) -> tuple[Corrector, Any]:
    """The corrector with its settings. Raises KeyError, TypeError or ValueError that say what is wrong."""
    corrector: Corrector = named("workers.corrections", "CORRECTOR", critic.method)
    return corrector, corrector.settings(**critic.settings)


def refusal(critic: Critic, engine: EngineDescription) -> str:
    corrector, settings = configured(critic)
    return base.refusal(corrector, engine, settings)


def expected_calls(critic: Critic, steps: int, parameters: Mapping[str, Any]) -> int:
    corrector, settings = configured(critic)
    return corrector.expected_calls(steps, settings)


def places(run: Run, responses: Sequence[UUID]) -> Iterable[Place]:
    """In the order of the responses; those whose rounds are up are left out."""
    corrector, _ = configured(run.critic)
    asked = CorrectionParameters(**run.parameters)
    spent = set(Effect.objects.filter(pk__in=responses, round__gte=asked.rounds).values_list("pk", flat=True))
    levels = asked.levels if corrector.takes_critique else ["none"]
    guided = [level for level in levels if level != "none"]
    critiques: dict[UUID, list[tuple[UUID, int]]] = defaultdict(list)
    if guided:
        found = guiding_critiques(responses, asked.guided_by).values_list("response_id", "pk", "finding_count")
        for response, critique, findings in found:
            critiques[response].append((critique, findings))
    for response in responses:
        if response in spent:
            continue
        if "none" in levels:
            yield Place(response)
        for critique, findings in critiques[response]:
            for level in guided:
                yield from _guided(response, critique, level, findings if asked.leave_one_out else 0)


def _guided(response: UUID, critique: UUID, level: str, findings: int) -> Iterable[Place]:
    parameters = {"critique": str(critique), "level": level}
    yield Place(response, f"{critique}/{level}", parameters)
    for finding in range(1, findings + 1) if level == "ASE" else ():
        yield Place(response, f"{critique}/{level}/without {finding}", {**parameters, "left_out": finding})


def begin(job: CriticJob, loader: Loader, engine: Engine) -> Coroutine[Any, Any, Corrected]:
    chain = job.chain(None if engine.description.sees_images else loader.lines)
    corrector, settings = configured(job.critic)
    guide, critique, guidance = _guide(job)

    async def corrected() -> Corrected:
        lineage = await corrector.correct(chain, guide, engine, settings, seed=job.seed)
        return Corrected(lineage, critique, guidance)

    return corrected()


def _guide(job: CriticJob) -> tuple[Guide, Critique | None, Guidance]:
    if "critique" not in job.parameters:
        return Guide(), None, Guidance(level="none", seed=job.seed)
    asked = CorrectionParameters(**job.run.parameters)
    critique = Critique.objects.whole().get(pk=job.parameters["critique"])
    record, level = critique_record(critique), job.parameters["level"]
    left_out, seed = job.parameters.get("left_out"), None
    explanations: tuple[int, ...] = ()
    if level == "ASE":
        seed = seed_for(asked.explanation_seed, critique)
        explanations = choose_explanations(finding_explanations(record), seed, left_out=left_out)
    guide = Guide(
        level=level,
        critique=record,
        explanations=explanations,
        left_out=left_out,
        corrected_text=asked.corrected_text,
    )
    guidance = Guidance(level=level, seed=job.seed, explanation_seed=seed, explanations=explanations, left_out=left_out)
    return guide, critique, guidance


def store(job: CriticJob, loader: Loader, made: Corrected) -> None:
    lineage, present = made.lineage, job.response
    author = replace(lineage.author, name=job.critic.name)
    for ordinal, draft in enumerate(lineage.drafts, 1):
        record = _record(job, draft, lineage)
        if draft.fresh:
            present = store_generated(present, record)
            continue
        own = _keep(job, loader, draft.critique, present) if draft.critique else None
        guidance = made.guidance if own is None else Guidance(level=draft.level, seed=job.seed + ordinal)
        present = store_correction(
            present,
            record,
            author=author,
            guided_by=own or made.critique,
            guidance=guidance,
            made=Made(
                run=job.run.pk,
                job=job.work.pk,
                ordinal=ordinal,
                costs=dict(draft.costs),
                rejected=draft.rejected,
            ),
        )
    if lineage.last_critique:
        _keep(job, loader, lineage.last_critique, present)


def _record(job: CriticJob, draft: Draft, lineage: Lineage) -> schema.Response:
    """A reply without steps is kept as it came, and its answer is not read out of it."""
    told: dict[str, Any] = {"corrector": job.critic.name, "ended": lineage.ended}
    if draft.steps:
        text, steps = join_steps(draft.steps)
        cut: dict[str, Any] = {"source_text": text, "steps": steps, "segmentation": GIVEN_STEPS}
    else:
        cut, told["unparsed"] = {"source_text": draft.raw_output.strip() or EMPTY_REPLY}, True
    return schema.Response(
        key="",
        answer=draft.answer,
        generator=lineage.author.model,
        checkpoint=str(lineage.author.settings.get("weights", ""))[:200],
        sample=job.sample,
        extra=told,
        **cut,
    )


def _keep(job: CriticJob, loader: Loader, critique: schema.Critique, of: Response) -> Critique:
    """A critique that the corrector had made itself, of the response that it revised next."""
    record = replace(
        critique,
        author=replace(critique.author, name=f"{job.critic.name}: {critique.author.method}"),
        sample=job.sample,
        submitted_at=timezone.now(),
    )
    errors = check_critique(
        record,
        response_record(of),
        scale=job.response.project.scale,  # type: ignore[arg-type]
        taxonomy=loader.taxonomy(job.response),
        images=len(job.images),
    )
    if errors:
        raise errors[0]
    return store_critique(record, of, run=job.run.pk)


def tell(made: Corrected) -> dict[str, Any]:
    costs, drafts = made.lineage.costs, made.lineage.drafts
    return {
        "calls": int(costs.get("calls", 0)),
        "tokens_in": int(costs.get("tokens_in", 0)),
        "tokens_out": int(costs.get("tokens_out", 0)),
        "unparsed": any(not draft.steps or draft.answer is None for draft in drafts),
        "abstained": False,
        "judged": 0,
        "flagged": 0,
    }


KIND = RunKind(
    name="correction",
    title="Corrections",
    help="A corrector revises each response, guided by nothing or by critiques of it.",
    parameters=CorrectionParameters,
    places=places,
    refusal=refusal,
    expected_calls=expected_calls,
    begin=begin,
    store=store,
    tell=tell,
)
