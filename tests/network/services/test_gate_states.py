"""The gate as a state machine: whatever people do in whatever order, nothing unsafe is commanded, and areas have one holder."""

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from adms.core.errors import Refused
from adms.core.models import Approval, AreaLease, StoredEvent
from adms.core.services import approvals, leases
from network.models import ControlFreeze, Operation, SwitchState, Tag
from network.selectors import state
from network.services import operations, positions
from network.services.control import freezing
from network.services.positions import PositionReport
from tests import cast
from tests.cast import GATEWAY, after, person

PEOPLE = {"anna": person("anna", "OPR"), "ben": person("ben", "OPR"), "ingrid": person("ingrid", "SOP")}
DEVICES = ("CB1", "SW1", "TIE")
who = st.sampled_from(sorted(PEOPLE))
device = st.sampled_from(DEVICES)


class Gate(RuleBasedStateMachine):
    """Three people, three telemetered switches, one area; time goes on by whole seconds."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.seconds, self.commands = 0, 0
        self.area = operations.find_switch("story", "SW1").area

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)
        state.forget()

    @property
    def at(self):
        return after(self.seconds)

    def attempt(self, act) -> bool:
        """Whether it was let pass; every refusal is of the kind a person can be told."""
        try:
            act()
        except Refused as refused:
            assert refused.message
            return False
        return True

    @initialize()
    def begin(self) -> None:
        state.forget()

    @rule(seconds=st.sampled_from([1, 10, 31, 700]))
    def time_passes(self, seconds: int) -> None:
        self.seconds += seconds
        operations.end_overdue(at=self.at)

    @rule(name=who, mrid=device, close=st.booleans())
    def select(self, name: str, mrid: str, close: bool) -> None:
        known = SwitchState.objects.filter(equipment_mrid=mrid).first()
        request = operations.Request("story", mrid, close, known.number if known else 0)
        self.attempt(lambda: operations.request_operation(actor=PEOPLE[name], request=request, at=self.at))

    @rule(name=who, mrid=device)
    def operate(self, name: str, mrid: str) -> None:
        row = Operation.objects.filter(equipment_mrid=mrid).order_by("-selected_at", "pk").first()
        if row is None:
            return
        is_tagged = Tag.objects.filter(equipment_mrid=mrid, removed_at=None, kind__in=("inhibit", "clearance")).exists()
        was, holder = row.state, leases.of_area(self.area.pk, self.at)
        passed = self.attempt(
            lambda: operations.execute_operation(
                actor=PEOPLE[name],
                operation_id=row.pk,
                confirmation=operations.digits_to_type(mrid),
                reason="x",
                at=self.at,
            )
        )
        if passed:
            self.commands += 1
            assert was == "selected"
            assert row.requested_by == name
            assert row.expires_at > self.at
            assert not is_tagged
            assert not freezing.is_frozen()
            assert holder is None or holder.person == name

    @rule(name=who, mrid=device, kind=st.sampled_from(["note", "inhibit", "clearance"]))
    def tag(self, name: str, mrid: str, kind: str) -> None:
        operations.place_tag(actor=PEOPLE[name], model="story", equipment_mrid=mrid, kind=kind, text="work", at=self.at)

    @rule(name=who)
    def untag(self, name: str) -> None:
        hanging = Tag.objects.filter(removed_at=None).order_by("pk").first()
        if hanging and self.attempt(lambda: operations.remove_tag(actor=PEOPLE[name], tag_id=hanging.pk, at=self.at)):
            used = Approval.objects.filter(state="used", object=f"tag:{hanging.pk}", asked_by=name)
            assert hanging.placed_by == name or used.exists()

    @rule(name=who)
    def take(self, name: str) -> None:
        held = leases.of_area(self.area.pk, self.at)
        if self.attempt(lambda: leases.take(actor=PEOPLE[name], area=self.area.key, at=self.at)):
            assert held is None or held.person == name

    @rule(name=who)
    def give_back(self, name: str) -> None:
        self.attempt(lambda: leases.give_back(actor=PEOPLE[name], area=self.area.key, at=self.at))

    @rule()
    def break_glass(self) -> None:
        leases.break_glass(actor=PEOPLE["ingrid"], area=self.area.key, reason="no answer", at=self.at)

    @rule(name=who)
    def freeze(self, name: str) -> None:
        freezing.freeze(actor=PEOPLE[name], reason="stop", at=self.at)

    @precondition(lambda _: freezing.is_frozen())
    @rule(by=who, agrees=st.booleans())
    def lift(self, by: str, agrees: bool) -> None:
        row = freezing.ask_to_lift(actor=PEOPLE["ingrid"], reason="clear", at=self.at)
        if agrees and row.state == "waiting":
            self.attempt(lambda: approvals.decide(actor=PEOPLE[by], approval_id=row.pk, is_yes=True, at=self.at))
        if self.attempt(lambda: freezing.lift(actor=PEOPLE["ingrid"], at=self.at)):
            assert ControlFreeze.objects.order_by("-pk").first().lifted_with not in ("", "ingrid")

    @rule(mrid=device, closed=st.booleans())
    def telemetry(self, mrid: str, closed: bool) -> None:
        report = PositionReport("story", mrid, self.at, is_closed=closed)
        positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=self.at)

    @invariant()
    def one_holder_one_freeze_one_operation_per_device(self) -> None:
        assert AreaLease.objects.filter(area=self.area, ended_at=None).count() <= 1
        assert ControlFreeze.objects.filter(lifted_at=None).count() <= 1
        live = Operation.objects.filter(state__in=("selected", "executing")).values_list("equipment_mrid", flat=True)
        assert len(live) == len(set(live))

    @invariant()
    def every_command_passed_the_gate(self) -> None:
        assert StoredEvent.objects.filter(name="CommandRequested").count() == self.commands


@pytest.mark.django_db
def test_whatever_happens_nothing_unsafe_is_commanded():
    state.forget()
    cast.publish()
    checks = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    run_state_machine_as_test(
        Gate, settings=settings(max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=checks, derandomize=True)
    )  # fmt: skip
