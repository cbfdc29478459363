"""Modules find each other by hashed names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.test import override_settings


def test_a_module_imports_others_by_their_hashed_names(tmp_path: Path, settings: Any) -> None:
    hashed = {**settings.STORAGES, "staticfiles": {"BACKEND": "critique_app.static_storage.HashedStaticFiles"}}
    with override_settings(STORAGES=hashed, STATIC_ROOT=tmp_path):
        call_command("collectstatic", interactive=False, verbosity=0)
    (page,) = (path for path in (tmp_path / "js").glob("annotate.*.js") if path.suffix == ".js")
    (client,) = (path for path in (tmp_path / "js" / "workbench").glob("client.*.js") if path.suffix == ".js")
    assert f'from "./workbench/{client.name}"' in page.read_text()
