"""Every word that a template shows goes through gettext; this holds the rule for templates yet to be written."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

ROOT = Path(__file__).resolve().parents[3]
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*.html") if path.parent.name != "admin")
READ_OUT = {"aria-label", "alt", "title", "placeholder"}
CODE = {"code", "pre", "kbd", "script", "style"}
NAMES = {"Second Look", "SHA-256", "Esc", "Ctrl", "JSON", "CSV", "HTML", "OpenAPI 3.1"}  # the same in every language
WORD = re.compile(r"[^\W\d_]{2,}")
DEFAULT = re.compile(r"""\|default(?:_if_none)?:["']([^"']*)["']""")
NOT_SHOWN = {"main_class", "body_attributes", "styles", "scripts"}


class Shown(HTMLParser):
    """Collects what a person reads: texts outside of code, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.code: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in CODE:
            self.code.append(tag)
        self.found += [value for name, value in attrs if name in READ_OUT and value]

    def handle_endtag(self, tag: str) -> None:
        if self.code and self.code[-1] == tag:
            self.code.pop()

    def handle_data(self, data: str) -> None:
        if not self.code:
            self.found.append(data)


def untranslated(source: str) -> list[str]:
    """The literal words of a template outside of `translate` and `blocktranslate`."""
    kept: list[str] = []
    within_blocktranslate, block = False, ""
    for token in Lexer(source).tokenize():
        name = token.split_contents()[0] if token.token_type == TokenType.BLOCK else ""
        if name in {"blocktranslate", "endblocktranslate"}:
            within_blocktranslate = name == "blocktranslate"
        elif name == "block":
            block = token.split_contents()[1]
        elif name == "endblock":
            block = ""
        elif token.token_type == TokenType.TEXT and not within_blocktranslate and block not in NOT_SHOWN:
            kept.append(token.contents)
        elif token.token_type == TokenType.VAR:
            kept += [f"<p>{words}</p>" for words in DEFAULT.findall(token.contents) if block not in NOT_SHOWN]
    parser = Shown()
    parser.feed("".join(kept))
    texts = (" ".join(text.split()) for text in parser.found)
    return [text for text in texts if WORD.search(text) and text.strip("— ·") not in NAMES]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_every_word_of_a_template_can_be_translated(path: Path) -> None:
    assert untranslated(path.read_text()) == [], 'wrap it: {% translate "…" %}; see docs/front-end.md'


def test_the_rule_finds_a_bare_word_and_a_bare_label() -> None:
    assert untranslated('<p>{% translate "Fine" %} {{ name }} <b>bare</b></p>') == ["bare"]
    assert untranslated('<button aria-label="Close">✕</button>') == ["Close"]
    assert untranslated('<p>{{ name|default:"nobody" }}</p>') == ["nobody"]
    assert untranslated("{% blocktranslate %}<b>fine</b>{% endblocktranslate %}<code>fine()</code>") == []
