"""How the findings of two critiques are matched is a rule of the project: weights of the parts, and a threshold."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotations', '0011_bringing_in'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='project',
            name='match_region',
            field=models.FloatField(default=2.0, help_text='Weight of the marked part of the image.'),
        ),
        migrations.AddField(
            model_name='project',
            name='match_span',
            field=models.FloatField(default=3.0, help_text='Weight of the marked text.'),
        ),
        migrations.AddField(
            model_name='project',
            name='match_step',
            field=models.FloatField(default=3.0, help_text='Weight of the same step in matching findings.'),
        ),
        migrations.AddField(
            model_name='project',
            name='match_text',
            field=models.FloatField(default=2.0, help_text="Weight of the explanation's words."),
        ),
        migrations.AddField(
            model_name='project',
            name='match_threshold',
            field=models.FloatField(default=0.5, help_text='Likeness from which on two findings are one, 0 to 1.'),
        ),
        migrations.AddField(
            model_name='project',
            name='match_type',
            field=models.FloatField(default=2.0, help_text='Weight of the error type.'),
        ),
        migrations.AddConstraint(
            model_name='project',
            constraint=models.CheckConstraint(condition=models.Q(('match_region__gte', 0), ('match_span__gte', 0), ('match_step__gte', 0), ('match_type__gte', 0), ('match_text__gte', 0), ('match_threshold__gt', 0), ('match_threshold__lte', 1), models.Q(('match_region', 0), ('match_span', 0), ('match_step', 0), ('match_text', 0), ('match_type', 0), _negated=True)), name='project_matching', violation_error_message='Matching: expected weights from 0 on, one of them above, and a threshold above 0 and up to 1.'),
        ),
    ]
