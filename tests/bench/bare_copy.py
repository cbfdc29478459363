"""PostgreSQL's bare `COPY` of the rows that an import has made: into the same tables, and into bare ones.

The rows are copied out to files, the tables emptied by their owner, and the files copied in again in one transaction,
constraints and triggers on; then into tables of the same columns without any index, constraint or trigger.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

# Parents first. What an import without images writes; project, taxonomy and authors stay.
TABLES = (
    "problem", "response", "segmentation", "step", "slot", "critique", "judgment", "finding", "explanation",
    "critiquehead", "reference",
)  # fmt: skip


def measure(folder: Path) -> dict[str, float]:
    """Seconds into the same tables, seconds into bare ones, rows. The tables hold the rows again afterwards."""
    import django

    django.setup()
    from django.db import connections

    connection = connections["owner"]
    rows = 0
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM annotations_{table}")
            rows += cursor.fetchone()[0]
            columns = _columns(cursor, table)
            with (folder / table).open("wb") as out, cursor.copy(
                f"COPY annotations_{table} ({columns}) TO STDOUT"
            ) as copied:  # fmt: skip
                for block in copied:
                    out.write(block)
        cursor.execute(f"TRUNCATE {', '.join(f'annotations_{table}' for table in TABLES)} CASCADE")
    with_constraints = _copied(connection, folder, "annotations_")
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"CREATE TABLE bare_{table} (LIKE annotations_{table})")
    bare = _copied(connection, folder, "bare_")
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE {', '.join(f'bare_{table}' for table in TABLES)}")
    return {"seconds": with_constraints, "bare": bare, "rows": rows}


def _copied(connection: Any, folder: Path, prefix: str) -> float:
    from django.db import transaction

    started = time.monotonic()
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for table in TABLES:
            columns = _columns(cursor, table)
            with (folder / table).open("rb") as held, cursor.copy(
                f"COPY {prefix}{table} ({columns}) FROM STDIN"
            ) as copied:  # fmt: skip
                while block := held.read(1024 * 1024):
                    copied.write(block)
    return time.monotonic() - started


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [f"annotations_{table}"],
    )
    return cursor.fetchone()[0]
