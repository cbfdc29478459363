"""The annotator's page tells the same keys as the dialog on the workbench."""

from __future__ import annotations

import re
from pathlib import Path

from django.template.loader import render_to_string

ROOT = Path(__file__).resolve().parents[2]


def words(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_every_key_of_the_dialog_stands_in_the_annotators_page_with_the_same_words() -> None:
    dialog = render_to_string("annotate/_keys.html")
    page = (ROOT / "docs/annotator.md").read_text().replace("`", "")
    told = {(words(keys), words(does)) for keys, does in re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", dialog, re.S)}
    rows = set(re.findall(r"^\| (.+?) \| (.+?) \|$", page, re.M)) - {("key", "does")}
    assert len(told) > 10
    assert told == rows
