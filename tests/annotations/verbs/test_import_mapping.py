"""The mapping step: proposed, shown, given, saved; people to accounts; what was dropped is counted."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from annotations.importers.base import formats
from annotations.importers.mapping import parse_mapping
from annotations.models import Author, Critique, Image, ImportMapping, LogEntry, Problem, Response, Work
from annotations.verbs import import_mapping, ingest
from annotations.verbs import work as work_verbs
from annotations.verbs.erase import erase_project
from tests.annotations.importers.test_label_studio import MAPPING, annotation, logic, part, task
from tests.builders import a_person, a_project, png
from tests.samples import sample

pytestmark = pytest.mark.django_db


def a_zip(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in members.items():
            made.writestr(name.replace("_", "."), content)
    return out.getvalue()


def export(*annotations: dict[str, Any]) -> bytes:
    return json.dumps([task(*annotations)]).encode()


def start(project: Any, by: Any, content: bytes, format: str = "label_studio", **recipe: Any) -> Work:
    upload = SimpleUploadedFile("export.json", content)
    return ingest.start_import(project, upload, ingest.Recipe(format=format, **recipe), by=by)


def run(work: Work) -> dict[str, Any]:
    """As a worker does it."""
    (claimed,), token = work_verbs.claim("io", owner="test")
    assert claimed.pk == work.pk
    ingest.run_import(claimed, token)
    work.refresh_from_db()
    return work.result or {}


def test_an_import_waits_for_its_mapping_and_then_runs_with_the_images_of_its_zip() -> None:
    project = a_project()
    admin = a_person("ada", role="admin", project=project)
    box = part("rectanglelabels", "b1", "box", "img", x=50, y=20, width=25, height=40, rectanglelabels=["Note"])
    content = export(
        annotation(logic(35, 48), box, {"type": "relation", "from_id": "r1", "to_id": "b1"}, completed_by="ada"),
        annotation(logic(0, 5), id=12),
        annotation(was_cancelled=True, id=13),
    )
    work = start(project, admin, a_zip(export_json=content, bars_png=png()))
    assert work.state == "paused"
    assert not work_verbs.claim("io", owner="test")[0]
    ingest.map_import(work, parse_mapping({**MAPPING, "people": {"ada": "ada"}}), by=admin)
    result = run(work)
    assert work.state == "done"
    assert (result["added"]["critiques"], result["dropped"]) == (2, {"cancelled annotation": 1})
    assert Image.objects.filter(project=project).count() == 1
    assert sorted(Critique.objects.values_list("mark_count", flat=True)) == [1, 2]
    by_account = Author.objects.get(project=project, user=admin)
    assert Critique.objects.get(author=by_account).key == "label_studio/annotation/11"
    assert Author.objects.filter(project=project, user=None).values_list("name", flat=True).get() == "label_studio: 10"


def test_the_same_file_twice_adds_nothing() -> None:
    project = a_project()
    admin = a_person("ada", role="admin", project=project, first_name="Ada", last_name="L.")
    mapping = parse_mapping({**MAPPING, "people": {"10": "ada"}})
    content = export(annotation(logic(35, 48)), annotation(logic(0, 5), id=12))
    for _ in range(2):
        result = run(start(project, admin, content, mapping=mapping))
    assert not any(result["added"].values())
    assert result["already_there"]["critiques"] == 2
    assert list(Critique.objects.order_by("revision").values_list("revision", flat=True)) == [1, 2]


def test_a_person_without_a_role_is_refused_before_anything_is_kept() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    a_person("stranger")
    for name in ("stranger", "nobody"):
        with pytest.raises(ingest.ImportRefused, match=name):
            start(project, admin, export(), mapping=parse_mapping({**MAPPING, "people": {"10": name}}))
    assert not Work.objects.exists()


def test_a_mapping_is_given_once_and_only_by_who_may_import() -> None:
    project = a_project()
    admin, other = a_person(role="admin", project=project), a_person(role="annotator", project=project)
    work = start(project, admin, export())
    with pytest.raises(PermissionDenied):
        ingest.map_import(work, parse_mapping(MAPPING), by=other)
    ingest.map_import(work, parse_mapping(MAPPING), by=admin)
    with pytest.raises(ingest.ImportRefused):
        ingest.map_import(work, parse_mapping(MAPPING), by=admin)


def test_a_waiting_import_can_be_cancelled() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    work = start(project, admin, export())
    ingest.cancel_import(work, by=admin)
    work.refresh_from_db()
    assert work.state == "cancelled"


def test_a_format_without_a_mapping_takes_none() -> None:
    with pytest.raises(ingest.ImportRefused, match="needs no mapping"):
        ingest.Recipe(format="native", mapping=parse_mapping(MAPPING))


def test_a_bomb_ends_the_import_with_what_was_found() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("rows.csv", b"0" * 3_000_000)
    mapping = parse_mapping({"columns": {"q": "question"}})
    work = start(project, admin, out.getvalue(), "table", mapping=mapping)
    result = run(work)
    assert work.state == "failed"
    assert "to 1" in result["errors"][0]["expected"]


def test_ten_records_before_and_after_and_a_bad_one_in_its_place() -> None:
    project = a_project()
    rows = [{"q": f"Why {number}?", "steps": ["a"], "labels": [1] * (2 if number == 3 else 1)} for number in range(20)]
    work = start(project, a_person(role="admin", project=project), json.dumps(rows).encode(), "table")
    with ingest.waiting_source(work) as source:
        found = import_mapping.look(source, formats()["table"])
        mapping = import_mapping.proposed(project, found, formats()["table"])
        shown = import_mapping.preview(project, source, formats()["table"], mapping)
    assert len(shown) == 10
    assert shown[0].after is not None
    assert (shown[0].before, shown[0].after.responses[0].critiques[0].judgments[0].verdict) == (rows[0], "correct")
    assert shown[3].error is not None
    assert shown[3].error.field == "labels"


def test_a_mapping_is_saved_under_its_name_and_replaced() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    for splitter in ("lines/1", "whole/1"):
        given = parse_mapping({**MAPPING, "splitter": splitter})
        import_mapping.save_mapping(project, "label_studio", " ours ", given, by=admin)
    assert import_mapping.saved_mapping(project, "label_studio", "ours") == given
    assert LogEntry.objects.filter(verb="save_mapping").count() == 2
    with pytest.raises(ValueError, match="name"):
        import_mapping.save_mapping(project, "label_studio", " ", given, by=admin)


@pytest.mark.parametrize(
    ("format", "path", "problems", "critiques"),
    [
        ("label_studio", "formats/label_studio_export.json", 1, 1),
        ("argilla", "formats/argilla_nested.json", 1, 2),
        ("argilla", "formats/argilla_flat.json", 1, 3),
        ("doccano", "formats_doccano/sequence_labeling__example.jsonl", 3, 3),
        ("doccano", "formats_doccano/relation_extraction__example.jsonl", 1, 1),
        ("doccano", "formats_doccano/text_classification__example.jsonl", 3, 3),
        ("doccano", "formats_doccano/sequence_to_sequence__example.jsonl", 3, 3),
        ("doccano", "formats_doccano/image_classification__example.jsonl", 3, 0),
        ("doccano", "formats_doccano/bounding_box__example.jsonl", 1, 0),
        ("doccano", "formats_doccano/segmentation__example.jsonl", 1, 0),
    ],
)
def test_each_sample_lands_by_its_proposal(
    format: str, path: str, problems: int, critiques: int, tmp_path: Path
) -> None:
    """The samples of Label Studio and Argilla are constructed, those of doccano are its own (FORMATS.md)."""
    project, found = a_project(), sample(path)
    copied = tmp_path / found.name
    copied.write_bytes(found.read_bytes())
    for name in ("cat", "dog", "pig"):
        (tmp_path / f"{name}.png").write_bytes(png(100, 100, {"cat": "red", "dog": "blue", "pig": "green"}[name]))
    with ingest.source_of(copied) as source:
        mapping = import_mapping.proposed(project, import_mapping.look(source, formats()[format]), formats()[format])
    for _ in range(2):
        work = ingest.import_here(project, copied, ingest.Recipe(format=format, mapping=mapping))
    assert not any((work.result or {})["added"].values())
    assert Problem.objects.filter(project=project).count() == problems
    assert Critique.objects.filter(project=project).count() == critiques
    assert Response.objects.filter(project=project).count() >= bool(critiques)


def test_a_saved_mapping_goes_with_its_project() -> None:
    project = a_project()
    admin = a_person(role="admin", project=project)
    import_mapping.save_mapping(project, "label_studio", "ours", parse_mapping(MAPPING), by=admin)
    erase_project(project, by=None, confirm_slug=project.slug)
    assert not ImportMapping.objects.exists()
