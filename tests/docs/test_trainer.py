"""Every command of docs/trainer.md, run in order by a trainer's own processes against a web server of its own."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from annotations.verbs import tokens
from tests.annotations.verbs.published import a_snapshot
from tests.builders import a_critique, a_person, a_project, a_response

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```(bash|python)\n(.*?)^```$", re.DOTALL | re.MULTILINE)

pytestmark = pytest.mark.usefixtures("committed_db")


@pytest.fixture
def server() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "critique_app.wsgi", "--bind", f"127.0.0.1:{port}", "--threads", "4"]
    process = subprocess.Popen([*command, "--log-level", "warning"], cwd=ROOT)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until_ready(process, url)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        assert process.poll() is None, "the web server ended"
        try:
            urllib.request.urlopen(f"{url}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the web server did not come up")


def test_a_trainer_follows_the_page(server: str, tmp_path: Path) -> None:
    project = a_project()
    for _ in range(5):
        a_critique(a_response(3, project=project), "incorrect")
    a_snapshot(project, name="demo-native")
    _, secret = tokens.create_token(a_person(role="trainer", project=project), ["pull"])
    environment = {
        **os.environ, "SECOND_LOOK": server, "TOKEN": secret, "HF_HOME": str(tmp_path / "cache"),
        "HF_HUB_DISABLE_TELEMETRY": "1",
    }  # fmt: skip
    told = ""
    blocks = BLOCK.findall((ROOT / "docs/trainer.md").read_text())
    assert [language for language, _ in blocks] == ["bash", "python", "python", "bash", "python", "python", "python"]
    for language, text in blocks:
        command = ["bash", "-euo", "pipefail", "-c", text] if language == "bash" else [sys.executable, "-c", text]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{text}\n{done.stderr}"
        told += done.stdout
    assert "5 problems: ['key', 'question', 'images'" in told
    assert "By how much did sales grow" in told
    assert "whole: " in told
    assert "(64, 48)" in told


def test_an_interrupted_curl_ends_with_the_whole_file(server: str, tmp_path: Path) -> None:
    project = a_project()
    a_critique(a_response(3, project=project))
    snapshot = a_snapshot(project, name="demo-native")
    file = snapshot.files.get(name="data.jsonl")
    size = file.byte_size
    _, secret = tokens.create_token(a_person(role="trainer", project=project), ["pull"])
    url = f"{server}/api/v1/datasets/demo-native/versions/1/data.jsonl"
    curl = ["curl", "--fail", "--silent", "-H", f"Authorization: Bearer {secret}", "--output", "data.jsonl", url]
    subprocess.run([*curl, "--range", f"0-{size // 2}"], cwd=tmp_path, check=True)
    assert (tmp_path / "data.jsonl").stat().st_size == size // 2 + 1
    subprocess.run([*curl, "--continue-at", "-"], cwd=tmp_path, check=True)
    pulled = (tmp_path / "data.jsonl").read_bytes()
    assert hashlib.sha256(pulled).hexdigest() == file.sha256
