"""Strategies, overlap by share, batches, and what comes in late as an extra."""

import annotations.core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade


# The same as Project.overlap_of: an item's own number, drawn from its key, decides whether it is of the share.
WANTED = """
CREATE FUNCTION wanted_overlap(response uuid, usual integer, more integer, share double precision) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN share > 0
        AND ('x' || substr(md5('overlap ' || response::text), 1, 8))::bit(32)::bigint < share * 4294967296
        THEN greatest(usual, more) ELSE usual END
$$
"""


def build(apps, schema_editor):
    schema_editor.execute(WANTED, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0009_ablation'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Batch',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=100)),
                ('due_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('withdrawn_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='BatchItem',
            fields=[
                ('pk', models.CompositePrimaryKey('batch_id', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveIntegerField()),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batch_items', to='annotations.response')),
                ('batch', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='annotations.batch')),
            ],
            options={
                'ordering': ['batch', 'ordinal'],
            },
        ),
        migrations.CreateModel(
            name='ItemPriority',
            fields=[
                ('response', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='priority', serialize=False, to='annotations.response')),
                ('priority', models.SmallIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name='Route',
            fields=[
                ('response', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='route', serialize=False, to='annotations.response')),
                ('lane', models.PositiveSmallIntegerField(help_text="Which of the mix's strategies it belongs to, from 0.")),
                ('rank', models.FloatField(help_text='In its strategy.')),
                ('position', models.BigIntegerField(help_text="In the project's queue: that of its slots.")),
                ('parameters', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), help_text='One for each strategy of the mix (strategies/base.py).', size=None)),
                ('missed', models.FloatField(default=1.0)),
                ('reached', models.FloatField(null=True)),
            ],
        ),
        migrations.RemoveConstraint(
            model_name='assignment',
            name='assignment_state',
        ),
        migrations.RemoveConstraint(
            model_name='assignment',
            name='submitted_with_a_critique',
        ),
        migrations.RemoveIndex(
            model_name='slot',
            name='open_slots',
        ),
        migrations.AddField(
            model_name='membership',
            name='skills',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=200), default=list, help_text='Of problems: what comes first.', size=None),
        ),
        migrations.AddField(
            model_name='project',
            name='agreement_overlap',
            field=models.PositiveSmallIntegerField(default=2, help_text='How many people critique each response of the share for agreement.'),
        ),
        migrations.AddField(
            model_name='project',
            name='agreement_share',
            field=models.FloatField(default=0.0, help_text='Share of responses with that overlap, 0 to 1.'),
        ),
        migrations.AddField(
            model_name='project',
            name='routing',
            field=models.JSONField(blank=True, default=dict, help_text='The mix of strategies and its seed.'),
        ),
        migrations.AddField(
            model_name='slot',
            name='deep',
            field=models.BooleanField(db_default=False, help_text="Given at once with the item's other places."),
        ),
        migrations.AddField(
            model_name='slot',
            name='skill',
            field=models.CharField(db_default='', help_text='For whom it is first; empty: for anyone.', max_length=200),
        ),
        migrations.AlterField(
            model_name='slot',
            name='position',
            field=models.BigIntegerField(help_text='Order of the queue within a round.'),
        ),
        migrations.AddField(
            model_name='slot',
            name='round',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(deep=True, then=models.Value(1)), default=models.F('number'), output_field=models.PositiveSmallIntegerField()), output_field=models.PositiveSmallIntegerField()),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('state', 'open')), fields=['project', 'round', 'position', 'response'], name='open_slots'),
        ),
        migrations.AddIndex(
            model_name='slot',
            index=models.Index(condition=models.Q(('state', 'open'), models.Q(('skill', ''), _negated=True)), fields=['project', 'skill', 'round', 'position', 'response'], name='open_slots_by_skill'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('held', 'submitted', 'skipped', 'expired', 'released', 'extra'))), name='assignment_state'),
        ),
        migrations.AddConstraint(
            model_name='assignment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('critique__isnull', False), ('state__in', ['submitted', 'extra'])), models.Q(models.Q(('state__in', ['submitted', 'extra']), _negated=True), ('critique', None)), _connector='OR'), name='submitted_with_a_critique'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('agreement_overlap__gte', 1), ('agreement_overlap__lte', 50)), name='project_agreement_overlap'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('agreement_share__gte', 0), ('agreement_share__lte', 1)), name='project_agreement_share'),
        ),
        migrations.AddField(
            model_name='batch',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='batch',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='batch',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='batches', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='itempriority',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='priorities', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='route',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='routes', to='annotations.project'),
        ),
        migrations.AddIndex(
            model_name='batch',
            index=models.Index(fields=['project', 'user'], name='batches_of_person'),
        ),
        migrations.AddConstraint(
            model_name='batchitem',
            constraint=models.UniqueConstraint(fields=('batch', 'response'), name='once_in_a_batch'),
        ),
        migrations.AddIndex(
            model_name='route',
            index=models.Index(fields=['project', 'lane', 'position'], include=('rank',), name='routes_by_place'),
        ),
        migrations.RunPython(build),
        migrations.RunPython(cascade("route", "itempriority", "batch", "batchitem")),
    ]
