"""Saved mappings of imports. They go with their project when it is erased, by cascade."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade

class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0010_assignment'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ImportMapping',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('format', models.CharField(max_length=40)),
                ('name', models.CharField(max_length=100)),
                ('mapping', models.JSONField()),
                ('saved_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='import_mappings', to='annotations.project')),
                ('saved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['format', 'name'],
                'constraints': [models.UniqueConstraint(fields=('project', 'format', 'name'), name='import_mapping_by_name'), models.CheckConstraint(condition=models.Q(('name', ''), _negated=True), name='import_mapping_has_a_name')],
            },
        ),
        migrations.RunPython(cascade("importmapping")),
    ]
