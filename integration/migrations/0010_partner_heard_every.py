from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("integration", "0009_messages_again")]

    operations = [
        migrations.AddField(
            model_name="partner",
            name="heard_every_min",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
