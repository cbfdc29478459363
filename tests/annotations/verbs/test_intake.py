"""What comes of a file: rows, stored files, errors. The work around it is in test_ingest.py."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from annotations.core import codec
from annotations.core.images import sha256_of
from annotations.core.schema import Author, Effect, FindingCheck, Image, Rollout, RolloutSet
from annotations.importers.base import RecordError, Source, formats
from annotations.models import Critique, CritiqueHead, Problem, Project, Reference, Response, Slot, Step
from annotations.models import Image as ImageRow
from annotations.models.records import problem_records
from annotations.verbs import intake
from annotations.verbs.intake import BadRecord, Follower, take_in
from tests.annotations.importers.builders import (
    a_critique_record,
    a_problem_record,
    a_response_record,
    an_inside_image,
    jsonl,
    native,
    output_record,
    visco_record,
)
from tests.builders import a_project, png

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


@dataclass
class Imported:
    """What came of it; `state` as the row of work would have it."""

    state: str
    result: dict[str, Any]
    report: str = ""


def imported(project: Project, folder: Path, content: bytes, format: str = "native", **options: Any) -> Imported:
    """By default with `stop`; `output` is a critic's."""
    output = options.pop("output", None)
    source = Source(io.BytesIO(content), io.BytesIO(output) if output is not None else None, "GPT")
    stored: list[str] = []
    follower = Follower(finished=lambda taken, report: stored.append(report.store("report.csv")))
    try:
        taken = take_in(
            project,
            source,
            formats()[format],
            on_error=options.pop("on_error", "stop"),
            folder=folder,
            follower=follower,
        )
    except BadRecord as bad:
        return Imported("failed", {"errors": [vars_of(error) for error in bad.errors]})
    return Imported("done", taken.as_json(), default_storage.open(stored[0]).read().decode())


def vars_of(error: RecordError) -> dict[str, Any]:
    return {name: getattr(error, name) for name in ("line", "field", "expected", "found")}


def added(work: Imported) -> tuple[int, ...]:
    assert work.state == "done", work.result
    return tuple(work.result["added"][kind] for kind in ("problems", "responses", "critiques", "images"))


def stored_images(project: Project) -> list[str]:
    """Every file below the project's images."""
    root = Path(default_storage.path(f"images/{project.pk}"))
    return sorted(path.name for path in root.rglob("*") if path.is_file())


def rows() -> dict[str, int]:
    kinds = (Problem, Response, Step, Slot, Critique, ImageRow, Reference)
    return {kind.__name__: kind.objects.count() for kind in kinds}


def test_a_visco_record_comes_in_whole(folder):
    project = a_project(overlap=2)
    work = imported(project, folder, jsonl(visco_record()), "visco")
    assert added(work) == (1, 1, 1, 1)
    ((problem, record),) = problem_records(Problem.objects.all(), Critique.objects.all())
    (response,) = record.responses
    assert response.critiques[0].reference == "gold"
    assert Slot.objects.filter(project=project, state="open").count() == 2
    image = problem.problem_images.get().image
    assert default_storage.open(image.original_key).read() == png()
    assert image.original_key.endswith(".orig")
    assert image.rendition_key.endswith(".png")


def test_the_same_file_twice_adds_nothing_and_says_so(folder):
    project, content = a_project(), jsonl(visco_record("a"), visco_record("b"))
    assert added(imported(project, folder, content, "visco")) == (2, 2, 2, 1)
    before, files = rows(), stored_images(project)
    again = imported(project, folder, content, "visco")
    assert added(again) == (0, 0, 0, 0)
    assert again.result["already_there"] == {"problems": 2, "responses": 2, "critiques": 2, "images": 2}
    assert (rows(), stored_images(project)) == (before, files)


def test_a_critics_output_is_added_to_responses_that_are_there(folder):
    project, content = a_project(), jsonl(visco_record())
    imported(project, folder, content, "visco")
    work = imported(project, folder, content, "visco", output=jsonl(output_record()))
    assert added(work) == (0, 0, 1, 0)
    assert set(Critique.objects.values_list("author__name", flat=True)) == {"VISCO reference", "GPT"}


def test_the_same_image_is_kept_once_a_project(folder):
    project = a_project()
    work = imported(project, folder, jsonl(*[visco_record(str(number)) for number in range(3)]), "visco")
    assert added(work) == (3, 3, 3, 1)
    assert len(stored_images(project)) == 2  # the original and its rendition


def test_stop_leaves_neither_rows_nor_files(folder):
    project = a_project()
    content = jsonl(visco_record("a"), visco_record("b", reasoning_correctness=[True]))
    work = imported(project, folder, content, "visco")
    assert work.state == "failed"
    assert work.result["errors"] == [
        {"line": 2, "field": "reasoning_correctness", "expected": "one entry for each of the 2 steps",
         "found": "1 entries"}
    ]  # fmt: skip
    assert set(rows().values()) == {0}
    assert stored_images(project) == []


def test_stop_takes_back_batches_that_went_before(folder, monkeypatch):
    monkeypatch.setattr(intake, "BATCH_RECORDS", 2)
    project = a_project()
    good = [visco_record(str(number), image=an_inside_image(png(8, 8 + number)).base64) for number in range(5)]
    assert imported(project, folder, jsonl(*good, "{"), "visco").state == "failed"
    assert set(rows().values()) == {0}
    assert stored_images(project) == []


def test_skip_lands_every_good_record_and_reports_every_bad_one(folder, monkeypatch):
    monkeypatch.setattr(intake, "BATCH_RECORDS", 2)
    project = a_project()
    content = jsonl(
        visco_record("a"), "{", visco_record("b", image="QQ=="), visco_record("c"), visco_record(4),
        visco_record("e"),
    )  # fmt: skip
    work = imported(project, folder, content, "visco", on_error="skip")
    assert added(work)[0] == 3
    assert set(Problem.objects.values_list("key", flat=True)) == {"a", "c", "e"}
    assert work.result["bad_records"] == 3
    lines = list(csv.DictReader(work.report.splitlines()))
    assert [(line["line"], line["field"]) for line in lines] == [("2", ""), ("3", "image"), ("5", "id")]
    assert all(line["expected"] and line["found"] for line in lines)


def test_a_spreadsheet_takes_no_cell_of_the_report_for_a_formula(folder):
    work = imported(a_project(), folder, jsonl(codec.dump(a_problem_record()) | {"=cmd()": 1}), on_error="skip")
    assert "'=cmd()" in work.report


def test_what_only_the_database_sees_is_told_by_line_and_the_rest_lands(folder):
    responses = [a_response_record(f"r{number}", sample=number) for number in (1, 2**40, 3)]
    content = native(*[a_problem_record(f"p{number}", each) for number, each in enumerate(responses)])
    work = imported(a_project(), folder, content, on_error="skip")
    assert added(work)[:2] == (2, 2)
    assert [error["line"] for error in work.result["errors"]] == [2]
    assert "out of range" in work.result["errors"][0]["found"]


# --- Keys


def changed(**fields: Any) -> Any:
    return a_problem_record("p1", a_response_record("r1", critiques=(a_critique_record("c1"),)), **fields)


def test_a_key_with_other_content_is_an_error_that_names_it(folder):
    project = a_project()
    imported(project, folder, native(changed()))
    for record, field, key in (
        (changed(tags=("new",)), "key", "p1"),
        (a_problem_record("p1", a_response_record("r1", text="Another.\n\nText.")), "responses.0.key", "r1"),
        (
            a_problem_record("p1", a_response_record("r1", critiques=(a_critique_record("c1", comment="new"),))),
            "responses.0.critiques.0.key",
            "c1",
        ),
        (a_problem_record("p2", a_response_record("r1")), "responses.0.key", "r1"),
    ):
        work = imported(project, folder, native(record))
        assert work.state == "failed"
        (error,) = work.result["errors"]
        assert error["field"] == field
        assert repr(key) in error["found"]


def test_a_key_may_stand_twice_in_a_file_if_it_is_the_same_problem(folder):
    project = a_project()
    twice = [a_problem_record("p1", a_response_record(key)) for key in ("r1", "r2")]
    work = imported(project, folder, native(*twice))
    assert added(work)[:2] == (1, 2)
    assert work.result["already_there"]["problems"] == 1


def test_a_critique_without_a_key_comes_in_once(folder):
    project = a_project()
    content = native(a_problem_record("p1", a_response_record("r1", critiques=(a_critique_record(""),))))
    assert added(imported(project, folder, content))[2] == 1
    assert added(imported(project, folder, content))[2] == 0


def test_a_bad_record_takes_nothing_of_itself_along(folder):
    """The response is good, its second critique is not: neither comes in, and the next line may use the key."""
    critiques = (a_critique_record("c1"), a_critique_record("c2", judgments=()))
    bad = a_response_record("r1", critiques=critiques)
    content = native(
        a_problem_record("p1", bad, images=(an_inside_image(),)), a_problem_record("p1", a_response_record("r1"))
    )
    project = a_project()
    work = imported(project, folder, content, on_error="skip")
    assert added(work) == (1, 1, 0, 0)
    assert work.result["bad_records"] == 1
    assert stored_images(project) == []


def test_revisions_follow_each_other_and_the_last_is_the_head(folder):
    first, second = a_critique_record("c1"), a_critique_record("c2", revision=2, comment="on second thought")
    imported(a_project(), folder, native(a_problem_record("p1", a_response_record(critiques=(first, second)))))
    assert CritiqueHead.objects.get().critique.key == "c2"
    assert Critique.objects.get(key="c2").supersedes.key == "c1"


def test_two_critiques_of_one_author_and_revision_are_an_error(folder):
    content = native(
        a_problem_record("p1", a_response_record(critiques=(a_critique_record("c1"), a_critique_record("c2"))))
    )
    work = imported(a_project(), folder, content)
    assert work.result["errors"][0]["field"] == "responses.0.critiques.1.revision"


# --- Corrections


def test_a_correction_finds_what_it_revises_and_what_guided_it_and_gets_no_slot_unless_the_project_says_so(folder):
    original = a_response_record("r1", critiques=(a_critique_record("c1"),))
    fix = a_response_record("r2", revises="r1", guided_by="c1")
    project = a_project()
    imported(project, folder, native(a_problem_record("p1", fix, original)))  # in this order
    row = Response.objects.get(key="r2")
    assert (row.revises.key, row.guided_by.key) == ("r1", "c1")
    assert list(Slot.objects.values_list("response__key", flat=True)) == ["r1"]
    later = a_response_record("r3", revises="r1", guided_by="c1")
    project.queue_corrections = True
    project.save()
    assert added(imported(project, folder, native(a_problem_record("p1", later))))[1] == 1
    assert list(Slot.objects.filter(response__key="r3").values_list("state", flat=True)) == ["open"]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"revises": "nobody"}, "responses.0.revises"),
        ({"revises": "r1"}, "responses.0.revises"),  # itself
        ({"guided_by": "c9", "revises": "r0"}, "responses.0.guided_by"),
        ({"guided_by": "c0"}, "responses.0.guided_by"),
    ],
)
def test_a_reference_to_what_is_not_there_is_an_error(folder, fields, field):
    project = a_project()
    imported(
        project, folder, native(a_problem_record("p0", a_response_record("r0", critiques=(a_critique_record("c0"),))))
    )
    work = imported(project, folder, native(a_problem_record("p1", a_response_record("r1", **fields))))
    assert work.result["errors"][0]["field"] == field


FIXED = Effect(
    corrector=Author(kind="critic", name="revise"), level="AS", source="cross",
    before="wrong", before_by="matcher", after="right", effect="fixed",
)  # fmt: skip


@pytest.mark.parametrize(
    ("response", "effect", "field"),
    [
        ({"revises": "r0", "guided_by": "c0"}, {"effect": "broke"}, "effect.effect"),
        ({"revises": "r0", "guided_by": "c0"}, {"level": "ASE", "explanations": (1, 1, 1)}, "effect.explanations"),
        ({"revises": "r0", "guided_by": "c0"}, {"left_out": 1}, "effect.left_out"),
        ({"revises": "r0", "guided_by": "c0"}, {"root": "nobody"}, "effect.root"),
        ({"revises": "r0"}, {}, "effect.level"),
        ({}, {}, "effect"),
    ],
)
def test_an_effect_that_does_not_follow_is_told_by_field(folder, response, effect, field):
    original = a_response_record("r0", critiques=(a_critique_record("c0"),))
    fix = a_response_record("r1", effect=replace(FIXED, **effect), **response)
    work = imported(a_project(), folder, native(a_problem_record("p", original, fix)))
    assert work.result["errors"][0]["field"] == f"responses.1.{field}"


ROLLED_OUT = RolloutSet(
    key="s0", after_step=1, generator=Author(kind="critic", name="rollout"),
    rollouts=(Rollout(text="So.", answer="4", outcome="right"),),
)  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"after_step": 99}, "after_step"),
        ({"rollouts": ()}, "rollouts"),
        ({"key": ""}, "key"),
        ({"critique": "c0"}, "finding"),
        ({"critique": "c9", "finding": 1}, "critique"),
        ({"critique": "c0", "finding": 9}, "finding"),
    ],
)
def test_a_rollout_set_that_does_not_fit_is_told_by_field(folder, changes, field):
    record = a_response_record(critiques=(a_critique_record("c0"),), rollout_sets=(replace(ROLLED_OUT, **changes),))
    work = imported(a_project(), folder, native(a_problem_record("p", record)))
    assert work.result["errors"][0]["field"] == f"responses.0.rollout_sets.0.{field}"


def test_a_check_of_sets_that_are_not_there_is_told_by_field(folder):
    check = FindingCheck(critique="c9", finding=1, before="s0", after="s1")
    work = imported(a_project(), folder, native(a_problem_record("p", a_response_record(finding_checks=(check,)))))
    assert work.result["errors"][0]["field"] == "responses.0.finding_checks.0.finding"


# --- Checks


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"judgments": ()}, "judgments"),
        ({"key": "k" * 301}, "key"),
        ({"author": Author(kind="critic", name="n" * 201)}, "author.name"),
        ({"submitted_at": datetime(2026, 1, 31, 12)}, "submitted_at"),
    ],
)
def test_a_critique_that_does_not_fit_is_told_by_field(folder, fields, field):
    critique = a_critique_record(**fields)
    work = imported(a_project(), folder, native(a_problem_record("p", a_response_record(critiques=(critique,)))))
    assert work.result["errors"][0]["field"] == f"responses.0.critiques.0.{field}"


def test_a_verdict_outside_the_projects_scale_is_an_error(folder):
    project = a_project(verdict_scale="correct incorrect")
    line = json.loads(native(a_problem_record("p", a_response_record(critiques=(a_critique_record(),)))))
    line["responses"][0]["critiques"][0]["judgments"][0]["verdict"] = "unsure"
    work = imported(project, folder, jsonl(line))
    assert work.result["errors"][0]["field"] == "responses.0.critiques.0.judgments.0.verdict"


def test_a_text_that_came_unsplit_is_split_by_the_rule(folder):
    imported(a_project(), folder, native(a_problem_record("p", a_response_record(text="Step 1: a.\nStep 2: b."))))
    response = Response.objects.get()
    assert (response.step_count, response.segmentations.get().rule) == (2, "second-look/1")


def test_a_response_without_any_step_is_an_error(folder):
    work = imported(a_project(), folder, native(a_problem_record("p", a_response_record(text="  "))))
    assert work.result["errors"][0]["field"] == "responses.0.steps"


# --- Images


def one_image(**fields: Any) -> bytes:
    return native(a_problem_record("p", images=(Image(**fields),)))


def test_an_image_beside_the_file_is_read(folder):
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(png())
    work = imported(a_project(), folder, one_image(path="images/a.png", description="A chart"))
    assert added(work)[3] == 1
    placed = Problem.objects.get().problem_images.get()
    assert (placed.name, placed.description) == ("images/a.png", "A chart")


@pytest.mark.parametrize(
    "path", ["../secret.png", "/etc/hostname", "images/../../secret.png", "link.png", "no.png", "."]
)
def test_no_path_leads_out_of_the_files_folder(folder, path):
    inside = folder / "inside"
    inside.mkdir()
    (folder / "secret.png").write_bytes(png())
    (inside / "link.png").symlink_to(folder / "secret.png")
    work = imported(a_project(), inside, one_image(path=path))
    assert work.state == "failed"
    assert work.result["errors"][0]["field"] == "images.0"
    assert ImageRow.objects.count() == 0


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "images.0"),
        ({"base64": "QUJD"}, "images.0"),
        ({"base64": "%%%"}, "images.0"),
        ({"base64": an_inside_image().base64, "sha256": "0" * 64}, "images.0.sha256"),
        ({"sha256": "0" * 64}, "images.0.sha256"),
    ],
)
def test_an_image_that_cannot_be_had_is_told_by_field(folder, fields, field):
    work = imported(a_project(), folder, one_image(**fields))
    assert work.result["errors"][0]["field"] == field


def test_an_image_that_the_project_holds_may_be_named_by_its_hash(folder):
    project = a_project()
    imported(project, folder, native(a_problem_record("p1", images=(an_inside_image(),))))
    sha256 = ImageRow.objects.get().sha256
    assert added(imported(project, folder, native(a_problem_record("p2", images=(Image(sha256=sha256),)))))[0] == 1


def test_a_file_that_a_killed_import_left_half_written_is_written_anew(folder):
    project = a_project()
    sha256 = sha256_of(png())
    default_storage.save(f"images/{project.pk}/{sha256[:2]}/{sha256}.orig", ContentFile(b"half"))
    imported(project, folder, native(a_problem_record("p", images=(an_inside_image(),))))
    assert default_storage.open(ImageRow.objects.get().original_key).read() == png()
