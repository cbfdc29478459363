"""Comments on items: threads with their place, comments that only grow, notices of them, and mails that tell of those."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade, insert_only

FOREIGN = {
    "thread_on_step": ("thread", "response_id, segmentation, step", "step", "response_id, segmentation, number"),
    "thread_on_critique_of_response": ("thread", "critique_id, response_id", "critique", "id, response_id"),
    "thread_on_finding": ("thread", "critique_id, finding", "finding", "critique_id, ordinal"),
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
        ('annotations', '0021_webhooks'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Comment',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('text', models.TextField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Digest',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('begun_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('state', models.CharField(default='sending', max_length=7)),
                ('error', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['-begun_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(max_length=7)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('read_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Thread',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('segmentation', models.PositiveSmallIntegerField(null=True)),
                ('step', models.PositiveSmallIntegerField(null=True)),
                ('finding', models.PositiveSmallIntegerField(help_text='Its ordinal in the critique.', null=True)),
                ('opened_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('resolved_at', models.DateTimeField(null=True)),
            ],
            options={
                'ordering': ['-opened_at', '-id'],
            },
        ),
        migrations.AddField(
            model_name='preferences',
            name='mail',
            field=models.CharField(default='daily', help_text='How often unread notices come by mail.', max_length=5),
        ),
        migrations.AddConstraint(
            model_name='preferences',
            constraint=models.CheckConstraint(condition=models.Q(('mail__in', ('never', 'daily', 'soon'))), name='preferences_mail'),
        ),
        migrations.AddField(
            model_name='comment',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='digest',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='digests', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='notice',
            name='comment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='notices', to='annotations.comment'),
        ),
        migrations.AddField(
            model_name='notice',
            name='user',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='notices', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='thread',
            name='critique',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='threads', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='thread',
            name='opened_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='thread',
            name='project',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='threads', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='thread',
            name='resolved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='thread',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='threads', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='comment',
            name='thread',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comments', to='annotations.thread'),
        ),
        migrations.AddIndex(
            model_name='digest',
            index=models.Index(fields=['user', '-begun_at'], name='digests_of_person'),
        ),
        migrations.AddConstraint(
            model_name='digest',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('sending', 'sent', 'failed'))), name='digest_state'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(fields=['user', '-at', '-id'], name='notices_of_person'),
        ),
        migrations.AddIndex(
            model_name='notice',
            index=models.Index(condition=models.Q(('read_at', None)), fields=['user', 'at'], name='unread_notices'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('mention', 'yours', 'answer'))), name='notice_kind'),
        ),
        migrations.AddConstraint(
            model_name='notice',
            constraint=models.UniqueConstraint(fields=('user', 'comment'), name='told_once'),
        ),
        migrations.AddIndex(
            model_name='thread',
            index=models.Index(fields=['project', '-opened_at', '-id'], name='threads_of_project'),
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('segmentation', None), ('step', None)), models.Q(('segmentation__isnull', False), ('step__isnull', False)), _connector='OR'), name='thread_step_under_a_cut'),
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('critique', None), ('finding', None)), models.Q(('critique__isnull', False), ('finding__isnull', False), ('step__isnull', False)), _connector='OR'), name='thread_on_a_finding_or_on_none'),
        ),
        migrations.AddConstraint(
            model_name='thread',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('resolved_at', None), ('resolved_by', None)), models.Q(('resolved_at__isnull', False), ('resolved_by__isnull', False)), _connector='OR'), name='thread_resolved_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='comment',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='comment_says_something'),
        ),
        migrations.RunPython(composite),
        migrations.RunPython(cascade("thread", "comment", "notice")),
        migrations.RunPython(insert_only("comment")),
    ]
