"""Another problem's images, drawn by the job's seed."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from annotations.models import ProblemImage
from workers import readings
from workers.context import ContextLoader, Lines, Make
from workers.critics.wants import AnotherProblemsImages, OtherImages
from workers.jobs import CriticJob

POOL = 5000  # images of a project that are drawn from, by the order in which their problems came in


def load(jobs: Sequence[CriticJob], want: AnotherProblemsImages) -> dict[UUID, Make]:
    """In one query a project. Each draws the least of its own hashes, so that later problems change few draws."""
    drawn: dict[UUID, Make] = {}
    for project in {job.response.project_id for job in jobs}:
        placed = defaultdict(list)
        rows = ProblemImage.objects.filter(problem__project=project).select_related("image", "problem")
        for row in rows.order_by("problem__position", "problem", "number")[:POOL]:
            placed[row.problem].append(row.image)
        for job in jobs:
            if job.response.project_id != project:
                continue
            own = {image.pk for image in job.images}
            others = [problem for problem, images in placed.items() if not own & {image.pk for image in images}]
            others = [problem for problem in others if problem.pk != job.response.problem_id]
            chosen = min(others, key=lambda problem: _lot(job.seed, problem.key), default=None)
            if chosen is not None:
                job.more_images = tuple(placed[chosen])
            drawn[job.work.pk] = _of(chosen.key if chosen else "", job)
    return drawn


def _lot(seed: int, key: str) -> bytes:
    return hashlib.sha256(f"{seed}/{key}".encode()).digest()


def _of(problem: str, job: CriticJob) -> Make:
    def make(lines: Lines) -> OtherImages:
        """Raises LookupError where the project has no other image."""
        if not problem:
            raise LookupError("expected another problem with an image in this project, found none: import one first")
        return OtherImages(
            problem=problem,
            images=tuple(map(readings.content_of, job.more_images)),
            image_lines=tuple(lines[image.pk] for image in job.more_images) if lines is not None else (),
        )

    return make


LOADER = ContextLoader(AnotherProblemsImages, load)
