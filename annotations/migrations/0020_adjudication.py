"""Where the parts of an adjudicated reference come from: a table that only grows; rules of adjudication."""

import annotations.core.ids
import django.db.models.deletion
from django.db import migrations, models

from annotations.migrations._tables import cascade, insert_only

FOREIGN = {
    "provenance_of_critique": ("provenance", "critique_id, response_id", "critique", "id, response_id"),
    "provenance_in_project": ("provenance", "critique_id, project_id", "critique", "id, project_id"),
    "provenance_of_finding": ("provenance", "critique_id, finding", "finding", "critique_id, ordinal"),
    "provenance_from_critique": ("provenance", "source_id, response_id", "critique", "id, response_id"),
    "provenance_from_finding": ("provenance", "source_id, source_finding", "finding", "critique_id, ordinal"),
}


def composite(apps, schema_editor):
    for name, (table, columns, parent, parent_columns) in FOREIGN.items():
        schema_editor.execute(
            f"ALTER TABLE annotations_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
            f"REFERENCES annotations_{parent} ({parent_columns}) ON DELETE CASCADE",
            params=None,
        )

class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0019_review'),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='hide_sources',
            field=models.BooleanField(default=True, help_text='Whoever adjudicates does not see whose critique is whose.'),
        ),
        migrations.AddField(
            model_name='project',
            name='settle_unanimous',
            field=models.BooleanField(default=False, help_text='A verdict on which all agree stands in the reference before anybody adjudicates.'),
        ),
        migrations.AddField(
            model_name='project',
            name='show_references',
            field=models.BooleanField(default=False, help_text='Show people what the reference says of what they submitted, and why.'),
        ),
        migrations.CreateModel(
            name='Provenance',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('step', models.PositiveSmallIntegerField()),
                ('finding', models.PositiveSmallIntegerField(help_text='Its ordinal within the adjudicated critique.', null=True)),
                ('how', models.CharField(max_length=9)),
                ('source_finding', models.PositiveSmallIntegerField(null=True)),
                ('confidence', models.FloatField(help_text='Of a proposal that was taken.', null=True)),
                ('why', models.TextField(blank=True)),
                ('critique', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='provenance', to='annotations.critique')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.project')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.response')),
                ('source', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.critique')),
            ],
            options={
                'ordering': ['critique', 'step', 'finding'],
                'constraints': [models.CheckConstraint(condition=models.Q(('how__in', ('taken', 'edited', 'written', 'unanimous', 'proposed'))), name='provenance_how'), models.UniqueConstraint(fields=('critique', 'step', 'finding'), name='one_provenance_a_part', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('how__in', ['taken', 'edited']), ('source__isnull', False)), models.Q(models.Q(('how__in', ['taken', 'edited']), _negated=True), ('source', None), ('source_finding', None)), _connector='OR'), name='a_source_where_it_was_taken'), models.CheckConstraint(condition=models.Q(('confidence', None), models.Q(('confidence__gte', 0), ('confidence__lte', 1)), _connector='OR'), name='provenance_confidence')],
            },
        ),
        migrations.RunPython(composite),
        migrations.RunPython(cascade("provenance")),
        migrations.RunPython(insert_only("provenance")),
    ]
