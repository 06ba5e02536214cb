from django.db import migrations

# Nobody looks for these any more: names, phones and addresses are found by the indexes of 0002, and mRIDs and numbers are never
# looked up by a pattern, for which Django adds a second index to every unique text. A million customers loaded have seven less.
PATTERNS = ("metering_customer_account_number_bd36c996_like", "metering_usagepoint_mrid_4241ba72_like",
            "metering_meter_mrid_65a1e3a3_like", "metering_meter_number_ba756576_like")


class Migration(migrations.Migration):

    dependencies = [
        ('metering', '0002_search'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='customer',
            name='metering_cu_name_ce8153_idx',
        ),
        migrations.RemoveIndex(
            model_name='customer',
            name='metering_cu_phone_9638b5_idx',
        ),
        migrations.RemoveIndex(
            model_name='usagepoint',
            name='metering_us_address_aefe4a_idx',
        ),
        *[migrations.RunSQL(f"DROP INDEX IF EXISTS {name}", migrations.RunSQL.noop) for name in PATTERNS],
    ]
