"""Control areas: made by publishing a model, named by their administrator, with the counters that number what happens there."""

import datetime as dt
from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from adms.core import lock_order
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound
from adms.core.models import ControlArea
from adms.core.services import audit, authority

ACTION = "manage_accounts"
COUNTERS = frozenset({"journal_number", "event_number"})


@transaction.atomic
def ensure(*, key: str, name: str) -> ControlArea:
    """The area of this key, made if it is not there."""
    area, _made = ControlArea.objects.get_or_create(key=slugify(key)[:60] or "area", defaults={"name": name})
    return area


def of(key: str) -> ControlArea:
    """The area of this key.

    Raises:
        NotFound: there is none.
    """
    found = ControlArea.objects.filter(key=key).first()
    if found is None:
        raise NotFound(_("no control area %(key)s") % {"key": key}, area=key)
    return found


@transaction.atomic
def rename(*, actor: Actor, key: str, name: str, at: dt.datetime) -> ControlArea:
    """Give an area another name; publishing a model again leaves it as it is.

    Raises:
        NotAuthorised: no administrator.
        NotFound: no such area.
        Invalid: no name, or one that another area has.
    """
    authority.require(actor=actor, action=ACTION)
    area, wanted = of(key), " ".join(name.split())
    if not 0 < len(wanted) <= 120:
        raise Invalid(_("an area has a name of at most 120 letters"), field="name")
    if ControlArea.objects.filter(name__iexact=wanted).exclude(pk=area.pk).exists():
        raise Invalid(_("another area is called so"), field="name")
    before, area.name = area.name, wanted
    area.save(update_fields=["name"])
    audit.record(
        actor=actor, action="rename_area", object_=key, area=key, before={"name": before}, after={"name": wanted}, at=at
    )
    return area


def lock(area_ids: list[int]) -> None:
    """Lock areas for the rest of the transaction, ascending, so that no two writers wait for each other crosswise.

    As raising a counter locks them: whoever only writes rows that name an area neither waits for this nor is waited for.
    """
    lock_order.note(lock_order.AREAS, area_ids)
    list(ControlArea.objects.select_for_update(no_key=True).filter(pk__in=area_ids).order_by("pk").values_list("pk"))


def next_numbers(area_id: int, counter: str, count: int = 1) -> int:
    """Raise a counter ("journal_number" or "event_number") by `count` and return the first of the new numbers.

    The row lock is held until the transaction ends: the order of numbers is the order of commits, without gaps.
    """
    if counter not in COUNTERS:
        raise ValueError(counter)
    lock_order.note(lock_order.AREAS, [area_id])
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE core_controlarea SET {counter} = {counter} + %s WHERE id = %s RETURNING {counter}",  # noqa: S608
            [count, area_id],
        )
        row = cursor.fetchone()
    if row is None:
        raise ControlArea.DoesNotExist(area_id)
    return int(row[0]) - count + 1


def next_numbers_of(counts: Mapping[int, int], counter: str) -> dict[int, int]:
    """The first new number of each area (by id) after raising its counter by its count; areas are locked in ascending order."""
    if len(counts) == 1:
        ((area_id, count),) = counts.items()
        return {area_id: next_numbers(area_id, counter, count)}
    if counter not in COUNTERS:
        raise ValueError(counter)
    lock(sorted(counts))
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE core_controlarea AS a SET {counter} = {counter} + t.count"  # noqa: S608
            f" FROM unnest(%s::bigint[], %s::bigint[]) AS t(id, count) WHERE a.id = t.id RETURNING a.id, {counter} - t.count + 1",
            [list(counts), list(counts.values())],
        )
        found = dict(cursor.fetchall())
    if missing := counts.keys() - found.keys():
        raise ControlArea.DoesNotExist(min(missing))
    return found
