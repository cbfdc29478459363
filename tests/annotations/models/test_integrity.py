"""What the database itself refuses, tried in SQL as the app's role: not one of these lines goes through our code."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from annotations.core.ids import new_id
from annotations.models import Assignment, Critique, Project, Response
from annotations.verbs.store import set_reference
from tests.annotations.models.rows import a_full_critique, copy_row, insert_revision, query
from tests.builders import a_correction, a_finding_check, a_person, a_project, a_response, a_snapshot

IMMUTABLE = (
    "guidelineversion", "taxonomyversion", "image", "problem", "problemimage", "response", "segmentation", "step",
    "author", "critique", "judgment", "finding", "explanation", "mark", "evidence", "reference", "snapshot",
    "snapshotfile", "logentry", "showing", "reaction", "usefulnessrating", "cutproposal", "cutruling", "itemruling",
    "effect", "rejectedstep", "rolloutset", "rollout", "findingcheck",
)  # fmt: skip
pytestmark = pytest.mark.django_db


@pytest.fixture
def project(db: None) -> Project:
    return a_project(overlap=2)


@pytest.fixture
def response(project: Project) -> Response:
    return a_response(["Read the 2020 bar.", "So it is 40.", "The answer is 40."], project=project)


@pytest.fixture
def critique(response: Response) -> Critique:
    found = a_full_critique(response)
    set_reference(found, "gold")
    a_correction(response, guided_by=found, rejected=2)
    a_finding_check(found)
    return found


@contextmanager
def refused(words: str, error: type[Exception] = IntegrityError) -> Iterator[None]:
    """At once or at commit, for a reason that holds these words (a constraint's name, mostly)."""
    with pytest.raises(error, match=words), transaction.atomic():
        yield
        query("SET CONSTRAINTS ALL IMMEDIATE")


def test_the_role_of_the_app_is_neither_owner_nor_superuser() -> None:
    assert query("SELECT rolsuper, rolcreaterole FROM pg_roles WHERE rolname = current_user") == [(False, False)]
    owned = query("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user")
    assert owned == []


@pytest.mark.parametrize("table", IMMUTABLE)
def test_what_is_stored_is_not_updated_deleted_or_truncated(table: str, critique: Critique) -> None:
    column = query(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND column_name <> 'segmentation' "
        "ORDER BY ordinal_position",
        f"annotations_{table}",
    )[0][0]
    for statement in (
        f"UPDATE annotations_{table} SET {column} = {column}",
        f"DELETE FROM annotations_{table}",
        f"TRUNCATE annotations_{table} CASCADE",
    ):
        with refused("permission denied", ProgrammingError):
            query(statement)


@pytest.mark.parametrize("statement", [
    "ALTER TABLE annotations_critique DISABLE TRIGGER ALL",
    "SET session_replication_role = replica",
    "DROP TRIGGER refuse_change ON annotations_critique",
    "DELETE FROM annotations_project",
])  # fmt: skip
def test_the_app_cannot_open_another_door(statement: str, critique: Critique) -> None:
    with refused("permission denied|must be owner|must be able", ProgrammingError):
        query(statement)


def test_the_flag_of_erasing_gives_the_app_no_right(critique: Critique) -> None:
    query("GRANT DELETE ON annotations_evidence TO CURRENT_USER")  # a warning, and nothing granted
    with refused("permission denied", ProgrammingError):
        query("SET LOCAL second_look.erasing = 'on'")
        query("DELETE FROM annotations_evidence")


def test_a_whole_revision_is_taken(critique: Critique) -> None:
    revision = insert_revision(critique)
    query("SET CONSTRAINTS ALL IMMEDIATE")
    assert query("SELECT count(*) FROM annotations_mark WHERE critique_id = %s", revision) == [(2,)]


@pytest.mark.parametrize(
    ("table", "number"), [("judgment", 1), ("finding", 1), ("explanation", 1), ("mark", 1), ("evidence", 1)]
)
def test_nothing_is_added_to_a_stored_critique(table: str, number: int, critique: Critique) -> None:
    column = "number" if table == "judgment" else "ordinal"
    key = {"critique_id": critique.pk, column: number}
    with refused("duplicate key"):
        copy_row(table, key, {})
    with refused("in_count|foreign key"):
        copy_row(table, key, {column: 4})
    with refused("foreign key|in_count"):
        counts = {"judgment": "step_count", "mark": "mark_count"}
        copy_row(table, key, {column: 9, counts.get(table, f"{table}_count"): 9})


@pytest.mark.parametrize(("table", "number", "words"), [
    ("judgment", 3, "judgments are missing"), ("explanation", 2, "explanations are missing"),
    ("mark", 2, "marks are missing"), ("evidence", 1, "evidence is missing"),
])  # fmt: skip
def test_an_incomplete_critique_is_refused_at_commit(table: str, number: int, words: str, critique: Critique) -> None:
    with refused(words):
        insert_revision(critique, {(table, number): {}})


def test_a_critique_without_its_findings_is_refused_at_commit(critique: Critique) -> None:
    left_out = {("finding", 1): {}, ("mark", 1): {}, ("mark", 2): {}} | {("explanation", n): {} for n in (1, 2, 3)}
    with refused("findings are missing"):
        insert_revision(critique, {**left_out, ("critique", 1): {"mark_count": 0}})


def test_a_temporary_table_does_not_stand_in_for_what_is_missing(critique: Critique) -> None:
    with refused("judgments are missing"):
        query("CREATE TEMPORARY TABLE annotations_judgment (LIKE public.annotations_judgment) ON COMMIT DROP")
        revision = new_id()
        query(
            "INSERT INTO annotations_judgment "
            "SELECT (jsonb_populate_record(j, jsonb_build_object('critique_id', %s::uuid))).* "
            "FROM public.annotations_judgment j WHERE critique_id = %s",
            revision,
            critique.pk,
        )
        empty = {"finding_count": 0, "mark_count": 0, "evidence_count": 0}
        copy_row(
            "critique",
            {"id": critique.pk},
            {"id": str(revision), "revision": 2, "supersedes_id": str(critique.pk), **empty},
        )


@pytest.mark.parametrize(("wrong", "words"), [
    ({("mark", 1): {"end": 999}}, "mark_is_span_or_region"),
    ({("mark", 1): {"end": 999, "step_length": 999}}, "mark_of_finding"),
    ({("mark", 1): {"start": 4, "end": 4}}, "mark_is_span_or_region"),
    ({("mark", 2): {"points": [0.1, 0.1, 1.2, 0.7]}}, "region_inside_image"),
    ({("mark", 2): {"points": [-0.1, 0.1, 0.5, 0.7]}}, "region_inside_image"),
    ({("mark", 2): {"points": [0.6, 0.1, 0.1, 0.7]}}, "region_inside_image"),
    ({("mark", 2): {"points": [0.1, 0.1, "NaN", 0.7]}}, "region_inside_image"),
    ({("mark", 2): {"points": []}}, "region_inside_image"),
    ({("mark", 2): {"shape": "polygon", "points": [0.1, 0.1, 0.5, 0.5]}}, "region_inside_image"),
    ({("mark", 2): {"image_number": 2}}, "mark_on_image"),
    ({("judgment", 1): {"verdict": "perhaps"}}, "verdict"),
    ({("judgment", 1): {"verdict": None}}, "verdict_when_judged"),
    ({("judgment", 1): {"state": "unparsed"}}, "verdict_when_judged"),
    ({("judgment", 2): {"inherits_from": [2]}}, "inherits_from_earlier_steps"),
    ({("judgment", 2): {"inherits_from": [3]}}, "inherits_from_earlier_steps"),
    ({("judgment", 2): {"inherits_from": [0]}}, "inherits_from_earlier_steps"),
    ({("judgment", 2): {"inherits_from": [None]}}, "inherits_from_earlier_steps"),
    ({("judgment", 1): {"skills": ["juggling"]}}, "judgment_skills"),
    ({("judgment", 2): {"steps_seen": 1}}, "judgment_steps_seen"),
    ({("judgment", 2): {"steps_seen": 4}}, "judgment_steps_seen"),
    ({("critique", 1): {"confidence": 1.5}}, "critique_confidence"),
    ({("critique", 1): {"difficulty": 6}}, "critique_difficulty"),
    ({("critique", 1): {"verdict_scale": "correct incorrect"}}, "judgment_in_critique|verdict scale"),
])  # fmt: skip
def test_what_cannot_be_is_refused(wrong: Any, words: str, critique: Critique) -> None:
    with refused(words):
        insert_revision(critique, wrong)


def test_a_verdict_outside_the_projects_scale_is_refused(project: Project) -> None:
    query("UPDATE annotations_project SET verdict_scale = 'correct incorrect' WHERE id = %s", project.pk)
    project.refresh_from_db()
    critique = a_full_critique(a_response(project=project))
    with refused("judgment_verdict_in_scale"):
        insert_revision(critique, {("judgment", 3): {"verdict": "neutral"}})
    with refused("scale_stands"):
        query("UPDATE annotations_project SET verdict_scale = 'correct incorrect unsure' WHERE id = %s", project.pk)


@pytest.mark.parametrize("scale", ["correct", "correct incorrect perhaps", ""])
def test_a_project_without_correct_and_incorrect_in_its_scale_is_refused(scale: str, project: Project) -> None:
    with refused("project_scale"):
        query("UPDATE annotations_project SET verdict_scale = %s", scale)


def test_one_critique_per_job(critique: Critique) -> None:
    run = str(new_id())
    insert_revision(critique, {("critique", 1): {"run": run}})
    with refused("one_critique_per_job"):
        insert_revision(critique, {("critique", 1): {"run": run, "revision": 3, "supersedes_id": None}})


def test_a_critique_is_superseded_once(critique: Critique) -> None:
    insert_revision(critique)
    with refused("superseded_once"):
        insert_revision(critique, {("critique", 1): {"revision": 3}})


def test_a_critique_cannot_lie_across_projects(critique: Critique) -> None:
    with refused("critique_of_response|critique_by_author_of_project"):
        insert_revision(critique, {("critique", 1): {"project_id": str(a_project().pk)}})


def test_a_person_holds_a_response_once_and_a_slot_has_one_holder(response: Response, project: Project) -> None:
    def given(user: Any, slot: int) -> Assignment:
        return Assignment.objects.create(
            project=project,
            response=response,
            slot_number=slot,
            user=user,
            strategy="test",
            expires_at="2100-01-01T00:00Z",
        )

    person = a_person()
    given(person, 1)
    with refused("one_live_assignment_per_person"):
        given(person, 2)
    with refused("one_holder_per_slot"):
        given(a_person(), 1)
    with refused("assignment_of_slot"):
        given(a_person(), 3)


def test_the_files_of_a_snapshot_are_fixed(project: Project) -> None:
    snapshot = a_snapshot(project)
    key = {"snapshot_id": snapshot.pk, "ordinal": 1}
    with refused("duplicate key"):
        copy_row("snapshotfile", key, {})
    with refused("file_in_count"):
        copy_row("snapshotfile", key, {"ordinal": 2, "name": "more"})
    with refused("file_of_snapshot"):
        copy_row("snapshotfile", key, {"ordinal": 2, "name": "more", "file_count": 2})
    with refused("not all 1 files"):
        copy_row("snapshot", {"id": snapshot.pk}, {"id": str(new_id()), "version": 2})


def test_the_steps_of_a_response_are_fixed(response: Response) -> None:
    with refused("step_in_count|duplicate key"):
        copy_row("step", {"response_id": response.pk, "number": 1}, {"number": 4})
    with refused("not all 3 steps"):
        copy_row("segmentation", {"response_id": response.pk, "number": 1}, {"number": 2})


def test_the_owner_too_is_refused(committed_db: None, owner_connection: psycopg.Connection) -> None:
    a_full_critique(a_response(project=a_project()))
    for statement in ("UPDATE annotations_critique SET comment = 'x'", "DELETE FROM annotations_evidence"):
        with pytest.raises(psycopg.errors.RestrictViolation, match="never changes"):
            owner_connection.execute(statement)
    owner_connection.execute("UPDATE annotations_response SET segmentation = segmentation")
    with pytest.raises(psycopg.errors.RestrictViolation, match="never changes"):
        owner_connection.execute("UPDATE annotations_response SET source_text = 'x'")
