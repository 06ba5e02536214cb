"""The one place that creates and changes outages: state, timeline, ledger figures and the outgoing event go together.

A `Round` is one transaction's work on outages. It locks the models first, holds each outage once, and tells everything at its
end: figures fresh from the ledger, revisions, timeline, crews' work and events, areas locked in ascending order.

    with incidents.begin(models=["north"], at=at) as now:
        outage = now.get(12)
        now.step(outage, "acknowledged")
        now.note(outage, "acknowledged", phrase("acknowledged", actor="Anna"), actor)
        now.tell(outage, "acknowledged")
"""

import datetime as dt
import uuid
import zlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import actors, columns, lock_order, runtime_settings
from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.services import events
from network.domain.phrases import Phrase, phrase
from outages.domain import lifecycle, urgency
from outages.events import EvidenceJoined, OutageChanged
from outages.models import Expectation, Outage, OutageEntry
from outages.selectors import kept_outages, runs, timeline_words
from outages.selectors.figure_rules import MOMENTARY
from outages.selectors.runs import Region
from outages.services import ledger
from workforce.services import work

ETR = runtime_settings.declare(
    "etr.default_minutes",
    120,
    unit="min",
    help_=gettext_noop(
        "Expected duration of a new outage until somebody says better; 0: none is told. May differ by area."
    ),
)
_MAY_BE_BRIEF = ("outage", "single")
#: Priority points: per customer out, per critical customer out.
PRIORITY_CRITICAL = urgency.CRITICAL_POINTS
SYSTEM = actors.system("outages")
#: What is told when nothing but reports came in: no decision on the outage is made anew by that.
REPORTS = "evidence"


class OutageRefused(Refused):
    """The outage is not in a state for that."""

    code = "outage_refused"


@contextmanager
def begin(*, models: Iterable[str], at: dt.datetime) -> Iterator["Round"]:
    """A round of work on the outages of these models, alone until the transaction ends; told when the block is left."""
    with transaction.atomic():
        for model in sorted(set(models)):
            _lock(model)
        now = Round(at)
        yield now
        with (
            events.deferred()
        ):  # so that areas are locked for the moment before the commit only, all in ascending order
            now.finish()


def model_of(outage_id: int) -> str:
    """The network model an outage is in.

    Raises:
        NotFound: there is no such outage.
    """
    model = Outage.objects.filter(pk=outage_id).values_list("model_key", flat=True).first()
    if model is None:
        raise NotFound(_("no outage %(outage_id)s") % {"outage_id": outage_id}, outage=outage_id)
    return model


def _lock(model: str) -> None:
    """One writer of outages per network model at a time. Taken before any area is locked."""
    lock_order.note(lock_order.OUTAGES, [model])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(%s, %s)", [zlib.crc32(b"outages") - 2**31, zlib.crc32(model.encode()) - 2**31]
        )


def remark(
    outage: Outage,
    kind: str,
    told: Phrase | str,
    actor: Actor,
    *,
    occurred_at: dt.datetime,
    at: dt.datetime,
    data: Any = None,
) -> None:
    """One line on the timeline of an outage that it does not change: no round and no lock is needed for that."""
    _entry(outage, kind, told, actor, occurred_at, at, data).save()


def _entry(
    outage: Outage,
    kind: str,
    told: Phrase | str,
    actor: Actor,
    occurred_at: dt.datetime,
    at: dt.datetime,
    data: Any,
) -> OutageEntry:
    entry = OutageEntry(outage=outage, kind=kind, data=data or {}, actor=actor.label or actor.name)
    if isinstance(told, str):
        entry.text = told[:400]
    else:
        entry.told = told  # words are made of it when it is shown
    entry.occurred_at, entry.recorded_at = occurred_at, at
    return entry


@dataclass
class _Pending:
    """What is still to be written and told of one outage."""

    fields: set[str] = field(default_factory=set)
    facts: list[tuple[str, str]] = field(default_factory=list)  # verb, what


class Round:
    """See the module. Change outages only through it: it knows what is to be saved."""

    def __init__(self, at: dt.datetime) -> None:
        self.at = at
        self._outages: dict[int, Outage] = {}
        self._models: set[str] = set()  # whose going outages are held
        self._pending: dict[int, _Pending] = {}
        self._entries: list[OutageEntry] = []
        self._expected: dict[int, Expectation] = {}
        self._ended_work: dict[int, str] = {}
        self._taken_over: dict[int, int] = {}
        self._wanted_work: set[int] = set()
        self._values: dict[tuple[str, str], Any] = {}
        self._joined: set[int] = set()

    # Read

    def get(self, outage_id: int) -> Outage:
        """An outage, always the same object."""
        return self.get_all([outage_id])[0]

    def get_all(self, outage_ids: Collection[int]) -> list[Outage]:
        """Several, in order of their numbers."""
        missing = [pk for pk in outage_ids if pk not in self._outages]
        if missing:
            self._hold(Outage.objects.filter(pk__in=missing))
        return [self._outages[pk] for pk in sorted(outage_ids)]

    def going(self, model: str) -> list[Outage]:
        """The outages of a model that go on, the oldest first."""
        if model not in self._models:
            self._hold(Outage.objects.filter(model_key=model, state__in=lifecycle.RUNNING))
            self._models.add(model)
        found = (one for one in self._outages.values() if one.model_key == model and one.state in lifecycle.RUNNING)
        return sorted(found, key=lambda one: one.pk)

    def going_at(self, model: str, region: Region) -> list[Outage]:
        """Those of them that are in a part of the grid, the oldest first."""
        for row in kept_outages.going_at(model, region):
            self._outages.setdefault(row.pk, row)
        found = [one for one in self._outages.values() if one.model_key == model and one.state in lifecycle.RUNNING]
        is_here = region.has(np.array([one.node for one in found], np.int64)).tolist()
        return sorted((one for one, here in zip(found, is_here, strict=True) if here), key=lambda one: one.pk)

    def find_at(self, model: str, region: Region, **columns: Any) -> list[Outage]:
        """The same as `find`, of a model's outages in a part of the grid."""
        self._save()
        return self.find(Q(pk__any=runs.outages_at(model, region)), model_key=model, **columns)

    def find(self, *conditions: Q, **columns: Any) -> list[Outage]:
        """Outages by what is so now, whether it is saved yet or not; in order of their numbers."""
        self._save()
        return self.get_all(list(Outage.objects.filter(*conditions, **columns).values_list("pk", flat=True)))

    def _hold(self, rows: QuerySet[Outage]) -> None:
        for row in rows.select_related("area").defer("explanation"):
            self._outages.setdefault(row.pk, row)

    def setting(self, key: str, outage: Outage) -> Any:
        """A runtime setting as it is in the outage's area."""
        place = (key, outage.area.key)
        if place not in self._values:
            self._values[place] = runtime_settings.get(*place)
        return self._values[place]

    @property
    def changed(self) -> list[int]:
        """Ids of the outages there is something to tell of."""
        return sorted(pk for pk, pending in self._pending.items() if pending.facts)

    # Write

    def create(self, *, rows: Sequence[Outage]) -> None:
        """New outages, with a first expectation of their restoration."""
        for row in rows:
            row.mrid, row.state, row.predicted_at = str(uuid.uuid4()), row.state or "new", self.at
            minutes = self.setting(ETR, row) if row.state in lifecycle.RUNNING else 0
            if minutes:
                row.etr_at, row.etr_source = self.at + dt.timedelta(minutes=minutes), "machine"
        Outage.objects.bulk_create(rows)
        for row in rows:
            self._outages[row.pk] = row
            if row.etr_at:
                self._expect(row, SYSTEM)
            what = {"predicted": "predicted", "confirmed": "confirmed"}.get(row.confidence, row.state)
            self._of(row).facts.append(("created", what))

    def change(self, outage: Outage, **values: Any) -> None:
        """Set columns, to be saved at the end."""
        for name, value in values.items():
            setattr(outage, name, value)
        self._of(outage).fields |= values.keys()

    def expect(self, outage: Outage, etr_at: dt.datetime, source: str, actor: Actor) -> None:
        """Set when it is expected to be over; every expectation is kept, to be held against what happened."""
        self.change(outage, etr_at=etr_at, etr_source=source)
        self._expect(outage, actor)

    def _expect(self, outage: Outage, actor: Actor) -> None:
        """Of several in one round the last was given."""
        given = {"etr_at": outage.etr_at, "source": outage.etr_source, "given_by": actor.label or actor.name}
        self._expected[outage.pk] = Expectation(outage_id=outage.pk, given_at=self.at, **given)

    def step(self, outage: Outage, following: str, *, reason: str = "") -> None:
        """Take the next state.

        Raises:
            OutageRefused: it does not follow from the present one.
            Invalid: the step needs a reason and none is given.
        """
        if not lifecycle.may_become(outage.state, following):
            words = _("outage %(outage)s is %(state)s: it cannot become %(wanted)s")
            told = {"outage": outage.pk, "state": said(outage.state), "wanted": said(following)}
            raise OutageRefused(words % told, outage=outage.pk, state=outage.state, wanted=following)
        if lifecycle.needs_reason(outage.state, following) and not reason.strip():
            raise Invalid(_("a reason is needed"), field="reason")
        self.change(outage, state=following)

    def note(
        self,
        outage: Outage,
        kind: str,
        told: Phrase | str,
        actor: Actor,
        *,
        occurred_at: dt.datetime | None = None,
        data: Any = None,
    ) -> None:
        """One line on the timeline: a phrase, or the words of a person."""
        self._entries.append(_entry(outage, kind, told, actor, occurred_at or self.at, self.at, data))

    def tell(self, outage: Outage, what: str, *, verb: str = "changed") -> None:
        """Tell at the end of the round that it changed; of several plain changes the last is told."""
        facts = self._of(outage).facts
        if verb == "changed" and facts and facts[-1][0] != "closed":
            if facts[-1][0] == "changed" and what != REPORTS:
                facts[-1] = (verb, what)
            return
        facts.append((verb, what))

    def joined(self, outage: Outage) -> None:
        """Evidence joined it and nothing else changed: told for all such outages together."""
        self._joined.add(outage.pk)

    def end(self, outage: Outage, *, restored_at: dt.datetime, actor: Actor) -> None:
        """Nobody is out any more: it is restored."""
        self.step(outage, "restored")
        self.change(outage, restored_at=restored_at)
        self.note(outage, "restored", phrase("all_back"), actor, occurred_at=restored_at)
        self.tell(outage, "restored", verb="closed")

    def cancel(self, outage: Outage, *, reason: Phrase | str, actor: Actor) -> None:
        """It was no outage, or another one took it over: nothing of it counts."""
        words = timeline_words.said(reason)
        self.step(outage, "cancelled", reason=words)
        self.change(outage, cancelled_reason=words[:200])
        ledger.supersede(outage=outage, reason=words, at=self.at)
        self.note(outage, "cancelled", reason, actor)
        self._ended_work[outage.pk] = "cancelled"
        self.tell(outage, "cancelled", verb="canceled")

    def end_work(self, outage: Outage) -> None:
        """The work on it is done."""
        self._ended_work[outage.pk] = "completed"

    def hand_over_work(self, outage: Outage, to: Outage) -> None:
        """Its crews go on under another outage."""
        self._taken_over[outage.pk] = to.pk

    def drop_work(self, outage: Outage) -> None:
        """No crew is wanted, at least for now."""
        self._ended_work[outage.pk] = "cancelled"

    def want_work(self, outage: Outage) -> None:
        """A crew is wanted after all."""
        self._wanted_work.add(outage.pk)

    def discard(self, outages: Collection[Outage]) -> None:
        """They were created in this round and nothing came of them; whoever referred to them does not any more."""
        gone = {outage.pk for outage in outages}
        for pk in gone:
            del self._outages[pk], self._pending[pk]
            self._expected.pop(pk, None)
        self._entries = [entry for entry in self._entries if entry.outage_id not in gone]
        with (
            connection.cursor() as cursor
        ):  # nothing of theirs is stored yet, so that there is nothing to look for as well
            cursor.execute("DELETE FROM outages_outage WHERE id = ANY(%s)", [list(gone)])

    def _of(self, outage: Outage) -> _Pending:
        return self._pending.setdefault(outage.pk, _Pending())

    # Tell

    def finish(self) -> None:
        """Save and tell. Locks are taken in the order work orders, areas: see workforce.services.work.

        Whatever is published here is stored at the end, so that messages of these areas are taken in meanwhile.
        """
        told = [self._outages[pk] for pk in self.changed]
        work.lock(subjects=[_subject(pk) for pk in (*self._ended_work, *self._taken_over, *self._taken_over.values())])
        OutageEntry.objects.bulk_create(self._entries)
        Expectation.objects.bulk_create(self._expected.values())
        self._count(told)
        self._raise_work([row for row in told if self._is_for_crews(row)])
        self._save()
        columns.write(told, _FIGURES)
        self._settle_work()
        self._publish(told)

    def _save(self) -> None:
        """One statement for all outages of which the same columns changed."""
        alike: dict[tuple[str, ...], list[Outage]] = {}
        for pk, pending in self._pending.items():
            if pending.fields:
                alike.setdefault(tuple(sorted(pending.fields)), []).append(self._outages[pk])
                pending.fields.clear()
        for names, rows in alike.items():
            columns.write(rows, names)

    def _count(self, rows: Sequence[Outage]) -> None:
        """Figures from the ledger; what ended with short interruptions only was momentary."""
        ledger.mark_planned([row.pk for row in rows if row.kind == "planned"])
        figures = ledger.figures([row.pk for row in rows])
        critical = ledger.critical_out([row.pk for row in rows])
        for row in rows:
            found, pending = figures[row.pk], self._pending[row.pk]
            row.customers_affected, row.customers_out, row.critical_out = found.affected, found.out, critical[row.pk]
            row.priority = found.out + PRIORITY_CRITICAL * row.critical_out
            row.revision += len(pending.facts)
            if any(fact != ("changed", REPORTS) for fact in pending.facts):
                row.decided_revision = row.revision
            has_ended = (
                ("closed", "restored") in pending.facts and row.state == "restored" and row.kind in _MAY_BE_BRIEF
            )
            if has_ended and found.longest <= dt.timedelta(minutes=self.setting(MOMENTARY, row)):
                self.change(row, kind="momentary")

    def _is_for_crews(self, row: Outage) -> bool:
        """Whether there is to be a work order: for what is new and not planned, unless no crew is sent, and for what is wanted."""
        is_new = self._pending[row.pk].facts[0][0] == "created" and row.state in lifecycle.RUNNING
        return (is_new and row.kind != "planned") or row.pk in self._wanted_work

    def _raise_work(self, rows: Sequence[Outage]) -> None:
        orders = work.raise_work_orders(orders=[_order(row) for row in rows], at=self.at)
        if self._wanted_work:
            work.reopen_work_orders(subjects=[_subject(pk) for pk in sorted(self._wanted_work)])
        for row in rows:
            row.work_order_id = orders[_subject(row.pk)]

    def _settle_work(self) -> None:
        for pk, to in sorted(self._taken_over.items()):
            work.hand_over(actor=SYSTEM, subject=_subject(pk), to=_subject(to), at=self.at)
        for pk, state in sorted(self._ended_work.items()):
            work.close_work_order(actor=SYSTEM, subject=_subject(pk), state=state, at=self.at)

    def _publish(self, rows: Sequence[Outage]) -> None:
        facts: dict[int, list[Any]] = {}
        for row in rows:
            own = self._pending[row.pk].facts
            for revision, (verb, what) in enumerate(own, row.revision - len(own) + 1):
                fact = OutageChanged(row.pk, row.mrid, row.model_key, verb, revision, what, self.at)
                facts.setdefault(row.area_id, []).append(fact)
        grown = [self._outages[pk] for pk in sorted(self._joined - {row.pk for row in rows}) if pk in self._outages]
        for place in sorted({(row.area_id, row.model_key) for row in grown}):
            ids = [row.pk for row in grown if (row.area_id, row.model_key) == place]
            facts.setdefault(place[0], []).append(EvidenceJoined(place[1], ids, self.at))
        events.publish_all(facts=facts, at=self.at)


#: Columns the end of a round sets on every outage it tells of.
_FIGURES = (
    *("customers_affected", "customers_out", "critical_out", "priority", "revision", "decided_revision"),
    "work_order_id",
)


def said(state: str) -> str:
    """A state as a person says it."""
    return str(Outage.State(state).label).lower()


def _subject(outage_id: int) -> str:
    return f"outage:{outage_id}"


def _order(row: Outage) -> work.NewOrder:
    title = f"{row.get_kind_display()} at {row.device_name}"
    return work.NewOrder(row.area_id, _subject(row.pk), title, row.kind, row.priority, row.device_mrid, row.x, row.y)
