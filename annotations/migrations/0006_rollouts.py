"""Rollouts and what they say of findings: tables that only grow, and go with their project when it is erased."""

import annotations.core.ids
import annotations.models.fields
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models

from annotations.migrations._tables import insert_only

INSERT_ONLY = ("rolloutset", "rollout", "findingcheck")

UNIQUE = {
    "rollout_set_for_rollout": ("rolloutset", "id, rollout_count"),
    "rollout_set_for_check": ("rolloutset", "id, response_id"),
}

FOREIGN = {
    "rollouts_of_response": ("rolloutset", "response_id, problem_id, project_id", "response", "id, problem_id, project_id"),
    "rollouts_under_segmentation": ("rolloutset", "response_id, segmentation, step_count", "segmentation", "response_id, number, step_count"),
    "rollouts_by_generator_of_project": ("rolloutset", "generator_id, project_id", "author", "id, project_id"),
    "rollouts_of_critique": ("rolloutset", "critique_id, response_id", "critique", "id, response_id"),
    "rollouts_of_finding": ("rolloutset", "critique_id, finding", "finding", "critique_id, ordinal"),
    "rollout_in_set": ("rollout", "rollout_set_id, rollout_count", "rolloutset", "id, rollout_count"),
    "check_of_critique": ("findingcheck", "critique_id, response_id", "critique", "id, response_id"),
    "check_in_project": ("findingcheck", "critique_id, project_id", "critique", "id, project_id"),
    "check_of_finding": ("findingcheck", "critique_id, finding", "finding", "critique_id, ordinal"),
    "check_before": ("findingcheck", "before_id, response_id", "rolloutset", "id, response_id"),
    "check_after": ("findingcheck", "after_id, response_id", "rolloutset", "id, response_id"),
    "check_corrected": ("findingcheck", "corrected_id, response_id", "rolloutset", "id, response_id"),
}

FUNCTIONS = """
CREATE FUNCTION rollout_set_is_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.annotations_rollout WHERE rollout_set_id = NEW.id
        HAVING count(*) = NEW.rollout_count AND count(*) FILTER (WHERE outcome = 'right') = NEW."right"
            AND count(*) FILTER (WHERE outcome = 'wrong') = NEW.wrong
    ) THEN
        RAISE EXCEPTION 'rollout set %: its counts are not those of its rollouts', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'rollout_set_is_whole';
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION check_by_its_sets() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE flagged int;
BEGIN
    SELECT f.step INTO flagged FROM public.annotations_finding f WHERE f.critique_id = NEW.critique_id AND f.ordinal = NEW.finding;
    IF NOT EXISTS (SELECT FROM public.annotations_rolloutset s WHERE s.id = NEW.before_id AND s.after_step = flagged - 1 AND s.critique_id IS NULL)
        OR NOT EXISTS (SELECT FROM public.annotations_rolloutset s WHERE s.id = NEW.after_id AND s.after_step = flagged AND s.critique_id IS NULL)
        OR NEW.corrected_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM public.annotations_rolloutset s WHERE s.id = NEW.corrected_id AND s.after_step = flagged
            AND s.critique_id = NEW.critique_id AND s.finding = NEW.finding
        ) THEN
        RAISE EXCEPTION 'check of finding % of %: its sets are not those before, after and corrected', NEW.finding, NEW.critique_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'check_by_its_sets';
    END IF;
    RETURN NEW;
END $$;

CREATE CONSTRAINT TRIGGER rollout_set_is_whole AFTER INSERT ON annotations_rolloutset
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION rollout_set_is_whole();
CREATE TRIGGER check_by_its_sets BEFORE INSERT ON annotations_findingcheck
    FOR EACH ROW EXECUTE FUNCTION check_by_its_sets();
"""


def build(apps, schema_editor):
    def run(sql):
        schema_editor.execute(sql, params=None)

    for name, (table, columns) in UNIQUE.items():
        run(f"ALTER TABLE annotations_{table} ADD CONSTRAINT {name} UNIQUE ({columns})")
    for name, (table, columns, parent, parent_columns) in FOREIGN.items():
        run(
            f"ALTER TABLE annotations_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
            f"REFERENCES annotations_{parent} ({parent_columns}) ON DELETE CASCADE"
        )
    run(FUNCTIONS)


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0005_effects'),
    ]

    operations = [
        migrations.CreateModel(
            name='RolloutSet',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('key', models.CharField(help_text='Unique in the project: importing it twice adds nothing.', max_length=300)),
                ('segmentation', models.PositiveSmallIntegerField()),
                ('step_count', models.PositiveSmallIntegerField()),
                ('after_step', models.PositiveSmallIntegerField(help_text='How many steps the prefix has.')),
                ('finding', models.PositiveSmallIntegerField(null=True)),
                ('run', models.UUIDField(null=True)),
                ('job', models.UUIDField(null=True)),
                ('seed', models.BigIntegerField(default=0)),
                ('rollout_count', models.PositiveSmallIntegerField()),
                ('right', models.PositiveSmallIntegerField()),
                ('wrong', models.PositiveSmallIntegerField()),
                ('unparsed', models.PositiveSmallIntegerField()),
                ('costs', annotations.models.fields.PreservedJSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('critique', models.ForeignKey(help_text='Whose corrected text ends the prefix.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.critique')),
                ('generator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollout_sets', to='annotations.author')),
                ('problem', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.problem')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollout_sets', to='annotations.project')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rollout_sets', to='annotations.response')),
            ],
            options={
                'ordering': ['response', 'after_step', 'created_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Rollout',
            fields=[
                ('pk', models.CompositePrimaryKey('rollout_set_id', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveSmallIntegerField()),
                ('rollout_count', models.PositiveSmallIntegerField()),
                ('text', models.TextField(help_text='What was written after the prefix.')),
                ('answer', models.TextField(null=True)),
                ('outcome', models.CharField(max_length=8)),
                ('rollout_set', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rollouts', to='annotations.rolloutset')),
            ],
            options={
                'ordering': ['rollout_set', 'ordinal'],
            },
        ),
        migrations.CreateModel(
            name='FindingCheck',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('finding', models.PositiveSmallIntegerField(help_text='Its ordinal within the critique.')),
                ('step_change', models.FloatField(null=True)),
                ('step_low', models.FloatField(null=True)),
                ('step_high', models.FloatField(null=True)),
                ('correction_change', models.FloatField(null=True)),
                ('correction_low', models.FloatField(null=True)),
                ('correction_high', models.FloatField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('critique', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='finding_checks', to='annotations.critique')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='finding_checks', to='annotations.project')),
                ('response', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='finding_checks', to='annotations.response')),
                ('after', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.rolloutset')),
                ('before', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.rolloutset')),
                ('corrected', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.rolloutset')),
            ],
            options={
                'ordering': ['-created_at', '-id'],
            },
        ),
        migrations.AddIndex(
            model_name='rolloutset',
            index=models.Index(fields=['project', 'created_at', 'id'], name='rollouts_of_project'),
        ),
        migrations.AddConstraint(
            model_name='rolloutset',
            constraint=models.UniqueConstraint(fields=('project', 'key'), name='rollout_set_by_key'),
        ),
        migrations.AddConstraint(
            model_name='rolloutset',
            constraint=models.CheckConstraint(condition=models.Q(('rollout_count', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('right'), '+', models.F('wrong')), '+', models.F('unparsed'))), ('rollout_count__gte', 1)), name='every_rollout_has_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='rolloutset',
            constraint=models.CheckConstraint(condition=models.Q(('after_step__lte', models.F('step_count'))), name='rollout_after_a_step'),
        ),
        migrations.AddConstraint(
            model_name='rolloutset',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('critique', None), ('finding', None)), models.Q(('after_step__gte', 1), ('critique__isnull', False), ('finding__isnull', False)), _connector='OR'), name='corrected_by_a_finding'),
        ),
        migrations.AddConstraint(
            model_name='rollout',
            constraint=models.CheckConstraint(condition=models.Q(('outcome__in', ('right', 'wrong', 'unparsed'))), name='rollout_outcome'),
        ),
        migrations.AddConstraint(
            model_name='rollout',
            constraint=models.CheckConstraint(condition=models.Q(('ordinal__gte', 1), ('ordinal__lte', models.F('rollout_count'))), name='rollout_in_count'),
        ),
        migrations.AddConstraint(
            model_name='findingcheck',
            constraint=models.UniqueConstraint(fields=('critique', 'finding', 'before', 'after', 'corrected'), name='checked_once_by_these_sets', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='findingcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('step_change', None), ('step_high', None), ('step_low', None)), models.Q(('step_change__lte', models.F('step_high')), ('step_low__lte', models.F('step_change'))), _connector='OR'), name='step_change_in_interval'),
        ),
        migrations.AddConstraint(
            model_name='findingcheck',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction_change', None), ('correction_high', None), ('correction_low', None)), models.Q(('corrected__isnull', False), ('correction_change__lte', models.F('correction_high')), ('correction_low__lte', models.F('correction_change'))), _connector='OR'), name='correction_change_in_interval'),
        ),
        migrations.RunPython(build),
        migrations.RunPython(insert_only(*INSERT_ONLY)),
    ]
