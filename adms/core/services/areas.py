"""Control areas and their counters."""

from collections.abc import Mapping

from django.db import connection, transaction
from django.utils.text import slugify

from adms.core.models import ControlArea

COUNTERS = frozenset({"journal_number", "event_number"})


@transaction.atomic
def ensure(*, key: str, name: str) -> ControlArea:
    """The area of this key, made if it is not there."""
    area, _ = ControlArea.objects.get_or_create(key=slugify(key)[:60] or "area", defaults={"name": name})
    return area


def lock(area_ids: list[int]) -> None:
    """Lock areas for the rest of the transaction, ascending, so that no two writers wait for each other crosswise.

    As raising a counter locks them: whoever only writes rows that name an area neither waits for this nor is waited for.
    """
    list(ControlArea.objects.select_for_update(no_key=True).filter(pk__in=area_ids).order_by("pk").values_list("pk"))


def next_numbers(area_id: int, counter: str, count: int = 1) -> int:
    """Raise a counter ("journal_number" or "event_number") by `count` and return the first of the new numbers.

    The row lock is held until the transaction ends: the order of numbers is the order of commits, without gaps.
    """
    if counter not in COUNTERS:
        raise ValueError(counter)
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
