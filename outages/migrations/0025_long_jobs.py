"""Rehearsals, replays and suggestions have the life of every long job: cancelling is an end at once, so nothing is left to be cancelled."""

from django.db import migrations, models

_ENDED = """
    UPDATE {table} SET state = 'cancelled', error = 'cancelled by ' || cancelled_by || '{more}', ended_at = now()
    WHERE cancelled_by <> '' AND state IN ('queued', 'running')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('outages', '0024_suggestions_within_time'),
    ]

    operations = [
        migrations.RunSQL(_ENDED.format(table='outages_orderrehearsal', more=''), migrations.RunSQL.noop),
        migrations.RunSQL(
            _ENDED.format(table='outages_predictionreplay', more='; nothing of it was kept'), migrations.RunSQL.noop
        ),
        migrations.RunSQL('SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED', migrations.RunSQL.noop),
        migrations.RemoveField(model_name='orderrehearsal', name='cancelled_by'),
        migrations.RemoveField(model_name='predictionreplay', name='cancelled_by'),
        migrations.RemoveIndex(model_name='orderrehearsal', name='latest_rehearsal'),
        migrations.RenameField(model_name='orderrehearsal', old_name='created_at', new_name='asked_at'),
        migrations.AddIndex(
            model_name='orderrehearsal',
            index=models.Index(fields=['order', '-asked_at'], name='latest_rehearsal'),
        ),
        migrations.RemoveIndex(model_name='predictionreplay', name='latest_replays'),
        migrations.RenameField(model_name='predictionreplay', old_name='created_at', new_name='asked_at'),
        migrations.AddIndex(
            model_name='predictionreplay',
            index=models.Index(fields=['-asked_at'], name='latest_replays'),
        ),
        migrations.AddField(
            model_name='orderrehearsal', name='stage', field=models.CharField(blank=True, max_length=200, default=''), preserve_default=False
        ),
        migrations.AlterField(
            model_name='predictionreplay', name='stage', field=models.CharField(blank=True, max_length=200)
        ),
    ]
