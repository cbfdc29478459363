"""How quick the workbench is: server time of next, save and submit, and from Submit to the next item in a browser.

    python -m tests.bench.workbench fill --responses 10000
    python -m tests.bench.workbench server --responses 10000 --items 100
    python -m tests.bench.workbench browser --responses 10000 --items 200 --url http://127.0.0.1:8102

`fill` writes into the instance of $SECOND_LOOK_HOME (project `bench-workbench-10000`, person `bench`; two of five
responses are done already); `server` goes through the whole of Django but the network; `browser` needs a
running `make up` of the instance, and Chromium. Times are in milliseconds.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

PERSON = "bench"


CLONED = (
    "problem", "response", "segmentation", "step", "critique", "judgment", "finding", "explanation", "mark",
    "critiquehead",
)  # fmt: skip


def fill(slug: str, responses: int, steps: int) -> None:
    """One response with a critique by the ORM, and the rest as copies of its rows, made by the database."""
    from django.contrib.auth import get_user_model
    from django.db import connection, transaction

    from annotations.models import Membership, Project
    from tests.bench import compare_rows
    from tests.builders import a_person

    compare_rows.SLUG = slug
    compare_rows.fill(1, steps, critiques=1, differing=0, seed=1)
    project = Project.objects.get(slug=slug)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE copies AS SELECT n, uuidv7() AS problem, uuidv7() AS response, uuidv7() AS critique"
            " FROM generate_series(2, %s) AS n",
            [responses],
        )
        for table in CLONED:
            _copy(cursor, f"annotations_{table}", project.pk)
        cursor.execute(
            "INSERT INTO annotations_slot (response_id, number, project_id, position, state)"
            " SELECT id, 1, project_id, position, CASE WHEN position %% 5 < 2 THEN 'done' ELSE 'open' END"
            " FROM annotations_response WHERE project_id = %s",
            [project.pk],
        )
    person = get_user_model().objects.filter(username=PERSON).first() or a_person(PERSON)
    Membership.objects.create(project=project, user=person, role="annotator")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM annotations_response")
        print(f"{cursor.fetchone()[0]} responses")  # noqa: T201


def _copy(cursor: Any, table: str, project: Any) -> None:
    cursor.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table])
    columns = [name for (name,) in cursor.fetchall()]
    own = table.removeprefix("annotations_")
    fresh = {
        "id": f"copies.{own}" if own in ("problem", "response", "critique") else "",
        "problem_id": "copies.problem",
        "response_id": "copies.response",
        "critique_id": "copies.critique",
        "content_hash": "encode(sha256(copies.n::text::bytea), 'hex')",
        "position": "copies.n",
        "key": "t.key" if own == "critique" else "t.key || copies.n",
    }
    values = [fresh.get(name) or f't."{name}"' for name in columns]
    quoted = ", ".join(f'"{name}"' for name in columns)
    first = {
        "problem": "t.project_id = %s AND t.position = 1",
        "response": "t.project_id = %s AND t.position = 1",
        "critique": "t.project_id = %s AND t.response_id = (SELECT id FROM annotations_response"
        " WHERE project_id = t.project_id AND position = 1)",
    }
    of_response = "t.response_id = (SELECT id FROM annotations_response WHERE project_id = %s AND position = 1)"
    of_critique = (
        "t.critique_id = (SELECT c.id FROM annotations_critique c JOIN annotations_response r ON r.id = c.response_id"
        " WHERE r.project_id = %s AND r.position = 1)"
    )
    condition = first.get(own) or (of_response if own in ("segmentation", "step") else of_critique)
    cursor.execute(
        f"INSERT INTO {table} ({quoted}) SELECT {', '.join(values)} FROM {table} t, copies WHERE {condition}", [project]
    )


def server(slug: str, items: int) -> None:
    from django.contrib.auth import get_user_model
    from django.db import connection, reset_queries
    from django.test import Client
    from django.urls import reverse

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get(username=PERSON))
    times: dict[str, list[float]] = defaultdict(list)
    cpu: dict[str, list[float]] = defaultdict(list)
    queries: dict[str, int] = {}
    page_bytes = 0

    def timed(what: str, call: Any) -> Any:
        reset_queries()
        begin, at_work = time.perf_counter(), time.thread_time()
        reply = call()
        times[what].append((time.perf_counter() - begin) * 1000)
        cpu[what].append((time.thread_time() - at_work) * 1000)
        queries[what] = len(connection.queries)
        assert reply.status_code == 200, (what, reply.status_code, reply.content[:300])
        return reply

    def post(url: str, body: Any) -> Any:
        return client.post(url, json.dumps(body), content_type="application/json")

    connection.force_debug_cursor = True
    page = timed("page of an item, by its address", lambda: client.get(reverse("annotate", args=[slug])))
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
        _show(what, taken, f"   {queries[what]:3} queries, {statistics.median(cpu[what]):5.1f} of it Python's")
    print(f"page of an item: {page_bytes} bytes")  # noqa: T201


def browser(slug: str, items: int, url: str) -> None:
    """From the key that submits to the next item ready for keys: its first step focused, its image decoded."""
    from django.conf import settings
    from django.contrib.auth import get_user_model
    from django.test import Client
    from playwright.sync_api import sync_playwright

    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(get_user_model().objects.get(username=PERSON))
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": client.cookies["sessionid"].value, "url": url}
    taken: list[list[float]] = []
    fallen_back = 0
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": 900})
        context.add_cookies([cookie])
        page = context.new_page()
        page.goto(f"/p/{slug}/annotate")
        page.evaluate(
            """() => {
                window.taken = [];
                let began = 0;
                addEventListener("keydown", (event) => {
                    if (event.key === "Enter" && event.ctrlKey) began = performance.now();
                }, { capture: true });
                document.addEventListener("focusin", ({ target }) => {
                    if (began && target.matches('.step.open[data-verdict=""]')) {
                        const now = performance.now();
                        const all = performance.getEntriesByType("resource");
                        const { requestStart, responseEnd } = all.findLast(({ name }) => name.endsWith("/submit"));
                        window.taken.push([now - began, responseEnd - requestStart, now - responseEnd]);
                        performance.clearResourceTimings();
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
            page.wait_for_function("() => document.querySelector('[data-saved]').dataset.saved === 'saved'")
            page.wait_for_timeout(700)  # nobody judges six steps in less; the next item is fetched meanwhile
            page.keyboard.press("Control+Enter")
            page.wait_for_function("() => document.querySelector('.step.open')?.dataset.verdict === ''")
            if page.evaluate("window.taken === undefined"):
                fallen_back += 1
                break
            page.wait_for_function("(done) => window.taken.length > done", arg=done)
        taken = page.evaluate("window.taken") or []
        chromium.close()
    whole, answered, swapped = zip(*taken, strict=True)
    _show("submit to next", whole, f"   {len(taken)} items, {fallen_back} by a page load")
    _show("  of it the server's answer", answered, "")
    _show("  of it the swap in the browser", swapped, "")


def _show(what: str, taken: Sequence[float], more: str) -> None:
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
    slug = f"bench-workbench-{given.responses}"
    if given.what == "fill":
        fill(slug, given.responses, given.steps)
    elif given.what == "server":
        server(slug, given.items)
    else:
        browser(slug, given.items, given.url)


if __name__ == "__main__":
    main()
