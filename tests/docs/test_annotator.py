"""The annotator's page tells the same keys as the table that the workbench is made from."""

from __future__ import annotations

import re
from pathlib import Path

from django.utils import translation

from annotations.templatetags.keys import shown
from annotations.verbs.key_table import ACTIONS

ROOT = Path(__file__).resolve().parents[2]


def test_every_key_of_the_table_stands_in_the_annotators_page_with_the_same_words() -> None:
    page = (ROOT / "docs/annotator.md").read_text()
    with translation.override("en"):  # whatever language the last request of another test left behind
        told = [
            (" ".join(f"`{shown(key)}`" for key in action.keys), str(action.label)) for action in ACTIONS if action.keys
        ]
    rows = re.findall(r"^\| (`.+?) \| (.+?) \|$", page, re.M)
    assert rows == told
