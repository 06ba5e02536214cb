"""When meters are asked after a restoration stands in a table of its own: whoever plans or takes such a check locks no outage."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outages', '0022_evidence_written_by'),
    ]

    operations = [
        migrations.CreateModel(
            name='RestorationCheck',
            fields=[
                ('outage', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='restoration_check', serialize=False, to='outages.outage')),
                ('due_at', models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.RunSQL(
            "INSERT INTO outages_restorationcheck (outage_id, due_at)"
            " SELECT id, restoration_check_at FROM outages_outage WHERE restoration_check_at IS NOT NULL;"
            " SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED",
            "UPDATE outages_outage AS o SET restoration_check_at = c.due_at FROM outages_restorationcheck AS c WHERE c.outage_id = o.id",
        ),
        migrations.RemoveIndex(
            model_name='outage',
            name='restoration_checks',
        ),
        migrations.RemoveField(
            model_name='outage',
            name='restoration_check_at',
        ),
    ]
