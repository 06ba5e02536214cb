"""Positions that a model's files have: what one-line diagrams stand by."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("network", "0013_study_faults_and_answers")]

    operations = [
        migrations.CreateModel(
            name="ModelDiagrams",
            fields=[
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="drawn",
                        serialize=False,
                        to="network.modelversion",
                    ),
                ),
                ("diagrams", models.JSONField()),
            ],
        ),
    ]
