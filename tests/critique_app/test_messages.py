"""The catalogues: every word is in them, every one of them translated, and the compiled ones are those of the text."""

from __future__ import annotations

import io
import re
from gettext import GNUTranslations

import pytest
from babel.messages.mofile import write_mo
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from critique_app import messages

DOMAINS = ("django", "djangojs")
OTHERS = [code for code, _name in settings.LANGUAGES[1:]]
HINT = "run `.venv/bin/python manage.py messages`, then fill in what it says is missing in locale/"
PLACES = re.compile(r"%\(\w+\)s|</?\w+")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_word_of_the_interface_is_translated(language: str, domain: str) -> None:
    catalog = messages.read(language, domain)
    wanted = {message.id for message in messages.found(domain) if message.id}
    assert wanted == {message.id for message in catalog if message.id}, HINT
    assert messages.untranslated(catalog) == [], HINT


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_a_translation_keeps_values_and_markup(language: str, domain: str) -> None:
    for message in messages.read(language, domain):
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        if message.id:
            for one, other in zip(ids, strings, strict=True):
                assert sorted(PLACES.findall(one)) == sorted(PLACES.findall(other))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("domain", DOMAINS)
def test_the_compiled_catalogue_is_that_of_the_text(language: str, domain: str) -> None:
    fresh = io.BytesIO()
    write_mo(fresh, messages.read(language, domain))
    fresh.seek(0)
    with messages.po_file(language, domain).with_suffix(".mo").open("rb") as file:
        assert GNUTranslations(file)._catalog == GNUTranslations(fresh)._catalog, HINT


def test_words_are_found_as_django_looks_them_up() -> None:
    found = list(
        messages.in_template(
            '{% translate "Save" %}{% blocktranslate with name=a.b %}Join {{ name }}, 5 %{% endblocktranslate %}'
            "{% blocktranslate count n=rows %}{{ n }} row{% plural %}{{ n }} rows{% endblocktranslate %}"
        )
    )
    assert found == ["Save", "Join %(name)s, 5 %%", ("%(n)s row", "%(n)s rows")]


def test_german_has_its_plural_forms() -> None:
    with override("de"):
        assert gettext("Log in") == "Anmelden"
        told = [ngettext("%(rows)s row", "%(rows)s rows", count) % {"rows": count} for count in (0, 1, 2)]
    assert told == ["0 Zeilen", "1 Zeile", "2 Zeilen"]


def test_scripts_get_their_words_and_nothing_of_others() -> None:
    found = Client().get(reverse("script_words", args=["de"]))
    assert "Gespeichert" in found.text
    assert len(found.content) < 12_000
    again = Client().get(reverse("script_words", args=["de"]), headers={"If-None-Match": found["ETag"]})
    assert again.status_code == 304
    assert Client().get(reverse("script_words", args=["xx"])).status_code == 404
