"""What a published version says of itself, and what never leaves: names, and the hidden holdout."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from annotations.exporters.base import Item, formats
from annotations.verbs import publish_draft, rules, tokens
from annotations.verbs.croissant import croissant
from annotations.verbs.publish import Recipe
from annotations.verbs.publish_preview import preview
from annotations.verbs.snapshot_folder import SnapshotFolder
from annotations.verbs.version_changes import version_changes
from tests.annotations.exporters.training import a_full_problem
from tests.annotations.verbs.published import a_snapshot, content, imported, rows
from tests.builders import a_correction, a_critique, a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.usefixtures("committed_db")


def a_rich_project(**rules: Any) -> Any:
    project = a_project(**rules)
    for number in range(6):
        response = a_response(2, problem=a_problem(project, key=f"p{number}", licence="MIT"), key=f"r{number}")
        a_critique(response, "incorrect", by=a_person(f"ann{number}"))
        a_critique(response, by=a_person(f"bob{number}"))
    return project


def test_neither_a_persons_name_nor_a_hidden_problem_is_in_any_file_of_any_format() -> None:
    project = a_rich_project(holdout_percent=50)
    a_correction(project.responses.get(key="r0"), by=a_person("ann-corrects"))
    leaving = set(project.problems.leaving().values_list("key", flat=True))
    hidden = set(project.problems.values_list("key", flat=True)) - leaving
    assert hidden and leaving
    for format in formats():
        options = {"container": "jsonl"} if any(one.name == "container" for one in formats()[format].options) else {}
        snapshot = a_snapshot(project, format, options=options)
        whole = b"".join(content(snapshot, file.name) for file in snapshot.files.all()).decode()
        assert "ann" not in whole.replace("annot", ""), format
        assert "ann" not in json.dumps(snapshot.manifest).replace("annot", "")
        for key in hidden:
            assert f'"{key}"' not in whole and f'"r{key[1:]}"' not in whole, format
        assert snapshot.manifest["held_out"] == len(hidden)
    assert preview(project, Recipe(name="x", format="native")).counts["problems"] == len(leaving)


def test_the_api_lists_nothing_of_the_hidden_holdout_not_even_to_an_admin() -> None:
    project = a_rich_project(holdout_percent=50)
    leaving = set(project.problems.leaving().values_list("key", flat=True))
    _, secret = tokens.create_token(a_person(role="admin", project=project), ["read"])
    for kind in ("problems", "responses", "critiques"):
        url = f"/api/v1/projects/{project.slug}/{kind}/"
        told = Client().get(url, headers={"Authorization": f"Bearer {secret}"}).json()["results"]
        keys = [row["response" if kind == "critiques" else "key"] for row in told]
        assert {f"p{key[1:]}" for key in keys} == leaving, kind


def test_pseudonyms_stay_the_same_and_names_leave_where_the_project_says_so() -> None:
    project = a_rich_project()
    (first, *_) = rows(a_snapshot(project, name="pseudonyms"))
    again, *_ = rows(a_snapshot(project, name="again"))
    names = [critique["author"]["name"] for critique in first["responses"][0]["critiques"]]
    assert all(name.startswith("person-") for name in names) and len(set(names)) == 2
    assert names == [critique["author"]["name"] for critique in again["responses"][0]["critiques"]]
    project.names_leave = True
    project.save()
    (named, *_) = rows(a_snapshot(project, name="named"))
    assert [critique["author"]["name"] for critique in named["responses"][0]["critiques"]] == ["ann0", "bob0"]


def test_a_pseudonym_comes_in_and_goes_out_as_it_is(tmp_path: Path) -> None:
    first = content(a_snapshot(a_rich_project()))
    (tmp_path / "one.jsonl").write_bytes(first)
    other = imported(tmp_path / "one.jsonl", project=a_project())
    assert content(a_snapshot(other)) == first


def test_the_holdout_only_grows_once_there_are_problems() -> None:
    project = a_rich_project(holdout_percent=20)
    admin = a_person(role="admin", project=project)
    rules.change_rules(project, admin, holdout_percent=30)
    with pytest.raises(ValidationError, match="It only grows"):
        rules.change_rules(project, admin, holdout_percent=10)


def test_the_next_version_says_what_changed_and_in_which_round_it_was_made() -> None:
    project = a_rich_project()
    first = a_snapshot(project, "chains", name="set")
    same = a_snapshot(project, "chains", name="set")
    a_response(2, problem=project.problems.get(key="p0"), key="new", generator="g", checkpoint="2", answer="31.9 %")
    third = a_snapshot(project, "chains", name="set")
    assert (first.manifest["changes"], first.manifest["iteration"]) == (None, 1)
    assert same.manifest["changes"] == {"added": 0, "removed": 0, "changed": 0, "unchanged": 6}
    # the chain that was there has another pass rate now
    assert third.manifest["changes"] == {"added": 1, "removed": 0, "changed": 1, "unchanged": 5}
    assert (same.manifest["iteration"], third.manifest["iteration"]) == (1, 2)
    share = [one["share"] for one in third.manifest["generators"] if one["checkpoint"] == "2"]
    assert share == [1 / 7]
    found = version_changes(first, third)
    assert found is not None
    assert [row.names["response"] for row in found.added] == ["new"]
    (changed,) = found.changed
    assert changed.names["problem"] == "p0"
    assert {column for column, _, _ in changed.parts} >= {"chains"}


def test_changes_of_json_lines_are_found_too() -> None:
    project = a_rich_project()
    first = a_snapshot(project, name="set")
    a_critique(project.responses.get(key="r3"), by=a_person("late"))
    found = version_changes(first, a_snapshot(project, name="set"))
    assert found is not None and found.counts.counts() == {"added": 0, "removed": 0, "changed": 1, "unchanged": 5}
    assert [row.names["key"] for row in found.changed] == ["p3"]


def test_the_card_tells_agreement_and_limits_and_its_front_matter_is_yaml() -> None:
    import yaml

    project = a_rich_project(holdout_percent=50)
    snapshot = a_snapshot(project, "prm", name="set", options={"labels": "people", "split": "80_20"})
    card = content(snapshot, "README.md").decode()
    front = yaml.safe_load(card.split("---")[1])
    assert front["license"] == ["MIT"] and "prm" in front["tags"]
    for split in front["configs"][0]["data_files"]:
        assert snapshot.files.filter(name__in=split["path"]).count() == len(split["path"])
    told = snapshot.manifest["agreement"]
    assert f"| alpha | {told['alpha']:.3f} |" in card and "held out for evaluation" in card
    for file in snapshot.files.exclude(rows=None):
        assert file.sha256 in card


@pytest.mark.parametrize("format", list(formats()))
def test_mlcroissant_validates_the_description_of_every_format(format: str, tmp_path: Path) -> None:
    import mlcroissant

    with SnapshotFolder(tmp_path) as files:
        chosen = formats()[format].chosen({})
        formats()[format].write([Item(a_full_problem(), lambda image: b"png", lambda by: "x")], chosen, files)
    draft = publish_draft.save(tmp_path, files, {})
    manifest = {
        "dataset": "set", "version": 3, "description": "", "format": format, "licences": {"MIT": 2},
        "created_at": "2026-01-31T12:00:00.000Z",
    }  # fmt: skip
    (tmp_path / "croissant.json").write_text(json.dumps(croissant(manifest, draft.files)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        described = mlcroissant.Dataset(str(tmp_path / "croissant.json"))
    assert not described.metadata.ctx.issues.errors
    assert {one.id: one.sha256 for one in described.metadata.distribution} == {
        file.name: file.sha256 for file in draft.files
    }


def test_mlcroissant_reads_the_rows_that_are_described(tmp_path: Path) -> None:
    import mlcroissant

    snapshot = a_snapshot(a_rich_project(), "judgments", name="set")
    for file in snapshot.files.all():
        (tmp_path / file.name).write_bytes(content(snapshot, file.name))
    read = list(mlcroissant.Dataset(str(tmp_path / "croissant.json")).records("train"))
    assert len(read) == snapshot.rows > 0


def test_a_preview_counts_what_the_filter_lets_out_and_shows_three_rows() -> None:
    project = a_rich_project()
    shown = preview(project, Recipe(name="x", format="judgments", filter={"people": ["ann1"]}))
    assert (shown.counts["problems"], shown.counts["by_people"], shown.rows_made, len(shown.rows)) == (6, 1, 2, 2)
    whole = preview(project, Recipe(name="", format="judgments"))
    assert (whole.counts["by_people"], whole.rows_made, len(whole.rows)) == (12, 24, 3)
    none = preview(project, Recipe(name="x", format="prm"))
    assert none.skipped == {"no reference label": 6} and none.rows == []


def test_the_shell_filters_as_the_page_does_and_shows_what_would_be(capsys: pytest.CaptureFixture[str]) -> None:
    project = a_rich_project()
    asked = ["publish", project.slug, "--dataset", "set", "--format", "judgments", "--person", "ann1"]
    call_command(*asked, "--dry-run")
    told = capsys.readouterr().out
    assert "6 problems" in told and "1 by people" in told and "2 rows from the first 6 problems" in told
    assert not project.datasets.exists()
    call_command(*asked, "--agreement", "differs")
    assert "2 rows" in capsys.readouterr().out
    manifest = project.datasets.get().snapshots.get().manifest
    assert manifest["filter"]["agreement"] == "differs"
    assert "ann1" not in json.dumps(manifest)
