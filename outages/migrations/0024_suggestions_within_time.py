"""A suggestion says whether everything was looked at before its time was over."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outages', '0023_restoration_checks'),
    ]

    operations = [
        migrations.AddField(
            model_name='switchingsuggestion',
            name='is_complete',
            field=models.BooleanField(default=True),
        ),
    ]
