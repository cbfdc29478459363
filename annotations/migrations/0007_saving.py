from django.db import migrations, models


class Migration(migrations.Migration):
    """What an edit was written over unseen stays beside the value, until its writer has been told."""

    dependencies = [("annotations", "0006_rollouts")]

    operations = [
        migrations.AddField(
            model_name="draftfield",
            name="covered",
            field=models.JSONField(
                help_text="What it was written over unseen: value, version and client; null for nothing.", null=True
            ),
        ),
    ]
