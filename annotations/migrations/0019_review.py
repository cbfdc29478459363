"""Reviews of people's critiques: a table that only grows; drafts that become rulings; how much is reviewed."""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade, insert_only

FOREIGN = {
    "review_of_critique_by_author": ("review", "critique_id, response_id, author_id", "critique", "id, response_id, author_id"),
    "review_of_critique_in_project": ("review", "critique_id, project_id", "critique", "id, project_id"),
    "review_revision_by_reviewer": ("review", "revision_id, response_id, reviewer_id", "critique", "id, response_id, author_id"),
    "reviewer_of_project": ("review", "reviewer_id, project_id", "author", "id, project_id"),
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
        ('annotations', '0018_leaving'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('decision', models.CharField(max_length=12)),
                ('reasons', models.TextField(blank=True)),
                ('reviewed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['reviewed_at', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='critique',
            name='critique_stage',
        ),
        migrations.AddField(
            model_name='draft',
            name='purpose',
            field=models.CharField(default='critique', help_text="What it becomes: one's own critique, or a ruling on others'.", max_length=12),
        ),
        migrations.AddField(
            model_name='project',
            name='review_percent',
            field=models.PositiveSmallIntegerField(default=10, help_text='How many of a hundred critiques are reviewed, where it goes by rate.'),
        ),
        migrations.AddField(
            model_name='project',
            name='review_sampling',
            field=models.CharField(default='risk', help_text='Which critiques of people a reviewer reads.', max_length=4),
        ),
        migrations.AddConstraint(
            model_name='critique',
            constraint=models.CheckConstraint(condition=models.Q(('stage__in', ('blind', 'after_reveal', 'imported', 'model', 'review', 'adjudication'))), name='critique_stage'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(('purpose__in', ('critique', 'review', 'adjudication'))), name='draft_purpose'),
        ),
        migrations.AddConstraint(
            model_name='draft',
            constraint=models.CheckConstraint(condition=models.Q(('purpose', 'critique'), ('revises__isnull', False), _connector='OR'), name='rulings_begin_with_a_critique'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('review_sampling__in', ('none', 'rate', 'risk', 'all'))), name='project_review_sampling'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('review_percent__lte', 100)), name='project_review_percent'),
        ),
        migrations.AddField(
            model_name='review',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews_of_theirs', to='annotations.author'),
        ),
        migrations.AddField(
            model_name='review',
            name='critique',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='review', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='review',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='review',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='review',
            name='reviewer',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='annotations.author'),
        ),
        migrations.AddField(
            model_name='review',
            name='revision',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='review_that_made_it', to='annotations.critique'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['project', '-reviewed_at', '-id'], name='reviews_of_project'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['response', 'author'], name='reviews_of_response'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('decision__in', ('accepted', 'changed', 'returned'))), name='review_decision'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('author', models.F('reviewer')), _negated=True), name='no_review_of_oneself'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('decision', 'returned'), ('reasons', ''), _negated=True), name='returned_with_reasons'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decision', 'changed'), ('revision__isnull', False)), models.Q(models.Q(('decision', 'changed'), _negated=True), ('revision', None)), _connector='OR'), name='changed_with_a_revision'),
        ),
        migrations.RunPython(composite),
        migrations.RunPython(cascade("review")),
        migrations.RunPython(insert_only("review")),
    ]
