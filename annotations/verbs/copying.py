"""Rows into tables by COPY: the one way in for everything that comes in numbers, ten times the speed of INSERT."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.fields import Field
from psycopg import sql


def _columns(model: type[models.Model]) -> list[Field[Any, Any]]:
    """Every column that is written by us; those with a database default only are left to the database."""
    return [
        field
        for field in model._meta.concrete_fields
        if field.column is not None and not (field.has_db_default() and not field.editable)
    ]


def copy_in(model: type[models.Model], rows: Iterable[models.Model]) -> int:
    """Copies unsaved instances (keys set) into their table; returns how many. Raises IntegrityError as INSERT would."""
    fields = _columns(model)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(model._meta.db_table), sql.SQL(", ").join(sql.Identifier(field.column) for field in fields)
    )
    count = 0
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(_values(row, fields))
            count += 1
    return count


def _values(row: models.Model, fields: Sequence[Field[Any, Any]]) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]
