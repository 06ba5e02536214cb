"""A step of FLISR that a crew does by hand is told to it by a step of a switching order."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The order of an event, and the step of it by which a crew was told."""

    dependencies = [("outages", "0027_rehearsal_then")]

    operations = [
        migrations.AddField(
            "flisrevent",
            "order",
            models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="flisr_events",
                to="outages.switchingorder",
            ),
        ),
        migrations.AddField(
            "flisrstep",
            "order_step",
            models.OneToOneField(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="flisr_step", to="outages.switchingstep"
            ),
        ),
    ]
