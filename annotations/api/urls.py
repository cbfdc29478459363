"""The API, version 1: the `urlpatterns` of each module in this folder."""

from __future__ import annotations

from annotations.core.plugins import modules_of

urlpatterns = [
    pattern
    for module in modules_of(__package__)
    if module.__name__ != __name__
    for pattern in getattr(module, "urlpatterns", [])
]
