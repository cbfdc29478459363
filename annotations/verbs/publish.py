"""Publishing: a dataset's recipe becomes an immutable, versioned snapshot of files.

The work reads one consistent state of the database (REPEATABLE READ) by a server-side cursor, writes each row once
into a temporary folder, hashes while it writes, moves the files into storage under a fresh key, and inserts the
snapshot with its files whole. Until that insert commits nobody sees a file; a cancelled or failed publication removes
what it had stored, and what a killed one left is removed by the next.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.core.ids import new_id
from annotations.exporters.base import CriticSource, Item, formats
from annotations.models import Critique, Dataset, Image, Problem, Project, Snapshot, SnapshotFile, Work
from annotations.models.records import problem_records
from annotations.verbs import log, work
from annotations.verbs.lease import Lease
from annotations.verbs.manifest import Tally, manifest, sources
from annotations.verbs.permissions import require
from annotations.verbs.probability import inclusion
from annotations.verbs.publish_filter import Filter
from annotations.verbs.snapshot_folder import SnapshotFolder, WrittenFile
from annotations.verbs.work import Cancelled, LostLease

KIND = "publish"
QUEUE = "io"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to publish: a dataset's name and format, which critiques (`Filter`), and the format's options."""

    name: str
    format: str
    filter: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@transaction.atomic
def publish(project: Project, recipe: Recipe, *, by: Any) -> Work:
    """Queues the publication of the dataset's next version, making the dataset at its first. Returns the work row.

    Raises PermissionDenied, and ValueError for an unknown format, option or filter, for a name that another project
    or format holds, and for a project without problems.
    """
    require(by, "publish", project)
    parameters, total = _prepare(project, recipe, by)
    return work.enqueue(KIND, queue=QUEUE, project=project, by=by, unit="problems", total=total, parameters=parameters)


def publish_here(
    project: Project,
    recipe: Recipe,
    *,
    by: Any = None,
    show: Callable[[int, int], None] = lambda done, total: None,
) -> Snapshot:
    """The same in this process, at once, for the shell, which `by` None is. Raises as `publish` does, and Cancelled.

    show: told how many problems are done, and of how many.
    """
    if by is not None:
        require(by, "publish", project)
    with transaction.atomic():
        parameters, total = _prepare(project, recipe, by)
        job, token = work.begin(KIND, project=project, by=by, unit="problems", total=total, parameters=parameters)
    try:
        return run_publish(job, token, show=lambda done: show(done, total))
    except LostLease:
        raise
    except (Cancelled, KeyboardInterrupt) as stopped:
        work.finish(job, token, state="cancelled")
        raise Cancelled("The publication was cancelled; nothing of it is left.") from stopped
    except Exception as error:
        work.finish(job, token, state="failed", error=f"{type(error).__name__}: {error}")
        raise


def _prepare(project: Project, recipe: Recipe, by: Any) -> tuple[dict[str, Any], int]:
    """The work's parameters, and how many problems there are."""
    if recipe.format not in formats():
        raise ValueError(f"format: expected one of {', '.join(formats())}, found {recipe.format}")
    options = formats()[recipe.format].chosen(recipe.options)
    filter = Filter.parse(recipe.filter)
    filter.check_critics(project)
    try:
        name = Dataset._meta.get_field("name").clean(recipe.name, None)
    except ValidationError as error:
        raise ValueError(f"name: {' '.join(error.messages)}") from error
    total = project.problems.count()
    if not total:
        raise ValueError(_("%(project)s has no problems yet. Import some, then publish.") % {"project": project.name})
    dataset, _made = Dataset.objects.get_or_create(
        name=name,
        defaults={
            "project": project,
            "format": recipe.format,
            "description": recipe.description,
            "filter": filter.as_json(),
            "options": options,
            "created_by": by,
        },
    )
    if dataset.project_id != project.pk:
        raise ValueError(_("name: %(name)s is taken on this instance. Choose another name.") % {"name": name})
    if dataset.format != recipe.format:
        raise ValueError(
            _("format: %(name)s is %(format)s. Choose another name for %(wanted)s.")
            % {"name": name, "format": dataset.format, "wanted": recipe.format}
        )
    return {"dataset": str(dataset.pk), "filter": filter.as_json(), "options": options}, total


def run_publish(job: Work, token: UUID, *, show: Callable[[int], None] = lambda done: None) -> Snapshot:
    """Does claimed work: writes, stores and inserts the snapshot. Raises Cancelled or LostLease, leaving nothing."""
    dataset = Dataset.objects.select_related("project").get(pk=job.parameters["dataset"])
    _remove_leftovers(dataset.project, job)
    snapshot_id = new_id()
    stored: list[str] = []
    with Lease(job, token) as lease, tempfile.TemporaryDirectory(prefix="publish-") as folder:
        try:
            files, tally = _write(dataset, job, Path(folder), lease, show)
            for written in files.written():
                lease.check()
                stored.append(f"datasets/{dataset.pk}/{snapshot_id}/{written.name}")
                _note(job, token, stored)
                _store(written, stored[-1])
            lease.check()
            return _insert(dataset, job, token, snapshot_id=snapshot_id, files=files, tally=tally, stored=stored)
        except BaseException:
            # A connection that broke in the commit leaves open whether it happened: what a snapshot names stays.
            if not Snapshot.objects.filter(pk=snapshot_id).exists():
                _delete(stored)
            raise


def _write(
    dataset: Dataset, job: Work, folder: Path, lease: Lease, show: Callable[[int], None]
) -> tuple[SnapshotFolder, Tally]:
    project, format = dataset.project, formats()[dataset.format]
    filter = Filter.parse(job.parameters["filter"])
    chosen = filter.critiques(project, format)
    problems = Problem.objects.filter(project=project).order_by("position", "id")
    with transaction.atomic(durable=True), SnapshotFolder(folder) as files:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        files.critics = _critic_sources(chosen)
        if earlier := filter.under_earlier_steps(project, format):
            files.skip("a critique of steps that the response no longer has", earlier)
        tally = Tally(sources=sources(chosen))
        open_image, named, reached = _image_reader(project), pseudonyms(project), inclusion(project)

        def items() -> Iterator[Item]:
            for done, (_, problem) in enumerate(
                problem_records(problems, chosen, reached=reached, responses=filter.responses()), 1
            ):
                tally.add(problem)
                yield Item(problem, open_image, named)
                lease.progress(done)
                show(done)

        format.write(items(), job.parameters["options"], files)
    return files, tally


def _critic_sources(chosen: QuerySet[Critique]) -> tuple[CriticSource, ...]:
    rows = (
        chosen.filter(author__kind="critic")
        .order_by("author__name", "author__run", "sample")
        .values_list("author__name", "author__run", "sample")
        .distinct()
    )
    return tuple(CriticSource(*row) for row in rows)


def pseudonyms(project: Project) -> Callable[[schema.Author], str]:
    """A person's name in this project's tables: always the same, and by nobody without this instance's secret."""

    def named(author: schema.Author) -> str:
        if author.kind == "critic":
            return author.name
        return "person-" + salted_hmac(f"pseudonym {project.pk}", author.name, algorithm="sha256").hexdigest()[:12]

    return named


def _image_reader(project: Project) -> Callable[[schema.Image], bytes]:
    def read(image: schema.Image) -> bytes:
        key = Image.objects.values_list("original_key", flat=True).get(project=project, sha256=image.sha256)
        with default_storage.open(key) as file:
            return file.read()

    return read


def _note(job: Work, token: UUID, stored: list[str]) -> None:
    """What is about to be stored, so that it is found should this process be killed."""
    if not Work.objects.filter(pk=job.pk, lease_token=token, state="running").update(result={"stored": stored}):
        raise LostLease("the lease ran out")


def _store(written: WrittenFile, key: str) -> None:
    with written.path.open("rb") as file:
        saved = default_storage.save(key, File(file))
    if saved != key:
        default_storage.delete(saved)
        raise FileExistsError(f"{key} is in the storage already, under the id of a snapshot that is only being made")


def _remove_leftovers(project: Project, job: Work) -> None:
    """Files of publications that were killed: an earlier attempt at this one, or another that nobody will take up."""
    ended = Q(state__in=["failed", "cancelled"]) | Q(pk=job.pk)
    for killed in Work.objects.filter(ended, kind=KIND, project=project, result__has_key="stored"):
        _delete((killed.result or {})["stored"])
        Work.objects.filter(pk=killed.pk).update(result=None)


def _delete(keys: list[str]) -> None:
    for key in keys:
        default_storage.delete(key)


@transaction.atomic
def _insert(
    dataset: Dataset,
    job: Work,
    token: UUID,
    *,
    snapshot_id: UUID,
    files: SnapshotFolder,
    tally: Tally,
    stored: list[str],
) -> Snapshot:
    dataset = Dataset.objects.select_related("project").select_for_update(of=("self",)).get(pk=dataset.pk)
    last = Snapshot.objects.filter(dataset=dataset).values_list("version", flat=True).first() or 0
    written = files.written()
    rows = sum(file.rows for file in written)
    now = timezone.now()
    snapshot = Snapshot.objects.create(
        id=snapshot_id,
        dataset=dataset,
        version=last + 1,
        manifest=manifest(dataset, last + 1, recipe=job.parameters, files=files, tally=tally, at=now),
        rows=rows,
        file_count=len(written),
        created_at=now,
        created_by=job.created_by,
    )
    SnapshotFile.objects.bulk_create(
        SnapshotFile(
            snapshot_id=snapshot_id,
            ordinal=ordinal,
            file_count=len(written),
            name=file.name,
            media_type=file.media_type,
            byte_size=file.byte_size,
            sha256=file.digest.hexdigest(),
            rows=file.rows,
            storage_key=key,
        )
        for ordinal, (file, key) in enumerate(zip(written, stored, strict=True), 1)
    )
    dataset.filter, dataset.options = job.parameters["filter"], job.parameters["options"]
    dataset.save(update_fields=["filter", "options"])  # the recipe of the next version is that of the last
    log.record(
        "publish",
        by=job.created_by,
        project=dataset.project,
        target=f"{dataset.name} v{snapshot.version}",
        after={"format": dataset.format, "rows": rows, **job.parameters},
    )
    work.finish(job, token, result={"dataset": dataset.name, "version": snapshot.version, "rows": rows})
    return snapshot


def recipe_of(dataset: Dataset) -> Recipe:
    """The recipe of its last version, for the next one."""
    return Recipe(name=dataset.name, format=dataset.format, filter=dataset.filter, options=dataset.options)
