"""The first day the ledger knows: of what was before it no figure is nought, all are unknown.

1. The day a person states (`reliability.ledger_begins`): who brings the interruptions of earlier years along says from when on they
   are whole.
2. Else the first local day whose customers were kept. A row that is older (a meter whose clock was wrong, one that was brought along
   alone) does not make the years since known: it counts in no figure, and the pages tell of it.
3. Where no day is kept yet, the day of the oldest row.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Min
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.models import Setting
from outages.models import Interruption, ServedDay

STATED_DAY = runtime_settings.declare(
    "reliability.ledger_begins",
    "",
    help_=gettext_noop(
        "The day (2026-01-31) from which the ledger is whole, where interruptions of earlier years were brought along, or from which "
        "figures shall count. Empty: the first day whose customers were kept; rows that are older count in no figure."
    ),
)
STATED, KEPT, OLDEST_ROW = "stated", "kept", "oldest row"
#: Rows before the beginning are counted so far; of more it is told that they are more.
COUNTED = 1000
_EARLIEST = (
    f"SELECT (SELECT value #>> '{{}}' FROM {Setting._meta.db_table} WHERE key = '{STATED_DAY}' AND area_id IS NULL),"  # noqa: S608, SLF001 - names, no value
    f" (SELECT min(day) FROM {ServedDay._meta.db_table}),"  # noqa: SLF001
    f" (SELECT min(began_at) FROM {Interruption._meta.db_table})"  # noqa: SLF001
)


@dataclass(frozen=True, slots=True)
class Begin:
    """The first day, and how it is known: `STATED`, `KEPT` or `OLDEST_ROW`; `not_taken` is what was stated and is no day."""

    day: dt.date
    how: str
    not_taken: str = ""


@dataclass(frozen=True, slots=True)
class Earlier:
    """Rows of the ledger from before its beginning: how many (no more than `COUNTED` are counted), and the day of the oldest."""

    rows: int
    oldest: dt.date


def found() -> Begin | None:
    """Where the ledger begins; None: nothing is kept yet."""
    with connection.cursor() as cursor:
        cursor.execute(_EARLIEST)
        told, day, began_at = cursor.fetchone()
    if stated := _day(told or ""):
        return Begin(stated, STATED)
    if day:
        return Begin(day, KEPT, told or "")
    return Begin(timezone.localdate(began_at), OLDEST_ROW, told or "") if began_at else None


def first_day() -> dt.date | None:
    """The first local day the ledger knows; None: nothing is kept yet."""
    begin = found()
    return begin.day if begin else None


def earlier(begin: Begin) -> Earlier | None:
    """The rows in force that are older than the ledger's beginning; None where there is none."""
    midnight = timezone.make_aware(dt.datetime.combine(begin.day, dt.time.min))
    rows = Interruption.objects.filter(superseded_at=None, began_at__lt=midnight)
    oldest = rows.aggregate(at=Min("began_at"))["at"]
    return Earlier(rows[:COUNTED].count(), timezone.localdate(oldest)) if oldest else None


def _day(told: str) -> dt.date | None:
    """The day somebody stated; None where it is none."""
    try:
        return parse_date(told)
    except ValueError:
        return None
