"""Import, one verb for page, API and shell: a file becomes work, and work becomes rows (`intake.py`).

Page and API keep the upload in private storage until a worker has done it; the shell does it at once, in its own
process, through the same row of work.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext as _

from annotations.core.codec import FieldError
from annotations.core.ids import new_id
from annotations.importers.base import RecordError, Source, formats
from annotations.importers.beside import Archive, ArchiveError, Folder, folder_table, is_archive
from annotations.importers.mapping import Mapping, dump_mapping, parse_mapping
from annotations.models import Project, Work
from annotations.verbs import log
from annotations.verbs import work as work_verbs
from annotations.verbs.import_people import Accounts, UnknownPerson, accounts_of
from annotations.verbs.import_report import Report
from annotations.verbs.intake import ON_ERROR, BadRecord, Follower, OnError, Taken, take_in
from annotations.verbs.lease import Lease
from annotations.verbs.permissions import require
from annotations.verbs.work import Cancelled, LostLease

KIND = "import"
QUEUE = "io"
MAX_UPLOAD_BYTES = 4 * 1024**3


class ImportRefused(ValueError):
    """The import cannot even be started: which field, and what to do."""

    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a file is to be read; checked when it is made. `mapping` may be missing: then the import waits for it."""

    format: str
    on_error: OnError = "stop"
    critic: str = ""
    critic_output: bool = False
    mapping: Mapping | None = None

    def __post_init__(self) -> None:
        if self.format not in formats():
            raise ImportRefused("format", f"Expected one of {', '.join(formats())}; found {self.format!r}.")
        if self.on_error not in ON_ERROR:
            raise ImportRefused("on_error", f"Expected {' or '.join(ON_ERROR)}; found {self.on_error!r}.")
        if self.critic_output and not formats()[self.format].takes_critic_output:
            raise ImportRefused(
                "critic_output",
                _("The format %(format)s takes no critic's output beside it.") % {"format": self.format},
            )
        if self.critic_output != bool(self.critic):
            raise ImportRefused(
                "critic", _("A critic's output and the critic's name go together: give both, or neither.")
            )
        if self.mapping is not None and not formats()[self.format].needs_mapping:
            raise ImportRefused("mapping", _("The format %(format)s needs no mapping.") % {"format": self.format})
        if len(self.critic) > 200:
            raise ImportRefused("critic", f"Expected at most 200 characters; found {len(self.critic)}.")

    def as_json(self) -> dict[str, Any]:
        told = {"format": self.format, "on_error": self.on_error, "critic": self.critic}
        return told | ({"mapping": dump_mapping(self.mapping)} if self.mapping else {})

    @property
    def waits_for_mapping(self) -> bool:
        return formats()[self.format].needs_mapping and self.mapping is None


def start_import(
    project: Project, upload: File[bytes], recipe: Recipe, *, by: Any, critic_output: File[bytes] | None = None
) -> Work:
    """Keeps the upload and queues the import; one that lacks its mapping waits ("paused") until `map_import`.

    Raises PermissionDenied and ImportRefused.
    """
    require(by, "import_data", project)
    for field, file in (("file", upload), ("critic_output", critic_output)):
        if file is not None and not 0 < file.size <= MAX_UPLOAD_BYTES:
            told = _(
                "Expected a file of 1 byte to %(most)s GB; found %(found)s bytes. Import larger ones from the shell."
            )
            raise ImportRefused(field, told % {"most": MAX_UPLOAD_BYTES // 1024**3, "found": f"{file.size:,}"})
    if recipe.mapping is not None:
        _accounts(project, recipe.mapping)
    folder = f"imports/{new_id()}"
    kept: dict[str, str] = {}
    try:
        kept["file"] = default_storage.save(f"{folder}/source", upload)
        if critic_output is not None:
            kept["critic_output"] = default_storage.save(f"{folder}/critic-output", critic_output)
        return work_verbs.enqueue(
            KIND,
            queue=QUEUE,
            project=project,
            by=by,
            total=upload.size,
            unit="bytes",
            parameters={**recipe.as_json(), "file_name": (upload.name or "")[:200], **kept},
            state="paused" if recipe.waits_for_mapping else "queued",
        )
    except BaseException:
        _delete(kept.values())
        raise


@transaction.atomic
def map_import(work: Work, mapping: Mapping, *, by: Any) -> None:
    """Gives a waiting import its mapping and queues it. Raises PermissionDenied and ImportRefused."""
    project = work.project
    if project is None or work.kind != KIND:
        raise ValueError(f"Expected an import of a project; found {work}")
    require(by, "import_data", project)
    _accounts(project, mapping)
    held = Work.objects.select_for_update().get(pk=work.pk)
    if held.state != "paused":
        raise ImportRefused("mapping", _("This import has its mapping already, or has ended. Upload the file again."))
    held.parameters = {**held.parameters, "mapping": dump_mapping(mapping)}
    held.state = "queued"
    held.save(update_fields=["parameters", "state"])
    work_verbs.nudge(held.queue)
    work.refresh_from_db()


@contextmanager
def waiting_source(work: Work) -> Iterator[Source]:
    """The upload of an import that waits, open to be looked at. Raises ImportRefused for a refused archive."""
    with default_storage.open(work.parameters["file"], "rb") as file:
        try:
            with _unpacked(Source(file)) as source:  # type: ignore[arg-type]
                yield source
        except ArchiveError as error:
            raise ImportRefused("file", str(error)) from error


def run_import(work: Work, token: UUID) -> None:
    """Does claimed work, and ends it with its result. Raises Cancelled and LostLease for the worker to settle."""
    kept = [work.parameters[name] for name in ("file", "critic_output") if name in work.parameters]
    try:
        with _stored(work.parameters) as source:
            _run(work, token, source)
    except LostLease:
        raise  # somebody else has it, and needs the upload
    except Cancelled:
        _delete(kept)
        raise
    _delete(kept)


def import_here(
    project: Project,
    path: Path,
    recipe: Recipe,
    *,
    by: Any = None,
    critic_output: Path | None = None,
    show: Callable[[int, int], None] = lambda done, total: None,
) -> Work:
    """Imports a file of this machine in this process, under a row of work like any other; returns the ended row.

    Images may lie beside the file, or in the zip file or the folder that it is. `by` None is the shell itself.
    Raises ImportRefused.
    """
    if recipe.waits_for_mapping:
        raise ImportRefused("mapping", _("This format needs a mapping."))
    path = _data_file(path)
    if by is not None:
        require(by, "import_data", project)
    total = path.stat().st_size
    parameters = {**recipe.as_json(), "file_name": path.name}
    work, token = work_verbs.begin(KIND, project=project, by=by, total=total, unit="bytes", parameters=parameters)
    try:
        with path.open("rb") as file, critic_output.open("rb") if critic_output else nullcontext() as output:
            source = Source(file, output, recipe.critic, beside=Folder(path.parent))
            _run(work, token, source, show=lambda done: show(done, total))
    except (Cancelled, KeyboardInterrupt):
        work_verbs.finish(work, token, state="cancelled")
    except LostLease:
        raise
    except Exception as error:
        work_verbs.finish(work, token, state="failed", error=f"{type(error).__name__}: {error}")
        raise
    work.refresh_from_db()
    return work


@contextmanager
def source_of(path: Path) -> Iterator[Source]:
    """A file, zip file or folder of this machine, open to be looked at. Raises ImportRefused and ArchiveError."""
    path = _data_file(path)
    with path.open("rb") as file, _unpacked(Source(file, beside=Folder(path.parent))) as source:
        yield source


def _data_file(path: Path) -> Path:
    """Of a folder its one data file; any other path is the file."""
    if not path.is_dir():
        return path
    try:
        return folder_table(path)
    except ArchiveError as error:
        raise ImportRefused("file", str(error)) from error


def cancel_import(work: Work, *, by: Any) -> None:
    """Asks the import to stop. One that nobody has begun ends now, and its upload goes."""
    if work.project is None or work.kind != KIND:
        raise ValueError(f"Expected an import of a project; found {work}")
    require(by, "import_data", work.project)
    work_verbs.cancel(work, by=by)
    work.refresh_from_db()
    if work.state == "cancelled":
        _delete([work.parameters[name] for name in ("file", "critic_output") if name in work.parameters])


def _run(
    work: Work,
    token: UUID,
    source: Source,
    *,
    show: Callable[[int], None] = lambda done: None,
) -> None:
    recipe = Recipe(
        format=work.parameters["format"],
        on_error=work.parameters["on_error"],
        critic=work.parameters["critic"],
        critic_output=source.critic_output is not None,
        mapping=parse_mapping(work.parameters["mapping"]) if "mapping" in work.parameters else None,
    )
    earlier = (work.result or {}).get("added", {})  # by an attempt that was killed, which committed these batches
    stored: list[str] = []

    def finished(taken: Taken, report: Report) -> None:
        result = _told(taken, earlier)
        if taken.bad_records:
            stored.append(report.store(f"imports/{work.pk}/report.csv"))
            result["report"] = stored[0]
        log.record(
            "import_data", by=work.created_by, project=work.project, target=work.parameters["file_name"],
            after={name: result[name] for name in ("added", "already_there", "bad_records")},
        )  # fmt: skip
        Work.objects.filter(pk=work.pk).update(done=work.total or 0)
        work_verbs.finish(work, token, result=result)

    def landed(taken: Taken) -> None:
        # Also the proof that the lease is still ours, in the very transaction that commits the batch.
        if not Work.objects.filter(pk=work.pk, lease_token=token).update(result=_told(taken, earlier)):
            raise LostLease("the lease ran out")

    with Lease(work, token) as lease:

        def read(done: int) -> None:
            show(done)
            lease.progress(done)

        try:
            with _unpacked(source) as unpacked:
                accounts = _accounts(work.project, recipe.mapping)  # type: ignore[arg-type]
                take_in(
                    work.project,  # type: ignore[arg-type]
                    replace(unpacked, mapping=recipe.mapping, people=accounts.names),
                    formats()[recipe.format],
                    on_error=recipe.on_error,
                    by=work.created_by,
                    accounts=accounts.users,
                    follower=Follower(read=read, landed=landed, finished=finished),
                )
        except (BadRecord, ArchiveError) as refused:
            bad = refused if isinstance(refused, BadRecord) else _bad_archive(refused)
            errors = [
                {"line": error.line, "field": error.field, "expected": error.expected, "found": error.found}
                for error in bad.errors
            ]
            with transaction.atomic():
                work_verbs.finish(
                    work, token, state="failed", error=str(bad), result={**_told(Taken(), {}), "errors": errors}
                )
        except BaseException:
            _delete(stored)
            raise


def _told(taken: Taken, earlier: dict[str, int]) -> dict[str, Any]:
    """The result, in which what an earlier attempt of this same import had added counts as added."""
    told = taken.as_json()
    for kind, count in earlier.items():
        told["added"][kind] += count
        told["already_there"][kind] = max(0, told["already_there"][kind] - count)
    return told


def _accounts(project: Project, mapping: Mapping | None) -> Accounts:
    try:
        return accounts_of(project, mapping)
    except UnknownPerson as unknown:
        raise ImportRefused("mapping", str(unknown)) from unknown


def _bad_archive(error: ArchiveError) -> BadRecord:
    return BadRecord([RecordError.of(1, FieldError("file", error.expected, error.found))])


@contextmanager
def _unpacked(source: Source) -> Iterator[Source]:
    """The data file of an archive, with its images; any other file as it is. Raises ArchiveError."""
    if not is_archive(source.file):
        yield source
        return
    with Archive(source.file) as archive:
        yield replace(source, file=archive.table, beside=archive)


@contextmanager
def _stored(parameters: dict[str, Any]) -> Iterator[Source]:
    with default_storage.open(parameters["file"], "rb") as file:
        if "critic_output" not in parameters:
            yield Source(file)  # type: ignore[arg-type]  # Django's File reads like any binary file
            return
        with default_storage.open(parameters["critic_output"], "rb") as output:
            yield Source(file, output, parameters["critic"])  # type: ignore[arg-type]


def _delete(keys: Any) -> None:
    for key in keys:
        default_storage.delete(key)
