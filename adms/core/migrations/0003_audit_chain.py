"""The audit trail becomes a chain: every entry's digest takes in the one before it, made by the database itself.

The link is made when the writing transaction commits (a deferred trigger): the chain's lock is held for that instant only and
is always the last to be taken, so writers that hold other locks cannot wait for each other crosswise.
"""

import django.db.models.functions.datetime
from django.db import migrations, models

# A text with its length before it, so that no two different rows read alike; nothing is '-'.
NETSTRING = """
CREATE FUNCTION tieline_netstring(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN value IS NULL THEN '-' ELSE octet_length(value)::text || ':' || value END
$$;
"""
DIGEST = """
CREATE FUNCTION tieline_audit_digest(e core_auditentry, number bigint, linked timestamptz, previous text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT encode(sha256(convert_to(
    previous || tieline_netstring(number::text) || tieline_netstring((extract(epoch FROM linked) * 1000000)::bigint::text)
    || tieline_netstring(e.id::text)
    || tieline_netstring((extract(epoch FROM e.recorded_at) * 1000000)::bigint::text)
    || tieline_netstring(e.actor) || tieline_netstring(e.way) || tieline_netstring(e.action) || tieline_netstring(e.object)
    || tieline_netstring(e.area) || tieline_netstring(e.result) || tieline_netstring(e.before::text)
    || tieline_netstring(e.after::text) || tieline_netstring(e.reason) || tieline_netstring(e.request_id),
  'UTF8')), 'hex')
$$;
"""
LINK = """
CREATE FUNCTION tieline_audit_link() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  latest core_auditlink%ROWTYPE;
  linked timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(7426001);
  SELECT * INTO latest FROM core_auditlink ORDER BY number DESC LIMIT 1;
  linked := clock_timestamp();
  INSERT INTO core_auditlink (number, entry, digest, linked_at) VALUES (
    coalesce(latest.number, 0) + 1, NEW.id,
    tieline_audit_digest(NEW, coalesce(latest.number, 0) + 1, linked, coalesce(latest.digest, '')), linked);
  RETURN NULL;
END $$;
"""
TRIGGERS = """
CREATE CONSTRAINT TRIGGER core_auditentry_link AFTER INSERT ON core_auditentry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION tieline_audit_link();
CREATE TRIGGER core_auditlink_append_only BEFORE UPDATE OR DELETE ON core_auditlink
  FOR EACH ROW EXECUTE FUNCTION tieline_append_only();
"""
# Entries written before there was a chain are linked in the order they were written.
EXISTING = """
DO $$
DECLARE
  entry core_auditentry%ROWTYPE;
  place bigint := 0;
  previous text := '';
  linked timestamptz := clock_timestamp();
BEGIN
  FOR entry IN SELECT * FROM core_auditentry ORDER BY id LOOP
    place := place + 1;
    previous := tieline_audit_digest(entry, place, linked, previous);
    INSERT INTO core_auditlink (number, entry, digest, linked_at) VALUES (place, entry.id, previous, linked);
  END LOOP;
END $$;
"""
UNDO = """
DROP TRIGGER core_auditentry_link ON core_auditentry;
DROP TRIGGER core_auditlink_append_only ON core_auditlink;
DROP FUNCTION tieline_audit_link();
DROP FUNCTION tieline_audit_digest(core_auditentry, bigint, timestamptz, text);
DROP FUNCTION tieline_netstring(text);
"""


class Migration(migrations.Migration):
    dependencies = [("core", "0002_append_only")]
    operations = [
        migrations.CreateModel(
            name="AuditLink",
            fields=[
                ("number", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry", models.BigIntegerField(unique=True)),
                ("digest", models.CharField(max_length=64)),
                ("linked_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.RunSQL(NETSTRING + DIGEST + LINK + EXISTING + TRIGGERS, UNDO),
    ]
