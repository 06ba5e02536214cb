"""What fault indicators said is kept word after word; it begins with the latest word of each."""

import django.db.models.deletion
from django.db import migrations, models

SEED = """
INSERT INTO network_indicatorword (model_id, point_mrid, value, quality, occurred_at, recorded_at)
SELECT v.model_id, p.mrid, p.value, p.quality, p.occurred_at, p.occurred_at
FROM network_telemetrypoint p JOIN network_modelversion v ON v.id = p.version_id
WHERE v.state = 'published' AND p.kind = 'fault_indicator' AND p.value IS NOT NULL AND p.occurred_at IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [("network", "0019_study_answers_as_jobs")]

    operations = [
        migrations.CreateModel(
            name="IndicatorWord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("point_mrid", models.CharField(max_length=80)),
                ("value", models.FloatField()),
                ("quality", models.CharField(max_length=12)),
                ("occurred_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                (
                    "model",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.networkmodel"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["model", "point_mrid", "recorded_at"], name="indicator_word_by_point"),
                    models.Index(fields=["recorded_at"], name="indicator_word_by_time"),
                ],
            },
        ),
        migrations.RunSQL(SEED, migrations.RunSQL.noop),
    ]
