"""Guidelines that people confirm, and cards with canonical examples."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade, insert_only


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0016_pulls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Card',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('error_type', models.CharField(max_length=81)),
                ('step', models.PositiveSmallIntegerField()),
                ('finding', models.PositiveSmallIntegerField(help_text='Its ordinal in the critique.', null=True)),
                ('words', models.TextField(blank=True, help_text="A lead's comment: part of the guideline.")),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('removed_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('critique', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='annotations.critique')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='annotations.project')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cards', to='annotations.response')),
            ],
            options={
                'ordering': ['project', 'error_type', 'created_at', 'id'],
                'indexes': [models.Index(condition=models.Q(('removed_at', None)), fields=['project', 'error_type'], name='cards_in_use')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('critique', None), ('finding', None)), models.Q(('critique__isnull', False), ('finding__isnull', False)), _connector='OR'), name='card_of_a_finding_or_of_none')],
            },
        ),
        migrations.CreateModel(
            name='GuidelineConfirmation',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='confirmations', to='annotations.guidelineversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('version', 'user'), name='confirmed_once')],
            },
        ),
        migrations.RunPython(cascade("card", "guidelineconfirmation")),
        migrations.RunPython(insert_only("guidelineconfirmation")),
    ]
