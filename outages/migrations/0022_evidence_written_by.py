"""Every piece of evidence says which transaction wrote it, as rows of the ledger do, so that prediction follows what changes."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('outages', '0021_load_shed_and_suggestions'),
    ]

    operations = [
        migrations.AddField(
            model_name='evidence',
            name='written_by',
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name='evidence',
            index=models.Index(fields=['written_by'], name='evidence_written_by'),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER outages_evidence_written_by BEFORE INSERT OR UPDATE ON outages_evidence"
            " FOR EACH ROW EXECUTE FUNCTION outages_written_by()",
            "DROP TRIGGER outages_evidence_written_by ON outages_evidence",
        ),
    ]
