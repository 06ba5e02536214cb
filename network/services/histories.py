"""History of the network that may go: studies that nobody has used for long, powers, energy of feeders, words of indicators."""

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

declare(
    Kept(
        name="indicator_words",
        table="network_indicatorword",
        what="What fault indicators said, by which predictions are replayed; the last word of each stays.",
        days=400,
        least_days=7,
        condition="""one.recorded_at < %(cutoff)s AND EXISTS (
            SELECT FROM network_indicatorword AS later WHERE later.model_id = one.model_id
                AND later.point_mrid = one.point_mrid AND later.recorded_at > one.recorded_at AND later.recorded_at < %(cutoff)s)""",
    )
)
