"""What a page weighs: the workbench's HTML, and everything that scripts and styles may ever cost."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.builders import a_person, a_problem, a_project, a_response

STATIC = Path(__file__).resolve().parents[3] / "static"
STEPS = 12
MOST_HTML = 40_000  # bytes, before compression
MOST_STATIC = 100_000  # bytes, compressed, of all there is: htmx and what other pages load included


def test_all_styles_and_scripts_together_are_light() -> None:
    files = [*STATIC.rglob("*.css"), *STATIC.rglob("*.js")]
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
