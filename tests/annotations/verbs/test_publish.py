from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import connection

from annotations.core import schema
from annotations.models import Dataset, LogEntry, Project, Snapshot, Work
from annotations.verbs import publish, publish_draft, work
from annotations.verbs.lease import Lease
from annotations.verbs.publish import Recipe
from annotations.verbs.store import set_reference
from tests.annotations.verbs.published import a_snapshot, content, data_files, rows, stored_files
from tests.builders import a_critic, a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.usefixtures("committed_db", "nothing_stored")


@pytest.fixture
def nothing_stored() -> None:
    """Each test finds the storage as empty as the tables."""
    shutil.rmtree(default_storage.path("datasets"), ignore_errors=True)


def a_full_project(responses: int = 3) -> Project:
    project = a_project()
    for _ in range(responses):
        a_critique(a_response(2, project=project), "incorrect")
    return project


def claimed(job: Work, *, lease_seconds: float = work.LEASE_SECONDS) -> tuple[Work, Any]:
    (got,), token = work.claim(publish.QUEUE, owner="test", lease_seconds=lease_seconds)
    assert got.pk == job.pk
    return got, token


def queued(project: Project, name: str = "set", **recipe: Any) -> Work:
    recipe.setdefault("format", "native")
    return publish.publish(project, Recipe(name=name, **recipe), by=a_person(role="admin", project=project))


# --- What a version is ----------------------------------------------------------------------------------------------


def test_a_version_has_a_manifest_that_tells_what_it_holds() -> None:
    project = a_project()
    problem = a_problem(project, licence="MIT", images=2)
    response = a_response(3, problem=problem)
    a_critique(response, by=a_person())
    a_critique(response, by=a_person())
    a_critique(response, author=a_critic("one"), run="run-7")
    a_problem(project)
    snapshot = a_snapshot(project, name="things", description="All of it.")
    body = content(snapshot)
    manifest = dict(snapshot.manifest)
    assert manifest["created_at"].endswith("Z") and manifest["app_version"].count(".") == 2
    person = manifest["sources"][0].pop("each")
    assert list(person.values()) == [1, 1] and all(name.startswith("person-") for name in person)
    files = manifest.pop("files")
    assert [file["name"] for file in files] == ["data.jsonl", "README.md", "croissant.json"]
    for file in files[1:]:
        text = content(snapshot, file["name"])
        assert (file["sha256"], file["bytes"]) == (hashlib.sha256(text).hexdigest(), len(text))
    manifest["files"] = files[:1]
    assert {name: value for name, value in manifest.items() if name not in ("created_at", "app_version")} == {
        "dataset": "things",
        "version": 1,
        "parent_version": None,
        "iteration": 1,
        "changes": None,
        "counted": {},
        "held_out": 0,
        "generators": [{"generator": "Scripted generator", "checkpoint": "", "responses": 1, "share": 1.0}],
        "agreement": {
            "steps": 3, "alpha": None, "alpha_ordinal": None, "fleiss_kappa": None, "gwet_ac1": 1.0, "raw": 1.0,
        },
        "row_index": {"files": ["data.jsonl"]},
        "description": "All of it.",
        "format": "native",
        "options": {"images": "inside"},
        "filter": {"people": True, "critics": None, "stage": "any"},
        "schema_version": "1",
        "counts": {"problems": 2, "images": 3, "responses": 1, "steps": 3, "critiques": 3},
        "skipped": {"count": 0, "reasons": {}},
        "sources": [
            {"kind": "person", "people": 2, "critiques": 2},
            {
                "kind": "critic", "name": "one", "method": "direct", "engine": "scripted", "model": "scripted-1",
                "prompt_hash": "", "settings": {}, "run": "run-7", "critiques": 1,
            },
        ],
        "licences": {"MIT": 1, "not given": 1},
        "files": [
            {
                "name": "data.jsonl",
                "media_type": "application/jsonl",
                "bytes": len(body),
                "rows": 2,
                "sha256": hashlib.sha256(body).hexdigest(),
                "critic": None,
            }
        ],
    }  # fmt: skip


def test_the_next_version_counts_on_and_leaves_the_last_as_it_was() -> None:
    project = a_full_project(1)
    first = a_snapshot(project, name="set")
    before = content(first)
    a_critique(a_response(1, project=project))
    second = a_snapshot(project, name="set")
    assert (second.version, second.manifest["parent_version"]) == (2, 1)
    assert content(first) == before
    assert (first.rows, second.rows) == (1, 2)


def test_publishing_is_logged_with_its_recipe() -> None:
    snapshot = a_snapshot(a_full_project(1), name="set")
    entry = LogEntry.objects.get(verb="publish")
    assert (entry.target, entry.project_id) == ("set v1", snapshot.dataset.project_id)
    assert entry.after["filter"] == {"people": True, "critics": None, "stage": "any"}


def test_the_dataset_keeps_the_recipe_of_its_last_version() -> None:
    project = a_full_project(1)
    a_snapshot(project, name="set")
    a_snapshot(project, name="set", filter={"people": False}, options={"images": "by_hash"})
    dataset = Dataset.objects.get()
    assert (dataset.filter["people"], dataset.options) == (False, {"images": "by_hash"})
    third = publish.publish_here(project, publish.recipe_of(dataset))
    assert (third.version, third.manifest["filter"], third.manifest["options"]) == (3, dataset.filter, dataset.options)


# --- The filter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({}, {"before", "after", "one", "two", "expert"}),
        ({"people": False}, {"one", "two", "expert"}),
        ({"critics": []}, {"before", "after", "expert"}),
        ({"critics": ["two"]}, {"before", "after", "two", "expert"}),
        ({"stage": "blind"}, {"before", "one", "two", "expert"}),
        ({"stage": "after_reveal"}, {"after", "one", "two", "expert"}),
        ({"people": False, "critics": [], "stage": "blind"}, {"expert"}),
    ],
)
def test_the_filter_chooses_critiques_and_leaves_the_reference(filter: dict[str, Any], expected: set[str]) -> None:
    project = a_project(names_leave=True)
    response = a_response(1, project=project)
    a_critique(response, by=a_person("before"), stage="blind")
    a_critique(response, by=a_person("after"), stage="after_reveal")
    a_critique(response, author=a_critic("one"))
    a_critique(response, author=a_critic("two"))
    set_reference(a_critique(response, by=a_person("expert"), stage="imported"), "gold")
    (row,) = rows(a_snapshot(project, filter=filter))
    assert {critique["author"]["name"] for critique in row["responses"][0]["critiques"]} == expected


def test_formats_of_the_latest_revision_still_have_a_reference_that_was_revised_since() -> None:
    project = a_project()
    response = a_response(1, project=project)
    expert = a_person("expert")
    answer = schema.AnswerJudgment(verdict="incorrect", state="judged")
    set_reference(a_critique(response, "incorrect", by=expert, answer=answer), "gold")
    a_critique(response, "correct", by=expert, answer=answer)
    (row,) = rows(a_snapshot(project, "visco"), "test.jsonl")
    assert row["reasoning_correctness"] == [False]


# --- What is refused ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("recipe", "message"),
    [
        ({"format": "csv"}, "format: expected one of .*native, .*visco, found csv"),
        ({"name": "no slug"}, "name: Enter a valid"),
        ({"name": ""}, "name: This field cannot be blank"),
        ({"name": "x" * 101}, "name: Ensure this value has at most 100"),
        ({"options": {"labels": "people"}}, "option labels: the format native has images"),
        ({"options": {"images": "no"}}, "option images: expected one of inside, by_hash, found no"),
        ({"filter": {"author": 1}}, "filter author: expected people, critics, stage"),
        ({"filter": {"people": 1}}, "filter people: expected true or false, found 1"),
        ({"filter": {"stage": "model"}}, "filter stage: expected one of any, blind, after_reveal, found 'model'"),
        ({"filter": {"critics": "one"}}, "filter critics: expected null or a list of names, found 'one'"),
        ({"filter": {"critics": ["lazy"]}}, "filter critics: expected some of scripted critic, found lazy"),
    ],
)
def test_a_recipe_that_does_not_fit_is_refused_naming_the_field(recipe: dict[str, Any], message: str) -> None:
    project = a_full_project(1)
    with pytest.raises(ValueError, match=message):
        publish.publish_here(project, Recipe(**{"name": "set", "format": "native"} | recipe))
    assert not Work.objects.exists() and not Dataset.objects.exists()


def test_an_empty_project_is_not_published() -> None:
    with pytest.raises(ValueError, match="has no problems yet"):
        publish.publish_here(a_project(), Recipe(name="set", format="native"))


def test_a_name_belongs_to_one_project_and_one_format() -> None:
    a_snapshot(a_full_project(1), name="set")
    with pytest.raises(ValueError, match="set is taken"):
        a_snapshot(a_full_project(1), name="set")
    with pytest.raises(ValueError, match="set is native"):
        a_snapshot(Dataset.objects.get().project, "visco", name="set")


def test_only_an_admin_publishes() -> None:
    project = a_full_project(1)
    for role in ("reviewer", "annotator", "trainer"):
        person = a_person(role=role, project=project)
        with pytest.raises(PermissionDenied):
            publish.publish(project, Recipe(name="set", format="native"), by=person)
        with pytest.raises(PermissionDenied):
            publish.publish_here(project, Recipe(name="set", format="native"), by=person)


# --- Faults ---------------------------------------------------------------------------------------------------------


def test_a_cancelled_publication_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cancelled between its two files, when one is in the storage already."""
    project = a_full_project()
    job, token = claimed(queued(project, format="visco"))
    real = publish._store

    def store_then_cancel(path: Path, key: str, size: int) -> None:
        real(path, key, size)
        assert stored_files()
        work.cancel(job, by=job.created_by)
        wait_for(lambda: Lease.check(lease[0]) is not None)

    lease: list[Lease] = []
    enter = Lease.__enter__
    monkeypatch.setattr(Lease, "__enter__", lambda self: (lease.append(self), enter(self))[1])
    monkeypatch.setattr(publish, "_store", store_then_cancel)
    with pytest.raises(work.Cancelled):
        publish.run_publish(job, token)
    assert (stored_files(), Snapshot.objects.count()) == ([], 0)


def wait_for(what: Any, seconds: float = 20) -> None:
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_a_shells_publication_that_is_interrupted_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_full_project()

    def interrupted(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(work.Cancelled):
        publish.publish_here(project, Recipe(name="set", format="native"), show=interrupted)
    assert (stored_files(), Snapshot.objects.count(), Work.objects.get().state) == ([], 0, "cancelled")


def test_a_failed_publication_leaves_nothing_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_full_project()

    def fails(*args: Any, **kwargs: Any) -> Any:
        raise OSError("no space left")

    monkeypatch.setattr(publish, "manifest", fails)
    with pytest.raises(OSError, match="no space left"):
        a_snapshot(project)
    assert (stored_files(), Snapshot.objects.count()) == ([], 0)
    assert (Work.objects.get().state, Work.objects.get().error) == ("failed", "OSError: no space left")


KILLED = """
import os, signal
import django
django.setup()
from annotations.models import Work
from annotations.verbs import publish, work
publish._insert = lambda *args, **kwargs: os.kill(os.getpid(), signal.SIGKILL)
(job,), token = work.claim(publish.QUEUE, owner="doomed", lease_seconds=1)
publish.run_publish(job, token)
"""


@pytest.mark.parametrize("how", ["here", "elsewhere", "cut short"])
def test_what_a_killed_worker_left_is_done_once_by_the_next(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed by the system with its file stored (or half of it) and its snapshot not yet inserted."""
    project = a_full_project()
    job = queued(project)
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "critique_app.settings"}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED], env=environment, capture_output=True, text=True, check=False
    )
    assert killed.returncode == -9, killed.stderr
    (left,) = data_files()
    Work.objects.filter(pk=job.pk).update(lease_expires_at="2000-01-01T00:00Z")
    again, token = claimed(job)
    assert again.attempts == 2
    if how == "elsewhere":
        shutil.rmtree(publish_draft.folder_of(job))
    elif how == "cut short":
        path = Path(default_storage.path(f"datasets/{left}"))
        path.write_bytes(path.read_bytes()[:-5])
    if how != "elsewhere":
        monkeypatch.setattr(publish, "_write", lambda *args: pytest.fail("it was written whole already"))
    snapshot = publish.run_publish(again, token)
    assert [found.version for found in Snapshot.objects.all()] == [1]
    (kept,) = data_files()
    assert (kept == left) is (how != "elsewhere") and f"datasets/{kept}" == snapshot.files.all()[0].storage_key
    assert hashlib.sha256(content(snapshot)).hexdigest() == snapshot.files.all()[0].sha256
    assert not publish_draft.folder_of(job).exists()
    job.refresh_from_db()
    assert (job.state, job.result) == ("done", {"dataset": "set", "version": 1, "rows": 3})


def test_what_a_publication_left_that_nobody_takes_up_goes_with_the_next() -> None:
    project = a_full_project(1)
    job = queued(project)
    job, token = claimed(job)
    key = f"datasets/{uuid4()}/data.jsonl"
    default_storage.save(key, ContentFile(b"half"))
    publish._note(job, token, uuid4(), [key])
    Work.objects.filter(pk=job.pk).update(state="failed")
    a_snapshot(project, name="another")
    assert not default_storage.exists(key)
    assert len(data_files()) == 1


def test_a_worker_that_lost_its_lease_stores_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    project = a_full_project()
    job, stale = claimed(queued(project), lease_seconds=60)
    real = publish._insert
    won: list[Snapshot] = []

    def late(*args: Any, **kwargs: Any) -> Snapshot:
        if not won:
            won.append(None)  # type: ignore[arg-type]
            Work.objects.filter(pk=job.pk).update(lease_expires_at="2000-01-01T00:00Z")
            won[0] = publish.run_publish(*claimed(job))
        return real(*args, **kwargs)

    monkeypatch.setattr(publish, "_insert", late)
    with pytest.raises(work.LostLease):
        publish.run_publish(job, stale)
    assert list(Snapshot.objects.all()) == won
    assert len(data_files()) == 1
    assert rows(won[0])


def test_two_publications_of_one_dataset_at_once_are_versions_one_and_two() -> None:
    project = a_full_project(5)
    for _ in range(2):
        queued(project)
    failures: list[Exception] = []
    start = threading.Barrier(2)

    def publish_one() -> None:
        try:
            (job,), token = work.claim(publish.QUEUE, owner="test")
            start.wait(20)
            publish.run_publish(job, token)
        except Exception as error:  # noqa: BLE001  told by the test's own thread
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish_one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert sorted(Snapshot.objects.values_list("version", flat=True)) == [1, 2]
    assert len(data_files()) == 2


def test_a_version_is_one_state_of_the_database_whatever_is_written_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A critic finishes while the first problem is being written, and the last is not yet read."""
    project = a_full_project(3)
    monkeypatch.setattr(publish, "problem_records", partial(publish.problem_records, chunk=1))
    last = project.responses.order_by("-position")[0]
    told: list[int] = []

    def write_meanwhile(done: int, total: int) -> None:
        told.append(done)
        if done == 1:
            thread = threading.Thread(target=critique_in_between)
            thread.start()
            thread.join(30)

    def critique_in_between() -> None:
        a_critique(last, author=a_critic("late"))
        connection.close()

    snapshot = publish.publish_here(project, Recipe(name="set", format="native"), show=write_meanwhile)
    assert told == [1, 2, 3]
    assert last.critiques.count() == 2
    assert len(rows(snapshot)[-1]["responses"][0]["critiques"]) == 1
    assert [source["name"] for source in snapshot.manifest["sources"]] == ["scripted critic"]


def test_published_rows_can_not_be_changed_as_the_app_s_role() -> None:
    a_snapshot(a_full_project(1))
    for table in ("snapshot", "snapshotfile"):
        for statement in (f"UPDATE annotations_{table} SET rows = 0", f"DELETE FROM annotations_{table}"):
            with pytest.raises(Exception, match="permission denied") as refused, connection.cursor() as cursor:
                cursor.execute(statement)
            assert isinstance(refused.value.__cause__, psycopg.errors.InsufficientPrivilege)


# --- From the shell -------------------------------------------------------------------------------------------------


def test_the_command_copies_files_and_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = a_full_project(2)
    call_command("publish", project.slug, "--dataset", "set", "--format", "visco", "--output", str(tmp_path / "out"))
    snapshot = Snapshot.objects.get()
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest == snapshot.manifest
    for file in manifest["files"]:
        body = (tmp_path / "out" / file["name"]).read_bytes()
        assert (len(body), hashlib.sha256(body).hexdigest()) == (file["bytes"], file["sha256"])
    assert [file["name"] for file in manifest["files"]] == [
        "test.jsonl", "critics/scripted-critic.jsonl", "README.md", "croissant.json",
    ]  # fmt: skip
    told = capsys.readouterr().out
    assert "set v1: 0 rows in 4 file(s)" in told and "2 skipped: no reference critique" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "--dataset", "set", "--format", "native"], "There is no project nowhere"),
        (["here", "--dataset", "set", "--format", "native", "--option", "images"], "expected NAME=VALUE"),
        (["here", "--dataset", "set", "--format", "native", "--critic", "lazy"], "expected some of scripted critic"),
        (["here", "--dataset", "a set", "--format", "native"], "name: Enter a valid"),
    ],
)
def test_the_command_says_what_does_not_fit(arguments: list[str], message: str) -> None:
    a_critique(a_response(1, project=a_project("here")))
    with pytest.raises(CommandError, match=message):
        call_command("publish", *arguments)
