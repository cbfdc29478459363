"""Gold and plants, and what follows where somebody falls below a threshold."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0013_court'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='GoldItem',
            fields=[
                ('response', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='gold', serialize=False, to='annotations.response')),
                ('kind', models.CharField(max_length=5)),
                ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('retired_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-added_at'],
            },
        ),
        migrations.CreateModel(
            name='GoldSignal',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('level', models.CharField(max_length=6)),
                ('items', models.PositiveIntegerField(help_text='Gold items that the person had submitted then.')),
                ('right', models.FloatField(help_text='The estimate: share of the last items whose first error was told right.')),
                ('low', models.FloatField()),
                ('high', models.FloatField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('lifted_at', models.DateTimeField(null=True)),
                ('words', models.TextField(blank=True, help_text='What came of the talk.')),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Plant',
            fields=[
                ('response', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='plant', serialize=False, to='annotations.response')),
                ('kind', models.CharField(help_text='What was planted: a file of annotations/plants/, or by hand.', max_length=40)),
                ('step', models.PositiveSmallIntegerField()),
                ('before', models.TextField(help_text="The step's text as it was.")),
                ('maker', models.CharField(max_length=6)),
                ('consistent', models.BooleanField(help_text='Whether later steps follow from the error.')),
                ('seed', models.BigIntegerField(null=True)),
                ('state', models.CharField(default='proposed', max_length=8)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('reviewed_at', models.DateTimeField(null=True)),
                ('reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='slot',
            name='slot_state',
        ),
        migrations.AddField(
            model_name='project',
            name='gold_pause',
            field=models.FloatField(default=0.4, help_text="Below this estimate a person's work pauses."),
        ),
        migrations.AddField(
            model_name='project',
            name='gold_rate',
            field=models.FloatField(default=0.0, help_text="Share of a person's items that are gold or plants, 0 to 0.5."),
        ),
        migrations.AddField(
            model_name='project',
            name='gold_warn',
            field=models.FloatField(default=0.6, help_text='Below this estimate a person is warned.'),
        ),
        migrations.AddField(
            model_name='project',
            name='gold_window',
            field=models.PositiveSmallIntegerField(default=20, help_text='Of the last so many gold items: the estimate.'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('gold_rate__gte', 0), ('gold_rate__lte', 0.5)), name='project_gold_rate'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('gold_pause__gte', 0), ('gold_pause__lte', models.F('gold_warn')), ('gold_warn__lte', 1)), name='project_gold_thresholds', violation_error_message='The threshold to pause lies at or below the one to warn, both from 0 to 1.'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('gold_window__gte', 5)), name='project_gold_window'),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('open', 'held', 'done', 'closed', 'retired', 'gold'))), name='slot_state'),
        ),
        migrations.AddField(
            model_name='golditem',
            name='added_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='golditem',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='gold_items', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='goldsignal',
            name='lifted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='goldsignal',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gold_signals', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='goldsignal',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='gold_signals', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plant',
            name='created_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plant',
            name='critique',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='plant', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='plant',
            name='origin',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plants_from', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='plant',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='plants', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='plant',
            name='reviewed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddIndex(
            model_name='golditem',
            index=models.Index(condition=models.Q(('retired_at', None)), fields=['project', 'kind'], name='gold_in_use'),
        ),
        migrations.AddConstraint(
            model_name='golditem',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('gold', 'plant'))), name='gold_item_kind'),
        ),
        migrations.AddIndex(
            model_name='goldsignal',
            index=models.Index(fields=['project', 'user', '-at'], name='gold_signals_of_person'),
        ),
        migrations.AddConstraint(
            model_name='goldsignal',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ('warned', 'paused', 'called'))), name='gold_signal_level'),
        ),
        migrations.AddIndex(
            model_name='plant',
            index=models.Index(fields=['project', 'state', '-created_at'], name='plants_by_state'),
        ),
        migrations.AddConstraint(
            model_name='plant',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('proposed', 'accepted', 'declined'))), name='plant_state'),
        ),
        migrations.AddConstraint(
            model_name='plant',
            constraint=models.CheckConstraint(condition=models.Q(('maker__in', ('rule', 'engine', 'hand'))), name='plant_maker'),
        ),
        migrations.AddConstraint(
            model_name='plant',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('reviewed_at', None), ('state', 'proposed')), models.Q(models.Q(('state', 'proposed'), _negated=True), ('reviewed_at__isnull', False)), _connector='OR'), name='plant_reviewed_unless_proposed'),
        ),
        migrations.RunPython(cascade("golditem", "goldsignal", "plant")),
    ]
