"""Events older than a month may be deleted by who says so: the retention. They still cannot be changed, nor young ones deleted."""

from django.db import migrations

FUNCTION = """
CREATE OR REPLACE FUNCTION tieline_append_only_but_old() RETURNS trigger AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('tieline.retention', true) = 'on' AND OLD.recorded_at < now() - interval '30 days' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$ LANGUAGE plpgsql;
"""


def guard(function: str) -> list[str]:
    return [
        "DROP TRIGGER core_storedevent_append_only ON core_storedevent",
        "CREATE TRIGGER core_storedevent_append_only BEFORE UPDATE OR DELETE ON core_storedevent "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()",
    ]


class Migration(migrations.Migration):
    dependencies = [("core", "0003_audit_chain")]
    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION tieline_append_only_but_old"),
        migrations.RunSQL(guard("tieline_append_only_but_old"), guard("tieline_append_only")),
    ]
