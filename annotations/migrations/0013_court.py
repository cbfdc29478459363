"""The court's cases and rulings: tables that only grow, and go with the findings that they are about."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import insert_only

INSERT_ONLY = ("courtcase", "courtruling")

FOREIGN = {
    "case_of_finding": ("courtcase", "critique_id, finding", "finding", "critique_id, ordinal"),
    "case_of_response": ("courtcase", "critique_id, response_id", "critique", "id, response_id"),
    "case_of_project": ("courtcase", "critique_id, project_id", "critique", "id, project_id"),
    "case_with_the_same": ("courtcase", "same_as_id, response_id", "courtcase", "id, response_id"),
    "ruling_on_case": ("courtruling", "case_id", "courtcase", "id"),
    "ruling_names_finding": ("courtruling", "duplicate_critique_id, duplicate_finding", "finding", "critique_id, ordinal"),
}


def build(apps, schema_editor):
    def run(sql):
        schema_editor.execute(sql, params=None)

    run("ALTER TABLE annotations_courtcase ADD CONSTRAINT case_in_response UNIQUE (id, response_id)")
    for name, (table, columns, parent, parent_columns) in FOREIGN.items():
        run(
            f"ALTER TABLE annotations_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
            f"REFERENCES annotations_{parent} ({parent_columns}) ON DELETE CASCADE"
        )


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0012_matching'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CourtCase',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('finding', models.PositiveSmallIntegerField(help_text='Its ordinal within the critique.')),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='CourtRuling',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=11)),
                ('duplicate_finding', models.PositiveSmallIntegerField(null=True)),
                ('words', models.TextField(blank=True)),
                ('ruled_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['ruled_at', 'id'],
            },
        ),
        migrations.AddField(
            model_name='project',
            name='court_rulings',
            field=models.PositiveSmallIntegerField(default=1, help_text='How many judges rule on a finding; where two disagree, a third does.'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('court_rulings__in', (1, 2))), name='project_court_rulings'),
        ),
        migrations.AddField(
            model_name='courtcase',
            name='critique',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='court_cases', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='courtcase',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='court_cases', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='courtcase',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='court_cases', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='courtcase',
            name='same_as',
            field=models.ForeignKey(help_text='The case whose rulings hold.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='others', to='annotations.courtcase'),
        ),
        migrations.AddField(
            model_name='courtruling',
            name='case',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rulings', to='annotations.courtcase'),
        ),
        migrations.AddField(
            model_name='courtruling',
            name='duplicate_critique',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='courtruling',
            name='judge',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='courtcase',
            index=models.Index(condition=models.Q(('same_as', None)), fields=['project', 'id'], name='cases_to_rule_on'),
        ),
        migrations.AddIndex(
            model_name='courtcase',
            index=models.Index(fields=['response'], name='cases_of_response'),
        ),
        migrations.AddConstraint(
            model_name='courtcase',
            constraint=models.UniqueConstraint(fields=('critique', 'finding'), name='one_case_per_finding'),
        ),
        migrations.AddConstraint(
            model_name='courtcase',
            constraint=models.CheckConstraint(condition=models.Q(('same_as', models.F('id')), _negated=True), name='case_is_not_its_own_other'),
        ),
        migrations.AddConstraint(
            model_name='courtruling',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('real', 'nitpick', 'wrong', 'duplicate', 'cannot_tell'))), name='court_ruling_kind'),
        ),
        migrations.AddConstraint(
            model_name='courtruling',
            constraint=models.UniqueConstraint(fields=('case', 'judge'), name='one_ruling_per_judge'),
        ),
        migrations.AddConstraint(
            model_name='courtruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('duplicate_critique__isnull', False), ('duplicate_finding__isnull', False), ('kind', 'duplicate')), models.Q(models.Q(('kind', 'duplicate'), _negated=True), ('duplicate_critique', None), ('duplicate_finding', None)), _connector='OR'), name='a_duplicate_names_its_other'),
        ),
        migrations.RunPython(build),
        migrations.RunPython(insert_only(*INSERT_ONLY)),
    ]
