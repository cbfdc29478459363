"""How quick the workbench is: server time of next, save and submit, and from Submit to the next item in a browser.

    python -m tests.bench.workbench fill --responses 10000
    python -m tests.bench.workbench server --items 100
    python -m tests.bench.workbench browser --items 200 --url http://127.0.0.1:8102

`fill` writes into the instance of $SECOND_LOOK_HOME (project `bench-workbench`, person `bench`; two of five responses are
done already); `server` goes through the whole of Django but the network; `browser` needs a running `make up` of the
instance, and Chromium. Times are in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import defaultdict
from typing import Any

SLUG = "bench-workbench"
PERSON = "bench"


def fill(responses: int, steps: int) -> None:
    from django.db import connection

    from annotations.models import Project
    from tests.bench import compare_rows
    from tests.builders import a_person

    compare_rows.SLUG = SLUG
    compare_rows.fill(responses, steps, critiques=1, differing=0, seed=1)
    project = Project.objects.get(slug=SLUG)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO annotations_slot (response_id, number, project_id, position, state)"
            " SELECT id, 1, project_id, position, CASE WHEN position %% 5 < 2 THEN 'done' ELSE 'open' END"
            " FROM annotations_response WHERE project_id = %s",
            [project.pk],
        )
    a_person(PERSON, role="annotator", project=project)


def server(items: int) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection, reset_queries
    from django.test import Client
    from django.urls import reverse

    client = Client()
    client.force_login(get_user_model().objects.get(username=PERSON))
    times: dict[str, list[float]] = defaultdict(list)
    queries: dict[str, int] = {}
    page_bytes = 0

    def timed(what: str, call: Any) -> Any:
        reset_queries()
        begin = time.perf_counter()
        reply = call()
        times[what].append((time.perf_counter() - begin) * 1000)
        queries[what] = len(connection.queries)
        assert reply.status_code == 200, (what, reply.status_code, reply.content[:300])
        return reply

    def post(url: str, body: Any) -> Any:
        return client.post(url, json.dumps(body), content_type="application/json")

    connection.force_debug_cursor = True
    page = timed("page of an item, by its address", lambda: client.get(reverse("annotate", args=[SLUG])))
    for _ in range(items):
        state = json.loads(page.content.split(b'<script id="draft-state" type="application/json">')[1].split(b"<")[0])
        ahead = timed("next: claimed ahead", lambda s=state: post(s["ahead_url"], {})).json()
        page = timed("next: its page", lambda a=ahead: client.get(a["url"]))
        page_bytes = len(page.content)
        paths = [*(f"steps.{step}.verdict" for step in range(1, len(state["texts"]) + 1)), "answer.verdict"]
        for number, path in enumerate(paths, 1):
            edit = {"path": path, "value": "correct", "base_version": 0, "client": "bench", "number": number}
            body = {"edits": [edit], "since": number - 1}
            timed("save: one edit", lambda s=state, b=body: post(s["edits_url"], b))
        timed("a sign of life", lambda s=state: post(s["heartbeat_url"], {"since": 99}))
        following = timed("submit, and the next is theirs", lambda s=state: post(s["submit_url"], {})).json()["next"]
        assert following == ahead
    for what, taken in times.items():
        _show(what, taken, f"   {queries[what]:3} queries")
    print(f"page of an item: {page_bytes} bytes")  # noqa: T201


def browser(items: int, url: str) -> None:
    """From the key that submits to the next item ready for keys: its first step focused, its image decoded."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client
    from playwright.sync_api import sync_playwright

    client = Client()
    client.force_login(get_user_model().objects.get(username=PERSON))
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value, "url": url}
    taken: list[float] = []
    fallen_back = 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"/p/{SLUG}/annotate")
        page.evaluate(
            """() => {
                window.taken = [];
                let began = 0;
                addEventListener("keydown", (event) => {
                    if (event.key === "Enter" && event.ctrlKey) began = performance.now();
                }, { capture: true });
                document.addEventListener("focusin", ({ target }) => {
                    if (began && target.matches('.step.open[data-verdict=""]')) {
                        window.taken.push(performance.now() - began);
                        began = 0;
                    }
                });
            }"""
        )
        for done in range(items):
            count = page.locator(".step").count()
            for _ in range(count):
                page.keyboard.press("1")
                page.keyboard.press("Enter")
            page.wait_for_function("document.querySelector('[data-saved]').dataset.saved === 'saved'")
            page.wait_for_timeout(700)  # nobody judges six steps in less; the next item is fetched meanwhile
            page.keyboard.press("Control+Enter")
            page.wait_for_function("document.querySelector('.step.open')?.dataset.verdict === ''")
            if page.evaluate("window.taken === undefined"):
                fallen_back += 1
                break
            page.wait_for_function("(done) => window.taken.length > done", arg=done)
        taken = page.evaluate("window.taken") or []
        chromium.close()
    _show("submit to next", taken, f"   {len(taken)} items, {fallen_back} by a page load")


def _show(what: str, taken: list[float], more: str) -> None:
    taken = sorted(taken)
    print(  # noqa: T201
        f"{what:34} median {statistics.median(taken):7.1f}   p95 {taken[int(len(taken) * 0.95)]:7.1f}{more}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["fill", "server", "browser"])
    parser.add_argument("--responses", type=int, default=10_000)
    parser.add_argument("--steps", type=int, default=6)
    parser.add_argument("--items", type=int, default=100)
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "critique_app.settings")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright keeps an event loop in this thread
    import django

    django.setup()
    if given.what == "fill":
        fill(given.responses, given.steps)
    elif given.what == "server":
        server(given.items)
    else:
        browser(given.items, given.url)


if __name__ == "__main__":
    main()
