"""The first day the ledger knows: of what was before it no figure is nought, all are unknown."""

import datetime as dt

from django.db import connection
from django.utils import timezone

from outages.models import Interruption, ServedDay

_EARLIEST = (
    f"SELECT (SELECT min(day) FROM {ServedDay._meta.db_table}),"  # noqa: S608, SLF001 - names of tables, no value
    f" (SELECT min(began_at) FROM {Interruption._meta.db_table})"  # noqa: SLF001
)


def first_day() -> dt.date | None:
    """The first local day whose customers were kept, or an earlier one somebody was interrupted on; None: nothing is kept yet."""
    with connection.cursor() as cursor:
        cursor.execute(_EARLIEST)
        day, began_at = cursor.fetchone()
    return min((one for one in (day, began_at and timezone.localdate(began_at)) if one), default=None)
