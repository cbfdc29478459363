"""What leaves: a share of the problems never does, and people's names only where the project says so."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("annotations", "0017_teaching")]

    operations = [
        migrations.AddField(
            model_name="project",
            name="holdout_percent",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="This share of the problems, chosen by a hash of their keys, leaves in no dataset.",
            ),
        ),
        migrations.AddField(
            model_name="project",
            name="names_leave",
            field=models.BooleanField(
                default=False, help_text="Published versions name people; otherwise under pseudonyms."
            ),
        ),
        migrations.AddConstraint(
            model_name="project",
            constraint=models.CheckConstraint(
                condition=models.Q(("holdout_percent__lte", 50)), name="project_holdout"
            ),
        ),
    ]
