"""Small named builders of rows, shared by all tests: each makes the least that is needed, and lets a test say the rest.

They write through the ORM and the verbs, as the app's own role.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from itertools import count
from typing import Any

from django.contrib.auth import get_user_model
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from annotations.core import schema
from annotations.core.steps import GIVEN_STEPS, join_steps
from annotations.core.taxonomy import DEFAULT_TAXONOMY, dump_taxonomy
from annotations.models import (
    Critique,
    Dataset,
    FindingCheck,
    GuidelineVersion,
    Image,
    Membership,
    Problem,
    ProblemImage,
    Project,
    Response,
    RolloutSet,
    Segmentation,
    Slot,
    Snapshot,
    SnapshotFile,
    Step,
    TaxonomyVersion,
)
from annotations.verbs.corrections import Guidance, Made, store_correction
from annotations.verbs.rollouts import store_check, store_rollout_set
from annotations.verbs.store import store_critique

PASSWORD = "a correct horse, well stapled"
_number = count(1)


def a_project(slug: str | None = None, **rules: Any) -> Project:
    """With the default taxonomy and a short guideline; `rules` are the project's columns."""
    slug = slug or f"project-{next(_number)}"
    project = Project.objects.create(slug=slug, name=rules.pop("name", slug.replace("-", " ").capitalize()), **rules)
    TaxonomyVersion.objects.create(project=project, number=1, tree=dump_taxonomy(DEFAULT_TAXONOMY))
    GuidelineVersion.objects.create(project=project, number=1, text="# Guideline\n\nJudge each step *on its own*.")
    return project


def a_person(
    username: str | None = None, *, role: str | None = None, project: Project | None = None, **fields: Any
) -> Any:
    """An account with `PASSWORD`; with `role` and `project`, a member."""
    person = get_user_model().objects.create_user(username or f"person{next(_number)}", password=PASSWORD, **fields)
    if role is not None and project is not None:
        Membership.objects.create(project=project, user=person, role=role)
    return person


def an_instance_admin(username: str | None = None) -> Any:
    return a_person(username, is_staff=True, is_superuser=True)


def png(width: int = 64, height: int = 48, colour: str = "#8fa8c9") -> bytes:
    from PIL import Image as Picture

    out = io.BytesIO()
    Picture.new("RGB", (width, height), colour).save(out, "PNG")
    return out.getvalue()


def an_image(project: Project, content: bytes | None = None, *, width: int = 64, height: int = 48) -> Image:
    """A stored PNG (the rendition is the original); the same content again gives the row that is there."""
    content = content or png(width, height)
    sha256 = hashlib.sha256(content).hexdigest()
    found = Image.objects.filter(project=project, sha256=sha256).first()
    if found:
        return found
    key = default_storage.save(f"renditions/{sha256}.png", ContentFile(content))
    return Image.objects.create(
        project=project,
        sha256=sha256,
        media_type="image/png",
        byte_size=len(content),
        width=width,
        height=height,
        original_key=key,
        rendition_key=key,
    )


def a_problem(project: Project, *, images: Sequence[Image] | int = 1, **fields: Any) -> Problem:
    number = next(_number)
    if isinstance(images, int):
        images = [an_image(project, width=64 + index, height=48) for index in range(images)]
    problem = Problem.objects.create(
        project=project,
        key=fields.pop("key", f"problem-{number}"),
        question=fields.pop("question", "By how much did sales grow from 2020 to 2021?"),
        reference_answer=fields.pop("reference_answer", "31.9 %"),
        content_hash=f"{number:064x}",
        position=number,
        **fields,
    )
    for index, image in enumerate(images, 1):
        ProblemImage.objects.create(problem=problem, number=index, image=image, description="A bar chart")
    return problem


@transaction.atomic
def a_response(
    steps: int | Sequence[str] = 3,
    *,
    problem: Problem | None = None,
    project: Project | None = None,
    slots: int | None = None,
    **fields: Any,
) -> Response:
    """A chain whose steps are the given texts, one a line, with its open slots (the project's overlap, or `slots`)."""
    if problem is None:
        problem = a_problem(project or a_project())
    texts = (
        [f"Step {n} says something about the picture." for n in range(1, steps + 1)]
        if isinstance(steps, int)
        else steps
    )
    number = next(_number)
    response = Response.objects.create(
        project=problem.project,
        problem=problem,
        key=fields.pop("key", f"response-{number}"),
        source_text="\n".join(texts),
        answer=fields.pop("answer", "40.4 %"),
        generator=fields.pop("generator", "Scripted generator"),
        content_hash=f"{number:064x}",
        step_count=len(texts),
        position=number,
        **fields,
    )
    Segmentation.objects.create(response=response, number=1, rule="lines", step_count=len(texts))
    start = 0
    for index, text in enumerate(texts, 1):
        Step.objects.create(
            response=response,
            segmentation=1,
            number=index,
            step_count=len(texts),
            start=start,
            end=start + len(text),
            length=len(text),
        )
        start += len(text) + 1
    for slot in range(1, (problem.project.overlap if slots is None else slots) + 1):
        Slot.objects.create(project=problem.project, response=response, number=slot, position=response.position)
    return response


def a_critique_record(
    response: Response, *verdicts: str, author: schema.Author | None = None, **fields: Any
) -> schema.Critique:
    """A core critique of the response: the verdicts given, "correct" for the rest."""
    given = [*verdicts, *["correct"] * (response.step_count - len(verdicts))]
    judgments = fields.pop("judgments", None) or tuple(
        schema.Judgment(step=step, verdict=verdict)  # type: ignore[arg-type]
        for step, verdict in enumerate(given, 1)
    )
    return schema.Critique(
        author=author or a_critic(), judgments=judgments, stage=fields.pop("stage", "model"), **fields
    )


def a_critic(name: str = "scripted critic") -> schema.Author:
    return schema.Author(kind="critic", name=name, method="direct", engine="scripted", model="scripted-1")


def a_critique(
    response: Response, *verdicts: str, by: Any = None, author: schema.Author | None = None, **fields: Any
) -> Critique:
    """A stored critique: of a critic, of `author`, or (with `by`, a user) of a person."""
    if by is not None:
        author = schema.Author(kind="person", name=by.get_username())
        fields.setdefault("stage", "blind")
    return store_critique(a_critique_record(response, *verdicts, author=author, **fields), response, user=by)


def a_correction(
    original: Response,
    steps: Sequence[str] = ("Look again.", "So it is 31.9 %."),
    *,
    answer: str | None = "31.9 %",
    guided_by: Critique | None = None,
    guidance: Guidance | None = None,
    author: schema.Author | None = None,
    by: Any = None,
    rejected: int = 0,
    **fields: Any,
) -> Response:
    """A stored correction with its effect: by a corrector, by `author`, or (with `by`, a user) by a person."""
    text, ranges = join_steps(steps)
    record = schema.Response(key="", source_text=text, steps=ranges, segmentation=GIVEN_STEPS, answer=answer)
    if by is not None:
        author = schema.Author(kind="person", name=by.get_username())
    drafts = [schema.RejectedStep(step=1, text=f"Draft {n}.", reason="no") for n in range(1, rejected + 1)]
    return store_correction(
        original,
        record,
        author=author or a_corrector(),
        user=by,
        guided_by=guided_by,
        guidance=guidance,
        made=Made(rejected=drafts, **fields),
    )


def a_corrector(model: str = "scripted-1", method: str = "revise") -> schema.Author:
    return schema.Author(kind="critic", name=f"{method} by {model}", method=method, engine="scripted", model=model)


def a_rollout_set(
    response: Response, outcomes: str = "right wrong", *, after_step: int = 0, **fields: Any
) -> RolloutSet:
    """One rollout for each outcome, in order."""
    rollouts = [
        schema.Rollout(text=f"And so on, {place}.", answer=str(place), outcome=outcome)  # type: ignore[arg-type]
        for place, outcome in enumerate(outcomes.split())
    ]
    generator = fields.pop("generator", None) or a_corrector(method="rollout")
    return store_rollout_set(response, rollouts, after_step=after_step, generator=generator, **fields)


@transaction.atomic
def a_finding_check(
    critique: Critique,
    finding: int = 1,
    *,
    before: str = "right right",
    after: str = "wrong wrong",
    corrected: str = "right",
) -> FindingCheck:
    """Of a critique with findings: outcomes before the step, after it, and after its corrected text ("" for none)."""
    response, step = critique.response, critique.findings.get(ordinal=finding).step
    return store_check(
        critique,
        finding,
        before=a_rollout_set(response, before, after_step=step - 1),
        after=a_rollout_set(response, after, after_step=step),
        corrected=a_rollout_set(response, corrected, after_step=step, critique=critique, finding=finding)
        if corrected
        else None,
    )


@transaction.atomic
def a_snapshot(project: Project, *, name: str = "a-dataset", content: bytes = b'{"id": 1}\n') -> Snapshot:
    """The next version of the dataset of this name: one stored file `rows.jsonl`."""
    dataset, _ = Dataset.objects.get_or_create(project=project, name=name, defaults={"format": "native"})
    version = dataset.snapshots.count() + 1
    sha256 = hashlib.sha256(content).hexdigest()
    key = default_storage.save(f"snapshots/{name}-{version}.jsonl", ContentFile(content))
    file = {"name": "rows.jsonl", "media_type": "application/jsonl", "sha256": sha256, "rows": 1}
    snapshot = Snapshot.objects.create(
        dataset=dataset,
        version=version,
        manifest={"name": name, "version": version, "files": [{**file, "bytes": len(content)}]},
        rows=1,
        file_count=1,
    )
    SnapshotFile.objects.create(
        snapshot=snapshot, ordinal=1, file_count=1, byte_size=len(content), storage_key=key, **file
    )
    return snapshot
