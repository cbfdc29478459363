"""`manage.py native_schema`: docs/native.schema.json, made from the schema's dataclasses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from annotations.core.codec import json_schema


class Command(BaseCommand):
    help = "Write the JSON Schema of a native line to docs/native.schema.json; run it after a change of core/schema.py."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        path = Path(settings.BASE_DIR) / "docs" / "native.schema.json"
        path.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        self.stdout.write(f"Wrote {path}")
