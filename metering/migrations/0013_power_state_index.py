"""Power states are asked by meter only: an index nobody reads was written with every word of a meter."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('metering', '0012_reading_reason'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='powerstate',
            name='metering_po_power_b758b0_idx',
        ),
        migrations.RunSQL(
            "ALTER TABLE metering_powerstate SET (fillfactor = 80)", "ALTER TABLE metering_powerstate RESET (fillfactor)"
        ),
    ]
