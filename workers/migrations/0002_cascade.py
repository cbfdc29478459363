"""Erasing a project takes its critics, runs and jobs along: `erase_project` lives below this app and cannot name its tables."""

from django.db import migrations

CASCADES = (
    ("workers_critic", "project_id", "annotations_project"),
    ("workers_run", "project_id", "annotations_project"),
    ("workers_run", "critic_id", "workers_critic"),
    ("workers_job", "run_id", "workers_run"),
    ("workers_job", "work_id", "annotations_work"),
    ("workers_job", "response_id", "annotations_response"),
)


def cascade(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        for table, column, parent in CASCADES:
            cursor.execute(
                "SELECT conname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
                " WHERE c.contype = 'f' AND c.conrelid = %s::regclass AND a.attname = %s AND cardinality(c.conkey) = 1",
                [table, column],
            )
            (name,) = cursor.fetchone()
            cursor.execute(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"')
            cursor.execute(
                f'ALTER TABLE {table} ADD CONSTRAINT "{name}" FOREIGN KEY ({column}) REFERENCES {parent} '
                "ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
            )


class Migration(migrations.Migration):
    dependencies = [("workers", "0001_tables")]
    operations = [migrations.RunPython(cascade)]
