from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("metering", "0011_validated_readings"),
    ]

    operations = [
        migrations.AddField(
            model_name="reading",
            name="reason",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
    ]
