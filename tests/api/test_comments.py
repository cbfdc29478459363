"""Comments over the API: the same ones as on the pages."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from annotations.verbs import comments
from tests.annotations.verbs.test_comments import Talked, flagged
from tests.builders import a_critique

pytestmark = pytest.mark.django_db


def told(person: Any, it: Talked, query: str = "") -> list[dict[str, Any]]:
    client = Client()
    client.force_login(person)
    reply = client.get(reverse("api_comments", args=[it.project.slug]) + query)
    assert reply.status_code == 200, reply.content
    results: list[dict[str, Any]] = reply.json()["results"]
    return results


def test_a_caller_reads_what_they_may_see() -> None:
    it = Talked()
    critique = flagged(it)
    said, _ = comments.open_thread(it.response, "Hm.", by=it.reviewer, critique=critique.pk, finding=1)
    comments.open_thread(it.response, "Well.", by=it.reviewer)
    first, second = told(it.reviewer, it)
    assert first == {
        "id": str(said.pk),
        "thread": str(said.thread_id),
        "response": it.response.key,
        "segmentation": 1,
        "step": 2,
        "critique": str(critique.pk),
        "finding": 1,
        "author": "rev",
        "text": "Hm.",
        "at": first["at"],
        "resolved": False,
    }
    assert (second["text"], second["step"], second["critique"]) == ("Well.", None, None)
    assert told(it.ada, it) == []
    a_critique(it.response, by=it.ada)
    assert len(told(it.ada, it)) == 2


def test_filters_are_named_ones() -> None:
    it = Talked()
    said, _ = comments.open_thread(it.response, "Hm.", by=it.reviewer)
    comments.resolve(said.thread, by=it.reviewer)
    assert len(told(it.reviewer, it, "?resolved=true&author=rev")) == 1
    assert told(it.reviewer, it, "?resolved=false") == []
    assert told(it.reviewer, it, "?response=nothing") == []
    assert told(it.reviewer, it, "?fields=text") == [{"text": "Hm."}]
