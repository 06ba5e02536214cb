"""What the record holds of a period, as a replay hears it: evidence, outages, and what people and telemetry said of them.

    12:00  outage 7 predicted at F1                      prediction: decided anew
    12:10  moved by hand to T1                           held at T1 from 12:10 ...
    12:15  confirmed there                               ... and known to be open from 12:15 ...
    12:40  restored                                      ... until 12:40; for a while who is dark below never came back

What people said counts from the moment they said it until they took it back. Reports they set aside, or gave to an outage that is held,
are so in the replay; those they gave to a mere prediction are not, for the next run of prediction decides of them anew in life too.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KT

from network.domain.phases import ABC
from network.selectors import history
from outages.domain import lifecycle
from outages.domain.replay_comparison import Recorded
from outages.models import Evidence, ManualAction, Outage, OutageEntry
from outages.selectors import pool

#: The reason of reports that prediction laid aside by itself.
ASIDE = "no outage explains it"
FOREVER = dt.datetime.max.replace(tzinfo=dt.UTC)
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, slots=True)
class Period:
    """What is replayed; what happens within one step is predicted together. `areas` are control areas by id, none: all."""

    model: str
    begin: dt.datetime
    end: dt.datetime
    step_s: float = 1.0
    areas: tuple[int, ...] = ()


class Stand(NamedTuple):
    """Since when people or telemetry held an outage where; the one that begins last holds."""

    outage: Outage
    since: dt.datetime
    until: dt.datetime  # taken back; FOREVER: not
    device_mrid: str
    node: int
    phases: int
    is_open: bool


class Gift(NamedTuple):
    """People gave reports to an outage."""

    to: int
    reports: tuple[int, ...]
    since: dt.datetime
    until: dt.datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What the record holds of a period.

    Attributes:
        rows: evidence as it was recorded.
        outages: without planned work and hazards.
        settled: since when each report was settled by others than prediction.
        silent: when each report was settled by what people took back later.
        stands, gifts: what people and telemetry said of outages, the earliest first.
        gone: when each outage was cancelled, and until when.
        over: since when each was known to be restored.
        by_hand: what people did to each outage and did not take back: kind, and the columns before the first of these.
    """

    rows: Sequence[Evidence]
    outages: Sequence[Outage]
    settled: Mapping[int, dt.datetime]
    silent: Mapping[int, Sequence[Span]]
    stands: Sequence[Stand]
    gifts: Sequence[Gift]
    gone: Mapping[int, Sequence[Span]]
    over: Mapping[int, dt.datetime]
    by_hand: Mapping[int, tuple[tuple[str, ...], Mapping[str, Any] | None]]

    @classmethod
    def of(cls, period: Period) -> "Record":
        """Read it."""
        rows = list(evidence(period).order_by("recorded_at", "pk"))
        found = Outage.objects.filter(_within(period)).defer("explanation").order_by("pk")
        outages = list(found.annotate(told_kind=KT("explanation__kind"), told_engine=KT("explanation__engine")))
        ids = [one.pk for one in outages]
        actions = list(ManualAction.objects.filter(touched__overlap=ids, at__lte=period.end).order_by("at", "pk"))
        return cls(
            rows,
            outages,
            _settled(rows),
            _silent(actions),
            _stands(outages, actions),
            _gifts(actions),
            _gone(outages, actions),
            _over(outages),
            _by_hand(actions),
        )

    def moments(self) -> set[dt.datetime]:
        """When anything was said of an outage, or taken back."""
        found = {at for one in self.stands for at in (one.since, one.until)}
        found |= {at for one in self.gifts for at in (one.since, one.until)}
        found |= {at for spans in (*self.gone.values(), *self.silent.values()) for span in spans for at in span}
        return (found | set(self.over.values())) - {FOREVER}

    def stood(self, at: dt.datetime, still_out_s: float) -> tuple[list[Stand], list[Stand]]:
        """What was held at a moment, and what was but is over since so few seconds."""
        latest = {one.outage.pk: one for one in self.stands if one.since <= at < one.until}
        border = at - dt.timedelta(seconds=still_out_s)
        going, over = [], []
        for pk, one in latest.items():
            ended = self.over.get(pk)
            if any(since <= at < until for since, until in self.gone.get(pk, ())):
                continue
            if ended is None or ended > at:
                going.append(one)
            elif ended >= border:
                over.append(one)
        return going, over

    def given(self, at: dt.datetime) -> dict[int, int]:
        """The outage people had given reports to by then."""
        return {report: one.to for one in self.gifts if one.since <= at < one.until for report in one.reports}

    def recorded(self) -> list[Recorded]:
        """Its outages as a replay is held against them; without what was merged into another (its reports went there)."""
        held: dict[int, set[int]] = {}
        for row in self.rows:
            if row.outage_id is not None:
                held.setdefault(row.outage_id, set()).add(row.pk)
        turns = OutageEntry.objects.filter(outage__in=[one.pk for one in self.outages], kind__in=("moved", "cancelled"))
        last = {
            (pk, kind): at
            for pk, kind, at in turns.order_by("recorded_at").values_list("outage_id", "kind", "recorded_at")
        }
        return [self._one(one, frozenset(held[one.pk]), last) for one in self.outages if one.pk in held]

    def answered(self) -> set[int]:
        """The outages that a question to the caller's meter made, and no prediction: it has supply."""
        return {one.pk for one in self.outages if getattr(one, "told_engine", "") == "ping"}

    def _one(self, one: Outage, reports: frozenset[int], last: Mapping[tuple[int, str], dt.datetime]) -> Recorded:
        ended_at = one.restored_at or (last.get((one.pk, "cancelled")) if one.state == "cancelled" else None)
        deeds, before = self.by_hand.get(one.pk, ((), None))
        return Recorded(
            one.pk,
            _kind(getattr(one, "told_kind", "") or "" if one.kind == "momentary" else one.kind),
            one.device_mrid,
            one.customers_affected,
            one.started_at.timestamp(),
            one.predicted_at.timestamp(),
            last.get((one.pk, "moved"), one.predicted_at).timestamp(),
            one.device_mrid if one.confirmed_at else "",
            reports,
            ended_at.timestamp() if ended_at else None,
            nested_in=one.parent_id,
            by_hand=deeds,
            as_predicted=(_kind(before["kind"]), before["device_mrid"]) if before else None,
        )


def evidence(period: Period) -> QuerySet[Evidence]:
    """The reports and words of life recorded in a period."""
    found = Evidence.objects.filter(
        model_key=period.model, recorded_at__gte=period.begin, recorded_at__lte=period.end, kind__in=(*pool.KINDS, *pool.LIVE)
    )  # fmt: skip
    return found.filter(area_id__in=period.areas) if period.areas else found


def _within(period: Period) -> Q:
    until = Q(restored_at=None) | Q(restored_at__gte=period.begin)
    found = until & Q(model_key=period.model, started_at__lte=period.end) & ~Q(kind__in=("planned", "hazard"))
    return found & Q(area_id__in=period.areas) if period.areas else found


def _kind(kind: str) -> str:
    return "single" if kind == "single" else "outage"


def _settled(rows: Sequence[Evidence]) -> dict[int, dt.datetime]:
    """Since when each report was settled by others than prediction: by the record, or by a word of life that came before that."""
    words: dict[int, list[Evidence]] = {}
    for row in rows:
        if row.kind in pool.LIVE and row.usage_point_id is not None:
            words.setdefault(row.usage_point_id, []).append(row)
    found = {}
    for row in rows:
        if row.kind in pool.LIVE:
            continue
        own = words.get(row.usage_point_id or -1, ())
        moments = [
            one.recorded_at for one in own if one.occurred_at >= row.occurred_at and not row.phases & ~one.phases & ABC
        ]
        if row.settled_at and row.settled_reason != ASIDE:
            moments.append(row.settled_at)
        if moments:
            found[row.pk] = max(min(moments), row.recorded_at)
    return found


def _silent(actions: Sequence[ManualAction]) -> dict[int, list[Span]]:
    found: dict[int, list[Span]] = defaultdict(list)
    for action in actions:
        if action.undone_at:
            for pk, (before, after) in action.change["reports"].items():
                if after["settled_at"] and not (before and before["settled_at"]):
                    found[int(pk)].append((action.at, action.undone_at))
    return found


def _gone(outages: Sequence[Outage], actions: Sequence[ManualAction]) -> dict[int, list[Span]]:
    """When outages were cancelled: by people until they took it back, and by prediction."""
    found: dict[int, list[Span]] = defaultdict(list)
    for action in actions:
        for pk, (_, after) in action.change["outages"].items():
            if after["state"] == "cancelled":
                found[int(pk)].append((action.at, action.undone_at or FOREVER))
    over = [one.pk for one in outages if one.state == "cancelled"]
    entries = OutageEntry.objects.filter(outage__in=over, kind="cancelled").order_by("recorded_at")
    for pk, at in dict(entries.values_list("outage_id", "recorded_at")).items():
        found[pk].append((at, FOREVER))
    return found


def _over(outages: Sequence[Outage]) -> dict[int, dt.datetime]:
    """What was settled with it was so from the same moment on, which is later than the field's."""
    ended = {one.pk: one.restored_at for one in outages if one.restored_at}
    entries = OutageEntry.objects.filter(outage__in=list(ended), kind="restored").order_by("recorded_at")
    return ended | dict(entries.values_list("outage_id", "recorded_at"))


# What people and telemetry said


def _stands(outages: Sequence[Outage], actions: Sequence[ManualAction]) -> list[Stand]:
    """Where each outage was held since when: moved, split off, merged into, put on other phases; or confirmed."""
    by_id = {one.pk: one for one in outages if one.kind != "single"}
    found = []
    for place, action in enumerate(actions):
        until = action.undone_at or FOREVER
        for pk in _decided(action):
            if pk in by_id:
                told = _columns(by_id[pk], action, actions[place + 1 :])
                if told["kind"] != "single" and told["state"] in lifecycle.RUNNING:
                    where = told["device_mrid"], told["node"], told["phases"]
                    found.append(Stand(by_id[pk], action.at, until, *where, told["confidence"] == "confirmed"))
    known = _known_open([one for one in by_id.values() if one.confirmed_at])
    for one in by_id.values():
        if one.confirmed_at:
            since = known.get(one.pk, one.confirmed_at)
            found.append(Stand(one, since, FOREVER, one.device_mrid, one.node, one.phases, is_open=True))
    return sorted(found, key=lambda one: (one.since, one.is_open, one.outage.pk))


def _known_open(outages: Sequence[Outage]) -> dict[int, dt.datetime]:
    """Since when confirmed outages were known to be so: when telemetry told of the opening, or a person confirmed it."""
    entries = OutageEntry.objects.filter(outage__in=[one.pk for one in outages], kind="confirmed").order_by(
        "-recorded_at"
    )
    found = dict(entries.values_list("outage_id", "recorded_at"))
    moves = {one.pk: (one.device_mrid, one.confirmed_at) for one in outages if one.confirmed_at}
    for model in {one.model_key for one in outages}:
        told = history.known_at(model, set(moves.values()))
        found |= {pk: told[move] for pk, move in moves.items() if move in told}
    return found


def _decided(action: ManualAction) -> list[int]:
    """The outages of which a person said by it where they are."""
    kinds = ManualAction.Kind
    if action.kind == kinds.MERGED:
        return [action.outage_id]
    if action.kind not in (kinds.MOVED, kinds.PHASES, kinds.SPLIT):
        return []
    made = [int(pk) for pk, (before, _) in action.change["outages"].items() if before is None]
    return [action.outage_id, *sorted(made)]


def _columns(outage: Outage, action: ManualAction, later: Sequence[ManualAction]) -> Mapping[str, Any]:
    """What an outage was just after an action: as kept by it, or before the next one that changed it, or as it is."""
    told = action.change["outages"].get(str(outage.pk))
    if told is not None:
        return dict(told[1])
    for other in later:
        told = other.change["outages"].get(str(outage.pk))
        if told is not None and told[0] is not None:
            return dict(told[0])
    names = ("kind", "confidence", "device_mrid", "node", "phases")
    return {name: getattr(outage, name) for name in names} | {"state": "new"}


def _gifts(actions: Sequence[ManualAction]) -> list[Gift]:
    """Reports that people gave to other outages: re-assigned, split off, merged."""
    found = []
    for action in actions:
        to: dict[int, list[int]] = defaultdict(list)
        for pk, (_, after) in action.change["reports"].items():
            if after["outage_id"] is not None and after["settled_at"] is None:
                to[after["outage_id"]].append(int(pk))
        until = action.undone_at or FOREVER
        found += [Gift(outage, tuple(sorted(own)), action.at, until) for outage, own in to.items()]
    return found


def _by_hand(actions: Sequence[ManualAction]) -> dict[int, tuple[tuple[str, ...], Mapping[str, Any] | None]]:
    """What people did to outages and did not take back, with what each was before the first time they moved it."""
    deeds: dict[int, list[str]] = defaultdict(list)
    first: dict[int, Mapping[str, Any] | None] = {}
    for action in actions:
        if action.undone_at is None:
            for pk in {*_decided(action), action.outage_id}:
                deeds[pk].append(action.kind)
                before = (action.change["outages"].get(str(pk)) or (None, None))[0]
                if action.kind == ManualAction.Kind.MOVED or (action.kind == ManualAction.Kind.SPLIT and before):
                    first.setdefault(pk, before)
    return {pk: (tuple(dict.fromkeys(kinds)), first.get(pk)) for pk, kinds in deeds.items()}
