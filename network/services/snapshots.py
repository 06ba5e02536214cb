"""Keep the sum of the journal every so many entries, so that any past second is near."""

import datetime as dt

from django.db import transaction

from network.models import JournalEntry, JournalSnapshot, NetworkModel
from network.selectors import past

#: Entries from one snapshot to the next.
EVERY = 2000
#: Entries younger than this may still be overtaken by a transaction that began earlier.
SETTLED = dt.timedelta(minutes=1)


def take_due(*, at: dt.datetime) -> int:
    """Take the snapshots that have become due; how many."""
    return sum(_take(model.pk, at) for model in NetworkModel.objects.only("pk"))


@transaction.atomic
def _take(model_id: int, at: dt.datetime) -> int:
    latest = JournalSnapshot.objects.filter(model_id=model_id).order_by("-entry").first()
    stood = past.unpacked(latest) if latest else {}
    moments = (latest.occurred_at, latest.recorded_at) if latest else None
    entry = latest.entry if latest else 0
    taken = 0
    while True:
        rows = list(_next(model_id, entry, at))
        if len(rows) < EVERY:
            return taken
        for pk, mrid, after, quality, occurred_at, recorded_at in rows:
            entry, stood[mrid] = pk, (after or 0, quality)
            known = moments or (occurred_at, recorded_at)
            moments = max(known[0], occurred_at), max(known[1], recorded_at)
        occurred, recorded = moments or (at, at)
        JournalSnapshot.objects.get_or_create(
            model_id=model_id,
            entry=entry,
            defaults={"occurred_at": occurred, "recorded_at": recorded, "positions": past.packed(stood)},
        )
        taken += 1


def _next(
    model_id: int, entry: int, at: dt.datetime
) -> list[tuple[int, str, int | None, str, dt.datetime, dt.datetime]]:
    rows = JournalEntry.objects.filter(model_id=model_id, kind="position", pk__gt=entry, recorded_at__lt=at - SETTLED)
    fields = ("pk", "equipment_mrid", "closed_after", "quality", "occurred_at", "recorded_at")
    return list(rows.order_by("pk").values_list(*fields)[:EVERY])
