"""The log is asked by area and number only; its counters change many times a second, and stay on their pages where these have room."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('core', '0010_refused_and_failed'),
    ]

    operations = [
        migrations.AlterField(
            model_name='checkpoint',
            name='area',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, to='core.controlarea'),
        ),
        migrations.AlterField(
            model_name='storedevent',
            name='area',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='events', to='core.controlarea'),
        ),
        migrations.RunSQL(
            "ALTER TABLE core_controlarea SET (fillfactor = 20); ALTER TABLE core_checkpoint SET (fillfactor = 40)",
            "ALTER TABLE core_controlarea RESET (fillfactor); ALTER TABLE core_checkpoint RESET (fillfactor)",
        ),
    ]
