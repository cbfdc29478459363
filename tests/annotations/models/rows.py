"""One whole critique with every kind of part, and copies of it in SQL with something wrong."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from django.db import connection

from annotations.core import schema
from annotations.core.ids import new_id
from annotations.models import Critique, Response
from tests.builders import a_critique

# table and the column that numbers its rows within a critique, parents first
PARTS = {"judgment": "number", "finding": "ordinal", "explanation": "ordinal", "mark": "ordinal", "evidence": "ordinal"}


def a_full_critique(response: Response, **fields: Any) -> Critique:
    """Of three steps: 1 has a finding with a span (mark 1) and a region (mark 2), 2 inherits from 1, 3 is right."""
    finding = schema.Finding(
        error_type="knowledge",
        severity="decisive",
        explanations=("one", "two", "three"),
        corrected_text="What it should have been.",
        marks=(schema.Span(start=0, end=4), schema.Region(points=((0.1, 0.1), (0.6, 0.7)))),
    )
    judgments = (
        schema.Judgment(step=1, verdict="incorrect", own_error=True, findings=(finding,)),
        schema.Judgment(step=2, verdict="incorrect", inherits_from=(1,)),
        schema.Judgment(step=3, verdict="correct"),
    )
    evidence = (schema.Evidence(kind="question_answer", step=1, content={"question": "q", "answer": "a"}),)
    return a_critique(response, judgments=judgments, evidence=evidence, **fields)


def insert_revision(critique: Critique, wrong: dict[tuple[str, int], dict[str, Any]] | None = None) -> UUID:
    """A copy of the critique as its next revision, with columns changed by (table, number of the row).

    `{("mark", 1): {"end": 999}}` moves the end of mark 1; an empty dict leaves the row out.
    """
    wrong = wrong or {}
    revision = {
        "id": str(new_id()),
        "key": "",
        "run": None,
        "revision": critique.revision + 1,
        "supersedes_id": str(critique.pk),
    }
    revision |= wrong.get(("critique", 1), {})
    copy_row("critique", {"id": critique.pk}, revision)
    for table, number in PARTS.items():
        for (found,) in query(
            f"SELECT {number} FROM annotations_{table} WHERE critique_id = %s ORDER BY 1", critique.pk
        ):
            changes = wrong.get((table, found))
            if changes != {}:
                copy_row(
                    table,
                    {"critique_id": critique.pk, number: found},
                    {"critique_id": revision["id"], **(changes or {})},
                )
    return UUID(str(revision["id"]))


def copy_row(table: str, key: dict[str, Any], changes: dict[str, Any]) -> None:
    where = " AND ".join(f"{column} = %s" for column in key)
    query(
        f"INSERT INTO annotations_{table} SELECT (jsonb_populate_record(original, %s)).* "
        f"FROM annotations_{table} AS original WHERE {where}",
        json.dumps(changes),
        *key.values(),
    )


def query(sql: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchall() if cursor.description else []
