"""Effects of corrections: tables that only grow, and go with what they are about when a project is erased.

By cascades, so that `erase_project` need not name them; the app's role can delete none of their parents.
"""

import annotations.models.fields
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

from annotations.migrations._tables import insert_only

INSERT_ONLY = ("effect", "rejectedstep")

UNIQUE = {"effect_for_rejected": ("effect", "correction_id, rejected_count")}

FOREIGN = {
    "effect_of_correction": ("effect", "correction_id, problem_id, project_id", "response", "id, problem_id, project_id"),
    "effect_on_revised": ("effect", "revised_id, problem_id, project_id", "response", "id, problem_id, project_id"),
    "effect_below_root": ("effect", "root_id, problem_id, project_id", "response", "id, problem_id, project_id"),
    "effect_of_critique": ("effect", "critique_id, revised_id", "critique", "id, response_id"),
    "effect_of_all_findings": ("effect", "critique_id, finding_count", "critique", "id, finding_count"),
    "effect_without_finding": ("effect", "critique_id, left_out", "finding", "critique_id, ordinal"),
    "effect_by_author_of_project": ("effect", "corrector_id, project_id", "author", "id, project_id"),
    "rejected_step_of_effect": ("rejectedstep", "correction_id, rejected_count", "effect", "correction_id, rejected_count"),
}

CHECKS = {
    "explanations_of_all_findings": (
        "effect", "cardinality(explanations) = CASE WHEN level = 'ASE' THEN finding_count ELSE 0 END"
    ),
    "nothing_shown_of_what_is_left_out": ("effect", "left_out IS NULL OR explanations[left_out] = 0"),
    "a_correction_is_another": ("effect", "correction_id <> revised_id AND correction_id <> root_id"),
}

FUNCTIONS = """
CREATE FUNCTION effect_as_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.annotations_response r WHERE r.id = NEW.correction_id
        AND r.revises_id = NEW.revised_id AND r.guided_by_id IS NOT DISTINCT FROM NEW.critique_id
    ) THEN
        RAISE EXCEPTION 'effect of %: the correction revises or is guided by something else', NEW.correction_id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'effect_as_linked';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER effect_as_linked BEFORE INSERT ON annotations_effect FOR EACH ROW EXECUTE FUNCTION effect_as_linked();
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
    for name, (table, condition) in CHECKS.items():
        run(f"ALTER TABLE annotations_{table} ADD CONSTRAINT {name} CHECK ({condition})")
    run(FUNCTIONS)


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0004_flow'),
    ]

    operations = [
        migrations.CreateModel(
            name='Effect',
            fields=[
                ('correction', models.OneToOneField(help_text='What was made.', on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='effect', serialize=False, to='annotations.response')),
                ('run', models.UUIDField(help_text='The run here that made it.', null=True)),
                ('job', models.UUIDField(help_text='And its job; null for what a person made or an import brought.', null=True)),
                ('ordinal', models.PositiveSmallIntegerField(default=1, help_text='Of the corrections of one job.')),
                ('level', models.CharField(max_length=4)),
                ('source', models.CharField(max_length=5)),
                ('seed', models.BigIntegerField(default=0)),
                ('round', models.PositiveSmallIntegerField(default=1)),
                ('finding_count', models.PositiveSmallIntegerField(help_text='Of the critique.', null=True)),
                ('explanations', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveSmallIntegerField(), default=list, help_text='Of each finding, which was shown; 0: none.', size=None)),
                ('explanation_seed', models.BigIntegerField(null=True)),
                ('left_out', models.PositiveSmallIntegerField(help_text='The finding that was kept back.', null=True)),
                ('rejected_count', models.PositiveSmallIntegerField(default=0, help_text='Drafts of steps that were thrown away.')),
                ('before', models.CharField(max_length=8)),
                ('before_by', models.CharField(max_length=9)),
                ('after', models.CharField(max_length=8)),
                ('effect', models.CharField(max_length=9)),
                ('costs', annotations.models.fields.PreservedJSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('corrector', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='effects', to='annotations.author')),
                ('critique', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='effects', to='annotations.critique')),
                ('problem', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.problem')),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='effects', to='annotations.project')),
                ('revised', models.ForeignKey(help_text='What it revises.', on_delete=django.db.models.deletion.PROTECT, related_name='effects_on', to='annotations.response')),
                ('root', models.ForeignKey(help_text='The chain with which the rounds began.', on_delete=django.db.models.deletion.PROTECT, related_name='lineage', to='annotations.response')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
            },
        ),
        migrations.CreateModel(
            name='RejectedStep',
            fields=[
                ('pk', models.CompositePrimaryKey('correction_id', 'ordinal', blank=True, editable=False, primary_key=True, serialize=False)),
                ('ordinal', models.PositiveSmallIntegerField()),
                ('rejected_count', models.PositiveSmallIntegerField()),
                ('step', models.PositiveSmallIntegerField(help_text="Of the correction; the steps before it are the draft's prefix.")),
                ('text', models.TextField()),
                ('reason', models.TextField(blank=True, help_text='What its verifier said.')),
                ('correction', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='rejected_steps', to='annotations.effect')),
            ],
            options={
                'ordering': ['correction', 'ordinal'],
            },
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(fields=['project', '-created_at', '-correction'], name='effects_of_project'),
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(fields=['critique', 'effect'], name='effects_of_critique'),
        ),
        migrations.AddIndex(
            model_name='effect',
            index=models.Index(fields=['run'], name='effects_of_run'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', ('none', 'A', 'AS', 'ASE'))), name='effect_level'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('source__in', ('none', 'self', 'cross', 'human'))), name='effect_source'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('before__in', ('right', 'wrong', 'unparsed'))), name='effect_before'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('before_by__in', ('reference', 'matcher'))), name='effect_before_by'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('after__in', ('right', 'wrong', 'unparsed'))), name='effect_after'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('effect__in', ('fixed', 'unchanged', 'broke', 'unparsed'))), name='effect_kind'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('after', 'right'), ('before', 'wrong'), ('effect', 'fixed')), models.Q(('after', 'wrong'), ('before', 'right'), ('effect', 'broke')), models.Q(('after__in', ['right', 'wrong']), ('before', models.F('after')), ('effect', 'unchanged')), models.Q(('effect', 'unparsed'), models.Q(('before', 'unparsed'), ('after', 'unparsed'), _connector='OR')), _connector='OR'), name='effect_follows'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('critique', None), ('finding_count', None), ('left_out', None), ('level', 'none'), ('source', 'none')), models.Q(models.Q(('level', 'none'), _negated=True), models.Q(('source', 'none'), _negated=True), ('critique__isnull', False), ('finding_count__isnull', False)), _connector='OR'), name='guided_exactly_by_a_critique'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('ordinal__gte', 1), ('round__gte', 1)), name='effect_round'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.CheckConstraint(condition=models.Q(('left_out', None), ('level', 'ASE'), _connector='OR'), name='left_out_of_all_of_it'),
        ),
        migrations.AddConstraint(
            model_name='effect',
            constraint=models.UniqueConstraint(condition=models.Q(('job__isnull', False)), fields=('job', 'ordinal'), name='corrections_of_a_job'),
        ),
        migrations.AddConstraint(
            model_name='rejectedstep',
            constraint=models.CheckConstraint(condition=models.Q(('ordinal__gte', 1), ('ordinal__lte', models.F('rejected_count')), ('step__gte', 1)), name='rejected_step_in_count'),
        ),
        migrations.RunPython(build),
        migrations.RunPython(insert_only(*INSERT_ONLY)),
    ]
