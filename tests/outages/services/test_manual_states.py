"""Manual actions on outages as a state machine: whatever people do while reports come in and switches move, the picture stays whole.

    S --CB1-- L1 --+-- F1 --+-- T1 (3 customers)
                   |        +-- T2 (2)
                   +-- F2 --+-- T3 (2)
                   |        +-- F3/AB --+-- T4 (2)
                   |                    +-- T5/A (2)
                   +-- T6 (1)

What must hold is known here from how the feeder is drawn and from the tables (`below`, `invariant`s), without asking the functions that
are tested: everybody is out at most once, figures are those of the ledger, a report belongs to one outage that goes on or to none, who is
below an open device is counted out, taking back brings back everything, what is refused changes nothing, and each thing done is in the audit.
"""

import itertools

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from adms.core.errors import Refused
from adms.core.models import AuditEntry, StoredEvent
from metering.models import UsagePoint
from network.domain.phases import ABC, A, B, C
from network.models import JournalEntry
from network.selectors import state
from outages.domain import lifecycle as states
from outages.models import Call, Evidence, Interruption, ManualAction, Outage, OutageEntry
from outages.services import lifecycle, prediction, regrouping, splitting, undoing
from tests import cast
from tests.around import around
from tests.builders.network import NetworkBuilder
from tests.cast import TOM, after, deliver, gasp, meters_at, power_back
from tests.outages.services import acting
from workforce.models import WorkOrder

CUSTOMERS = {"T1": 3, "T2": 2, "T3": 2, "T4": 2, "T5": 2, "T6": 1}
INSIDE = {"CB1": ("F1", "F2", "T6"), "F1": ("T1", "T2"), "F2": ("T3", "F3"), "F3": ("T4", "T5")}
CARRIED = {"F3": A | B, "T4": A | B, "T5": A}
DEVICES = [*INSIDE, *CUSTOMERS]

transformers = st.sampled_from(sorted(CUSTOMERS))
device = st.sampled_from(DEVICES)
number = st.integers(0, 30)


def drawn():
    """See the module."""
    return (
        NetworkBuilder("story")
        .source("S").breaker("CB1").line("L1").mark("tee")
        .fuse("F1").mark("f1").transformer("T1").customers(3)
        .back_to("f1").transformer("T2").customers(2)
        .back_to("tee").fuse("F2").mark("f2").transformer("T3").customers(2)
        .back_to("f2").fuse("F3", phases="AB").mark("f3").transformer("T4").customers(2)
        .back_to("f3").transformer("T5", phases="A").customers(2)
        .back_to("tee").transformer("T6").customers(1)
        .draft()
    )  # fmt: skip


def below(mrid: str) -> set[str]:
    """The transformers at or below a device."""
    inside = INSIDE.get(mrid)
    return {mrid} if inside is None else {one for part in inside for one in below(part)}


def related(mrid: str) -> list[str]:
    """The devices above and below one, nearest to the source first; what is not among them is refused."""
    return [one for one in DEVICES if one != mrid and (below(one) <= below(mrid) or below(mrid) <= below(one))]


def picture() -> dict[str, object]:
    """What an undo has to bring back."""
    columns = (
        "pk", "state", "confidence", "kind", "device_mrid", "phases", "node", "feeder", "parent", "started_at", "confirmed_at",
        "customers_out", "customers_affected", "priority", "explanation",
    )  # fmt: skip
    going = Outage.objects.filter(state__in=states.RUNNING)
    rows = Interruption.objects.filter(superseded_at=None)
    row = ("outage", "equipment_mrid", "phases", "usage_points", "began_at", "ended_at", "is_provisional", "is_planned")
    return {
        "outages": sorted(going.values_list(*columns), key=lambda one: one[0]),
        "reports": sorted(Evidence.objects.values_list("pk", "outage", "settled_at", "settled_reason"), key=str),
        "calls": sorted(Call.objects.values_list("pk", "outage")),
        "rows": sorted(((*told[:3], sorted(told[3]), *told[4:]) for told in rows.values_list(*row)), key=str),
        "work": sorted(WorkOrder.objects.filter(state="open").values_list("subject", flat=True)),
        "open": sorted(set(DEVICES) & opened()),
    }


def opened() -> set[str]:
    """The devices the network shows open on some phase they are closed on as built."""
    present = state.present("story")
    stand, normal = present.closed, present.grid.normal_closed
    return {mrid for mrid in DEVICES if (i := present.grid.branch_index(mrid)) >= 0 and normal[i] & ~stand[i]}


def traces() -> tuple[int, ...]:
    """How much has been written: a refusal adds nothing."""
    return tuple(table.objects.count() for table in (AuditEntry, OutageEntry, StoredEvent, ManualAction, JournalEntry))


class People(RuleBasedStateMachine):
    """A dispatcher, callers, meters and a telemetered breaker; time goes on by whole seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = around()
        self.outer.__enter__()
        state.forget()
        prediction._tried.clear()
        self.seconds = 0
        self.done: dict[int, tuple[object, object]] = {}  # by manual action, the picture before and after it

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)
        state.forget()

    @property
    def at(self):
        return after(self.seconds)

    @initialize(some=st.lists(transformers, min_size=1, max_size=3, unique=True))
    def begin(self, some: list[str]) -> None:
        self.gasps(some, 40)

    # What comes in

    @rule(some=st.lists(transformers, min_size=1, max_size=4, unique=True), later=st.sampled_from([0, 10, 40]))
    def gasps(self, some: list[str], later: int) -> None:
        self.seconds += 1
        gasp(meters_at(*some), self.at)
        self.settle(later)

    @rule(one=transformers, later=st.sampled_from([0, 130]))
    def calls(self, one: str, later: int) -> None:
        self.seconds += 1
        acting.call(one, at=self.seconds, number=self.seconds % CUSTOMERS[one])
        self.settle(later)

    @rule(one=transformers)
    def comes_back(self, one: str) -> None:
        self.seconds += 1
        power_back(meters_at(one), self.at)
        self.settle(1)

    @rule(close=st.booleans())
    def telemetry(self, close: bool) -> None:
        self.seconds += 1
        acting.move("CB1", close=close, at=self.seconds)
        self.settle(1)

    @rule(later=st.sampled_from([1, 60, 200, 1300]))
    def settle(self, later: int) -> None:
        """Time passes; what was published is taken, what is due is predicted."""
        self.seconds += later
        deliver(self.at)
        prediction.run(model="story", at=self.at)

    # What people do

    def outage(self, which: int) -> Outage | None:
        """One of those that go on, or now and then one that is over."""
        rows = Outage.objects.order_by("pk")
        going = list(rows.filter(state__in=states.RUNNING))
        every = going if which % 10 else list(rows)
        return every[which % len(every)] if every else None

    def near(self, outage: Outage, choice: int) -> str:
        """A device above or below an outage's."""
        found = related(outage.device_mrid) or DEVICES
        return found[choice % len(found)]

    def act(self, do, outage: Outage | None, *, settles: bool = True) -> bool:
        """Whether it was done; then it is in the audit and on the timeline under a new revision, else nothing has changed."""
        if outage is None:
            return False
        self.seconds += 1
        before, written = picture(), traces()
        actions = set(ManualAction.objects.values_list("pk", flat=True))
        try:
            with transaction.atomic():
                do()
        except Refused as refused:
            assert refused.message
            assert (picture(), traces()) == (before, written)
            return False
        now = Outage.objects.get(pk=outage.pk)
        assert now.revision > outage.revision
        audited = AuditEntry.objects.filter(object__startswith="outage:", recorded_at=self.at, actor="tom")
        assert audited.exists()
        assert OutageEntry.objects.filter(outage=outage, recorded_at=self.at).exists()
        for pk in set(ManualAction.objects.values_list("pk", flat=True)) - actions:
            self.done[pk] = before, picture()
        if settles:
            deliver(self.at)
        return True

    @rule(which=number)
    def confirm(self, which: int) -> None:
        outage = self.outage(which)
        self.act(lambda: lifecycle.confirm(actor=TOM, outage_id=outage.pk, at=self.at), outage)

    @rule(which=number, choice=number, to=device)
    def move(self, which: int, choice: int, to: str) -> None:
        outage = self.outage(which)
        if outage and choice % 5:
            to = self.near(outage, choice)
        act = lambda: regrouping.move(actor=TOM, outage_id=outage.pk, device_mrid=to, reason="seen", at=self.at)  # noqa: E731
        if self.act(act, outage, settles=False):
            assert Outage.objects.get(pk=outage.pk).device_mrid == to
            assert self.placed(outage.pk) <= below(to)

    @rule(which=number, phases=st.sampled_from([A, B, C, A | B, B | C, ABC]))
    def phases(self, which: int, phases: int) -> None:
        outage = self.outage(which)
        act = lambda: regrouping.set_phases(actor=TOM, outage_id=outage.pk, phases=phases, at=self.at)  # noqa: E731
        if self.act(act, outage, settles=False):
            now = Outage.objects.get(pk=outage.pk)
            assert now.phases == phases & CARRIED.get(now.device_mrid, ABC)

    @rule(which=number, choice=number, apart=st.lists(device, min_size=1, max_size=2, unique=True), stays=st.booleans())
    def split(self, which: int, choice: int, apart: list[str], stays: bool) -> None:
        outage = self.outage(which)
        if outage and choice % 5:
            inside = INSIDE.get(outage.device_mrid, ())
            apart = [*inside[choice % 2 :]] if choice % 3 else [self.near(outage, choice)]
        act = lambda: splitting.split(actor=TOM, outage_id=outage.pk, device_mrids=apart, stays=stays, at=self.at)  # noqa: E731
        if self.act(act, outage, settles=False):
            there = set(Outage.objects.filter(state__in=states.RUNNING).values_list("device_mrid", flat=True))
            assert set(apart) <= there

    @rule(which=number, into=number)
    def merge(self, which: int, into: int) -> None:
        outage, other = self.outage(which), self.outage(into)
        if other is None:
            return
        act = lambda: regrouping.merge(actor=TOM, outage_id=outage.pk, into_id=other.pk, at=self.at)  # noqa: E731
        held = set(Evidence.objects.filter(outage=outage).values_list("pk", flat=True)) if outage else set()
        if self.act(act, outage, settles=False):
            assert held <= set(Evidence.objects.filter(outage=other).values_list("pk", flat=True))
            assert Outage.objects.get(pk=outage.pk).state == "cancelled"

    @rule(which=number, to=number, some=st.integers(1, 3), aside=st.booleans())
    def reassign(self, which: int, to: int, some: int, aside: bool) -> None:
        outage, other = self.outage(which), self.outage(to)
        reports = list(
            Evidence.objects.filter(outage=outage, settled_at=None).order_by("pk").values_list("pk", flat=True)
        )
        goal = None if aside or other is None else other.pk
        given = {"reports": reports[:some], "to_id": goal, "reason": "wrong meter"}
        act = lambda: splitting.reassign(actor=TOM, outage_id=outage.pk, at=self.at, **given)  # noqa: E731
        if self.act(act, outage, settles=False):
            assert set(Evidence.objects.filter(pk__in=reports[:some]).values_list("outage", flat=True)) == {goal}

    @rule(which=number)
    def cancel(self, which: int) -> None:
        outage = self.outage(which)
        act = lambda: lifecycle.cancel(actor=TOM, outage_id=outage.pk, reason="a test", at=self.at)  # noqa: E731
        if self.act(act, outage):
            assert not Evidence.objects.filter(outage=outage, settled_at=None).exists()

    @rule(which=number)
    def restore(self, which: int) -> None:
        outage = self.outage(which)
        act = lambda: lifecycle.restore(actor=TOM, outage_id=outage.pk, occurred_at=self.at, at=self.at)  # noqa: E731
        self.act(act, outage)

    @rule(which=number)
    def undo(self, which: int) -> None:
        rows = list(Outage.objects.order_by("-pk"))
        outage = rows[which % len(rows)] if rows else None
        action = undoing.latest(outage.pk) if outage else None
        was, became = self.done.get(action.pk, (None, None)) if action else (None, None)
        is_as_left = became is not None and picture() == became
        done = self.act(lambda: undoing.undo(actor=TOM, outage_id=outage.pk, at=self.at), outage, settles=False)
        if is_as_left and self.at - action.at < undoing.dt.timedelta(minutes=60):
            assert done, "nothing has changed since, yet it is refused"
            assert picture() == was

    # What always holds

    def placed(self, outage_id: int) -> set[str]:
        rows = Interruption.objects.filter(superseded_at=None, ended_at=None, outage=outage_id, is_provisional=True)
        return set(rows.values_list("equipment_mrid", flat=True))

    @invariant()
    def nobody_is_out_twice_at_a_time(self) -> None:
        spans: dict[int, list[tuple[object, object]]] = {}
        for members, began, ended in Interruption.objects.filter(superseded_at=None).values_list(
            "usage_points", "began_at", "ended_at"
        ):
            assert len(members) == len(set(members)) > 0
            for member in members:
                spans.setdefault(member, []).append((began, ended))
        for own in spans.values():
            own.sort(key=lambda span: (span[0], span[1] is None, span[1]))
            for (_, ended), (began, _) in itertools.pairwise(own):
                assert ended is not None, "out twice"
                assert ended <= began, "rows overlap"

    @invariant()
    def figures_are_those_of_the_ledger(self) -> None:
        for outage in Outage.objects.all():
            rows = list(Interruption.objects.filter(superseded_at=None, outage=outage))
            assert all(row.customers == len(row.usage_points) for row in rows)
            assert outage.customers_out == sum(row.customers for row in rows if row.ended_at is None)
            assert outage.customers_affected == sum(row.customers for row in rows)
            if outage.state == "cancelled":
                assert not rows
            if outage.state in ("restored", "completed"):
                assert outage.customers_out == 0
            if outage.state in states.RUNNING:
                is_sure = outage.confidence == "confirmed"
                assert {row.is_provisional for row in rows} <= {not is_sure}

    @invariant()
    def a_report_belongs_to_an_outage_that_goes_on_or_to_none(self) -> None:
        for report in Evidence.objects.filter(settled_at=None, kind__in=("call", "gasp")).select_related("outage"):
            assert report.outage is None or report.outage.state in {*states.RUNNING, "verify"}
        for call in Call.objects.all():
            assert Evidence.objects.get(kind="call", reference=f"call:{call.pk}").outage_id == call.outage_id

    @invariant()
    def who_is_below_an_open_device_is_counted_out(self) -> None:
        rows = Interruption.objects.filter(superseded_at=None)
        out = {one for members in rows.filter(ended_at=None).values_list("usage_points", flat=True) for one in members}
        back = {
            one for members in rows.exclude(ended_at=None).values_list("usage_points", flat=True) for one in members
        }
        for outage in Outage.objects.filter(state__in=states.RUNNING).exclude(kind="single"):
            for mrid in below(outage.device_mrid):
                if CARRIED.get(mrid, ABC) & outage.phases:
                    points = UsagePoint.objects.filter(equipment_mrid=mrid).values_list("pk", flat=True)
                    assert set(points) - back <= out, f"outage at {outage.device_mrid}: {mrid}"

    @invariant()
    def outages_stand_apart(self) -> None:
        going = list(Outage.objects.filter(state__in=states.RUNNING))
        places = [one.device_mrid for one in going if one.kind != "single"]
        assert len(places) == len(set(places)), f"two outages at one device: {sorted(places)}"
        for one in going:
            assert one.phases & ABC
            seen = {one.pk}
            while one.parent_id is not None:
                assert one.parent_id not in seen, "nested in itself"
                seen.add(one.parent_id)
                one = Outage.objects.get(pk=one.parent_id)  # noqa: PLW2901

    @invariant()
    def what_is_confirmed_the_network_shows_open(self) -> None:
        confirmed = Outage.objects.filter(state__in=states.RUNNING, confidence="confirmed").exclude(kind="single")
        fuses = confirmed.filter(device_mrid__startswith="F").exclude(state="partly_restored")
        assert set(fuses.values_list("device_mrid", flat=True)) <= opened()

    @invariant()
    def work_follows_the_outages(self) -> None:
        going = Outage.objects.filter(state__in=states.RUNNING).values_list("pk", flat=True)
        open_ = set(WorkOrder.objects.filter(state="open").values_list("subject", flat=True))
        assert {f"outage:{pk}" for pk in going} <= open_
        over = Outage.objects.filter(state="cancelled").values_list("pk", flat=True)
        assert not {f"outage:{pk}" for pk in over} & open_

    @invariant()
    def revisions_are_told_without_a_gap(self) -> None:
        told: dict[int, list[int]] = {}
        rows = StoredEvent.objects.filter(name="OutageChanged").order_by("pk")
        for payload in rows.values_list("payload", flat=True):
            told.setdefault(payload["outage_id"], []).append(payload["revision"])
        for outage in Outage.objects.all():
            assert told[outage.pk] == list(range(told[outage.pk][0], outage.revision + 1))


@pytest.fixture(autouse=True)
def network(db):
    """In the place of the stories' feeder."""
    state.forget()
    cast.publish(drawn())


@pytest.mark.django_db
def test_whatever_people_do_to_outages_the_picture_stays_whole():
    told = settings(
        max_examples=12,
        stateful_step_count=14,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(People, settings=told)
