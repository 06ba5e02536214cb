"""What is asked of a study has the life of every long job: it says who asked, as whom, and when it was begun."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('network', '0018_front_end_areas'),
    ]

    operations = [
        migrations.AddField(
            model_name='studyanswer', name='asked_by', field=models.CharField(default='', max_length=150), preserve_default=False
        ),
        migrations.AddField(model_name='studyanswer', name='asker', field=models.JSONField(default=dict)),
        migrations.AddField(model_name='studyanswer', name='started_at', field=models.DateTimeField(null=True)),
        migrations.AlterField(
            model_name='studyanswer',
            name='state',
            field=models.CharField(
                choices=[('queued', 'Queued'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')],
                default='queued',
                max_length=9,
            ),
        ),
        migrations.RunSQL(
            "UPDATE network_studyanswer AS a SET asked_by = s.owner FROM network_study AS s WHERE s.id = a.study_id",
            migrations.RunSQL.noop,
        ),
    ]
