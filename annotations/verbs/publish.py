"""Publishing: a dataset's recipe becomes an immutable, versioned snapshot of files.

The work reads one consistent state of the database (REPEATABLE READ) by a server-side cursor, writes each row once
into a folder of this machine, hashes while it writes, puts the files into storage under a fresh key, and inserts the
snapshot with its files whole. Until that insert commits nobody sees a file; a cancelled or failed publication removes
what it had stored. One that was killed while storing is taken up where it stopped (`publish_draft`); what nobody takes
up is removed by the next.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from annotations.core import schema
from annotations.core.ids import new_id
from annotations.exporters.base import CriticSource, Item, formats
from annotations.models import Critique, Dataset, Image, Project, Snapshot, SnapshotFile, Work
from annotations.models.records import problem_records
from annotations.verbs import log, publish_draft, webhooks, work
from annotations.verbs.croissant import CROISSANT, croissant
from annotations.verbs.dataset_card import CARD, dataset_card
from annotations.verbs.lease import Lease
from annotations.verbs.manifest import Tally, manifest, sources, told_of
from annotations.verbs.permissions import require
from annotations.verbs.probability import inclusion
from annotations.verbs.pseudonyms import pseudonyms, under_pseudonyms
from annotations.verbs.publish_draft import Draft, DraftFile
from annotations.verbs.publish_filter import Filter
from annotations.verbs.row_index import Entries, changes
from annotations.verbs.snapshot_folder import SnapshotFolder
from annotations.verbs.work import Cancelled, LostLease

KIND = "publish"
QUEUE = "io"
DOCUMENTS = (CARD, CROISSANT)


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
    filter = Filter.parse(recipe.filter).checked(project)
    try:
        name = Dataset._meta.get_field("name").clean(recipe.name, None)
    except ValidationError as error:
        raise ValueError(f"name: {' '.join(error.messages)}") from error
    if not project.problems.exists():
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
    total = filter.problems(project).count()
    return {"dataset": str(dataset.pk), "filter": filter.as_json(), "options": options}, total


def run_publish(job: Work, token: UUID, *, show: Callable[[int], None] = lambda done: None) -> Snapshot:
    """Does claimed work: writes, stores and inserts the snapshot. Raises Cancelled or LostLease, leaving nothing.

    What an earlier attempt had written whole on this machine is not written again, only stored to its end.
    """
    dataset = Dataset.objects.select_related("project").get(pk=job.parameters["dataset"])
    begun = (job.result or {}).get("snapshot")
    draft = publish_draft.load(job) if begun else None
    _remove_leftovers(dataset.project, job, also_its_own=draft is None)
    snapshot_id = UUID(begun) if draft and begun else new_id()
    folder = f"datasets/{dataset.pk}/{snapshot_id}"
    stored: list[str] = []
    with Lease(job, token) as lease:
        try:
            if draft is None:
                draft = _write(dataset, job, lease, show)
            names = [*(file.name for file in draft.files), publish_draft.INDEX, *DOCUMENTS]
            stored.extend(f"{folder}/{name}" for name in names)
            _note(job, token, snapshot_id, stored)
            for file in draft.files:
                lease.check()
                _store(draft.folder / file.path, f"{folder}/{file.name}", file.byte_size)
            lease.check()
            index = draft.folder / publish_draft.INDEX
            _store(index, index_key(dataset.pk, snapshot_id), index.stat().st_size)
            snapshot = _insert(dataset, job, token, snapshot_id=snapshot_id, draft=draft, folder=folder)
        except LostLease:
            # Whoever has the work now may go on from what is stored; only what they do not know of is to be removed.
            now = Work.objects.filter(pk=job.pk).values_list("result", flat=True).first() or {}
            if now.get("snapshot") != str(snapshot_id) and not Snapshot.objects.filter(pk=snapshot_id).exists():
                _delete(stored)
            raise
        except BaseException:
            # A connection that broke in the commit leaves open whether it happened: what a snapshot names stays.
            if not Snapshot.objects.filter(pk=snapshot_id).exists():
                _delete(stored)
            publish_draft.remove(job)
            raise
        publish_draft.remove(job)
        return snapshot


def _write(dataset: Dataset, job: Work, lease: Lease, show: Callable[[int], None]) -> Draft:
    project, format = dataset.project, formats()[dataset.format]
    filter = Filter.parse(job.parameters["filter"])
    chosen = filter.critiques(project, format)
    folder = publish_draft.empty_folder(job)
    with transaction.atomic(durable=True), SnapshotFolder(folder) as files:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        files.critics = critic_sources(chosen)
        if earlier := filter.under_earlier_steps(project, format):
            files.skip("a critique of steps that the response no longer has", earlier)
        named = pseudonyms(project)
        held_out = project.problems.count() - project.problems.leaving().count()
        tally = Tally(sources=sources(chosen, named), held_out=held_out)
        open_image, reached = _image_reader(project), inclusion(project)

        def items() -> Iterator[Item]:
            read = problem_records(
                filter.problems(project),
                chosen,
                kept=filter.kept_responses(project),
                reached=reached,
                responses=filter.responses(),
            )
            for done, (_, record) in enumerate(read, 1):
                problem = record if project.names_leave else under_pseudonyms(record, named)
                tally.add(problem)
                yield Item(problem, open_image, named)
                lease.progress(done)
                show(done)

        format.write(items(), job.parameters["options"], files)
    return publish_draft.save(folder, files, tally.facts(skipped=files.skipped, counted=files.counted))


def critic_sources(chosen: QuerySet[Critique]) -> tuple[CriticSource, ...]:
    rows = (
        chosen.filter(author__kind="critic")
        .order_by("author__name", "author__run", "sample")
        .values_list("author__name", "author__run", "sample")
        .distinct()
    )
    return tuple(CriticSource(*row) for row in rows)


def _image_reader(project: Project) -> Callable[[schema.Image], bytes]:
    def read(image: schema.Image) -> bytes:
        key = Image.objects.values_list("original_key", flat=True).get(project=project, sha256=image.sha256)
        with default_storage.open(key) as file:
            return file.read()

    return read


def index_key(dataset_id: UUID, snapshot_id: UUID) -> str:
    """Where the row index of a version lies in the storage."""
    return f"datasets/{dataset_id}/{snapshot_id}/{publish_draft.INDEX}"


def _note(job: Work, token: UUID, snapshot_id: UUID, stored: list[str]) -> None:
    """What is about to be stored, so that it is found should this process be killed."""
    noted = {"snapshot": str(snapshot_id), "stored": stored}
    if not Work.objects.filter(pk=job.pk, lease_token=token, state="running").update(result=noted):
        raise LostLease("the lease ran out")


def _store(path: Path, key: str, size: int) -> None:
    """Unless it is there whole already: an attempt that was killed in the middle leaves a shorter file, or none."""
    if default_storage.exists(key):
        if default_storage.size(key) == size:
            return
        default_storage.delete(key)
    with path.open("rb") as file:
        _save(key, File(file))


def _save(key: str, content: File[Any]) -> None:
    saved = default_storage.save(key, content)
    if saved != key:
        default_storage.delete(saved)
        raise FileExistsError(f"{key} is in the storage already, under the id of a snapshot that is only being made")


def _remove_leftovers(project: Project, job: Work, *, also_its_own: bool) -> None:
    """Files of publications that were killed: another that nobody will take up, or an earlier attempt at this one."""
    ended = Q(state__in=["failed", "cancelled"])
    if also_its_own:
        ended |= Q(pk=job.pk)
    for killed in Work.objects.filter(ended, kind=KIND, project=project, result__has_key="stored"):
        _delete((killed.result or {})["stored"])
        Work.objects.filter(pk=killed.pk).update(result=None)
    publish_draft.remove_abandoned()


def _delete(keys: list[str]) -> None:
    for key in keys:
        default_storage.delete(key)


@transaction.atomic
def _insert(dataset: Dataset, job: Work, token: UUID, *, snapshot_id: UUID, draft: Draft, folder: str) -> Snapshot:
    if not Work.objects.filter(pk=job.pk, lease_token=token, state="running").exists():
        raise LostLease("the lease ran out")
    dataset = Dataset.objects.select_related("project").select_for_update(of=("self",)).get(pk=dataset.pk)
    parent = Snapshot.objects.filter(dataset=dataset).first()
    version = parent.version + 1 if parent else 1
    now = timezone.now()
    earlier = rows_of(parent) if parent else None
    told = manifest(
        dataset,
        version,
        parent=parent.manifest if parent else None,
        recipe=job.parameters,
        draft=draft,
        changes=changes(earlier, draft.index()).counts() if earlier is not None else None,
        at=now,
    )
    told["row_index"] = {"files": list(draft.indexed)}
    documents = _documents(told, draft, folder)
    told["files"] += [told_of(file) for file in documents]
    files = [*draft.files, *documents]
    snapshot = Snapshot.objects.create(
        id=snapshot_id,
        dataset=dataset,
        version=version,
        manifest=told,
        rows=draft.rows,
        file_count=len(files),
        created_at=now,
        created_by=job.created_by,
    )
    SnapshotFile.objects.bulk_create(
        SnapshotFile(
            snapshot_id=snapshot_id,
            ordinal=ordinal,
            file_count=len(files),
            name=file.name,
            media_type=file.media_type,
            byte_size=file.byte_size,
            sha256=file.sha256,
            rows=file.rows,
            storage_key=f"{folder}/{file.name}",
        )
        for ordinal, file in enumerate(files, 1)
    )
    dataset.filter, dataset.options = job.parameters["filter"], job.parameters["options"]
    dataset.save(update_fields=["filter", "options"])  # the recipe of the next version is that of the last
    log.record(
        "publish",
        by=job.created_by,
        project=dataset.project,
        target=f"{dataset.name} v{version}",
        after={"format": dataset.format, "rows": draft.rows, **job.parameters},
    )
    webhooks.announce(
        "version.published",
        dataset.project_id,
        {"dataset": dataset.name, "version": version, "format": dataset.format, "rows": draft.rows},
    )
    work.finish(job, token, result={"dataset": dataset.name, "version": version, "rows": draft.rows})
    return snapshot


def _documents(told: dict[str, Any], draft: Draft, folder: str) -> list[DraftFile]:
    """The card and the Croissant description, stored: they tell the version's number, so they are made last."""
    texts = {
        CARD: ("text/markdown", dataset_card(told, draft.files)),
        CROISSANT: ("application/ld+json", json.dumps(croissant(told, draft.files), ensure_ascii=False, indent=2)),
    }
    made = []
    for name, (media_type, text) in texts.items():
        content = (text + "\n").encode()
        default_storage.delete(f"{folder}/{name}")
        _save(f"{folder}/{name}", ContentFile(content))
        digest = hashlib.sha256(content).hexdigest()
        made.append(
            DraftFile(
                name=name, path="", media_type=media_type, byte_size=len(content), rows=None, sha256=digest, columns={}
            )
        )
    return made


def rows_of(snapshot: Snapshot) -> Entries | None:
    """The row index of a version; None for one that was published without."""
    if "row_index" not in snapshot.manifest:
        return None
    with default_storage.open(index_key(snapshot.dataset_id, snapshot.pk)) as file:
        return np.load(io.BytesIO(file.read()), allow_pickle=False)


def recipe_of(dataset: Dataset) -> Recipe:
    """The recipe of its last version, for the next one."""
    return Recipe(name=dataset.name, format=dataset.format, filter=dataset.filter, options=dataset.options)
