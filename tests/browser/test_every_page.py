"""Every page of the access table, and its states, in both themes: axe finds nothing, nothing is inline, nothing scrolls
sideways. A page that gets its line in the table is covered from that day on.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from playwright.sync_api import Page, expect

from annotations.models import Membership
from tests.api.access_table import ACCESS
from tests.api.world import INSTANCE_ADMIN, World
from tests.browser.conftest import PageOf
from tests.builders import a_critique, a_person, a_project

pytestmark = pytest.mark.django_db(transaction=True)

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PICTURES = os.environ.get("PICTURES")  # a folder: keeps a picture of each page there, to look at
GETS = sorted(name for name, row in ACCESS.items() if "GET" in row.methods and not name.startswith("api_"))
INLINE = """() => {
    const scripts = [...document.querySelectorAll("script:not([src])")].filter(({type}) => type !== "application/json");
    const handlers = [...document.querySelectorAll("*")].flatMap((element) => [...element.attributes])
        .filter(({name}) => /^on[a-z]/.test(name));
    const styles = document.querySelectorAll("style, [style]");
    const elements = [...scripts, ...styles].map((element) => element.outerHTML.slice(0, 120));
    return [...elements, ...handlers.map(({name}) => name)];
}"""


def troubles(page: Page) -> list[str]:
    """What is wrong with the page as it stands."""
    found = [f"inline: {what}" for what in page.evaluate(INLINE)]  # first: axe leaves style="" behind
    found += [
        f"{each['id']}: {[node['html'][:160] for node in each['nodes']]}"
        for each in Axe().run(page, options=RULES).response["violations"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append("scrolls sideways")
    return found


def told(wrong: dict[str, list[str]]) -> str:
    return "\n".join(f"{name}: {each}" for name, found in wrong.items() for each in found)


def look(page: Page, name: str) -> None:
    if PICTURES:
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(PICTURES) / f"{name}.png", caret="initial")  # hiding it leaves style="" behind


@pytest.mark.parametrize(
    ("theme", "width", "height"), [("light", 1440, 900), ("dark", 1440, 900), ("light", 390, 844), ("dark", 390, 844)]
)
def test_axe_finds_nothing_on_any_page(page_of: PageOf, theme: str, width: int, height: int) -> None:
    world = World()
    a_critique(world.response, "incorrect", by=world.people["annotator"])
    a_critique(world.response)
    Membership.objects.create(project=world.project, user=world.people[INSTANCE_ADMIN], role="admin")
    page = page_of(world.people[INSTANCE_ADMIN], theme=theme, width=width, height=height, expect_errors=True)
    wrong = {}
    seen = 0
    for name in GETS:
        row = ACCESS[name]
        url = reverse(name, args=row.args(world))
        headers = page.request.head(url).headers
        if name == "login" or "html" not in headers.get("content-type", "html"):
            continue
        if headers.get("content-disposition", "").startswith("attachment"):
            continue  # a file
        page.goto(url)
        if page.evaluate("document.doctype === null"):
            continue  # a part of a page, which is looked at within it
        seen += 1
        look(page, f"{name}-{width}-{theme}")
        if found := troubles(page):
            wrong[name] = found
    assert not wrong, told(wrong)
    assert seen > 20


State = Callable[[Page], None]


def submitted(path: str, button: str, **fields: str) -> State:
    """A form sent as it stands, with these fields: what is wrong is told on the page."""

    def state(page: Page) -> None:
        page.goto(path)
        page.locator("form").evaluate_all("forms => forms.forEach((form) => { form.noValidate = true; })")
        for label, value in fields.items():
            page.locator(f"[name='{label}']").first.fill(value)
        page.get_by_role("button", name=button, exact=True).first.click()
        expect(page.locator(".error, .errors, .message").first).to_be_visible()

    return state


def opened(path: str) -> State:
    return lambda page: page.goto(path) and None


STATES: dict[str, State] = {
    "account": submitted("/account", "Make a token", name="", days="0"),
    "keys": submitted("/account/keys", "Save my keys", finding="m"),
    "password": submitted("/account/password", "Change password", old_password="wrong"),
    "second step": submitted("/account/two-factor", "Switch it on", code="000000"),
    "new project": submitted("/projects/new", "Create the project", name="", slug="Not a slug"),
    "members": submitted("/p/empty/members", "Invite", email="nobody"),
    "settings": submitted("/p/empty/settings", "Save the rules", overlap="0"),
    "webhooks": submitted("/p/empty/settings/webhooks", "Make the webhook", url="http://127.0.0.1/"),
    "import": submitted("/p/empty/import", "Import"),
    "datasets": submitted("/p/empty/datasets/new", "Publish", name="no problems"),
    "runs": submitted("/p/empty/runs", "Start", samples="0"),
    "erase": submitted("/p/empty/erase", "Erase it all", slug="wrong"),
    "nothing to annotate": opened("/p/empty/annotate"),
    "no responses": opened("/p/empty/responses"),
    "no response fits": opened("/p/empty/responses?agreement=differs"),
    "no line of the log": opened("/p/empty/log?verb=nothing"),
    "not found": opened("/nowhere"),
}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_in_errors_and_where_nothing_is(page_of: PageOf, theme: str) -> None:
    world = World()
    a_project("empty")
    page = page_of(world.people[INSTANCE_ADMIN], theme=theme, expect_errors=True)
    wrong = {}
    for name, state in STATES.items():
        state(page)
        look(page, f"state-{name}-{theme}")
        if found := troubles(page):
            wrong[name] = found
    stranger = page_of(a_person("nobody"), theme=theme, expect_errors=True)
    for path in ("/", "/projects/new", f"/p/{world.project.slug}/members"):
        stranger.goto(path)
        if found := troubles(stranger):
            wrong[f"stranger at {path}"] = found
    guest = page_of(theme=theme, expect_errors=True)
    submitted("/login", "Log in", username="nobody", password="wrong")(guest)
    if found := troubles(guest):
        wrong["wrong password"] = found
    assert not wrong, told(wrong)
