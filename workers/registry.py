"""A kind of thing is a folder, a thing is a file: find every file of a package that declares one."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


@cache
def declared_in(package: str, attribute: str) -> dict[str, Any]:
    """Each module's `attribute` under its `name`, for the modules directly in `package` that have one, in file order.

    Raises ValueError where two files declare the same name.
    """
    found: dict[str, Any] = {}
    for module in iter_modules(import_module(package).__path__):
        thing = getattr(import_module(f"{package}.{module.name}"), attribute, None)
        if thing is None:
            continue
        if thing.name in found:
            raise ValueError(f"{package}/{module.name}.py declares {thing.name!r}, which another file has taken: rename it")
        found[thing.name] = thing
    return found


def named(package: str, attribute: str, name: str) -> Any:
    """The thing of that name. Raises KeyError that lists what there is."""
    things = declared_in(package, attribute)
    if name not in things:
        raise KeyError(f"expected one of {', '.join(sorted(things))} in {package}, found {name!r}")
    return things[name]
