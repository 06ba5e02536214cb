import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0020_indicator_words")]

    operations = [
        migrations.AddField(
            model_name="telemetrypoint",
            name="source",
            field=models.CharField(blank=True, db_default="", max_length=60),
        ),
        migrations.CreateModel(
            name="PointLimits",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("point_mrid", models.CharField(max_length=80)),
                ("high_high", models.FloatField(null=True)),
                ("high", models.FloatField(null=True)),
                ("low", models.FloatField(null=True)),
                ("low_low", models.FloatField(null=True)),
                ("dead_band", models.FloatField(default=0)),
                ("reason", models.CharField(max_length=300)),
                ("set_by", models.CharField(max_length=150)),
                ("set_at", models.DateTimeField()),
                (
                    "model",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, to="network.networkmodel"),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("model", "point_mrid"), name="limits_of_a_point_once")
                ],
            },
        ),
    ]
