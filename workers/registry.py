"""A kind of thing is a folder, a thing is a file: each file of a package that declares one, by its name."""

from __future__ import annotations

from functools import cache
from typing import Any

from annotations.core.plugins import modules_of


@cache
def declared_in(package: str, attribute: str) -> dict[str, Any]:
    """Each module's `attribute` under its `name`, for the modules directly in `package` that have one.

    Raises ValueError where two files declare the same name.
    """
    found: dict[str, Any] = {}
    for module in modules_of(package):
        thing = getattr(module, attribute, None)
        if thing is None:
            continue
        if thing.name in found:
            raise ValueError(f"{module.__name__}: expected a name of its own, found {thing.name!r}, which is taken")
        found[thing.name] = thing
    return found


def named(package: str, attribute: str, name: str) -> Any:
    """The thing of that name. Raises KeyError that lists what there is."""
    things = declared_in(package, attribute)
    if name not in things:
        raise KeyError(f"expected one of {', '.join(sorted(things))} in {package}, found {name!r}")
    return things[name]
