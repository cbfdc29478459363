"""A long run: random work, random faults; every acknowledged edit is in the database, exactly once.

Short here and always the same; `python -m tests.bench.long_run --items 200` does the whole of it.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, expect

from annotations.models import Critique, DraftField
from tests.browser.long_run import AUDIT, END_OF_AUDIT, LongRun
from tests.browser.web_server import WebServer
from tests.builders import a_person, a_problem, a_project, a_response

pytestmark = pytest.mark.django_db(transaction=True)

ITEMS = int(os.environ.get("LONG_RUN_ITEMS", "25"))
SEED = int(os.environ.get("LONG_RUN_SEED", "4"))
LONGEST_SECONDS = float(os.environ.get("LONG_RUN_SECONDS", "3600"))
CHAIN = ("The chart shows 👩‍🔬 four bars.", "The bar of 2021 reads 66.", "So sales grew by $19$.")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[WebServer]:
    server = WebServer(tmp_path / "web.log")
    server.start()
    server.wait_until_ready()
    yield server
    server.kill()
    sys.stdout.write(server.log.read_text()[-5000:])


def a_page(chromium: Browser, server: WebServer, person: Any) -> Any:
    context = chromium.new_context(base_url=server.url, viewport={"width": 1280, "height": 800}, locale="en-GB")
    client = Client()
    client.force_login(person)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": server.url}])
    page = context.new_page()
    page.set_default_timeout(30_000)
    return page


def test_what_was_typed_while_the_server_was_dead_is_saved_when_it_is_back(
    chromium: Browser, server: WebServer
) -> None:
    project = a_project("charts-pilot")
    a_response(CHAIN, problem=a_problem(project))
    page = a_page(chromium, server, a_person(role="annotator", project=project))
    page.goto("/p/charts-pilot/annotate")
    page.locator(".step.open:focus").wait_for()
    server.kill()
    page.keyboard.press("4")
    page.locator("#reason-1").fill("Typed at a dead server")
    expect(page.locator("[data-saved]")).to_contain_text("Offline since")
    assert not DraftField.objects.exists()
    server.start()
    expect(page.locator("[data-saved]")).to_have_text("Saved", timeout=60_000)
    assert DraftField.objects.get(path="steps.1.reason").value == "Typed at a dead server"
    page.context.close()


def test_a_person_works_through_everything_that_goes_wrong_and_nothing_is_lost_or_doubled(
    chromium: Browser, server: WebServer, owner_connection: Any
) -> None:
    project = a_project("long-run", lease_seconds=600)
    problem = a_problem(project)
    for _ in range(ITEMS):
        a_response(CHAIN, problem=problem)
    owner_connection.execute(AUDIT)
    page = a_page(chromium, server, a_person("ann", role="annotator", project=project))
    run = LongRun(page, server, slug="long-run", steps=len(CHAIN), seed=SEED)
    began = time.monotonic()
    try:
        run.arrive()
        for done in range(1, ITEMS + 1):
            run.critique_one()
            if done % 10 == 0:
                sys.stdout.write(f"{done} items, {len(run.acknowledged)} edits acknowledged\n")
                sys.stdout.flush()
            if time.monotonic() - began > LONGEST_SECONDS:
                break
        report = run.report(owner_connection, time.monotonic() - began)
    finally:
        page.context.close()
        owner_connection.execute(END_OF_AUDIT)
    sys.stdout.write(f"\n{report}\n")
    assert (report.lost, report.doubled) == ([], [])
    assert report.items == Critique.objects.count() == done
    assert report.acknowledged > 3 * done
    assert sum(report.faults.values()) >= done / 2
