"""Every page of the domain: the `urlpatterns` of each module in this folder. Projects live under `p/<slug>/`."""

from __future__ import annotations

from annotations.core.plugins import modules_of

urlpatterns = [
    pattern
    for module in modules_of(__package__)
    if module.__name__ != __name__
    for pattern in getattr(module, "urlpatterns", [])
]
