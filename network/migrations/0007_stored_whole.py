from django.db import migrations

# PostgreSQL's own compression needs seconds for the arrays of a large network, and what is compressed cannot be read piece by piece.
# What is stored already is rewritten, or its pieces would be unpacked from the beginning, each of them.
COLUMNS = {"network_modelversion": "grid", "network_modelrecords": "records"}


class Migration(migrations.Migration):
    dependencies = [("network", "0006_power_flow_source")]

    operations = [
        migrations.RunSQL(
            [
                f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL",
                f"UPDATE {table} SET {column} = {column} || ''::bytea WHERE octet_length({column}) > 0",
            ],
            f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTENDED",
        )
        for table, column in COLUMNS.items()
    ]
