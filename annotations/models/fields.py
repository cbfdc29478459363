"""Column types of our own."""

from __future__ import annotations

import json
from typing import Any

from django.db import models
from django.db.models import JSONField


class PreservedJSONField(JSONField):
    """A `json` (not `jsonb`) column: keys keep their order, duplicates and numbers stay as they were written.

    For what must come out as it came in. Not for querying: no containment, no key transforms that need `jsonb`.
    """

    def db_type(self, connection: Any) -> str:
        return "json"

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None or hasattr(value, "as_sql"):
            return value
        return json.dumps(value, ensure_ascii=False, cls=self.encoder)

    def get_placeholder(self, value: Any, compiler: Any, connection: Any) -> str:
        return "%s::json"

    def select_format(self, compiler: Any, sql: str, params: Any) -> tuple[str, Any]:
        return f"({sql})::text", params

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return json.loads(value, cls=self.decoder) if isinstance(value, str) else value


def one_of(field: str, values: tuple[str, ...], name: str) -> models.CheckConstraint:
    """The column holds one of these words."""
    return models.CheckConstraint(condition=models.Q(**{f"{field}__in": values}), name=name)
