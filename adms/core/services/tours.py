"""Begin, go on with, and close the guided tour; for the person's own eyes only, so it is no matter of rights or audit."""

import datetime as dt

from adms.core.models import Tour


def begin(*, user_id: int, anew: bool, at: dt.datetime) -> Tour:
    """Open it: where it was left, or `anew` from the first step."""
    tour, made = Tour.objects.get_or_create(user_id=user_id, defaults={"started_at": at})
    if not made:
        tour.closed_at = None
        if anew:
            tour.started_at, tour.index_read_at = at, None
        tour.save(update_fields=["started_at", "index_read_at", "closed_at"])
    return tour


def close(*, user_id: int, at: dt.datetime) -> None:
    """Put it away; it can be gone on with."""
    Tour.objects.filter(user_id=user_id, closed_at=None).update(closed_at=at)


def note_index_read(*, user_id: int, at: dt.datetime) -> None:
    """The page of reliability was open while the tour was."""
    Tour.objects.filter(user_id=user_id, closed_at=None, index_read_at=None).update(index_read_at=at)
