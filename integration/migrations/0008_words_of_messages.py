from django.db import migrations

# What a person looks for a message by. Not fields of the models: written by the sweeper, off the way of whoever sends, and asked in SQL.
# NULL is "not looked at yet", and has an index of its own that holds next to nothing.
TABLES = {
    "integration_inboxmessage": "inbox",
    "integration_outboxmessage": "outbox",
    "integration_quarantine": "quarantine",
}


class Migration(migrations.Migration):
    dependencies = [("integration", "0007_routing_and_dialects")]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ADD COLUMN words tsvector;"
            f"CREATE INDEX {name}_words ON {table} USING gin (words);"
            f"CREATE INDEX {name}_without_words ON {table} (id) WHERE words IS NULL",
            f"ALTER TABLE {table} DROP COLUMN words",
        )
        for table, name in TABLES.items()
    ]
