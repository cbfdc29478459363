"""A critic that was denied the image on purpose says so in its settings; the column lets lists and metrics ask."""

from django.db import migrations, models
from django.db.models.fields.json import KeyTextTransform


class Migration(migrations.Migration):
    dependencies = [("annotations", "0008_preferences")]

    operations = [
        migrations.AddField(
            model_name="author",
            name="ablation",
            field=models.GeneratedField(
                db_persist=True,
                expression=KeyTextTransform("ablation", "settings"),
                help_text="What stood in the image's place for a critic that was denied it; null for every other author.",
                output_field=models.CharField(max_length=40, null=True),
            ),
        ),
    ]
