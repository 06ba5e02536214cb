from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0021_point_limits")]

    operations = [
        migrations.AddField(model_name="pointlimits", name="rate", field=models.FloatField(null=True)),
        migrations.AddField(model_name="pointlimits", name="held_value", field=models.FloatField(null=True)),
        migrations.AddField(model_name="pointlimits", name="held_at", field=models.DateTimeField(null=True)),
    ]
