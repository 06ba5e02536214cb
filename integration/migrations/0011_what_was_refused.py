from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integration", "0010_partner_heard_every")]

    operations = [
        migrations.AddField(
            model_name="quarantine",
            name="noun",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.AddField(
            model_name="quarantine",
            name="verb",
            field=models.CharField(blank=True, db_default="", max_length=20),
        ),
    ]
