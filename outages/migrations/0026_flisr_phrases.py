"""What FLISR says is kept as codes with parameters; the words of old rows stay as they are."""

from django.db import migrations, models

_COLUMNS = (("flisrevent", "reason"), ("flisrstep", "result"), ("flisrentry", "text"))
_FORTH = [f"ALTER TABLE outages_{table} ALTER COLUMN {column} TYPE jsonb USING to_jsonb({column})" for table, column in _COLUMNS]
_BACK = [
    f"ALTER TABLE outages_{table} ALTER COLUMN {column} TYPE varchar(400) USING left({column} #>> '{{}}', 400)"
    for table, column in _COLUMNS
]


class Migration(migrations.Migration):
    """Three columns of words become JSON."""

    dependencies = [("outages", "0025_long_jobs")]

    operations = [
        migrations.RunSQL(
            _FORTH,
            _BACK,
            state_operations=[
                migrations.AlterField("flisrevent", "reason", models.JSONField(blank=True, default=str)),
                migrations.AlterField("flisrstep", "result", models.JSONField(blank=True, default=str)),
                migrations.AlterField("flisrentry", "text", models.JSONField()),
            ],
        )
    ]
