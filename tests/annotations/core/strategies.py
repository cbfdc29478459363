"""Hypothesis strategies made from the schema's dataclasses, so that a field is covered on the day it is added.

`records(kind)` draws every field by its type. A type that nobody told how to draw is an error: a new one is told here.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from hypothesis import strategies as st

LETTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\0")  # PostgreSQL stores neither
TEXTS = st.text(LETTERS, max_size=12)
NAMES = st.text(LETTERS, min_size=1, max_size=12).filter(lambda text: bool(text.strip()))
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.dictionaries(TEXTS, SCALARS | TEXTS | st.lists(SCALARS | TEXTS, max_size=2), max_size=2)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))
MOST = 2  # members of a tuple


def records(kind: type, **given: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Instances of a dataclass. given: strategies of fields that the type alone does not tell."""
    hints = get_type_hints(kind, include_extras=True)
    drawn = {part.name: given[part.name] if part.name in given else of(hints[part.name]) for part in fields(kind)}
    return st.builds(kind, **drawn)


def of(hint: Any) -> st.SearchStrategy[Any]:
    """Values of a type as the schema writes it. Raises TypeError for one that is not told here."""
    plain: Mapping[Any, st.SearchStrategy[Any]] = {
        str: TEXTS, bool: st.booleans(), int: st.integers(0, 1000), datetime: MOMENTS, type(None): st.none(),
        float: st.floats(0, 1000, allow_nan=False),
    }  # fmt: skip
    origin, parts = get_origin(hint), get_args(hint)
    if hint in plain:
        return plain[hint]
    if is_dataclass(hint):
        return st.deferred(lambda: records(hint))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin is Annotated:
        return _bounded(parts[0], parts[1:])
    if origin in (Union, types.UnionType):
        return st.one_of(*map(of, parts))
    if origin is tuple:
        if parts[-1] is Ellipsis:
            return st.lists(of(parts[0]), max_size=MOST).map(tuple)
        return st.tuples(*map(of, parts))
    if origin is dict:
        return JSON
    raise TypeError(f"no strategy for {hint}: tell it in {__name__}")


def _bounded(inner: Any, notes: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    """Numbers within pydantic's bounds."""
    told = [one for note in notes for one in getattr(note, "metadata", ())]
    bounds = {name: getattr(one, name) for one in told for name in ("ge", "gt", "le") if hasattr(one, name)}
    low, high = bounds.get("ge", bounds.get("gt", 0)), bounds.get("le", 1000)
    if inner is int:
        return st.integers(low + ("gt" in bounds), high)
    if inner is float:
        return st.floats(low, high, allow_nan=False, exclude_min="gt" in bounds)
    return of(inner)
