"""docs/examples/second_look.py against a web server of its own: push, read in pages, pull and resume, refusals."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from annotations.models import Response
from annotations.verbs import tokens
from tests.builders import a_person, a_project, a_snapshot
from tests.docs.test_trainer import ROOT, server

__all__ = ["server"]

pytestmark = pytest.mark.usefixtures("committed_db")
BODY = b'{"row": 1}\n' * 1000


def load() -> Any:
    """The file as somebody would copy it: by its path."""
    spec = importlib.util.spec_from_file_location("second_look", ROOT / "docs/examples/second_look.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["second_look"] = module
    spec.loader.exec_module(module)
    return module


def test_a_program_pushes_reads_and_pulls(server: str, tmp_path: Path) -> None:
    client = load()
    project = a_project("charts")
    a_snapshot(project, name="set", content=BODY)
    _, secret = tokens.create_token(a_person("ada", role="admin", project=project), ["read", "push", "pull"])
    look = client.SecondLook(server, secret)
    assert look.me()["username"] == "ada"

    look.push("charts", "problems", [{"key": "p", "question": "How many?"}])
    records = [{"key": f"r{number}", "problem": "p", "source_text": "One."} for number in range(1200)]
    pushed = look.push("charts", "responses", (*records, {"key": "bad"}, records[0]))
    assert (pushed.added, pushed.already_there) == (1200, 1)
    assert [(each["index"], each["errors"][0]["field"]) for each in pushed.refused] == [(1200, "problem")]
    assert Response.objects.count() == 1200
    assert [each["key"] for each in look.responses("charts", corrections=False)] == [each["key"] for each in records]

    with pytest.raises(client.Refused) as refused:
        look.push("nowhere", "problems", [{}])
    assert refused.value.status == 404
    with pytest.raises(client.Refused) as refused:
        list(look.problems("charts", colour="red"))
    assert refused.value.errors[0]["field"] == "colour"

    part = tmp_path / "rows.jsonl.part"
    part.write_bytes(BODY[:5000])  # of a pull that was interrupted
    (file,) = look.pull("set", 1, tmp_path)
    assert file.read_bytes() == BODY
    assert not part.exists()
    part.write_bytes(b"other bytes")
    file.unlink()
    with pytest.raises(ValueError, match="manifest"):
        look.pull("set", 1, tmp_path)
    assert look.pull("set", 1, tmp_path)[0].read_bytes() == BODY
