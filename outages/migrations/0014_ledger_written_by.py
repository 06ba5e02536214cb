"""Every row of the ledger says which transaction wrote it, so that a process can follow the ledger without reading it anew."""

from django.db import migrations, models

STAMP = """
CREATE FUNCTION outages_written_by() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.written_by := pg_current_xact_id()::text::bigint;
  RETURN NEW;
END $$;
CREATE TRIGGER outages_interruption_written_by BEFORE INSERT OR UPDATE ON outages_interruption
FOR EACH ROW EXECUTE FUNCTION outages_written_by();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('outages', '0013_manual_actions'),
    ]

    operations = [
        migrations.AddField(
            model_name='interruption',
            name='written_by',
            field=models.BigIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AddIndex(
            model_name='interruption',
            index=models.Index(fields=['written_by'], name='ledger_written_by'),
        ),
        migrations.RunSQL(
            STAMP,
            "DROP TRIGGER outages_interruption_written_by ON outages_interruption; DROP FUNCTION outages_written_by()",
        ),
    ]
