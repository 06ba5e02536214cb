"""The gate as a state machine: whatever people and machines do in whatever order, nothing unsafe is commanded, areas have one holder.

The machine knows by itself (`Gate.why_not`) what must not pass, from what stands in the tables and from how the network is drawn, without
asking the gate's own functions. `test_the_machine_notices_what_is_taken_out` takes parts of the gate out one after another (`NOTICED`), lets the
same machine run over the maimed gate, and fails where the machine noticed nothing. `MAIMED` has more parts than were tried so far.
"""

import uuid
from dataclasses import dataclass

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adms.core import actors
from adms.core.errors import Refused
from adms.core.models import Approval, AreaLease, Setting, StoredEvent
from adms.core.services import approvals, authority, leases, step_up
from network.domain.draft import TelemetryPoint
from network.models import AutomationPlan, ControlFreeze, Interlock, Operation, SwitchState, Tag, TemporaryElement
from network.selectors import state
from network.services import commissioning, grounded, operations, positions, telemetry, temporary
from network.services.control import automation, checks, freezing, gate, guards, interlocks, tags
from network.services.positions import PositionReport
from network.services.telemetry import Measurement
from tests import cast
from tests.builders.network import NetworkBuilder
from tests.cast import GATEWAY, NOON, after, person

PEOPLE = {
    "anna": person("anna", "OPR"),
    "ben": person("ben", "OPR"),
    "ingrid": person("ingrid", "SOP"),
    "ravi": person("ravi", "OPR", "south"),
    "mona": person("mona", "MGR"),
}
MEI, FLISR = person("mei", "ENG"), actors.system("flisr")
OPERATORS = ("anna", "ben", "ingrid")
DRAWN = {"CB1": True, "SW1": True, "TIE": False, "F1": True, "EARTH": False}
TELEMETERED = ("CB1", "SW1", "TIE")
#: What is brought about before selecting, or between selecting and operating, and taken away again afterwards.
HAZARDS = ("tag", "freeze", "glass", "local", "way", "interlock", "moved", "quality", "commission", "wait", "earth")
#: Where a hazard says nothing of the other devices.
ONLY = {
    "commission": ("F1",),
    "earth": ("SW1", "TIE"),
    **dict.fromkeys(("local", "way", "moved", "quality"), TELEMETERED),
}
ALLOWED_CUSTOMERS = 10

who = st.sampled_from([*OPERATORS, *OPERATORS, "ravi", "mona"])
device = st.sampled_from(sorted(DRAWN))
hazard = st.sampled_from(["", "", *HAZARDS])
mostly = st.sampled_from([*[True] * 9, False])
seldom = st.sampled_from([False, False, False, False, True])


def drawn():
    """S --CB1-- L1 --+-- F1 -- T1 (5 customers); + --SW1-- L2 --+-- T2 (6); + --TIE/open-- S2; + --EARTH/open."""
    draft = (
        NetworkBuilder("story")
        .source("S").breaker("CB1").line("L1").mark("tee")
        .fuse("F1").transformer("T1").customers(5)
        .back_to("tee").switch("SW1").telemetered().line("L2").mark("end").transformer("T2").customers(6)
        .back_to("end").switch("TIE", closed=False).telemetered().to("S2").source("S2")
        .back_to("end").device("GroundDisconnector", "EARTH", closed=False)
        .draft()
    )  # fmt: skip
    for mrid in TELEMETERED:
        point = f"{mrid} local"
        draft.telemetry_points[point] = TelemetryPoint(point, point, mrid, "local_mode")
    return draft


@dataclass
class Walk:
    """Who moves what, what goes wrong before selecting or before operating, and what else is odd."""

    name: str
    mrid: str
    what: str  # one of HAZARDS
    is_early: bool  # before selecting, or between selecting and operating
    by: str  # who operates, where it is not who selected
    right: bool  # to where it does not stand
    looks: bool  # at where it stands
    asks: bool  # a second person beforehand
    digits: bool  # typed rightly
    words: bool  # a reason is given
    answers: bool  # the field does
    holds: bool  # it is done by who holds the area


walks = st.builds(
    Walk, name=who, mrid=device, what=hazard, is_early=st.booleans(), by=st.sampled_from([*[""] * 9, *OPERATORS]),
    right=mostly, looks=mostly, asks=seldom, digits=mostly, words=mostly, answers=mostly, holds=mostly,
)  # fmt: skip


class Gate(RuleBasedStateMachine):
    """Five people and a machine, five switches, one area; time goes on by whole seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.seconds, self.commands = 0, 0
        self.local: set[str] = set()
        self.off: set[str] = set()  # not commissioned
        self.opened: list[tuple[str, int]] = []  # who opened a live switch, and when
        self.is_way_down = False
        self.area = operations.find_switch("story", "SW1").area

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)
        state.forget()

    @property
    def at(self):
        return after(self.seconds)

    @initialize()
    def begin(self) -> None:
        state.forget()
        told = {"value": ALLOWED_CUSTOMERS, "changed_by": "test", "changed_at": NOON}
        Setting.objects.update_or_create(key="control.customers_at_once", area=None, defaults=told)

    # What the machine knows by itself

    def row(self, mrid: str) -> SwitchState | None:
        return SwitchState.objects.filter(equipment_mrid=mrid).first()

    def is_closed(self, mrid: str) -> bool:
        known = self.row(mrid)
        return bool(known.closed_phases) if known else DRAWN[mrid]

    def live(self, **moved: bool) -> tuple[bool, bool]:
        """Whether the tee and the end are live, with some switches as they would stand."""
        at = {mrid: moved.get(mrid, self.is_closed(mrid)) for mrid in TELEMETERED}
        tee = at["CB1"] or (at["SW1"] and at["TIE"])
        return tee, at["TIE"] or (at["CB1"] and at["SW1"])

    def fed(self, **moved: bool) -> int:
        tee, end = self.live(**moved)
        is_in = moved.get("F1", self.is_closed("F1")) and "F1" not in self.off
        return 5 * (tee and is_in) + 6 * end

    def opens_live(self, mrid: str, close: bool) -> bool:
        tee, end = self.live()
        beside = {"CB1": True, "SW1": tee or end, "TIE": True, "F1": tee and "F1" not in self.off, "EARTH": end}
        return not close and self.is_closed(mrid) and beside[mrid]

    def has_word(self, name: str, mrid: str) -> bool:
        """Whether a second person has agreed that this one moves this device."""
        found = Approval.objects.filter(asked_by=name, object=f"story/{mrid}", state="given", expires_at__gt=self.at)
        return found.exists()

    def why_not(self, name: str, mrid: str, close: bool, seen: int) -> list[str]:
        """Each reason for which this movement must not pass now; what the gate itself says is not asked."""
        is_machine, is_remote = name == "flisr", mrid in TELEMETERED
        known, (_, end) = self.row(mrid), self.live()
        hung = Tag.objects.filter(equipment_mrid=mrid, removed_at=None).values_list("kind", flat=True)
        lease = AreaLease.objects.filter(area=self.area, ended_at=None, expires_at__gt=self.at).first()
        rules = Interlock.objects.filter(equipment_mrid=mrid, close=close)
        is_bad = known is not None and known.quality in ("suspect", "stale", "failed")
        lost = 0 if close else self.fed() - self.fed(**{mrid: close})
        recent = sum(1 for one, second in self.opened if one == name and second > self.seconds - 300)
        beyond = not is_machine and (
            lost > ALLOWED_CUSTOMERS or (self.opens_live(mrid, close) and recent >= 2)
        )  # nobody here has typed a password again
        is_acting = AutomationPlan.objects.filter(origin="flisr", plan="plan", acknowledged_at=None).exists()
        grounded = close and (
            (mrid == "EARTH" and end)
            or (self.is_closed("EARTH") and not end and mrid in TELEMETERED and self.live(**{mrid: True})[1])
        )
        reasons = {
            "role": not is_machine and name not in OPERATORS,
            "tag": bool({"inhibit", "clearance"} & set(hung)),
            "frozen": (is_remote or is_machine) and ControlFreeze.objects.filter(lifted_at=None).exists(),
            "area": not is_machine and lease is not None and lease.person != name,
            "plan": is_machine and not is_acting,
            "commissioned": mrid in self.off,
            "local": mrid in self.local,
            "way": is_remote and self.is_way_down,
            "seen": (known.number if known else 0) != seen,
            "stands": self.is_closed(mrid) is close,
            "interlock": any(self.is_closed(one.other_mrid) is not one.other_closed for one in rules),
            "ground": grounded,
            "quality": is_bad and (name != "ingrid" or not self.has_word(name, mrid)),
            "guard": beyond,
        }
        return sorted(reason for reason, holds in reasons.items() if holds)

    def attempt(self, act) -> bool:
        """Whether it was let pass; every refusal is of the kind a person can be told."""
        try:
            act()
        except Refused as refused:
            assert refused.message
            return False
        return True

    # One movement from the first step to the answer of the field

    @rule(walks=st.lists(walks, min_size=3, max_size=6))
    def go(self, walks: list[Walk]) -> None:
        self.clear()
        for walk in walks:
            self.walk(walk)

    @rule(walks=st.lists(walks, min_size=3, max_size=6))
    def go_on(self, walks: list[Walk]) -> None:
        """As `go`, under whatever tags hang."""
        for walk in walks:
            self.walk(walk)

    def clear(self) -> None:
        """Nothing hangs, and what was commanded has been answered."""
        for tag in Tag.objects.filter(removed_at=None):
            operations.remove_tag(actor=PEOPLE[tag.placed_by], tag_id=tag.pk, at=self.at)
        for row in Operation.objects.filter(state="executing").order_by("pk"):
            self.report(row.equipment_mrid, bool(row.closed_wanted))

    def walk(self, walk: Walk) -> None:
        """Select and operate, with something going wrong before or in between."""
        self.seconds += 1
        name, mrid = walk.name, walk.mrid
        lease = AreaLease.objects.filter(area=self.area, ended_at=None, expires_at__gt=self.at).first()
        if walk.holds and lease is not None:
            name = lease.person
        if walk.what in ONLY:
            mrid = mrid if mrid in ONLY[walk.what] else ONLY[walk.what][0]
        known, close = self.row(mrid), self.is_closed(mrid) is not walk.right
        seen = (known.number if known else 0) + (0 if walk.looks else 1)
        self.happen(walk.what if walk.is_early else "", mrid, close)
        request = operations.Request("story", mrid, close, seen)
        if walk.asks:
            self.ask(name, request)
        row = self.select(name, request)
        if row is not None:
            self.happen("" if walk.is_early else walk.what, mrid, close)
            typed, reason = "" if walk.digits else "9999", "x" if walk.words else " "
            self.operate(walk.by or name, row, close, typed, reason, answers=walk.answers)
        self.calm(mrid)

    def ask(self, name: str, request: operations.Request) -> None:
        """A second person agrees beforehand."""
        said: list[Approval] = []
        actor, other = PEOPLE[name], "anna" if name == "ingrid" else "ingrid"
        asking = lambda: operations.ask_second_person(actor=actor, request=request, reason="storm", at=self.at)  # noqa: E731
        if self.attempt(lambda: said.append(asking())):
            self.attempt(lambda: approvals.decide(actor=PEOPLE[other], approval_id=said[0].pk, is_yes=True, at=self.at))

    def select(self, name: str, request: operations.Request) -> Operation | None:
        mrid, close = request.equipment_mrid, request.close
        why_not = self.why_not(name, mrid, close, request.seen_number)
        live = Operation.objects.filter(equipment_mrid=mrid)
        held = live.filter(state="executing").exists() or live.filter(state="selected", expires_at__gt=self.at).exists()
        made: list[Operation] = []
        actor = PEOPLE.get(name, FLISR)
        asked = lambda: made.append(operations.request_operation(actor=actor, request=request, at=self.at))  # noqa: E731
        if not self.attempt(asked):
            return None
        assert not why_not
        assert not held
        if name != "flisr":
            assert AreaLease.objects.get(area=self.area, ended_at=None).person == name
        return made[0]

    def operate(self, name: str, row: Operation, close: bool, digits: str, words: str, *, answers: bool) -> None:
        row.refresh_from_db()
        mrid, was = row.equipment_mrid, row.state
        why_not, opens = self.why_not(name, mrid, close, row.seen_number), self.opens_live(mrid, close)
        typed = digits or operations.digits_to_type(mrid)
        act = lambda: operations.execute_operation(  # noqa: E731
            actor=PEOPLE.get(name, FLISR), operation_id=row.pk, confirmation=typed, reason=words, at=self.at
        )
        if not self.attempt(act):
            return
        assert not why_not
        assert was == "selected"
        assert row.requested_by == name
        assert row.expires_at > self.at
        assert row.level < 3 or (not digits and words.strip())
        self.commands += mrid in TELEMETERED
        if opens:
            self.opened.append((name, self.seconds))
        if answers and mrid in TELEMETERED:
            self.report(mrid, close)

    def report(self, mrid: str, closed: bool, quality: str = "good") -> None:
        self.seconds += 1
        told = PositionReport("story", mrid, self.at, is_closed=closed, quality=quality)
        positions.record_positions(actor=GATEWAY, source="scada", reports=[told], at=self.at)

    # What may go wrong

    def happen(self, what: str, mrid: str, close: bool) -> None:
        if what:
            getattr(self, f"happens_{what}")(mrid, close)

    def happens_tag(self, mrid: str, close: bool) -> None:
        kind = "inhibit" if close else "clearance"
        operations.place_tag(
            actor=PEOPLE["anna"], model="story", equipment_mrid=mrid, kind=kind, text="hazard", at=self.at
        )

    def happens_freeze(self, *_) -> None:
        freezing.freeze(actor=PEOPLE["ben"], reason="stop", at=self.at)

    def happens_glass(self, *_) -> None:
        leases.break_glass(actor=PEOPLE["ingrid"], area=self.area.key, reason="no answer", at=self.at)

    def happens_local(self, mrid: str, _: bool, value: float = 1.0) -> None:
        if mrid in TELEMETERED:
            self.seconds += 1
            measured = Measurement(f"{mrid} local", value, self.at)
            telemetry.record_measurements(measurements=[measured], at=self.at)
            (self.local.add if value else self.local.discard)(mrid)

    def happens_way(self, *_) -> None:
        self.is_way_down = True
        operations.report_front_end(key="SCADA", is_up=False, reason="refused", at=self.at)

    def happens_interlock(self, mrid: str, close: bool) -> None:
        other = "TIE" if mrid != "TIE" else "F1"
        wrong = not self.is_closed(other)
        interlocks.make(
            actor=MEI, model="story", equipment_mrid=mrid, close=close, other_mrid=other, other_closed=wrong, at=self.at
        )

    def happens_moved(self, mrid: str, _: bool) -> None:
        """It moves there and back: it stands as it was seen, yet is not what was seen."""
        if mrid in TELEMETERED:
            stood = self.is_closed(mrid)
            self.report(mrid, not stood)
            self.report(mrid, stood)

    def happens_quality(self, mrid: str, _: bool) -> None:
        if mrid in TELEMETERED:
            self.report(mrid, self.is_closed(mrid), "stale")

    def happens_commission(self, *_, on: bool = False) -> None:
        wanted = commissioning.Wanted("story", "F1", is_commissioned=on)
        if self.attempt(lambda: commissioning.commission(actor=MEI, wanted=wanted, at=self.at)):
            (self.off.discard if on else self.off.add)("F1")

    def happens_wait(self, *_) -> None:
        self.seconds += 31

    def happens_earth(self, mrid: str, _: bool) -> None:
        """The end is dead and earthed: seen so in the field."""
        if mrid in TELEMETERED:
            for one in TELEMETERED:
                self.report(one, closed=one != mrid and one == "CB1")
            self.report("EARTH", closed=True)

    def calm(self, mrid: str) -> None:
        """What was brought about is taken away, by those who may."""
        self.seconds += 1
        for tag in Tag.objects.filter(removed_at=None, text="hazard"):
            operations.remove_tag(actor=PEOPLE["anna"], tag_id=tag.pk, at=self.at)
        if freezing.is_frozen():
            row = freezing.ask_to_lift(actor=PEOPLE["ingrid"], reason="clear", at=self.at)
            if row.state == "waiting":
                approvals.decide(actor=PEOPLE["ben"], approval_id=row.pk, is_yes=True, at=self.at)
            freezing.lift(actor=PEOPLE["ingrid"], at=self.at)
        if mrid in self.local:
            self.happens_local(mrid, False, 0.0)
        if self.is_way_down:
            self.is_way_down = False
            operations.report_front_end(key="SCADA", is_up=True, at=self.at)
        for rule_ in Interlock.objects.all():
            interlocks.remove(actor=MEI, interlock_id=rule_.pk, at=self.at)
        if self.off:
            self.happens_commission(on=True)
        known = self.row(mrid)
        if known is not None and known.quality != "good":
            self.report(mrid, bool(known.closed_phases))

    # What else goes on

    @rule(mrid=device, begins=mostly, origin=st.sampled_from(["flisr", "flisr", "person"]))
    def machine(self, mrid: str, begins: bool, origin: str) -> None:
        """An automation acts, by a plan that has begun or not."""
        self.seconds += 1
        if begins:
            act = {"model": "story", "area": self.area.key, "feeder": "one", "origin": "flisr", "plan": "plan"}
            self.attempt(lambda: automation.begin(actor=FLISR, at=self.at, **act))
        known, close = self.row(mrid), not self.is_closed(mrid)
        request = operations.Request("story", mrid, close, known.number if known else 0, origin=origin, plan="plan")
        row = self.select("flisr", request)
        if row is not None:
            assert origin == "flisr"
            self.operate("flisr", row, close, "", "plan", answers=True)

    @rule()
    def acknowledge(self) -> None:
        for row in AutomationPlan.objects.filter(acknowledged_at=None):
            automation.acknowledge(actor=PEOPLE["anna"], plan_id=row.pk, at=self.at)

    @rule(seconds=st.sampled_from([1, 10, 31, 700, 2000]))
    def time_passes(self, seconds: int) -> None:
        self.seconds += seconds
        operations.end_overdue(at=self.at)

    @rule(name=st.sampled_from(OPERATORS), mrid=device, kind=st.sampled_from(["note", "inhibit"]))
    def tag(self, name: str, mrid: str, kind: str) -> None:
        operations.place_tag(actor=PEOPLE[name], model="story", equipment_mrid=mrid, kind=kind, text="work", at=self.at)

    @rule(name=st.sampled_from(OPERATORS))
    def untag(self, name: str) -> None:
        hanging = Tag.objects.filter(removed_at=None).order_by("pk").first()
        if hanging and self.attempt(lambda: operations.remove_tag(actor=PEOPLE[name], tag_id=hanging.pk, at=self.at)):
            used = Approval.objects.filter(state="used", object=f"tag:{hanging.pk}", asked_by=name)
            assert hanging.placed_by == name or used.exists()

    @rule(name=who)
    def take(self, name: str) -> None:
        held = AreaLease.objects.filter(area=self.area, ended_at=None, expires_at__gt=self.at).first()
        if self.attempt(lambda: leases.take(actor=PEOPLE[name], area=self.area.key, at=self.at)):
            assert name in OPERATORS
            assert held is None or held.person == name

    @rule(name=st.sampled_from(OPERATORS))
    def give_back(self, name: str) -> None:
        self.attempt(lambda: leases.give_back(actor=PEOPLE[name], area=self.area.key, at=self.at))

    @rule(by=st.sampled_from(OPERATORS), agrees=st.booleans())
    def freeze_and_lift(self, by: str, agrees: bool) -> None:
        freezing.freeze(actor=PEOPLE[by], reason="stop", at=self.at)
        row = freezing.ask_to_lift(actor=PEOPLE["ingrid"], reason="clear", at=self.at)
        if agrees and row.state == "waiting":
            self.attempt(lambda: approvals.decide(actor=PEOPLE[by], approval_id=row.pk, is_yes=True, at=self.at))
        if self.attempt(lambda: freezing.lift(actor=PEOPLE["ingrid"], at=self.at)):
            assert ControlFreeze.objects.order_by("-pk").first().lifted_with not in ("", "ingrid")

    @precondition(lambda _: Operation.objects.filter(state="executing").exists())
    @rule(closed=st.booleans())
    def telemetry_answers(self, closed: bool) -> None:
        for row in Operation.objects.filter(state="executing").order_by("pk"):
            self.report(row.equipment_mrid, closed)

    @invariant()
    def one_holder_one_freeze_one_operation_per_device(self) -> None:
        assert AreaLease.objects.filter(area=self.area, ended_at=None).count() <= 1
        assert ControlFreeze.objects.filter(lifted_at=None).count() <= 1
        live = Operation.objects.filter(state__in=("selected", "executing")).values_list("equipment_mrid", flat=True)
        assert len(live) == len(set(live))

    @invariant()
    def every_command_passed_the_gate(self) -> None:
        assert StoredEvent.objects.filter(name="CommandRequested").count() == self.commands


class Islands(Gate):
    """The same, where mobile generation keeps the end alive that is parted from both sources."""

    def __init__(self) -> None:
        super().__init__()
        self.generation = ""

    def live(self, **moved: bool) -> tuple[bool, bool]:
        at = {mrid: moved.get(mrid, self.is_closed(mrid)) for mrid in TELEMETERED}
        end = at["TIE"] or bool(self.generation) or (at["CB1"] and at["SW1"])
        return at["CB1"] or (at["SW1"] and end), end

    def is_joined(self, **moved: bool) -> bool:
        """Whether the generation hangs on a source that nobody has synchronised it with."""
        at = {mrid: moved.get(mrid, self.is_closed(mrid)) for mrid in TELEMETERED}
        return bool(self.generation) and (at["TIE"] or (at["SW1"] and at["CB1"]))

    def why_not(self, name: str, mrid: str, close: bool, seen: int) -> list[str]:
        joins = close and self.is_joined(**{mrid: True}) and not self.is_joined()
        return [*super().why_not(name, mrid, close, seen), *(["in step"] if joins else [])]

    @rule(
        name=who, mrid=st.sampled_from(TELEMETERED), other=st.sampled_from(["CB1", "SW1", ""]), is_early=st.booleans()
    )
    def at_an_island(self, name: str, mrid: str, other: str, is_early: bool) -> None:
        """A switch is closed while the island lives behind it, which began before it was selected or between the two steps."""
        self.clear()
        for one in (*TELEMETERED, "EARTH"):
            self.report(one, closed=one == other and one != mrid)
        if is_early:
            self.generate()
        known = self.row(mrid)
        row = self.select(name, operations.Request("story", mrid, True, known.number if known else 0))
        if not is_early:
            self.generate()
        if row is not None:
            self.operate(name, row, True, "", "x", answers=True)
        self.seconds += 1
        if self.generation:
            temporary.remove(actor=PEOPLE["anna"], mrid=self.generation, reason="over", at=self.at)
            self.generation = ""

    def generate(self) -> None:
        """Mobile generation at the end, where that is dead."""
        self.seconds += 1
        new = temporary.NewElement("story", "generation", "L2", 2, reason="storm")
        placed: list[TemporaryElement] = []
        if self.attempt(lambda: placed.append(temporary.place(actor=PEOPLE["anna"], new=new, at=self.at))):
            self.generation = placed[0].mrid


class Permits(Gate):
    """The same, where people work on the line at the end, dead and joined to a ground behind a switch that is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.ground, self.is_relied_on = "", False

    def why_not(self, name: str, mrid: str, close: bool, seen: int) -> list[str]:
        parts = self.is_relied_on and mrid == "SW1" and not close
        return [*super().why_not(name, mrid, close, seen), *(["ground stays"] if parts else [])]

    @rule(name=who, is_early=st.booleans(), is_held=mostly)
    def under_a_permit(self, name: str, is_early: bool, is_held: bool) -> None:
        """The switch between ground and line is opened, while a document is held since before it was selected or between the steps."""
        self.clear()
        for one in (*TELEMETERED, "EARTH"):
            self.report(one, closed=one == "SW1")
        new = temporary.NewElement("story", "ground", "L1", 2, reason="work")
        self.ground = temporary.place(actor=PEOPLE["anna"], new=new, at=self.at).mrid
        if is_early and is_held:
            self.rely()
        known = self.row("SW1")
        row = self.select(name, operations.Request("story", "SW1", False, known.number if known else 0))
        if not is_early and is_held:
            self.rely()
        if row is not None:
            self.operate(name, row, False, "", "x", answers=True)
        self.seconds += 1
        grounded.let_go(model_id=state.present("story").model_id, held_for="SD-1", at=self.at)
        self.is_relied_on = False
        temporary.remove(actor=PEOPLE["anna"], mrid=self.ground, reason="over", at=self.at)

    def rely(self) -> None:
        """Somebody is handed a permit."""
        self.seconds += 1
        grounded.rely_on(
            actor=PEOPLE["anna"], model="story", equipment_mrid="L2", terminal=1, held_for="SD-1", at=self.at
        )
        self.is_relied_on = True


#: What only a machine of its own comes to.
MACHINES = {"in_step": Islands, "ground_stays": Permits}


def run(examples: int, machine: type[Gate] = Gate) -> None:
    """Let the machine run; the same walks each time, and a failure is told as it was found."""
    told = settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=told)


@pytest.fixture
def network(db):
    state.forget()
    cast.publish(drawn())


def test_whatever_happens_nothing_unsafe_is_commanded(network):
    run(10)


def test_whatever_happens_no_island_is_joined_out_of_step(network):
    run(5, Islands)


def test_whatever_happens_people_keep_the_ground_they_rely_on(network):
    run(5, Permits)


def without_guard(name: str):
    reached = guards.reached
    return guards, "reached", lambda ask: [one for one in reached(ask) if one != name]


def nothing(*_, **__) -> None:
    return None


MAIMED = {
    **{
        check.__name__: lambda check=check: (checks, "CHECKS", tuple(one for one in checks.CHECKS if one is not check))
        for check in checks.CHECKS
    },
    # Holding the lease asks once more what the check asked: both go at once.
    "area_held": lambda: (leases, "refusal", nothing),
    "guard of quality": lambda: without_guard("quality"),
    "guard of size": lambda: without_guard("size"),
    "guard of rate": lambda: without_guard("rate"),
    "role": lambda: (authority, "require", nothing),
    "lease": lambda: (leases, "hold", nothing),
    "selection": lambda: (gate, "_check_selected", nothing),
    "owner": lambda: (gate, "_check_owner", nothing),
    "digits and reason": lambda: (gate, "_check_confirmation", nothing),
    "second person's word": lambda: (guards, "given", lambda *_: uuid.uuid4()),
    "password": lambda: (step_up, "is_fresh", lambda **_: True),
    "whose tag it is": lambda: (tags, "is_own", lambda *_: True),
}


#: Those that were seen to be noticed within these walks.
NOTICED = (
    "no_freeze",
    "automation_allowed",
    "area_held",
    "commissioned",
    "in_remote",
    "way_is_up",
    "as_it_was_seen",
    "moves_at_all",
    "interlocks_agree",
    "no_live_ground",
    "in_step",
    "ground_stays",
)


@pytest.mark.slow
@pytest.mark.parametrize("part", NOTICED)
def test_the_machine_notices_what_is_taken_out(network, monkeypatch, part):
    monkeypatch.setattr(*MAIMED[part]())
    with pytest.raises(AssertionError):
        run(60, MACHINES.get(part, Gate))
