"""Jobs that can be cancelled and say what they have done; dossiers of versions."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """See above."""

    dependencies = [
        ("integration", "0001_initial"),
        ("network", "0003_model_records"),
    ]

    operations = [
        migrations.AlterField(
            model_name="job",
            name="state",
            field=models.CharField(
                choices=[
                    ("queued", "Queued"),
                    ("running", "Running"),
                    ("done", "Done"),
                    ("failed", "Failed"),
                    ("cancelled", "Cancelled"),
                ],
                default="queued",
                max_length=9,
            ),
        ),
        migrations.AddField(model_name="job", name="counts", field=models.JSONField(default=dict)),
        migrations.AddField(model_name="job", name="log", field=models.JSONField(default=list)),
        migrations.AddField(model_name="job", name="cancelled_by", field=models.CharField(blank=True, max_length=150)),
        migrations.CreateModel(
            name="Dossier",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("customers", models.BinaryField(default=b"")),
                ("comparison", models.BinaryField(default=b"")),
                ("compared_with", models.PositiveIntegerField(null=True)),
                (
                    "version",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="network.modelversion"
                    ),
                ),
            ],
        ),
    ]
