"""The last report of a project, kept while nothing that it rests on changes; it goes with its project."""

import annotations.models.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


def cascade(apps, schema_editor):
    """`erase_project` need not name the table."""
    schema_editor.execute(
        "ALTER TABLE annotations_reportcache ADD CONSTRAINT report_of_project FOREIGN KEY (project_id) "
        "REFERENCES annotations_project (id) ON DELETE CASCADE",
        params=None,
    )


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0014_gold'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReportCache',
            fields=[
                ('project', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='report_cache', serialize=False, to='annotations.project')),
                ('fingerprint', models.CharField(max_length=64)),
                ('told', annotations.models.fields.PreservedJSONField()),
                ('seconds', models.FloatField(help_text='How long it took to make.')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
        ),
        migrations.RunPython(cascade),
    ]
