"""From claimed work rows to critic jobs: what a job needs, loaded for many at a time in a fixed number of queries."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from annotations.core.schema import Critique
from annotations.core.taxonomy import Taxonomy, parse_taxonomy
from annotations.core.validation import check_critique
from annotations.models import Image, Response, Work
from annotations.models.records import response_record, steps_of
from workers import context, prompt_versions, readings
from workers.context import Make
from workers.critics.base import Chain, Once, Want, each_time
from workers.critics.wrapping import Configured, configured
from workers.engine_room import EngineKey
from workers.kinds.base import kind_named
from workers.models import Critic, Job, Run
from workers.notes import Notes
from workers.prompts import Prompt


@dataclass(eq=False, slots=True, kw_only=True)
class CriticJob:
    """One response (and sample) for one critic, held under a lease."""

    work: Work
    run: Run
    response: Response
    part: str
    sample: int
    images: tuple[Image, ...]
    error_types: tuple[str, ...]
    descriptions: tuple[str, ...] = ()
    prompts: Mapping[str, Prompt] = field(default_factory=dict)
    context: dict[Want[Any], Make] = field(default_factory=dict)
    more_images: tuple[Image, ...] = ()  # of other problems, that its method wants to show
    once: Once = each_time
    started_at: datetime | None = None

    @property
    def critic(self) -> Critic:
        return self.run.critic

    @property
    def parameters(self) -> dict[str, Any]:
        """What its place said; what all jobs share stands in the run's."""
        return self.work.parameters

    @property
    def engine(self) -> EngineKey:
        return EngineKey(self.critic.engine, self.critic.model)

    @property
    def images_read(self) -> tuple[Image, ...]:
        """Those whose text an engine that does not see is told."""
        return (*self.images, *self.more_images)

    @property
    def seed(self) -> int:
        """The same for the same run seed, response, part and sample, in whatever order jobs are done. 32 bits."""
        part = f"{self.part}/" if self.part else ""
        text = f"{self.run.seed}/{self.response.key}/{part}{self.sample}"
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")

    def chain(self, lines: Mapping[UUID, tuple[str, ...]] | None) -> Chain:
        """What the method is shown: the images' bytes, and with `lines` also their text by image."""
        problem, text = self.response.problem, self.response.source_text
        return Chain(
            question=problem.question,
            steps=tuple(text[step.start : step.end] for step in steps_of(self.response)),
            answer=self.response.answer,
            options=tuple(problem.options),
            images=tuple(map(readings.content_of, self.images)),
            image_lines=tuple(lines[image.pk] for image in self.images) if lines is not None else (),
            image_descriptions=self.descriptions,
            error_types=self.error_types,
            prompts=self.prompts,
            context={want: make(lines) for want, make in self.context.items()},
            once=self.once,
        )


@dataclass(eq=False, slots=True)
class Loader:
    """Holds what a batch's jobs share, and the jobs themselves until they end."""

    held: dict[UUID, CriticJob] = field(default_factory=dict)
    lines: dict[UUID, tuple[str, ...]] = field(default_factory=dict)
    notes: Notes = field(default_factory=lambda: Notes(ask=lambda call: call()))
    _prompts: dict[UUID, Mapping[str, Prompt]] = field(default_factory=dict)
    _methods: dict[UUID, Configured] = field(default_factory=dict)
    _taxonomies: dict[UUID, Taxonomy] = field(default_factory=dict)

    def load(self, works: list[Work]) -> list[CriticJob]:
        """The jobs of these rows, in their order: seven queries and those of what methods want, whatever their number.

        Two more for each project and run that is new here.
        """
        if not works:
            return []
        rows = (
            Job.objects.filter(pk__in=[row.pk for row in works])
            .select_related("run__critic", "response__project", "response__problem", "response__revises")
            .prefetch_related("response__steps", "response__segmentations", "response__problem__problem_images__image")
            .in_bulk()
        )
        loaded = [self._job(row, rows[row.pk]) for row in works]
        self.notes.load(job.response.problem_id for job in loaded)
        context.load(loaded, {job.critic.pk: self._wants(job) for job in loaded})
        unread = {image.pk for job in loaded for image in job.images_read} - self.lines.keys()
        self.lines |= readings.known_lines(unread) if unread else {}
        self.held |= {job.work.pk: job for job in loaded}
        return loaded

    def method(self, critic: Critic) -> Configured:
        """The method and its settings. Raises KeyError, TypeError or ValueError that name what is wrong."""
        if critic.pk not in self._methods:
            self._methods[critic.pk] = configured(critic.method, critic.settings)
        return self._methods[critic.pk]

    def check(self, job: CriticJob, record: Critique) -> None:
        """Raises FieldError, the first of all, where the critique may not be stored."""
        errors = check_critique(
            record,
            response_record(job.response),
            scale=job.response.project.scale,  # type: ignore[arg-type]
            taxonomy=self.taxonomy(job.response),
            images=len(job.images),
        )
        if errors:
            raise errors[0]

    def drop(self, job: CriticJob) -> None:
        self.held.pop(job.work.pk, None)

    def _job(self, row: Work, job: Job) -> CriticJob:
        return CriticJob(
            work=row,
            run=job.run,
            response=job.response,
            part=job.part,
            sample=job.sample,
            images=tuple(placed.image for placed in job.response.problem.problem_images.all()),
            descriptions=tuple(placed.description for placed in job.response.problem.problem_images.all()),
            prompts=self._prompts_of(job.run),
            once=self.notes.of(job.response.problem_id),
            error_types=self.taxonomy(job.response).codes(),
        )

    def taxonomy(self, response: Response) -> Taxonomy:
        """The project's latest."""
        if response.project_id not in self._taxonomies:
            latest = response.project.taxonomies.first()
            self._taxonomies[response.project_id] = parse_taxonomy(latest.tree) if latest else Taxonomy()
        return self._taxonomies[response.project_id]

    def _prompts_of(self, run: Run) -> Mapping[str, Prompt]:
        if run.pk not in self._prompts:
            self._prompts[run.pk] = prompt_versions.in_force(run.project_id, at=run.created_at)
        return self._prompts[run.pk]

    def _wants(self, job: CriticJob) -> tuple[Want[Any], ...]:
        """Nothing for a critic whose settings are wrong: its jobs fail as they begin, each with the reason."""
        try:
            return kind_named(job.run.kind).wants(job.critic)
        except (KeyError, TypeError, ValueError):
            return ()
