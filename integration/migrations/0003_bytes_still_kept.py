from django.db import migrations

# So that the retention finds the oldest message whose bytes are still there without looking at all that have gone.
INDEXES = {
    "inbox_body_kept": "integration_inboxmessage (received_at) WHERE body <> ''::bytea",
    "outbox_body_kept": "integration_outboxmessage (sent_at) WHERE body <> ''::bytea AND state = 'sent'",
}


class Migration(migrations.Migration):
    dependencies = [("integration", "0002_gate")]

    operations = [
        migrations.RunSQL(f"CREATE INDEX {name} ON {place}", f"DROP INDEX {name}") for name, place in INDEXES.items()
    ]
