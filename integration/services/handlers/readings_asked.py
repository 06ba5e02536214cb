"""get(MeterReadings), incoming: readings of meters and usage points, or added up behind transformers, to a partner that may see them.

Whose control area is not the partner's is answered as unknown (2.4, 2.12), a kind nobody ever told with 5.5, what is known but told
nothing in the time with 5.7. Where there is more than was asked for the answer says so (0.2), and from where to go on.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Collection, Iterator, Sequence

from adms.core.actors import Actor
from integration.cim.errors import Case, MessageRefused, ReplyError
from integration.cim.nouns import told_readings
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.reading_queries import ReadingQuery
from integration.cim.nouns.told_readings import Told, Value
from integration.services import reading_words
from integration.services.handled import Handled
from metering.domain import reading_types
from metering.selectors import asked_readings
from metering.selectors.asked_readings import Summed, Wanted, Whose

#: What may be added up in one question: meters times days.
MOST_METER_DAYS = 20_000
_NOTHING = "no such readings of this time"
#: Qualities of what was added up: derived; some of it estimated; some of it not told.
_DERIVED, _ESTIMATED, _INCOMPLETE = "4.11.0", "4.8.0", "4.5.259"


def handle(*, actor: Actor, source: str, items: Sequence[ReadingQuery], at: dt.datetime) -> Handled:  # noqa: ARG001
    """The answer as a payload; an error for everything that was asked for and is not in it."""
    (query,) = items
    handled = Handled()
    wanted = Wanted(
        _kinds(query, handled), query.begins_at, query.ends_at, query.limit, query.offset, reasons=query.reasons
    )
    areas = actor.areas_for("view_customer")
    tell = _of_transformers if query.transformers else _of_meters
    told, count, is_more = tell(query, wanted, areas, handled)
    if told:
        handled.taken = len(told)
        handled.payload = told_readings.build(*told)
    handled.effects = {"told": count, "of": len(told)}
    if is_more:
        handled.more = f"{count} readings; ask for more with offset {query.offset + count}"
    elif not handled.errors:
        handled.remark = f"{count} readings"
    return handled


def _kinds(query: ReadingQuery, handled: Handled) -> dict[int, str]:
    """The kinds that are meant; those nobody can be told of are named."""
    codes: dict[str, Identified] = {}
    for one in query.types:
        code = next((name for name in _names(one) if reading_types.is_code(name)), "")
        if code:
            codes[code] = one
        else:
            handled.errors.append(ReplyError("2.6", "no code of eighteen fields", one.to_object_id("ReadingType")))
    if query.types and not codes:
        return {}
    known = asked_readings.kinds(codes)
    for code in codes.keys() - set(known.values()):
        handled.errors.append(ReplyError("5.5", "nobody told such readings", codes[code].to_object_id("ReadingType")))
    return known


def _of_meters(
    query: ReadingQuery, wanted: Wanted, areas: Collection[str] | None, handled: Handled
) -> tuple[list[Told], int, bool]:
    """What each meter read, how many readings that are, and whether there are more."""
    meters = asked_readings.meters({name for one in query.meters for name in _names(one)}, areas=areas)
    points = asked_readings.at_points({name for one in query.usage_points for name in _names(one)}, areas=areas)
    asked: dict[int, tuple[Whose, Identified, str]] = {}
    for one in query.meters:
        found = next((meters[name] for name in _names(one) if name in meters), None)
        if found is None:
            handled.errors.append(ReplyError("2.4", "not known", one.to_object_id("Meter")))
        else:
            asked[found.pk] = (found, one, "Meter")
    for one in query.usage_points:
        several: list[Whose] = next((points[name] for name in _names(one) if name in points), [])
        if not several:
            handled.errors.append(ReplyError("2.12", "not known, or without a meter", one.to_object_id("UsagePoint")))
        for found in several:
            asked.setdefault(found.pk, (found, one, "UsagePoint"))
    rows = asked_readings.readings(asked, wanted) if asked else []
    kept, is_more = rows[: wanted.limit], len(rows) > wanted.limit
    told = [
        reading_words.meter(asked[pk][0], list(several), wanted.kinds)
        for pk, several in itertools.groupby(kept, lambda row: row.meter)
    ]
    if not (is_more or wanted.offset or (query.types and not wanted.kinds)):
        silent = (asked[pk] for pk in sorted(asked.keys() - {row.meter for row in kept}))
        handled.errors += [ReplyError("5.7", _NOTHING, one.to_object_id(kind)) for _, one, kind in silent]
    return told, len(kept), is_more


def _of_transformers(
    query: ReadingQuery, wanted: Wanted, areas: Collection[str] | None, handled: Handled
) -> tuple[list[Told], int, bool]:
    """What was counted behind each transformer, how many sums that are, and whether there are more."""
    if query.reasons:
        raise MessageRefused(Case.PAYLOAD_INVALID, "Reading/reason is of registers, which are not added up")
    behind = asked_readings.behind({name for one in query.transformers for name in _names(one)}, areas=areas)
    days = (wanted.ends_at - wanted.begins_at) / dt.timedelta(days=1)
    if sum(behind.values()) * max(days, 1.0) > MOST_METER_DAYS:
        raise MessageRefused(
            Case.TOO_MANY_ITEMS,
            f"{sum(behind.values())} meters are behind these transformers: times days {MOST_METER_DAYS} at most",
        )
    asked: dict[str, Identified] = {}
    for one in query.transformers:
        mrid = next((name for name in _names(one) if name in behind), "")
        if mrid:
            asked[mrid] = one
        else:
            details = "not known, or no meter is behind it"
            handled.errors.append(ReplyError("5.7", details, one.to_object_id("TransformerTank")))
    for code in [code for code in wanted.kinds.values() if query.types and not reading_types.of(code).is_interval]:
        details = "only what passed within intervals is added up"
        named = Identified("", (Name(code),)).to_object_id("ReadingType")
        handled.errors.append(ReplyError("2.10", details, named))
    rows = asked_readings.sums(asked, wanted, areas=areas) if asked else []
    kept, is_more = rows[: wanted.limit], len(rows) > wanted.limit
    told = [
        _transformer(asked[mrid], behind[mrid], list(several), wanted)
        for mrid, several in itertools.groupby(kept, lambda row: row.transformer)
    ]
    if not (is_more or wanted.offset):
        silent = (asked[mrid] for mrid in sorted(asked.keys() - {row.transformer for row in kept}))
        handled.errors += [ReplyError("5.7", _NOTHING, one.to_object_id("TransformerTank")) for one in silent]
    return told, len(kept), is_more


def _transformer(one: Identified, meters: int, rows: Sequence[Summed], wanted: Wanted) -> Told:
    """A transformer stands as the usage point of all that is behind it, under the name it was asked by."""
    series = [
        reading_words.series(
            wanted.kinds[kind],
            [Value(row.read_at, reading_words.text(row.value), _qualities(row, meters)) for row in several],
        )
        for kind, several in itertools.groupby(rows, lambda row: row.kind)
    ]
    return Told(series, Identified("", one.names or (Name(one.mrid, "TransformerTank"),)))


def _qualities(row: Summed, meters: int) -> tuple[str, ...]:
    marks = ((_ESTIMATED, row.estimated > 0), (_INCOMPLETE, row.told < meters))
    return (_DERIVED, *(code for code, is_so in marks if is_so))


def _names(one: Identified) -> Iterator[str]:
    yield from filter(None, (one.mrid, *(name.name for name in one.names)))
