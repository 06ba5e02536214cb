"""The journal of the operated network only grows."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("network", "0001_initial"), ("core", "0002_append_only")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER network_journalentry_append_only BEFORE UPDATE OR DELETE ON network_journalentry "
            "FOR EACH ROW EXECUTE FUNCTION tieline_append_only();",
            "DROP TRIGGER network_journalentry_append_only ON network_journalentry",
        ),
    ]
