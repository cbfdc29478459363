"""The import verb, over committed rows and stored files."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError

from annotations.core.schema import Image
from annotations.models import LogEntry, Problem, Project, Work
from annotations.verbs import intake, landing
from annotations.verbs import work as work_verbs
from annotations.verbs.ingest import ImportRefused, Recipe, cancel_import, import_here, run_import, start_import
from annotations.verbs.work import Cancelled, LostLease
from tests.annotations.importers.builders import a_problem_record, native
from tests.builders import a_person, a_project

pytestmark = pytest.mark.usefixtures("committed_db")


def queued(project: Project, content: bytes, **options: Any) -> Work:
    by = a_person(role="admin", project=project)
    return start_import(project, ContentFile(content, name="up.jsonl"), Recipe(format="native", **options), by=by)


def run_claimed(work: Work) -> Work:
    (claimed,), token = work_verbs.claim("io", owner="test")
    assert claimed == work
    run_import(claimed, token)
    work.refresh_from_db()
    return work


def test_an_upload_is_kept_until_a_worker_has_done_it():
    work = queued(a_project(), native(a_problem_record()))
    assert (work.state, work.unit) == ("queued", "bytes")
    assert default_storage.exists(work.parameters["file"])
    run_claimed(work)
    assert (work.state, work.done) == ("done", work.total)
    assert not default_storage.exists(work.parameters["file"])
    assert LogEntry.objects.get(verb="import_data").after["added"]["problems"] == 1


def test_an_upload_has_no_folder_for_images_beside_it():
    work = run_claimed(queued(a_project(), native(a_problem_record(images=(Image(path="etc/hostname"),)))))
    assert work.state == "failed"
    assert "base64" in work.result["errors"][0]["expected"]


def test_a_queued_import_that_is_cancelled_leaves_no_upload():
    project = a_project()
    work = queued(project, native(a_problem_record()))
    cancel_import(work, by=a_person(role="admin", project=project))
    assert work.state == "cancelled"
    assert not default_storage.exists(work.parameters["file"])


@pytest.mark.parametrize(("on_error", "left"), [("stop", 0), ("skip", 2)])
def test_a_cancel_ends_it_between_batches(monkeypatch, on_error, left):
    monkeypatch.setattr(intake, "BATCH_RECORDS", 2)
    work = queued(a_project(), native(*[a_problem_record(f"p{n}") for n in range(6)]), on_error=on_error)
    (claimed,), token = work_verbs.claim("io", owner="test")
    monkeypatch.setattr("annotations.verbs.lease.Lease.progress", cancelled)
    with pytest.raises(Cancelled):
        run_import(claimed, token)
    assert Problem.objects.count() == left
    assert not default_storage.exists(work.parameters["file"])


def cancelled(lease: Any, done: int, total: int | None = None) -> None:
    raise Cancelled("cancelled on request")


@pytest.mark.parametrize("on_error", ["stop", "skip"])
def test_a_worker_that_lost_its_lease_stores_nothing(on_error):
    work = queued(a_project(), native(a_problem_record()), on_error=on_error)
    (claimed,), token = work_verbs.claim("io", owner="slow")
    Work.objects.filter(pk=work.pk).update(state="queued", lease_token=None)
    with pytest.raises(LostLease):
        run_import(claimed, token)
    assert Problem.objects.count() == 0
    assert default_storage.exists(work.parameters["file"])
    assert run_claimed(work).state == "done"


def test_what_a_killed_attempt_had_landed_counts_as_added(monkeypatch):
    monkeypatch.setattr(intake, "BATCH_RECORDS", 2)
    work = queued(a_project(), native(*[a_problem_record(f"p{n}") for n in range(4)]), on_error="skip")
    (claimed,), token = work_verbs.claim("io", owner="killed")
    land = landing.Landing.land

    def die_at_the_second_batch(self: Any, arrivals: Any) -> Any:
        if Problem.objects.exists():
            raise DatabaseError("the connection is gone")
        return land(self, arrivals)

    with monkeypatch.context() as patch, pytest.raises(DatabaseError):
        patch.setattr(landing.Landing, "land", die_at_the_second_batch)
        run_import(claimed, token)
    assert Problem.objects.count() == 2
    Work.objects.filter(pk=work.pk).update(state="queued", lease_token=None)
    run_claimed(work)
    assert work.result["added"]["problems"] == 4
    assert work.result["already_there"]["problems"] == 0


def test_an_import_waits_for_another_one_of_the_project(owner_connection):
    """And hears a cancel meanwhile: here the wait is ended by it."""
    project = a_project()
    with owner_connection.transaction():
        owner_connection.execute("SELECT 1 FROM annotations_project WHERE id = %s FOR UPDATE", [project.pk])

        def waiting() -> None:
            raise Cancelled("waited")

        with pytest.raises(Cancelled), intake.transaction.atomic():
            intake.hold(project, waiting=waiting)


def test_only_admins_import():
    project = a_project()
    upload = ContentFile(native(a_problem_record()), name="a.jsonl")
    with pytest.raises(PermissionDenied):
        start_import(project, upload, Recipe(format="native"), by=a_person(role="annotator", project=project))
    assert not Work.objects.exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"format": "excel"}, "format"),
        ({"format": "native", "on_error": "guess"}, "on_error"),
        ({"format": "native", "critic": "x", "critic_output": True}, "critic_output"),
        ({"format": "visco", "critic_output": True}, "critic"),
        ({"format": "visco", "critic": "x"}, "critic"),
    ],
)
def test_a_recipe_that_cannot_be_followed_is_refused(fields, field):
    with pytest.raises(ImportRefused) as refused:
        Recipe(**fields)
    assert refused.value.field == field


def test_an_empty_file_is_refused():
    project = a_project()
    with pytest.raises(ImportRefused):
        queued(project, b"")


def test_the_shell_imports_at_once_under_a_row_of_work(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(native(a_problem_record()))
    shown: list[tuple[int, int]] = []
    work = import_here(
        a_project(), tmp_path / "a.jsonl", Recipe(format="native"), show=lambda *progress: shown.append(progress)
    )
    assert (work.state, work.kind, work.result["added"]["problems"]) == ("done", "import", 1)
    assert shown[-1] == (work.total, work.total)
    assert not work_verbs.claim("io", owner="a worker")[0]


def test_the_shell_that_is_interrupted_leaves_a_cancelled_row(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(native(a_problem_record()))

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    work = import_here(a_project(), tmp_path / "a.jsonl", Recipe(format="native"), show=interrupt)
    assert work.state == "cancelled"
    assert not Problem.objects.exists()
