"""The pages of datasets in a browser: with and without JavaScript, on a desk and on a phone."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, expect

from annotations.models import Project, Snapshot, Work
from annotations.verbs import publish, work
from tests.annotations.verbs.published import a_snapshot
from tests.browser.conftest import PageOf
from tests.builders import a_critic, a_critique, a_person, a_project, a_response

pytestmark = pytest.mark.django_db(transaction=True)

WIDTHS = {"desk": (1440, 900), "phone": (390, 844)}


@pytest.fixture
def project() -> Project:
    project = a_project("charts", name="Charts")
    for name in ("direct · SmolLM2-135M", "lookback"):
        a_critique(a_response(2, project=project), author=a_critic(name))
    return project


def an_admin(project: Project) -> Any:
    return a_person("ann.kim", role="admin", project=project)


def assert_accessible(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    assert not found, [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]


def keep(page: Page, name: str) -> None:
    """A picture for whoever wants to look, in the folder $SCREENSHOTS."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", WIDTHS)
def test_the_pages_are_accessible_and_fit(page_of: PageOf, project: Project, size: str, theme: str) -> None:
    admin = an_admin(project)
    a_snapshot(project, name="charts-native", description="Everything, images inside.")
    for _ in range(2):
        a_snapshot(project, "visco", name="charts-visco")
    work.enqueue("publish", queue="io", project=project, by=admin, unit="problems", total=12)
    width, height = WIDTHS[size]
    page = page_of(admin, width=width, height=height, theme=theme)
    pages = {"list": "", "build": "/new", "version": "/charts-visco/2", "changes": "/charts-visco/2/changes"}
    for name, url in pages.items():
        page.goto(f"/p/charts/datasets{url}")
        page.wait_for_load_state("networkidle")
        keep(page, f"datasets-{name}-{size}-{theme}")
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_only_the_options_of_the_chosen_format_are_shown(page_of: PageOf, project: Project) -> None:
    page = page_of(an_admin(project))
    page.goto("/p/charts/datasets/new")
    expect(page.locator("#id_native-images")).to_be_visible()
    expect(page.locator("#id_visco-labels")).to_be_hidden()
    page.locator("#id_format").select_option("visco")
    expect(page.locator("#id_visco-labels")).to_be_visible()
    expect(page.locator("#id_native-images")).to_be_hidden()


@pytest.mark.parametrize("scripts", [True, False])
def test_an_admin_publishes_with_and_without_javascript(page_of: PageOf, project: Project, scripts: bool) -> None:
    page = page_of(an_admin(project), scripts=scripts)
    page.goto("/p/charts/datasets/new")
    page.locator("#id_name").fill("charts-visco")
    page.locator("#id_format").select_option("visco")
    page.locator("#id_visco-labels").select_option("people")
    page.get_by_label("lookback").uncheck()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("The publication is queued.")).to_be_visible()
    job = Work.objects.get()
    assert job.parameters["options"] == {"labels": "people"}
    assert job.parameters["filter"]["critics"] == ["direct · SmolLM2-135M"]


def test_progress_comes_by_itself_and_ends_with_a_link_to_the_version(page_of: PageOf, project: Project) -> None:
    page = page_of(an_admin(project))
    page.goto("/p/charts/datasets/new")
    page.locator("#id_name").fill("charts-native")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("0 of 2 problems")).to_be_visible()
    thread = threading.Thread(target=work_once)
    thread.start()
    thread.join(60)
    page.get_by_role("link", name="charts-native v1").click()
    expect(page.get_by_role("heading", name="charts-native v1")).to_be_visible()
    with page.expect_download() as pulled:
        page.get_by_role("link", name="data.jsonl").click()
    assert Path(pulled.value.path()).stat().st_size == Snapshot.objects.get().files.get(name="data.jsonl").byte_size


def work_once() -> None:
    (job,), token = work.claim(publish.QUEUE, owner="test")
    publish.run_publish(job, token)
    connection.close()


def test_a_queued_publication_is_cancelled_without_javascript(page_of: PageOf, project: Project) -> None:
    admin = an_admin(project)
    work.enqueue("publish", queue="io", project=project, by=admin, unit="problems", total=2)
    page = page_of(admin, scripts=False)
    page.goto("/p/charts/datasets")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("The publication is asked to stop.")).to_be_visible()
    assert Work.objects.get().state == "cancelled"
