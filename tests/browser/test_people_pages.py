"""The pages about people and projects: readable in light and dark, wide and narrow, and axe finds nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from annotations.verbs import invite, rules, tokens
from tests.builders import a_person, an_instance_admin

PICTURES = Path("test-artifacts")
SIZES = [(1440, 900, "light"), (1440, 900, "dark"), (390, 844, "light"), (390, 844, "dark")]


@pytest.fixture
def root(committed_db: None) -> Any:
    """The admin of a lived-in project."""
    root = an_instance_admin("rosalind")
    project = rules.create_project("charts", "Charts and tables", by=root)
    for name, role in (("ada", "reviewer"), ("emmy", "annotator"), ("grace", "trainer")):
        a_person(name, role=role, project=project, email=f"{name}@example.org")
    invite.invite(project, "sofia@example.org", "annotator", by=root)
    rules.change_rules(project, root, overlap=2, description="Bar charts, read one step at a time.")
    tokens.create_token(root, ["pull", "read"], [project], name="training machine")
    return root


@pytest.mark.parametrize(("width", "height", "theme"), SIZES)
def test_pages_of_a_project_are_accessible(root: Any, page_of: Any, width: int, height: int, theme: str) -> None:
    page = page_of(root, width=width, height=height, theme=theme)
    pages = {
        "home": reverse("home"),
        "members": reverse("members", args=["charts"]),
        "settings": reverse("project_settings", args=["charts"]),
        "guideline": reverse("guideline_version", args=["charts", 1]),
        "log": reverse("log", args=["charts"]),
        "erase": reverse("erase_project", args=["charts"]),
        "create": reverse("create_project"),
        "account": reverse("account"),
        "password": reverse("change_password"),
        "two-factor": reverse("two_factor"),
    }
    for name, url in pages.items():
        page.goto(url)
        look_at(page, f"{name}-{width}-{theme}")


@pytest.mark.parametrize(("width", "height", "theme"), SIZES)
def test_pages_before_log_in_are_accessible(
    committed_db: None, page_of: Any, width: int, height: int, theme: str
) -> None:
    root = an_instance_admin()
    _, secret = invite.invite(rules.create_project("charts", "Charts", by=root), "x@example.org", "annotator", by=root)
    page = page_of(width=width, height=height, theme=theme, expect_errors=True)
    for name, url in {"log-in": reverse("login"), "invitation": reverse("invitation", args=[secret])}.items():
        page.goto(url)
        look_at(page, f"{name}-{width}-{theme}")
    page.goto(reverse("invitation", args=["used-up"]))
    look_at(page, f"invitation-ended-{width}-{theme}")
    page.goto(reverse("login"))
    for _ in range(5):
        page.get_by_label("Username").fill("nobody")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Log in").click()
    look_at(page, f"locked-out-{width}-{theme}")


def test_an_invited_person_comes_in_by_the_link(committed_db: None, page_of: Any) -> None:
    root = an_instance_admin()
    rules.create_project("charts", "Charts", by=root)
    page = page_of(root)
    page.goto(reverse("members", args=["charts"]))
    page.get_by_label("E-mail address").fill("sofia@example.org")
    page.get_by_role("button", name="Invite").click()
    link = page.locator("pre code").inner_text()

    newcomer = page_of()
    newcomer.goto(link)
    newcomer.get_by_label("User name").fill("sofia")
    newcomer.get_by_label("Password", exact=True).fill("nine purple harbours")
    newcomer.get_by_label("Password again").fill("nine purple harbours")
    newcomer.get_by_role("button", name="Make my account").click()
    newcomer.get_by_text("Welcome to Charts").wait_for()


def look_at(page: Any, name: str) -> None:
    """Keeps a picture, and fails on anything that axe finds or that makes the page scroll sideways."""
    PICTURES.mkdir(exist_ok=True)
    page.screenshot(path=PICTURES / f"people-{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} scrolls sideways"
