"""Webhooks, what is sent to them, and each attempt: the attempts only grow."""

import annotations.core.ids
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade, insert_only


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0020_adjudication'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Webhook',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('url', models.CharField(max_length=2000)),
                ('events', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=30), size=None)),
                ('sealed_secret', models.TextField(editable=False)),
                ('is_active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('removed_at', models.DateTimeField(null=True)),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='webhooks', to='annotations.project')),
            ],
            options={
                'ordering': ['created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='WebhookDelivery',
            fields=[
                ('work', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='delivery', serialize=False, to='annotations.work')),
                ('event', models.CharField(max_length=30)),
                ('data', models.JSONField(help_text='What it is about: ids and states, never what a critique says.')),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('tries', models.PositiveSmallIntegerField(default=0, help_text='Since it was queued, or sent again by hand.')),
                ('next_attempt_at', models.DateTimeField(null=True)),
                ('hook', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='deliveries', to='annotations.webhook')),
            ],
            options={
                'verbose_name_plural': 'webhook deliveries',
                'ordering': ['-at', '-work'],
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('status', models.PositiveSmallIntegerField(help_text="The answer's, where there was one.", null=True)),
                ('seconds', models.FloatField()),
                ('excerpt', models.TextField(blank=True, help_text='The beginning of the answer.')),
                ('error', models.TextField(blank=True, help_text='Why there was no answer, or why it does not do.')),
                ('delivery', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='attempts', to='annotations.webhookdelivery')),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.AddIndex(
            model_name='webhook',
            index=models.Index(condition=models.Q(('removed_at', None)), fields=['project'], name='webhooks_of_project'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(('events__contained_by', ['critique.submitted', 'response.adjudicated', 'run.finished', 'version.published'])), name='webhook_events_known'),
        ),
        migrations.AddConstraint(
            model_name='webhook',
            constraint=models.CheckConstraint(condition=models.Q(('events', []), _negated=True), name='webhook_has_an_event'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(fields=['hook', '-at', '-work'], name='deliveries_of_webhook'),
        ),
        migrations.AddIndex(
            model_name='webhookdelivery',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', False)), fields=['next_attempt_at'], name='deliveries_that_wait'),
        ),
        migrations.AddIndex(
            model_name='webhookattempt',
            index=models.Index(fields=['delivery', 'at', 'id'], name='attempts_of_delivery'),
        ),
        migrations.RunPython(cascade("webhook", "webhookdelivery", "webhookattempt")),
        migrations.RunPython(insert_only("webhookattempt")),
    ]
