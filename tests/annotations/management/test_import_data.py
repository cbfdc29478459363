"""`manage.py import_data` and `load_demo`, as the shell sees them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from annotations.models import Critique, Membership, Problem, Project, Response
from tests.annotations.importers.builders import a_problem_record, jsonl, native, output_record, visco_record
from tests.builders import a_project, an_instance_admin, png
from tests.samples import sample

pytestmark = pytest.mark.usefixtures("committed_db")


def run(command: str, *arguments: Any, **options: Any) -> str:
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(command, *map(str, arguments), stdout=out, stderr=err, **options)
    except CommandError as error:
        raise CommandError(f"{err.getvalue()}{error}") from error
    return out.getvalue()


def a_file(folder: Path, content: bytes, name: str = "a.jsonl") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_it_creates_the_project_and_says_what_came_in(tmp_path):
    told = run("import_data", "new", a_file(tmp_path, native(a_problem_record())), "--format", "native", "--create")
    assert told == "Added 1 problems, 0 responses, 0 critiques, 0 images.\n"
    assert Project.objects.get().slug == "new"


def test_the_same_file_twice_says_that_nothing_is_new(tmp_path):
    a_project("p")
    arguments = ("import_data", "p", a_file(tmp_path, native(a_problem_record())), "--format", "native")
    run(*arguments)
    assert run(*arguments).startswith("Nothing new.")


def test_a_bad_record_stops_it_with_line_and_field(tmp_path):
    a_project("p")
    file = a_file(tmp_path, native(a_problem_record()) + jsonl({"key": 5, "question": "?"}))
    with pytest.raises(CommandError, match=r"(?s)line 2, key: expected .*Nothing was imported"):
        run("import_data", "p", file, "--format", "native")
    assert not Problem.objects.exists()


def test_skip_lands_the_rest_and_still_ends_in_an_error(tmp_path):
    a_project("p")
    file = a_file(tmp_path, jsonl("{") + native(a_problem_record()))
    with pytest.raises(CommandError, match="1 bad record"):
        run("import_data", "p", file, "--format", "native", "--on-error", "skip")
    assert Problem.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nobody", "FILE", "--format", "native"], "Add --create"),
        (["p", "no-such-file", "--format", "native"], "There is no file"),
        (["p", "FILE", "--format", "visco", "--critic", "x"], "--critic:"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(tmp_path, arguments, words):
    a_project("p")
    file = a_file(tmp_path, native(a_problem_record()))
    with pytest.raises(CommandError, match=words):
        run("import_data", *[file if argument == "FILE" else argument for argument in arguments])


def published(folder: Path) -> list[Any]:
    """What VISCO's exporter makes of the project: test.jsonl and the critic's file, lines as fields."""
    run("publish", "p", "--dataset", "d", "--format", "visco", "--output", folder)
    return [fields((folder / name).read_bytes()) for name in ("test.jsonl", "critics/GPT.jsonl")]


def fields(content: bytes) -> list[list[tuple[str, str]]]:
    """Names and values in order, each value as JSON, so that 1 is not 1.0 and {a, b} not {b, a}."""
    return [[(name, json.dumps(value)) for name, value in json.loads(line).items()] for line in content.splitlines()]


def test_what_came_in_as_visco_comes_out_the_same(tmp_path):
    odd = visco_record("odd", label=[1, 2.0], split="x", reasoning_critic=[["", ""], ["only one"]])
    odd["response"]["answer"] = 4
    unparsed = output_record(formatted=None, format_error=True, response_history=["a"])
    content, output = jsonl(visco_record("plain"), odd), jsonl(output_record(), unparsed)
    a_project("p")
    both = ("--critic-output", a_file(tmp_path, output, "o.jsonl"), "--critic", "GPT")
    run("import_data", "p", a_file(tmp_path, content), "--format", "visco", *both)
    assert published(tmp_path / "out") == [fields(content), fields(output)]


def test_the_real_record_comes_out_the_same(tmp_path):
    content, output = sample("visco_one_record/test.jsonl"), sample("formats/visco_model_output.jsonl")
    a_project("p")
    run("import_data", "p", content, "--format", "visco", "--critic-output", output, "--critic", "GPT")
    assert published(tmp_path / "out") == [fields(content.read_bytes()), fields(output.read_bytes())]


def test_the_demo_is_loaded_once_and_its_admin_is_the_instance_admin():
    admin = an_instance_admin("root")
    assert "20 problems" in run("load_demo")
    counts = Problem.objects.count(), Response.objects.count(), Critique.objects.count()
    assert "nothing new" in run("load_demo")
    assert (Problem.objects.count(), Response.objects.count(), Critique.objects.count()) == counts
    assert Membership.objects.get(project__slug="demo").user == admin


def test_the_demo_needs_an_admin():
    with pytest.raises(CommandError, match="createsuperuser"):
        run("load_demo")


TABLE = b"question,answer\r\nHow many?,3\r\n"


def test_a_table_is_shown_before_and_after_and_nothing_comes_in(tmp_path):
    a_project("p")
    told = run("import_data", "p", a_file(tmp_path, TABLE, "t.csv"), "--format", "table", "--preview")
    shown = json.loads(told)
    assert shown["mapping"]["columns"] == {"question": "question", "answer": "answer"}
    assert shown["records"][0]["before"] == {"question": "How many?", "answer": "3"}
    assert not Problem.objects.exists()


def test_a_mapping_comes_from_a_file_is_saved_and_used_by_its_name(tmp_path):
    a_project("p")
    mapping = a_file(tmp_path, b'{"columns": {"question": "question", "answer": "reference_answer"}}', "m.json")
    arguments = ("import_data", "p", a_file(tmp_path, TABLE, "t.csv"), "--format", "table")
    run(*arguments, "--mapping", mapping, "--save-mapping", "ours")
    assert Problem.objects.get().reference_answer == "3"
    assert run(*arguments, "--mapping", "ours").startswith("Nothing new.")
    with pytest.raises(CommandError, match="neither a file nor a saved mapping"):
        run(*arguments, "--mapping", "theirs")


def test_a_folder_of_images_with_a_table(tmp_path):
    a_project("p")
    a_file(tmp_path, b"question,image\r\nHow many?,img/a.png\r\n", "t.csv")
    (tmp_path / "img").mkdir()
    a_file(tmp_path / "img", png(), "a.png")
    assert "1 images" in run("import_data", "p", tmp_path, "--format", "table")
    with pytest.raises(CommandError, match="exactly one data file"):
        run("import_data", "p", tmp_path / "img", "--format", "table")
