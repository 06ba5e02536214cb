from django.db import migrations

# Beginnings, in letters of any case: what finds one of a million customers in a millisecond. Patterns are compared byte by byte,
# whatever the collation of the database.
INDEXES = {
    "metering_customer_name_low": "metering_customer (lower(name) text_pattern_ops)",
    "metering_customer_family_low": "metering_customer (lower(substring(name from '[^ ]+$')) text_pattern_ops)",
    "metering_customer_account_low": "metering_customer (lower(account_number) text_pattern_ops)",
    "metering_customer_phone_end": "metering_customer (reverse(regexp_replace(phone, '[^0-9]', '', 'g')) text_pattern_ops)",
    "metering_point_name_low": "metering_usagepoint (lower(name) text_pattern_ops)",
    "metering_point_address_low": "metering_usagepoint (lower(address) text_pattern_ops)",
    "metering_point_street_low": "metering_usagepoint (lower(regexp_replace(address, '^[0-9]+[A-Za-z]? ', '')) text_pattern_ops)",
    "metering_meter_number_low": "metering_meter (lower(number) text_pattern_ops)",
}


class Migration(migrations.Migration):
    dependencies = [("metering", "0001_initial")]

    operations = [
        migrations.RunSQL(f"CREATE INDEX {name} ON {place}", f"DROP INDEX {name}") for name, place in INDEXES.items()
    ]
