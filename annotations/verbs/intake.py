"""Taking a file in: records stream through in batches, all of them or the good ones.

With `stop` everything happens in one transaction, and the first bad record leaves nothing behind, neither rows nor
files. With `skip` every good record lands and every bad one is told in a report. Memory does not grow with the file,
and the same file twice adds nothing: problems, responses and critiques have keys, images are known by their content.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from django.db import DataError, IntegrityError, transaction

from annotations.core import schema
from annotations.core.codec import FieldError
from annotations.core.images import ImageError, sha256_of
from annotations.importers.base import ImportFormat, Located, Note, RecordError, Source
from annotations.importers.beside import Beside, Folder
from annotations.models import Project
from annotations.verbs.image_store import ImageFiles, image_bytes
from annotations.verbs.import_report import Report
from annotations.verbs.landing import Landing
from annotations.verbs.record_rows import COUNTED, Arrival, ArrivedImage, Counts
from annotations.verbs.routing import lay_out

OnError = Literal["stop", "skip"]
ON_ERROR: tuple[OnError, ...] = ("stop", "skip")
BATCH_RECORDS = 400
BATCH_BYTES = 16 * 1024 * 1024  # of lines and images: what bounds the memory
LOCK_LOOK_SECONDS = 0.2


@dataclass(slots=True)
class Taken:
    """What came of it so far. `errors` are the first of the bad records'; the report has all.

    `notes` count what came in otherwise than it was, or not at all, with the reason.
    """

    counts: Counts = field(default_factory=Counts)
    bad_records: int = 0
    errors: list[dict[str, Any]] = field(default_factory=list)
    notes: Counter[Note] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        return {
            "added": {kind: self.counts.added[kind] for kind in COUNTED},
            "already_there": {kind: self.counts.already_there[kind] for kind in COUNTED},
            "bad_records": self.bad_records,
            "errors": self.errors,
            **{
                kind: {note.what: count for note, count in self.notes.most_common() if note.kind == kind}
                for kind in ("changed", "dropped")
            },
        }


class BadRecord(Exception):
    """The record that stopped the import."""

    def __init__(self, errors: list[RecordError]) -> None:
        self.errors = errors
        super().__init__("; ".join(map(str, errors)) + ". Nothing was imported.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """Who follows an import. Each of these may raise Cancelled or LostLease and thereby end it.

    read: bytes read so far. landed: in the transaction of each batch that commits by itself (`skip`). finished: in the
    last transaction, so that result and state commit together.
    """

    read: Callable[[int], None] = lambda done: None
    landed: Callable[[Taken], None] = lambda taken: None
    finished: Callable[[Taken, Report], None] = lambda taken, report: None


def take_in(
    project: Project,
    source: Source,
    format: ImportFormat,
    *,
    on_error: OnError,
    by: Any = None,
    folder: Path | None = None,
    accounts: Mapping[str, Any] | None = None,
    follower: Follower | None = None,
) -> Taken:
    """Imports the whole source. folder: where images named by path lie, never outside of it (None: nowhere, unless
    the source says where). accounts: whose account an author of this name is.

    Raises BadRecord (with `stop`), and whatever the follower raises: then with `stop` nothing is left behind, and with
    `skip` the batches that had landed stay.
    """
    follower = follower or Follower()
    with ImageFiles(project.pk) as files, Report() as report:
        try:
            with transaction.atomic() if on_error == "stop" else nullcontext():
                taken = _take_in(
                    project,
                    _batches(source, format, source.beside or (Folder(folder) if folder else None)),
                    on_error=on_error,
                    by=by,
                    accounts=accounts or {},
                    follower=follower,
                    files=files,
                    report=report,
                )
                with transaction.atomic():
                    lay_out(project)  # what came in finds its place in the project's mix
                    follower.finished(taken, report)
            return taken
        finally:
            with transaction.atomic():
                hold(project)  # no other import of the project may be about to name these files
                files.remove_orphans()


# Bytes read so far, good records, what could not be read.
Batch = tuple[int, list[Arrival], list[RecordError]]


def _take_in(
    project: Project,
    batches: Iterator[Batch],
    *,
    on_error: OnError,
    by: Any,
    accounts: Mapping[str, Any],
    follower: Follower,
    files: ImageFiles,
    report: Report,
) -> Taken:
    taken = Taken()
    for done, arrivals, unread in batches:
        with transaction.atomic():
            held = hold(project, waiting=lambda done=done: follower.read(done))  # type: ignore[misc]
            counts, refused = land(Landing(held, files, by=by, accounts=accounts), arrivals)
            errors = sorted([*unread, *refused], key=lambda error: error.line)
            if errors and on_error == "stop":
                raise BadRecord([error for error in errors if error.line == errors[0].line])
            for error in errors:
                report.add(error)
            bad = {error.line for error in errors}
            taken.notes.update(note for each in arrivals if each.line not in bad for note in each.notes)
            taken.counts.extend(counts)
            taken.bad_records, taken.errors = report.bad_records, report.told()
            if on_error == "skip":
                follower.landed(taken)
        follower.read(done)
    return taken


def hold(project: Project, *, waiting: Callable[[], None] = lambda: None) -> Project:
    """Locks the project's row, so that one import at a time adds to it and its rules stand still meanwhile.

    Waits as long as another transaction holds it, calling `waiting` now and then. Raises Project.DoesNotExist.
    """
    while True:
        rows = Project.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=project.pk)
        if held := rows.first():
            return held
        Project.objects.only("pk").get(pk=project.pk)
        waiting()
        time.sleep(LOCK_LOOK_SECONDS)


def land(landing: Landing, arrivals: list[Arrival]) -> tuple[Counts, list[RecordError]]:
    """The batch at once; where the database refuses something, record by record, to tell which it was."""
    try:
        with transaction.atomic():
            return landing.land(arrivals)
    except (IntegrityError, DataError) as error:
        if len(arrivals) == 1:
            found = str(error).partition("\n")[0]
            return Counts(), [RecordError(arrivals[0].line, "", "a record that the database accepts", found)]
    counts, errors = Counts(), []
    for arrival in arrivals:
        more_counts, more_errors = land(landing, [arrival])
        counts.extend(more_counts)
        errors.extend(more_errors)
    return counts, errors


def _batches(source: Source, format: ImportFormat, beside: Beside | None) -> Iterator[Batch]:
    arrivals: list[Arrival] = []
    errors: list[RecordError] = []
    begun = done = 0
    image_size = 0
    for outcome in format.read(source):
        if isinstance(outcome, RecordError):
            errors.append(outcome)
        else:
            done = outcome.end
            try:
                arrival = arrival_of(outcome, format, beside)
            except FieldError as error:
                errors.append(RecordError.of(outcome.line, error))
            else:
                arrivals.append(arrival)
                image_size += sum(len(image.content or b"") for image in arrival.images)
        if len(arrivals) + len(errors) >= BATCH_RECORDS or done - begun + image_size >= BATCH_BYTES:
            yield done, arrivals, errors
            arrivals, errors, begun, image_size = [], [], done, 0
    if arrivals or errors:
        yield done, arrivals, errors


def arrival_of(located: Located, format: ImportFormat, beside: Beside | None) -> Arrival:
    """The record with its images' bytes read, and no longer inside the record. Raises FieldError."""
    record = located.record
    fields = [format.image_field or f"images.{index}" for index in range(len(record.images))]
    images = tuple(_arrived(image, field, beside) for image, field in zip(record.images, fields, strict=True))
    bare = tuple(replace(image, base64="") for image in record.images)
    return Arrival(located.line, replace(record, images=bare) if bare else record, images, located.notes)


def _arrived(image: schema.Image, field: str, beside: Beside | None) -> ArrivedImage:
    try:
        content = image_bytes(image, beside)
    except ImageError as error:
        raise FieldError(field, error.expected, error.found) from error
    if content is None:
        return ArrivedImage(image.sha256, None, field)
    sha256 = sha256_of(content)
    if image.sha256 and image.sha256 != sha256:
        raise FieldError(f"{field}.sha256", f"the hash of the image's bytes, {sha256}", image.sha256)
    return ArrivedImage(sha256, content, field)
