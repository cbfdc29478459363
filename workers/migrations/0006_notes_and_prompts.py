"""What critics make once per problem, and projects' own prompts: written once, gone with their project."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

TABLES = ("problemnote", "promptversion")


def grant(apps, schema_editor):
    role = schema_editor.quote_name(settings.DATABASES["default"]["USER"])
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        if schema_editor.quote_name(cursor.fetchone()[0]) == role:
            return  # one role for everything, and `check --deploy` warns
    for table in TABLES:
        schema_editor.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON workers_{table} FROM {role}")


class Migration(migrations.Migration):
    dependencies = [
        ("annotations", "0002_integrity"),
        ("workers", "0005_runs"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ProblemNote",
            fields=[
                ("id", models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=40)),
                ("recipe", models.CharField(max_length=32)),
                ("value", models.JSONField()),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("problem", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="annotations.problem")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("problem", "kind", "recipe"), name="note_once")],
            },
        ),
        migrations.CreateModel(
            name="PromptVersion",
            fields=[
                ("id", models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(help_text="Of the file in workers/prompts/.", max_length=60)),
                ("number", models.PositiveIntegerField(help_text="From 1, for each name.")),
                ("text", models.TextField()),
                ("hash", models.CharField(help_text="SHA-256 of the text.", max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ("created_by", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
                ("project", models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.PROTECT, related_name="prompt_versions", to="annotations.project")),
            ],
            options={
                "ordering": ["name", "-number"],
                "constraints": [models.UniqueConstraint(fields=("project", "name", "number"), name="prompt_version_number")],
            },
        ),
        migrations.RunSQL(
            "ALTER TABLE workers_problemnote ADD CONSTRAINT note_of_problem FOREIGN KEY (problem_id)"
            " REFERENCES annotations_problem ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        ),
        migrations.RunSQL(
            "ALTER TABLE workers_promptversion ADD CONSTRAINT prompt_of_project FOREIGN KEY (project_id)"
            " REFERENCES annotations_project ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED"
        ),
        migrations.RunPython(grant),
    ]
