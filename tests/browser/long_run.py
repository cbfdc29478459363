"""A scripted person who critiques item after item while the world goes wrong, and a model of what they did.

The model is what they pressed and typed, never what the page says. `LongRun.report` holds it against the database.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Error, Page, Request, Route, expect

from annotations.models import Critique
from annotations.models.records import critique_record
from tests.browser.web_server import WebServer

VERDICTS = ("correct", "neutral", "incorrect", "unsure")
WORDS = (
    "the", "label", "reads", "while", "this", "step", "takes", "it", "for", "66", "👩‍🔬", "Ünïcode", "שלום",
)  # fmt: skip
PATIENCE = 90_000  # milliseconds
FAULTS = (
    "offline", "lost replies", "slow", "reload", "reload at once", "closed tab", "worker killed", "server killed",
)  # fmt: skip

AUDIT = """
CREATE TABLE IF NOT EXISTS public.long_run_audit (
    draft uuid, path text, client text, edit text, at timestamptz DEFAULT clock_timestamp());
CREATE OR REPLACE FUNCTION long_run_note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO public.long_run_audit (draft, path, client, edit) VALUES (NEW.draft_id, NEW.path, NEW.client, NEW.edit);
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER long_run_note AFTER INSERT OR UPDATE ON annotations_draftfield
    FOR EACH ROW WHEN (NEW.path NOT LIKE 'clients.%') EXECUTE FUNCTION long_run_note();
"""
END_OF_AUDIT = "DROP TRIGGER long_run_note ON annotations_draftfield; DROP TABLE public.long_run_audit"


@dataclass
class Item:
    """What the person did to one item."""

    verdicts: dict[int, str] = field(default_factory=dict)  # 0 is the answer
    reasons: dict[int, str] = field(default_factory=dict)
    explanations: dict[int, str] = field(default_factory=dict)
    comment: str = ""


@dataclass
class Report:
    items: int
    acknowledged: int
    lost: list[Any]
    doubled: list[Any]
    faults: Counter[str]
    seconds: float


class LongRun:
    def __init__(self, page: Page, server: WebServer, *, slug: str, steps: int, seed: int) -> None:
        self.page, self.server, self.slug, self.steps = page, server, slug, steps
        self.context = page.context
        self.dice = random.Random(seed)
        self.items: dict[str, Item] = {}
        self.acknowledged: dict[tuple[str, str, int], str] = {}
        self.faults: Counter[str] = Counter()
        self.losing = 0
        self.offline_until = 0.0
        self._watch(page)
        self.context.route("**/annotate/**", self._world)

    # --- the world ---------------------------------------------------------------------------------------------------

    def _world(self, route: Route) -> None:
        """What lies between browser and server."""
        posts = route.request.method == "POST"
        if time.monotonic() < self.offline_until and posts:
            route.abort()
        elif self.losing > 0 and posts:
            self.losing -= 1
            with contextlib.suppress(Error):
                route.fetch()
            route.abort()
        else:
            route.continue_()

    def _watch(self, page: Page) -> None:
        page.on("requestfinished", self._finished)

    def _finished(self, request: Request) -> None:
        if request.method != "POST" or not request.url.endswith("/edits"):
            return
        try:
            reply = request.response()
            edits = json.loads(request.post_data or "{}")["edits"]
        except Error:
            return  # the page is gone, and has not heard it
        if reply is None or reply.status != 200:
            return
        draft = request.url.split("/")[-2]
        for edit in edits:
            self.acknowledged[draft, edit["client"], edit["number"]] = edit["path"]

    def something_happens(self) -> None:
        fault = self.dice.choices(FAULTS, weights=(8, 8, 4, 4, 4, 3, 3, 1))[0]
        self.faults[fault] += 1
        if fault == "offline":
            self.offline_until = time.monotonic() + self.dice.uniform(0.3, 1.5)
        elif fault == "lost replies":
            self.losing = self.dice.randint(1, 3)
        elif fault == "slow":
            self.page.wait_for_timeout(self.dice.uniform(100, 700))
        elif fault == "reload":
            self.page.wait_for_timeout(self.dice.uniform(50, 500))
            self.arrive()
        elif fault == "reload at once":
            self.arrive()
        elif fault == "closed tab":
            old, self.page = self.page, self.context.new_page()
            self._watch(self.page)
            old.close()
            self.arrive()
        elif fault == "worker killed":
            self.server.kill_one_worker()
        else:
            self.server.kill()
            self.server.start()

    def arrive(self) -> None:
        """The address typed again, as often as it takes while the server is away."""
        self.offline_until = 0
        for _ in range(60):
            with contextlib.suppress(Error):
                reply = self.page.goto(f"{self.server.url}/p/{self.slug}/annotate", timeout=PATIENCE)
                if reply is not None and reply.ok:
                    break
            self.page.wait_for_timeout(500)
        self.page.locator(".step.open:focus").wait_for(timeout=PATIENCE)

    # --- the person --------------------------------------------------------------------------------------------------

    @property
    def draft(self) -> str:
        return str(self.page.evaluate("JSON.parse(document.getElementById('draft-state').textContent).draft"))

    @property
    def item(self) -> Item:
        return self.items[self.current]

    def critique_one(self) -> None:
        self.current = self.draft
        self.items.setdefault(self.current, Item())
        actions = [*range(self.steps + 1), *self.dice.choices(range(self.steps + 1), k=2)]
        self.dice.shuffle(actions)
        for step in actions:
            self.judge(step)
            if self.dice.random() < 0.15:
                self.something_happens()
        if self.dice.random() < 0.4:
            self.item.comment = self.some_words()
            self.open(0)
            self.page.locator("#comment").fill(self.item.comment)
        if self.dice.random() < 0.2:
            self.something_happens()
        self.submit()

    def open(self, step: int) -> None:
        place = self.page.locator(f"#step-{step or 'answer'}")
        if "open" not in (place.get_attribute("class") or "").split():
            place.locator(".n").click()
        expect(place).to_have_class(re.compile(r"\bopen\b"))
        place.focus()

    def judge(self, step: int) -> None:
        verdict = self.dice.choice(VERDICTS if step else VERDICTS[:3])
        self.open(step)
        self.page.keyboard.press(str(VERDICTS.index(verdict) + 1))
        before, self.item.verdicts[step] = self.item.verdicts.get(step), verdict
        if before != verdict and self.dice.random() < 0.2:
            self.page.keyboard.press("Control+z")
            if self.dice.random() < 0.5 or before is None:
                self.page.keyboard.press("Control+Shift+z")
            else:
                self.item.verdicts[step] = verdict = before
        if step and verdict == "unsure":
            self.item.reasons[step] = self.some_words()
            self.page.locator(f"#reason-{step}").fill(self.item.reasons[step])
        if step and verdict == "incorrect":
            self.explain(step)

    def explain(self, step: int) -> None:
        place = self.page.locator(f"#step-{step} [name$='.explanation']")
        if step not in self.item.explanations:
            self.page.locator(f"#step-{step}").focus()
            self.page.keyboard.press("n")
        expect(place).to_have_count(1)
        self.item.explanations[step] = self.some_words()
        place.fill("")
        place.focus()
        self.page.keyboard.type(self.item.explanations[step])

    def some_words(self) -> str:
        return " ".join(self.dice.choices(WORDS, k=self.dice.randint(1, 6)))

    def submit(self) -> None:
        self.page.keyboard.press("Control+Enter")
        if self.dice.random() < 0.2:
            self.page.keyboard.press("Control+Enter")
        if self.dice.random() < 0.05:
            self.something_happens()
        self.page.wait_for_function(
            """(before) => {
                const state = document.getElementById("draft-state");
                return !state || JSON.parse(state.textContent).draft !== before;
            }""",
            arg=self.current,
            timeout=PATIENCE,
        )

    # --- the reckoning -----------------------------------------------------------------------------------------------

    def report(self, owner: Any, seconds: float) -> Report:
        rows = owner.execute("SELECT draft::text, path, client, edit::bigint FROM public.long_run_audit").fetchall()
        written: dict[tuple[str, str, str], int] = {}
        for draft, path, client, edit in rows:
            written[draft, path, client] = max(edit, written.get((draft, path, client), 0))
        # Two edits of one field in one request are written as the later one.
        lost: list[Any] = [
            ("acknowledged, not written", draft, client, number, path)
            for (draft, client, number), path in self.acknowledged.items()
            if written.get((draft, path, client), 0) < number
        ]
        doubled: list[Any] = [("written twice", row) for row, count in Counter(rows).items() if count > 1]
        for draft, item in self.items.items():
            critiques = list(Critique.objects.whole().filter(key=f"draft {draft}"))
            if len(critiques) != 1:
                (doubled if critiques else lost).append(("critiques of one draft", draft, len(critiques)))
                continue
            lost += [(draft, *difference) for difference in self.differences(item, critique_record(critiques[0]))]
        return Report(len(self.items), len(self.acknowledged), lost, doubled, self.faults, seconds)

    def differences(self, item: Item, critique: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []

        def compare(what: Any, done: Any, stored: Any) -> None:
            if done != stored:
                found.append((what, "done", done, "stored", stored))

        compare("answer", item.verdicts[0], critique.answer.verdict)
        compare("comment", item.comment, critique.comment)
        for judgment in critique.judgments:
            step = judgment.step
            compare(("verdict", step), item.verdicts[step], judgment.verdict)
            if judgment.verdict == "unsure":
                compare(("reason", step), item.reasons.get(step, ""), judgment.reason)
            told = [text for finding in judgment.findings for text in finding.explanations]
            done = [item.explanations[step]] if step in item.explanations else []
            compare(("explanation", step), done, told)
        return found
