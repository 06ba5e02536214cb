"""Is the audit trail what was written? Every digest computed anew, outside the database, and held against heads published outside.

    entry 1 --> digest 1 --> digest 2 --> digest 3 = head, published each minute to a place the database's keeper cannot reach
                              entry 2      entry 3

Changed, removed, added, moved and exchanged entries break the chain at the first of them. A cut tail and an old backup put back
leave a sound chain: only a head published since then tells. A clock set back shows in the links, which bear the database's time.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any

from django.db import connection, transaction

from adms.core.services.audit_heads import Head

#: The database's clock may be corrected by so much without suspicion.
CLOCK_STEP_US = 2_000_000
_AT_ONCE = 5_000
_ROWS = """
SELECT l.number, l.entry, l.digest, (extract(epoch FROM l.linked_at) * 1000000)::bigint, e.id::text,
  (extract(epoch FROM e.recorded_at) * 1000000)::bigint::text, e.actor, e.way, e.action, e.object, e.area, e.result,
  e.before::text, e.after::text, e.reason, e.request_id
FROM core_auditlink l LEFT JOIN core_auditentry e ON e.id = l.entry ORDER BY l.number
"""
_UNLINKED = "SELECT min(id) FROM core_auditentry e WHERE NOT EXISTS (SELECT FROM core_auditlink l WHERE l.entry = e.id)"


@dataclass(frozen=True, slots=True)
class Bad:
    """The first thing that is wrong: the link and the entry it is about (None where there is none), and why."""

    number: int | None
    entry: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many links were read, how many published heads were held against them, and the first thing wrong."""

    rows: int
    heads: int
    first_bad: Bad | None


def verify(heads: list[Head]) -> Verdict:
    """Read the whole chain as it stands at one instant."""
    wanted = {one.number: one for one in heads}
    if clash := next((one for one in heads if wanted[one.number].digest != one.digest), None):
        return Verdict(0, len(heads), Bad(clash.number, None, "two published heads of this number differ"))
    rows, bad = 0, None
    with transaction.atomic():
        for rows, bad in _walk(wanted):  # noqa: B007 - the latest of each is what counts
            if bad:
                break
        bad = bad or _beyond(rows, heads) or _unlinked()
    return Verdict(rows, len(heads), bad)


def _walk(wanted: Mapping[int, Head]) -> Iterator[tuple[int, Bad | None]]:
    """Link after link: how many were read, and what is wrong with this one."""
    previous, latest_at = "", 0
    for count, row in enumerate(_rows(), 1):
        number, entry, digest, linked_at = row[:4]
        bad = _why(count, row, latest_at, previous)
        if not bad and number in wanted and wanted[number].digest != digest:
            bad = f"another head of this number was published at {wanted[number].at or 'an unknown time'}"
        yield count, Bad(number, entry, bad) if bad else None
        previous, latest_at = digest, max(latest_at, linked_at)


def _why(count: int, row: tuple[Any, ...], latest_at: int, previous: str) -> str:
    """What is wrong with a link by itself and after the one before it; empty if nothing."""
    number, _, digest, linked_at, *columns = row
    if number != count:
        return f"link {count} is missing"
    if columns[0] is None:
        return "the entry was removed"
    if digest_of(number, linked_at, columns, previous) != digest:
        return "the entry, its place or its link was changed"
    if linked_at < latest_at - CLOCK_STEP_US:
        return "the clock of the database was set back"
    return ""


def digest_of(number: int, linked_at_us: int, columns: list[Any], previous: str) -> str:
    """The digest of a link, as the database makes it: netstrings of number, time of the link and the entry's columns."""
    texts = chain([str(number), str(linked_at_us)], (None if one is None else str(one) for one in columns))
    parts = (b"-" if text is None else b"%d:%s" % (len(data := text.encode()), data) for text in texts)
    return hashlib.sha256(previous.encode() + b"".join(parts)).hexdigest()


def _rows() -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(_ROWS)
        while rows := cursor.fetchmany(_AT_ONCE):
            yield from rows


def _beyond(rows: int, heads: list[Head]) -> Bad | None:
    """A published head that the chain does not reach."""
    missing = min((one for one in heads if one.number > rows), key=lambda one: one.number, default=None)
    if missing is None:
        return None
    why = f"the trail ends at {rows}, but this head was published at {missing.at or 'an unknown time'}"
    return Bad(missing.number, None, why)


def _unlinked() -> Bad | None:
    """An entry that came in past the trigger."""
    with connection.cursor() as cursor:
        cursor.execute(_UNLINKED)
        (entry,) = cursor.fetchone()
    return None if entry is None else Bad(None, int(entry), "the entry was added outside the chain")
