"""A rehearsal may be asked for to check, approve or issue its order with the answer."""

from django.db import migrations, models


class Migration(migrations.Migration):
    """What is done with the answer, and which revision of the order was seen."""

    dependencies = [("outages", "0026_flisr_phrases")]

    operations = [
        migrations.AddField("orderrehearsal", "then", models.CharField(blank=True, max_length=10, default=""), preserve_default=False),
        migrations.AddField("orderrehearsal", "revision", models.PositiveIntegerField(null=True)),
    ]
