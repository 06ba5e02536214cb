"""Customers, usage points and meters of a model by COPY and four statements: a million in seconds."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from django.db import connection, transaction

from adms.core import bulk, bulk_columns
from adms.core.bulk_columns import Column
from metering.models import Customer, Meter, UsagePoint


class Household(NamedTuple):
    """One customer at one usage point with one meter; empty where there is none."""

    mrid: str
    name: str
    equipment_mrid: str
    node: int  # of the published grid, -1 if it has none
    area_id: int
    phases: int
    address: str
    account_number: str
    customer_name: str
    phone: str
    critical: str
    meter_mrid: str
    meter_number: str
    is_synthetic: bool


_INCOMING = """
CREATE TEMPORARY TABLE incoming_households (
    mrid text, name text, equipment_mrid text, node int, area_id bigint, phases smallint, address text, account_number text,
    customer_name text, phone text, critical text, meter_mrid text, meter_number text, is_synthetic boolean
) ON COMMIT DROP
"""
#: Of places where the customer system has said who is supplied, a file says where they are, not who is there.
_TOLD = """
UPDATE incoming_households one SET account_number = '', customer_name = '', phone = '', critical = '', address = ''
FROM metering_usagepoint point WHERE point.mrid = one.mrid AND point.is_customer_told
"""
_CUSTOMERS = """
INSERT INTO metering_customer (account_number, name, phone, critical)
SELECT DISTINCT ON (account_number)
       account_number, coalesce(nullif(customer_name, ''), account_number), phone, critical
FROM incoming_households WHERE account_number <> '' ORDER BY account_number, mrid DESC
"""
_CUSTOMERS_AGAIN = """
ON CONFLICT (account_number) DO UPDATE SET
    name = EXCLUDED.name, critical = EXCLUDED.critical, phone = coalesce(nullif(EXCLUDED.phone, ''), metering_customer.phone)
WHERE EXCLUDED.name <> EXCLUDED.account_number AND (metering_customer.name, metering_customer.phone, metering_customer.critical)
    IS DISTINCT FROM (EXCLUDED.name, coalesce(nullif(EXCLUDED.phone, ''), metering_customer.phone), EXCLUDED.critical)
    AND NOT EXISTS (
        SELECT FROM metering_usagepoint told WHERE told.customer_id = metering_customer.id AND told.is_customer_told
    )
"""
_GONE = """
UPDATE metering_usagepoint point SET node = -1
WHERE point.model_key = %s AND point.node >= 0
    AND NOT EXISTS (SELECT FROM incoming_households one WHERE one.mrid = point.mrid)
"""
_USAGE_POINTS = """
INSERT INTO metering_usagepoint
    (mrid, name, model_key, area_id, equipment_mrid, node, phases, address, customer_id, is_connected, is_synthetic)
SELECT one.mrid, one.name, %s, one.area_id, one.equipment_mrid, one.node, one.phases, one.address, customer.id, true,
       one.is_synthetic
FROM incoming_households one LEFT JOIN metering_customer customer USING (account_number)
"""
_USAGE_POINTS_AGAIN = """
ON CONFLICT (mrid) DO UPDATE SET
    name = EXCLUDED.name, model_key = EXCLUDED.model_key, area_id = EXCLUDED.area_id, node = EXCLUDED.node,
    equipment_mrid = EXCLUDED.equipment_mrid, phases = EXCLUDED.phases,
    address = coalesce(nullif(EXCLUDED.address, ''), metering_usagepoint.address),
    customer_id = coalesce(EXCLUDED.customer_id, metering_usagepoint.customer_id)
WHERE (metering_usagepoint.name, metering_usagepoint.model_key, metering_usagepoint.area_id, metering_usagepoint.node,
       metering_usagepoint.equipment_mrid, metering_usagepoint.phases, metering_usagepoint.address, metering_usagepoint.customer_id)
    IS DISTINCT FROM (EXCLUDED.name, EXCLUDED.model_key, EXCLUDED.area_id, EXCLUDED.node,
       EXCLUDED.equipment_mrid, EXCLUDED.phases, coalesce(nullif(EXCLUDED.address, ''), metering_usagepoint.address),
       coalesce(EXCLUDED.customer_id, metering_usagepoint.customer_id))
"""
_METERS = """
INSERT INTO metering_meter (mrid, number, usage_point_id)
SELECT coalesce(nullif(one.meter_mrid, ''), one.mrid), coalesce(nullif(one.meter_number, ''), one.meter_mrid), point.id
FROM incoming_households one JOIN metering_usagepoint point ON point.mrid = one.mrid
WHERE one.meter_mrid <> '' OR one.meter_number <> ''
"""
_METERS_AGAIN = """
ON CONFLICT (mrid) DO UPDATE SET number = EXCLUDED.number, usage_point_id = EXCLUDED.usage_point_id
WHERE (metering_meter.number, metering_meter.usage_point_id) IS DISTINCT FROM (EXCLUDED.number, EXCLUDED.usage_point_id)
"""


def load(*, model: str, households: Iterable[Household]) -> int:
    """Add or move the usage points of a model to where its published version has them; the number loaded.

    Points of the model that are not named any more are kept with node -1: their history stays, they no longer count. Who is supplied
    at a point stays as the customer system told it, where it did (`is_customer_told`).
    """
    return _load(model, lambda: bulk.copy_into(_TABLE, Household._fields, households))


def load_columns(*, model: str, columns: Mapping[str, Column]) -> int:
    """The same from the fields of Household as columns (see adms.core.bulk_columns)."""
    ordered = {field: columns[field] for field in Household._fields}
    return _load(model, lambda: bulk_columns.copy_columns(_TABLE, ordered))


_TABLE = "incoming_households"


@transaction.atomic
def _load(model: str, write: Callable[[], int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_INCOMING)
        count = write()
        if count > bulk.MANY:
            cursor.execute("ANALYZE incoming_households")
        cursor.execute("SET LOCAL work_mem = '256MB'")
        cursor.execute(_TOLD)
        with bulk.trusted(), bulk.unindexed(Customer, UsagePoint, Meter) as empty:
            cursor.execute(_CUSTOMERS + ("" if Customer in empty else _CUSTOMERS_AGAIN))
            cursor.execute(_GONE, [model])
            cursor.execute(_USAGE_POINTS + ("" if UsagePoint in empty else _USAGE_POINTS_AGAIN), [model])
            cursor.execute(_METERS + ("" if Meter in empty else _METERS_AGAIN))
        cursor.execute("DROP TABLE incoming_households")
        if count > bulk.MANY:
            for table in (Customer, UsagePoint, Meter):
                cursor.execute(f"ANALYZE {table._meta.db_table}")  # noqa: SLF001 - Django's own name for its table
    return count
