"""History of metering that may go: what meters said long ago; whether each has supply is kept apart."""

from adms.core.retention import Kept, declare

declare(
    Kept(
        name="meter_events",
        table="metering_meterevent",
        what="What meters said (EndDeviceEvents), by whole months.",
        days=800,
        least_days=60,
        condition="one.occurred_at < %(cutoff)s",
        month_of="occurred_at",
    )
)
declare(
    Kept(
        name="readings",
        table="metering_reading",
        what="What meters read (MeterReadings).",
        days=400,
        least_days=30,
        condition="one.recorded_at < %(cutoff)s",
    )
)
declare(
    Kept(
        name="reading_days",
        table="metering_readingday",
        what="How days of readings were judged.",
        days=400,
        least_days=30,
        condition="one.day < %(cutoff)s",
    )
)
declare(
    Kept(
        name="reading_requests",
        table="metering_readingrequest",
        what="Questions to meters for readings.",
        days=400,
        least_days=30,
        condition="one.ended_at < %(cutoff)s",
        first="DELETE FROM metering_readingrequest_meters WHERE readingrequest_id = ANY(%(ids)s)",
    )
)
declare(
    Kept(
        name="pings",
        table="metering_ping",
        what="Questions to meters and their answers.",
        days=400,
        least_days=30,
        condition="one.ended_at < %(cutoff)s",
        first="""WITH answers AS (DELETE FROM metering_pinganswer WHERE ping_id = ANY(%(ids)s))
            DELETE FROM metering_pingbatch WHERE ping_id = ANY(%(ids)s)""",
    )
)
