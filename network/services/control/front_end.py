"""Whether what carries commands to the field can be reached: told by the door, asked by the gate."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction

from network.models import FrontEnd


@transaction.atomic
def report_front_end(
    *,
    key: str,
    is_up: bool,
    until: dt.datetime | None = None,
    reason: str = "",
    areas: Collection[str] = (),
    at: dt.datetime,
) -> None:
    """What carries commands answers, or does not; down it counts `until` then at most, so that a command can find it up again.

    `areas` are keys of the control areas whose commands it carries; none: of all.
    """
    told = {"is_up": is_up, "since": at, "until": None if is_up else until, "reason": reason[:200], "areas": [*areas]}
    row, made = FrontEnd.objects.select_for_update(no_key=True).get_or_create(key=key[:60], defaults=told)
    if made:
        return
    if row.is_up != is_up:
        row.since = at
    row.is_up, row.until, row.reason, row.areas = is_up, None if is_up else until, reason[:200], [*areas]
    row.save(update_fields=["is_up", "since", "until", "reason", "areas"])


def withdraw_front_ends(*, beginning: str, but: Collection[str]) -> None:
    """Forget ways whose key begins so, except these: who serves which area has changed."""
    FrontEnd.objects.filter(key__startswith=beginning).exclude(key__in=[one[:60] for one in but]).delete()


def down(*, area: str, at: dt.datetime) -> FrontEnd | None:
    """One that carries commands of this control area and does not answer now."""
    for row in FrontEnd.objects.filter(is_up=False).order_by("key"):
        if (row.until is None or row.until > at) and (not row.areas or area in row.areas):
            return row
    return None
