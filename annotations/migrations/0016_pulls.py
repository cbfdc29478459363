"""Pulls of published versions. They go with their version when its project is erased, by cascade."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0015_report_cache'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Pull',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('began_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('last_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='pulls', to='annotations.snapshot')),
                ('token', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.token')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-began_at', '-id'],
                'indexes': [models.Index(fields=['snapshot', 'user', 'token', '-last_at'], name='pulls_of_version')],
            },
        ),
        migrations.RunPython(cascade("pull")),
    ]
