"""Showing, reactions, ratings, other cuts, broken items: tables that only grow, and go with their project.

Erasing reaches them by cascades: `erase_project` need not name them, and the app's role can delete none of their parents.
"""

import annotations.core.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

from annotations.migrations._tables import cascade, insert_only

INSERT_ONLY = ("showing", "reaction", "usefulnessrating", "cutproposal", "cutruling", "itemruling")

FOREIGN = {
    "showing_by_author_of_project": ("showing", "author_id, project_id", "author", "id, project_id"),
    "showing_of_critique": ("showing", "critique_id, project_id", "critique", "id, project_id"),
    "reaction_by_author_of_project": ("reaction", "author_id, project_id", "author", "id, project_id"),
    "reaction_on_response": ("reaction", "critique_id, response_id", "critique", "id, response_id"),
    "reaction_to_finding": ("reaction", "critique_id, finding", "finding", "critique_id, ordinal"),
    "reaction_beside_own": ("reaction", "beside_id, response_id, author_id", "critique", "id, response_id, author_id"),
    "rating_by_author_of_project": ("usefulnessrating", "author_id, project_id", "author", "id, project_id"),
    "rating_of_critique": ("usefulnessrating", "critique_id, project_id", "critique", "id, project_id"),
    "hindsight_of_showing": (
        "usefulnessrating", "author_id, critique_id, correction_id, shown_at",
        "showing", "author_id, critique_id, correction_id, shown_at",
    ),
    "proposal_under_segmentation": ("cutproposal", "response_id, segmentation", "segmentation", "response_id, number"),
}

FUNCTIONS = """
CREATE FUNCTION correction_by_critique() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.correction_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM public.annotations_response r WHERE r.id = NEW.correction_id AND r.guided_by_id = NEW.critique_id
    ) THEN
        RAISE EXCEPTION 'showing %: the correction is not guided by the critique', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'correction_by_critique';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION foresight_before_showing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.correction_id IS NULL AND EXISTS (
        SELECT FROM public.annotations_showing s WHERE s.author_id = NEW.author_id AND s.critique_id = NEW.critique_id
        AND s.correction_id IS NOT NULL AND s.shown_at <= NEW.rated_at
    ) THEN
        RAISE EXCEPTION 'rating %: what came of the critique was shown already', NEW.id
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'foresight_before_showing';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER correction_by_critique BEFORE INSERT ON annotations_showing
    FOR EACH ROW EXECUTE FUNCTION correction_by_critique();
CREATE TRIGGER foresight_before_showing BEFORE INSERT ON annotations_usefulnessrating
    FOR EACH ROW EXECUTE FUNCTION foresight_before_showing();
"""


def build(apps, schema_editor):
    def run(sql):
        schema_editor.execute(sql, params=None)

    run("ALTER TABLE annotations_critique ADD CONSTRAINT critique_in_project UNIQUE (id, project_id)")
    run("ALTER TABLE annotations_critique ADD CONSTRAINT critique_by_author UNIQUE (id, response_id, author_id)")
    for name, (table, columns, parent, parent_columns) in FOREIGN.items():
        run(
            f"ALTER TABLE annotations_{table} ADD CONSTRAINT {name} FOREIGN KEY ({columns}) "
            f"REFERENCES annotations_{parent} ({parent_columns}) ON DELETE CASCADE"
        )
    run(FUNCTIONS)


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0003_judging'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CutProposal',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('segmentation', models.PositiveSmallIntegerField(help_text='The cut that the person saw.')),
                ('kind', models.CharField(max_length=5)),
                ('at', models.PositiveIntegerField(help_text="Code points before the cut; of a join: before the first step's end.")),
                ('proposed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['proposed_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='ItemRuling',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('decision', models.CharField(max_length=8)),
                ('reason', models.TextField(blank=True)),
                ('ruled_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
            ],
            options={
                'ordering': ['ruled_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Reaction',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('finding', models.PositiveSmallIntegerField(help_text='Its ordinal within the critique.')),
                ('kind', models.CharField(max_length=12)),
                ('reacted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['reacted_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='Showing',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('shown_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='UsefulnessRating',
            fields=[
                ('id', models.UUIDField(default=annotations.core.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('shown_at', models.DateTimeField(null=True)),
                ('rating', models.CharField(max_length=14)),
                ('words', models.TextField(blank=True)),
                ('rated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'ordering': ['rated_at', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='slot',
            name='slot_state',
        ),
        migrations.AddField(
            model_name='assignment',
            name='skip_words',
            field=models.TextField(blank=True, help_text='What the person adds to the reason.'),
        ),
        migrations.AddField(
            model_name='draft',
            name='steps_shown',
            field=models.PositiveSmallIntegerField(help_text='How many steps the person was shown so far; null: all at once.', null=True),
        ),
        migrations.AddField(
            model_name='project',
            name='queue_corrections',
            field=models.BooleanField(default=False, help_text='People critique corrections too.'),
        ),
        migrations.AddField(
            model_name='project',
            name='show_own_agreement',
            field=models.BooleanField(default=False, help_text='Show people how often others judged a step as they did.'),
        ),
        migrations.AlterField(
            model_name='slot',
            name='state',
            field=models.CharField(default='open', max_length=7),
        ),
        migrations.AddConstraint(
            model_name='slot',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ('open', 'held', 'done', 'closed', 'retired'))), name='slot_state'),
        ),
        migrations.AddField(
            model_name='cutproposal',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cut_proposals', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='cutproposal',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cutproposal',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cut_proposals', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='itemruling',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='item_rulings', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='itemruling',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='item_rulings', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='itemruling',
            name='ruled_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='reaction',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reactions', to='annotations.author'),
        ),
        migrations.AddField(
            model_name='reaction',
            name='beside',
            field=models.ForeignKey(help_text="The person's own critique at that time.", on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='reaction',
            name='critique',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reactions', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='reaction',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='reaction',
            name='response',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='showing',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='showings', to='annotations.author'),
        ),
        migrations.AddField(
            model_name='showing',
            name='correction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='showings', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='showing',
            name='critique',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='showings', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='showing',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.project'),
        ),
        migrations.AddField(
            model_name='usefulnessrating',
            name='author',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='annotations.author'),
        ),
        migrations.AddField(
            model_name='usefulnessrating',
            name='correction',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='annotations.response'),
        ),
        migrations.AddField(
            model_name='usefulnessrating',
            name='critique',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='ratings', to='annotations.critique'),
        ),
        migrations.AddField(
            model_name='usefulnessrating',
            name='project',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotations.project'),
        ),
        migrations.CreateModel(
            name='CutRuling',
            fields=[
                ('proposal', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='ruling', serialize=False, to='annotations.cutproposal')),
                ('accepted', models.BooleanField()),
                ('reason', models.TextField(blank=True)),
                ('segmentation', models.PositiveSmallIntegerField(null=True)),
                ('ruled_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False)),
                ('ruled_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddIndex(
            model_name='cutproposal',
            index=models.Index(fields=['project', 'proposed_at', 'id'], name='cut_proposals_of_project'),
        ),
        migrations.AddConstraint(
            model_name='cutproposal',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('split', 'join'))), name='cut_proposal_kind'),
        ),
        migrations.AddConstraint(
            model_name='cutproposal',
            constraint=models.UniqueConstraint(fields=('response', 'segmentation', 'kind', 'at'), name='one_proposal_per_cut'),
        ),
        migrations.AddIndex(
            model_name='itemruling',
            index=models.Index(fields=['response', '-ruled_at'], name='rulings_on_item'),
        ),
        migrations.AddConstraint(
            model_name='itemruling',
            constraint=models.CheckConstraint(condition=models.Q(('decision__in', ('put_back', 'retired'))), name='item_ruling_decision'),
        ),
        migrations.AddIndex(
            model_name='reaction',
            index=models.Index(fields=['critique', 'author', '-reacted_at'], name='reactions_to_critique'),
        ),
        migrations.AddConstraint(
            model_name='reaction',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ('agree', 'wrong', 'already_said'))), name='reaction_kind'),
        ),
        migrations.AddConstraint(
            model_name='reaction',
            constraint=models.CheckConstraint(condition=models.Q(('critique', models.F('beside')), _negated=True), name='no_reaction_to_oneself'),
        ),
        migrations.AddConstraint(
            model_name='showing',
            constraint=models.UniqueConstraint(fields=('author', 'critique', 'correction'), name='shown_first_once', nulls_distinct=False),
        ),
        migrations.AddConstraint(
            model_name='showing',
            constraint=models.UniqueConstraint(fields=('author', 'critique', 'correction', 'shown_at'), name='showing_with_time'),
        ),
        migrations.AddIndex(
            model_name='usefulnessrating',
            index=models.Index(fields=['critique', 'author', '-rated_at'], name='ratings_of_critique'),
        ),
        migrations.AddConstraint(
            model_name='usefulnessrating',
            constraint=models.CheckConstraint(condition=models.Q(('rating__in', ('helped', 'no_difference', 'misled'))), name='usefulness_rating'),
        ),
        migrations.AddConstraint(
            model_name='usefulnessrating',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('correction', None), ('shown_at', None)), models.Q(('correction__isnull', False), ('rated_at__gte', models.F('shown_at')), ('shown_at__isnull', False)), _connector='OR'), name='hindsight_after_showing'),
        ),
        migrations.AddConstraint(
            model_name='cutruling',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accepted', True), ('segmentation__isnull', False)), models.Q(('accepted', False), ('segmentation', None), models.Q(('reason', ''), _negated=True)), _connector='OR'), name='accepted_with_a_cut_or_declined_with_a_reason'),
        ),
        migrations.RunPython(build),
        migrations.RunPython(cascade(*INSERT_ONLY)),
        migrations.RunPython(insert_only(*INSERT_ONLY)),
    ]
