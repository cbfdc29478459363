"""Publishing: a dataset's recipe becomes an immutable, versioned snapshot of files.

The work reads one consistent state of the database (REPEATABLE READ) by a server-side cursor, writes each row once
into a temporary folder, hashes while it writes, moves the files into storage under a fresh key, and inserts the
snapshot with its files whole. Until that insert commits nobody sees a file; a cancelled or failed publication removes
what it had stored.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Count, QuerySet

from annotations.core import schema
from annotations.core.codec import SCHEMA_VERSION
from annotations.core.ids import new_id
from annotations.exporters.base import CriticSource, ExportFormat, Item, formats
from annotations.models import Author, Critique, Dataset, Image, Problem, Project, Snapshot, SnapshotFile, Work
from annotations.models.records import problem_records
from annotations.verbs import log, work
from annotations.verbs.lease import Lease
from annotations.verbs.snapshot_folder import SnapshotFolder, WrittenFile

QUEUE = "io"
STAGES = ("any", "blind", "after_reveal")


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which critiques go out. `critics` None means every critic; names otherwise."""

    people: bool = True
    critics: tuple[str, ...] | None = None
    stage: str = "any"

    @classmethod
    def parse(cls, value: Mapping[str, Any]) -> Filter:
        """From its JSON form. Raises ValueError naming the field."""
        unknown = set(value) - {"people", "critics", "stage"}
        if unknown:
            raise ValueError(f"filter {sorted(unknown)[0]}: expected people, critics or stage")
        if not isinstance(value.get("people", True), bool):
            raise ValueError(f"filter people: expected true or false, found {value['people']!r}")
        if value.get("stage", "any") not in STAGES:
            raise ValueError(f"filter stage: expected one of {', '.join(STAGES)}, found {value['stage']!r}")
        critics = value.get("critics")
        if critics is not None and not (isinstance(critics, list) and all(isinstance(name, str) for name in critics)):
            raise ValueError(f"filter critics: expected null or a list of names, found {critics!r}")
        return cls(
            people=value.get("people", True),
            critics=None if critics is None else tuple(critics),
            stage=value.get("stage", "any"),
        )

    def as_json(self) -> dict[str, Any]:
        return {
            "people": self.people,
            "critics": None if self.critics is None else list(self.critics),
            "stage": self.stage,
        }

    def critiques(self, project: Project, format: ExportFormat) -> QuerySet[Critique]:
        chosen = Critique.objects.filter(project=project)
        if not format.all_revisions:
            chosen = chosen.latest()
        if not self.people:
            chosen = chosen.exclude(author__kind="person")
        if self.critics is not None:
            chosen = chosen.exclude(
                author__in=Author.objects.filter(project=project, kind="critic").exclude(name__in=self.critics)
            )
        if self.stage != "any":
            chosen = chosen.exclude(author__kind="person", stage__in={"blind", "after_reveal"} - {self.stage})
        return chosen.order_by("stored_at", "id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What to publish: a dataset's name and format, which critiques, and the format's options."""

    name: str
    format: str
    filter: Mapping[str, Any] = field(default_factory=dict)
    options: Mapping[str, str] = field(default_factory=dict)
    description: str = ""


@transaction.atomic
def publish(project: Project, recipe: Recipe, *, by: Any) -> Work:
    """Queues the publication of the dataset's next version, making the dataset at its first. Returns the work row.

    Raises ValueError for an unknown format, option or filter, and for a name that another project or format holds.
    """
    parameters = _prepare(project, recipe, by)
    total = project.problems.count()
    return work.enqueue(
        "publish", queue=QUEUE, project=project, by=by, unit="problems", total=total, parameters=parameters
    )


def publish_here(project: Project, recipe: Recipe, *, by: Any) -> Snapshot:
    """The same in this process, at once, for the shell. Raises as `publish` does."""
    with transaction.atomic():
        parameters = _prepare(project, recipe, by)
        total = project.problems.count()
        job, token = work.begin("publish", project=project, by=by, unit="problems", total=total, parameters=parameters)
    return run_publish(job, token)


def _prepare(project: Project, recipe: Recipe, by: Any) -> dict[str, Any]:
    if recipe.format not in formats():
        raise ValueError(f"format: expected one of {', '.join(formats())}, found {recipe.format}")
    options = formats()[recipe.format].chosen(recipe.options)
    filter = Filter.parse(recipe.filter).as_json()
    dataset, _ = Dataset.objects.get_or_create(
        name=recipe.name,
        defaults={
            "project": project,
            "format": recipe.format,
            "description": recipe.description,
            "filter": filter,
            "options": options,
            "created_by": by if by is not None and by.pk else None,
        },
    )
    if dataset.project_id != project.pk:
        raise ValueError(f"name: {recipe.name} is taken on this instance. Choose another name.")
    if dataset.format != recipe.format:
        raise ValueError(f"format: {recipe.name} is {dataset.format}. Choose another name for {recipe.format}.")
    return {"dataset": str(dataset.pk), "filter": filter, "options": options}


def run_publish(job: Work, token: UUID) -> Snapshot:
    """Does claimed work: writes, stores and inserts the snapshot. Raises Cancelled or LostLease, leaving nothing."""
    dataset = Dataset.objects.select_related("project").get(pk=job.parameters["dataset"])
    snapshot_id = new_id()
    stored: list[str] = []
    with Lease(job, token) as lease, tempfile.TemporaryDirectory(prefix="publish-") as folder:
        try:
            files = _write(dataset, job, Path(folder), lease)
            for written in files.written():
                lease.check()
                stored.append(_store(written, f"datasets/{dataset.pk}/{snapshot_id}/{written.name}"))
            return _insert(dataset, job, token, snapshot_id=snapshot_id, files=files, stored=stored)
        except BaseException:
            for key in stored:
                default_storage.delete(key)
            raise


def _write(dataset: Dataset, job: Work, folder: Path, lease: Lease) -> SnapshotFolder:
    format = formats()[dataset.format]
    chosen = Filter.parse(job.parameters["filter"]).critiques(dataset.project, format)
    problems = Problem.objects.filter(project=dataset.project).order_by("position", "id")
    with transaction.atomic(), SnapshotFolder(folder) as files:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        files.critics = _critic_sources(chosen)
        files.sources = _sources(chosen)
        licences: Counter[str] = Counter()
        open_image = _image_reader(dataset.project)

        def items() -> Iterator[Item]:
            for done, (_, problem) in enumerate(problem_records(problems, chosen), 1):
                licences[problem.licence or "not given"] += 1
                yield Item(problem, open_image)
                lease.progress(done)

        format.write(items(), job.parameters["options"], files)
        files.licences = dict(licences)
    return files


def _critic_sources(chosen: QuerySet[Critique]) -> tuple[CriticSource, ...]:
    rows = (
        chosen.filter(author__kind="critic")
        .order_by("author__name", "author__run", "sample")
        .values_list("author__name", "author__run", "sample")
        .distinct()
    )
    return tuple(CriticSource(*row) for row in rows)


def _sources(chosen: QuerySet[Critique]) -> list[dict[str, Any]]:
    """Who wrote the critiques: people by number alone (a manifest names none), critics with their provenance."""
    rows = chosen.order_by().values("author").annotate(critiques=Count("pk")).values_list("author", "critiques")
    counts = dict(rows)
    people = [author for author in Author.objects.filter(pk__in=counts) if author.kind == "person"]
    critics = [
        author for author in Author.objects.filter(pk__in=counts).order_by("name", "run") if author.kind == "critic"
    ]
    told: list[dict[str, Any]] = []
    if people:
        told.append({"kind": "person", "people": len(people), "critiques": sum(counts[author.pk] for author in people)})
    told.extend(
        {
            "kind": "critic",
            "name": author.name,
            "method": author.method,
            "engine": author.engine,
            "model": author.model,
            "prompt_hash": author.prompt_hash,
            "settings": author.settings,
            "run": author.run,
            "critiques": counts[author.pk],
        }
        for author in critics
    )
    return told


def _image_reader(project: Project) -> Callable[[schema.Image], bytes]:
    def read(image: schema.Image) -> bytes:
        key = Image.objects.values_list("original_key", flat=True).get(project=project, sha256=image.sha256)
        with default_storage.open(key) as file:
            return file.read()

    return read


def _store(written: WrittenFile, key: str) -> str:
    with written.path.open("rb") as file:
        return default_storage.save(key, File(file))


@transaction.atomic
def _insert(
    dataset: Dataset, job: Work, token: UUID, *, snapshot_id: UUID, files: SnapshotFolder, stored: list[str]
) -> Snapshot:
    Dataset.objects.select_for_update().get(pk=dataset.pk)  # two publications of one dataset take turns here
    last = Snapshot.objects.filter(dataset=dataset).values_list("version", flat=True).first() or 0
    written = files.written()
    rows = sum(file.rows for file in written)
    snapshot = Snapshot.objects.create(
        id=snapshot_id,
        dataset=dataset,
        version=last + 1,
        manifest=_manifest(dataset, job, last + 1, files),
        rows=rows,
        file_count=len(written),
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
    log.record(
        "publish",
        by=job.created_by,
        project=dataset.project,
        target=f"{dataset.name} v{snapshot.version}",
        after={"format": dataset.format, "rows": rows, **job.parameters},
    )
    work.finish(job, token, result={"dataset": dataset.name, "version": snapshot.version, "rows": rows})
    return snapshot


def _manifest(dataset: Dataset, job: Work, version: int, files: SnapshotFolder) -> dict[str, Any]:
    return {
        "dataset": dataset.name,
        "version": version,
        "parent_version": version - 1 or None,
        "description": dataset.description,
        "format": dataset.format,
        "options": job.parameters["options"],
        "filter": job.parameters["filter"],
        "schema_version": SCHEMA_VERSION,
        "skipped": {"count": sum(files.skipped.values()), "reasons": dict(files.skipped)},
        "sources": files.sources,
        "licences": files.licences,
        "files": [
            {
                "name": file.name,
                "media_type": file.media_type,
                "bytes": file.byte_size,
                "rows": file.rows,
                "sha256": file.digest.hexdigest(),
            }
            for file in files.written()
        ],
    }
