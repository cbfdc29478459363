"""The catalogues of interface words: what is to be translated, found in templates, Python, scripts and plug-ins.

Needs Babel, which is for those who work on Second Look: an instance reads the compiled catalogues in `locale/` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.template.base import Lexer, Token, TokenType

from critique_app.instance import CODE_FOLDER

LOCALE = CODE_FOLDER / "locale"
CODE = ("annotations", "workers", "critique_app")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
}
# Where plug-ins say in English what they are; pages translate it by value: (package, constant, its attributes).
PLUG_INS = (
    ("annotations.importers", "FORMAT", ("title", "help")),
    ("annotations.exporters", "FORMAT", ("title", "help", "group", "options")),
    ("annotations.strategies", "STRATEGY", ("title", "help")),
    ("annotations.plants", "PLANT", ("title",)),
    ("workers.critics", "METHOD", ("title", "help", "settings")),
)
# The hour of an update says nothing that git does not, and two branches would differ in it.
ALWAYS = datetime(2026, 1, 1, tzinfo=UTC)
Message = str | tuple[str, ...]


def found(domain: str) -> Catalog:
    """Everything to be translated: `django` in templates, Python and plug-ins, `djangojs` in scripts."""
    catalog = Catalog(project="Second Look", charset="utf-8", fuzzy=False)
    sources = (in_scripts(),) if domain == "djangojs" else (in_templates(), in_python(), in_plug_ins())
    for source in sources:
        for message in source:
            catalog.add(message)
    return catalog


def in_templates() -> Iterator[Message]:
    for path in sorted((CODE_FOLDER / "templates").rglob("*.html")):
        if path.parent.name != "admin":
            yield from in_template(path.read_text())


def in_template(source: str) -> Iterator[Message]:
    """Literals of `translate`, and the insides of `blocktranslate` as Django looks them up."""
    singular: list[Token] | None = None
    plural: list[Token] | None = None
    for token in Lexer(source).tokenize():
        bits = token.split_contents() if token.token_type == TokenType.BLOCK else [""]
        if bits[0] == "translate" and bits[1][0] in "\"'":
            yield bits[1][1:-1]
        elif bits[0] == "blocktranslate":
            singular, plural = [], None
        elif bits[0] == "plural":
            plural = []
        elif bits[0] == "endblocktranslate" and singular is not None:
            yield (_told(singular), _told(plural)) if plural is not None else _told(singular)
            singular = plural = None
        elif singular is not None:
            (singular if plural is None else plural).append(token)


def _told(tokens: list[Token]) -> str:
    """As django.templatetags.i18n.BlockTranslateNode.render_token_list writes it."""
    texts = (
        f"%({token.contents})s" if token.token_type == TokenType.VAR else token.contents.replace("%", "%%")
        for token in tokens
    )
    return "".join(texts)


def in_python() -> Iterator[Message]:
    for folder in CODE:
        for path in sorted((CODE_FOLDER / folder).rglob("*.py")):
            yield from (message for _, message, _, _ in extract_from_file("python", path, keywords=KEYWORDS))


def in_scripts() -> Iterator[Message]:
    for path in sorted((CODE_FOLDER / "static/js").rglob("*.js")):
        # Within `template strings` too.
        options = {"parse_template_string": True}
        found_here = extract_from_file("javascript", path, keywords=KEYWORDS, options=options)
        yield from (message for _, message, _, _ in found_here)


def in_plug_ins() -> Iterator[str]:
    for package, constant, names in PLUG_INS:
        folder = Path(str(import_module(package).__file__)).parent
        for path in sorted(folder.glob("*.py")):
            plug_in = getattr(import_module(f"{package}.{path.stem}"), constant, None)
            for name in names if plug_in is not None else ():
                yield from _words_of(getattr(plug_in, name))


def _words_of(value: Any) -> Iterator[str]:
    """A string; of an exporter's options their names, values and help; of a method's settings their help."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, type) and is_dataclass(value):
        yield from (field.metadata["help"] for field in fields(value) if "help" in field.metadata)
    else:
        for option in value or ():
            yield from (
                option.name.replace("_", " ").capitalize(),
                *(each.replace("_", " ") for each in option.values if each),
                option.help,
            )


def po_file(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    path = po_file(language, domain)
    catalog = Catalog(locale=language, project="Second Look", charset="utf-8", fuzzy=False)
    if path.exists():
        with path.open("rb") as file:
            catalog = read_po(file, locale=language, ignore_obsolete=True)
    catalog.creation_date = catalog.revision_date = ALWAYS
    return catalog


def update(language: str, domain: str) -> Catalog:
    """Writes .po (new messages empty, gone ones dropped) and .mo; returns what stands there now."""
    catalog = read(language, domain)
    catalog.update(found(domain), no_fuzzy_matching=True, update_creation_date=False)
    path = po_file(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=120, no_location=True, sort_output=True, ignore_obsolete=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(language, domain))
    return catalog


def untranslated(catalog: Catalog) -> list[str]:
    """Messages without a translation, or with a plural form missing."""
    lacking = []
    for message in catalog:
        given = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        wanted = catalog.num_plurals if isinstance(message.id, (tuple, list)) else 1
        if message.id and (len(given) < wanted or not all(given)):
            lacking.append(message.id if isinstance(message.id, str) else message.id[0])
    return lacking
