"""What a page weighs: the workbench's HTML, and its styles and scripts."""

from __future__ import annotations

import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.builders import a_person, a_problem, a_project, a_response

STATIC = Path(__file__).resolve().parents[3] / "static"
STEPS = 12
MOST_HTML = 40_000  # bytes, before compression
MOST_STATIC = 100_000  # bytes, compressed, of all that the page loads, htmx included


def loaded_by(page: str) -> set[Path]:
    """The files that a page names, and the modules that those import."""
    waiting = [STATIC / path for path in re.findall(r'(?:href|src)="/static/([^"]+\.(?:css|js))"', page)]
    found: set[Path] = set()
    while waiting:
        file = waiting.pop().resolve()
        if file not in found:
            found.add(file)
            waiting += [file.parent / path for path in re.findall(r'from "(\.{1,2}/[^"]+)"', file.read_text())]
    return found


@pytest.mark.django_db
def test_styles_and_scripts_of_the_workbench_are_light() -> None:
    project = a_project("pilot")
    a_response(STEPS, problem=a_problem(project))
    client = Client()
    client.force_login(a_person(role="annotator", project=project))
    files = loaded_by(client.get("/p/pilot/annotate").text)
    assert any(file.name.startswith("htmx") for file in files)
    assert any(file.name == "life.js" for file in files)
    assert sum(len(gzip.compress(file.read_bytes())) for file in files) <= MOST_STATIC


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en-gb", "de"])
def test_the_workbench_of_a_chain_of_twelve_steps_is_light(language: str) -> None:
    project = a_project("pilot", ask_skills=True, ask_difficulty=True, unlabelled_steps="always")
    a_response(STEPS, problem=a_problem(project))
    client = Client(headers={"Accept-Language": language})
    client.force_login(a_person(role="annotator", project=project))
    page: Any = client.get("/p/pilot/annotate")
    assert page.content.count(b'class="step ') == STEPS + 2  # the answer, and the template that stands for any
    assert len(page.content) <= MOST_HTML
