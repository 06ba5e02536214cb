"""History of the core that may go: events that everybody has handled."""

from typing import Any

from adms.core.retention import Kept, declare
from adms.core.subscriptions import subscribers


def _named() -> dict[str, Any]:
    names = [subscriber.name for subscriber in subscribers()]
    return {"names": names, "count": len(names)}


declare(
    Kept(
        name="events",
        table="core_storedevent",
        what="Events that every subscriber has handled.",
        days=400,
        least_days=30,
        condition="""one.recorded_at < %(cutoff)s
            AND NOT EXISTS (SELECT FROM core_failedevent failed WHERE failed.event_id = one.id)
            AND one.number <= (
                SELECT CASE WHEN count(*) = %(count)s THEN min(number) ELSE 0 END
                FROM core_checkpoint done WHERE done.area_id = one.area_id AND done.subscriber = ANY(%(names)s))""",
        parameters=_named,
    )
)
