"""What meters say, partitioned by the month it happened: the table of a storm, and the one that never ends.

Unique stays (meter, code, occurred_at): the month is part of it. The key of a partitioned table must name the month as well, so the
number alone is no longer held unique by the database; it comes from one sequence.
"""

from django.db import migrations

TABLE, OLD = "metering_meterevent", "metering_meterevent_before"
COLUMNS = "id, code, occurred_at, recorded_at, source, event_mrid, details, meter_id"
FORWARD = [
    f"ALTER TABLE {TABLE} RENAME TO {OLD}",
    f"CREATE TABLE {TABLE} (LIKE {OLD}) PARTITION BY RANGE (occurred_at)",
    f"CREATE SEQUENCE {TABLE}_number OWNED BY {TABLE}.id",
    f"ALTER TABLE {TABLE} ALTER COLUMN id SET DEFAULT nextval('{TABLE}_number')",
    f"CREATE TABLE {TABLE}_rest PARTITION OF {TABLE} DEFAULT",
    f"""DO $$
DECLARE start timestamptz;
BEGIN
  SET LOCAL timezone = 'UTC';
  FOR start IN
    SELECT DISTINCT date_trunc('month', occurred_at) FROM {OLD}
    WHERE occurred_at BETWEEN now() - interval '10 years' AND now() + interval '1 month'
    UNION SELECT date_trunc('month', now()) + n * interval '1 month' FROM generate_series(0, 2) n
  LOOP
    EXECUTE format('CREATE TABLE {TABLE}_%s PARTITION OF {TABLE} FOR VALUES FROM (%L) TO (%L)',
      to_char(start, 'YYYY_MM'), start, start + interval '1 month');
  END LOOP;
END $$""",
    f"INSERT INTO {TABLE} ({COLUMNS}) SELECT {COLUMNS} FROM {OLD}",
    f"SELECT setval('{TABLE}_number', coalesce(max(id), 0) + 1, false) FROM {OLD}",
    f"DROP TABLE {OLD}",
    f"ALTER TABLE {TABLE} ADD PRIMARY KEY (id, occurred_at)",
    f"ALTER TABLE {TABLE} ADD CONSTRAINT meter_event_once UNIQUE (meter_id, code, occurred_at)",
    f"CREATE INDEX metering_me_recorde_85f677_idx ON {TABLE} (recorded_at DESC)",
    f"ALTER TABLE {TABLE} ADD CONSTRAINT metering_meterevent_meter_id_fk FOREIGN KEY (meter_id) REFERENCES metering_meter (id) "
    "DEFERRABLE INITIALLY DEFERRED",
]


class Migration(migrations.Migration):
    dependencies = [("metering", "0005_storm")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
