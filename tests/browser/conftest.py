"""A real Chromium against a real server with committed rows; other pages' tests use the same fixtures.

`page_of(person)` gives a page of a person who is logged in; every console error, failed request and violation of the
Content-Security-Policy fails the test at its end.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, sync_playwright

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = ["--no-sandbox", "--disable-background-networking", "--disable-dev-shm-usage"]

PageOf = Callable[..., Page]


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    path = CHROMIUM if Path(CHROMIUM).exists() else None  # else the one that Playwright installed
    browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
    yield browser
    browser.close()


# What htmx says where a person goes on while it asks for news; a request that fails says more than this.
LEFT_MEANWHILE = ("htmx:sendAbort", "htmx:afterRequest")


@pytest.fixture
def page_of(chromium: Browser, live_server: Any) -> Iterator[PageOf]:
    """`page_of(person, width=…, height=…, theme="dark", scripts=False, offline_errors=True)` → a page."""
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def make(
        person: Any = None,
        *,
        width: int = 1440,
        height: int = 900,
        theme: str = "light",
        scripts: bool = True,
        expect_errors: bool = False,
    ) -> Page:
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": height},
            color_scheme=theme,
            java_script_enabled=scripts,
            locale="en-GB",
        )
        contexts.append(context)
        if person is not None:
            client = Client()
            client.force_login(person)
            cookie = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)

        def listen(message: ConsoleMessage) -> None:
            if message.type == "error" and not message.text.startswith(LEFT_MEANWHILE):
                errors.append(message.text)

        if not expect_errors:
            page.on("console", listen)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, "the browser complained: " + "; ".join(errors)
