"""History of the network that may go: studies that nobody has used for long, powers by the hour, energy of feeders."""

from adms.core.retention import Kept, declare

declare(
    Kept(
        name="studies",
        table="network_study",
        what="Studies in which nothing was done any more, and those thrown away.",
        days=90,
        least_days=1,
        condition="one.used_at < %(cutoff)s",
        first="""WITH actions AS (DELETE FROM network_studyaction WHERE study_id = ANY(%(ids)s))
            DELETE FROM network_studyanswer WHERE study_id = ANY(%(ids)s)""",
    )
)

declare(
    Kept(
        name="power_hours",
        table="network_powerhour",
        what="Hourly means of telemetered powers, by which islands of generation are judged.",
        days=60,
        least_days=15,
        condition="one.hour < %(cutoff)s",
    )
)

declare(
    Kept(
        name="feeder_energy",
        table="network_feederenergy",
        what="Energy of feeders by the quarter hour.",
        days=800,
        least_days=30,
        condition="one.ends_at < %(cutoff)s",
    )
)
