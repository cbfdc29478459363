"""Errors that people found in other chains, the likest first by their questions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rapidfuzz import fuzz, utils

from annotations.models import Explanation, Finding, ProblemImage, Step
from workers.context import ContextLoader, Lines, Make
from workers.critics.wants import Mistake, PastMistakes
from workers.jobs import CriticJob

POOL = 2000  # findings of a load's projects that are ranked, the newest


@dataclass(frozen=True, slots=True)
class Candidate:
    project: UUID
    problem: UUID
    images: frozenset[UUID]
    chain: str
    stored_at: datetime
    mistake: Mistake


def load(jobs: Sequence[CriticJob], want: PastMistakes) -> dict[UUID, Make]:
    """In four queries. Only what was there when the job was made, so that a job that is done again sees the same."""
    candidates = pool({job.response.project_id for job in jobs})
    return {job.work.pk: _given(likest(job, candidates, want)) for job in jobs}


def likest(job: CriticJob, candidates: Sequence[Candidate], want: PastMistakes) -> tuple[Mistake, ...]:
    """Never of the same problem, of a problem that shares an image, or of a chain with the same text."""
    problem, images = job.response.problem, {image.pk for image in job.images}
    question = utils.default_process(problem.question)
    ranked = [
        (fuzz.token_set_ratio(question, utils.default_process(one.mistake.question)) / 100, one)
        for one in candidates
        if one.project == job.response.project_id
        and one.problem != problem.pk
        and not one.images & images
        and one.chain != job.response.source_text
        and one.stored_at <= job.work.created_at
    ]
    ranked = [(likeness, one) for likeness, one in ranked if likeness >= want.least_likeness]
    ranked.sort(key=lambda pair: (-pair[0], pair[1].mistake.critique, pair[1].mistake.explanation))
    return tuple(
        Mistake(
            question=one.mistake.question,
            step=one.mistake.step,
            explanation=one.mistake.explanation,
            error_type=one.mistake.error_type,
            corrected_text=one.mistake.corrected_text,
            likeness=round(likeness, 4),
            critique=one.mistake.critique,
        )
        for likeness, one in ranked[: want.most]
    )


def pool(projects: set[UUID]) -> list[Candidate]:
    """The newest findings of people's latest critiques that explain themselves."""
    findings = list(
        Finding.objects.filter(
            critique__project__in=projects,
            critique__author__kind="person",
            critique__head__isnull=False,
            explanation_count__gte=1,
        )
        .select_related("critique__response__problem")
        .order_by("-critique__stored_at", "ordinal")[:POOL]
    )
    critiques = {finding.critique_id for finding in findings}
    explanations = {
        (critique, finding): text
        for critique, finding, text in Explanation.objects.filter(critique__in=critiques, ordinal=1).values_list(
            "critique_id", "finding", "text"
        )
    }
    responses = {finding.critique.response_id for finding in findings}
    ranges = {
        (step.response_id, step.segmentation, step.number): (step.start, step.end)
        for step in Step.objects.filter(response__in=responses)
    }
    images = defaultdict(set)
    problems = {finding.critique.problem_id for finding in findings}
    for problem, image in ProblemImage.objects.filter(problem__in=problems).values_list("problem_id", "image_id"):
        images[problem].add(image)
    candidates = []
    for finding in findings:
        critique, response = finding.critique, finding.critique.response
        explanation = explanations[critique.pk, finding.ordinal].strip()
        if not explanation:
            continue
        start, end = ranges[response.pk, critique.segmentation, finding.step]
        mistake = Mistake(
            question=response.problem.question,
            step=response.source_text[start:end],
            explanation=explanation,
            error_type=finding.error_type,
            corrected_text=finding.corrected_text,
            critique=str(critique.pk),
        )
        candidates.append(
            Candidate(
                critique.project_id,
                critique.problem_id,
                frozenset(images[critique.problem_id]),
                response.source_text,
                critique.stored_at,
                mistake,
            )
        )
    return candidates


def _given(mistakes: tuple[Mistake, ...]) -> Make:
    def make(lines: Lines) -> tuple[Mistake, ...]:
        return mistakes

    return make


LOADER = ContextLoader(PastMistakes, load)
