"""The audit trail and the event log only grow."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION tieline_append_only() RETURNS trigger AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$ LANGUAGE plpgsql;
"""


def guard(table: str) -> str:
    """The trigger that refuses UPDATE and DELETE on a table."""
    return (
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION tieline_append_only();"
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION tieline_append_only"),
        migrations.RunSQL(guard("core_auditentry"), "DROP TRIGGER core_auditentry_append_only ON core_auditentry"),
        migrations.RunSQL(guard("core_storedevent"), "DROP TRIGGER core_storedevent_append_only ON core_storedevent"),
    ]
