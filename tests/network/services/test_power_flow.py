"""The power flow of the operated network: computed when something has changed, kept, shown."""

import datetime as dt
from pathlib import Path

import numpy as np
import pytest

from adms.core.models import Setting
from adms.core.services import backlog, dispatch
from integration.cim.models import generated, reading
from integration.services import circuits, utilities
from network.domain import completion, generation
from network.domain.physics.circuit import Circuit
from network.engines import port
from network.models import GroupPowerFlow, PowerFlow, TelemetryPoint
from network.selectors import power_flow as shown
from network.selectors import state
from network.services import positions, power_flow, telemetry, temporary
from network.services.positions import PositionReport
from network.services.temporary import NewElement
from tests.cast import ANNA, GATEWAY, NOON, SYSTEM, after, publish
from tests.paths import CIM, needs_shared
from tests.rest import Api

pytestmark = pytest.mark.django_db(transaction=True)
IEEE123 = CIM / "gridappsd" / "IEEE123.xml.gz"


@pytest.fixture
def model() -> str:
    """IEEE 123 with what completion adds: breakers, fuses, service transformers."""
    state.forget()
    draft = reading.read_files([str(IEEE123)])
    completion.complete(draft, 7)
    key = publish(draft).key
    assert circuits.build_missing() == 1
    return key


@needs_shared
def test_it_follows_the_switches_and_is_due_again_only_when_one_moves(model: str) -> None:
    assert power_flow.due(at=NOON) == [model]
    assert power_flow.run_due(at=NOON) == 1
    assert power_flow.due(at=after(60)) == []
    row = PowerFlow.objects.get()
    assert row.converged, row.reason
    # IEEE 123 takes 3,490 kW at its head (IEEE PES test feeder cases); the added service transformers lose a little more.
    assert 3_300 < row.figures["source_kw"] < 3_800
    assert 0.9 < row.figures["v_min_pu"] < row.figures["v_max_pu"] < 1.1

    present = state.present(model)
    breaker = next(b for b in range(present.grid.branch_count) if present.grid.branch_class_name(b) == "Breaker")
    mrid = present.grid.branch_mrid_text(breaker)
    report = PositionReport(model, mrid, after(90), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(91))
    assert power_flow.due(at=after(92)) == [model]
    power_flow.run_due(at=after(92))
    dark = shown.latest(model)
    assert dark is not None
    assert dark.figures["source_kw"] is None or dark.figures["source_kw"] < row.figures["source_kw"] / 2
    assert np.isfinite(shown.voltage(row)).sum() > np.isfinite(shown.voltage(dark)).sum()


@needs_shared
def test_it_is_due_again_when_it_is_old(model: str) -> None:
    power_flow.run_due(at=NOON)
    assert power_flow.due(at=NOON + dt.timedelta(minutes=14)) == []
    assert power_flow.due(at=NOON + dt.timedelta(minutes=16)) == [model]


@needs_shared
def test_the_page_the_map_and_the_door_tell_the_same_result(model: str) -> None:
    reader = Api("OPR")
    assert reader.get(f"network/{model}/power-flow").status_code == 404
    power_flow.run_due(at=NOON)
    told = reader.get(f"network/{model}/power-flow").json()
    row = PowerFlow.objects.get()
    assert told["loss_kw"] == row.figures["loss_kw"]
    assert told["is_current"] is True
    assert min(f["v_min_pu"] for f in told["feeders"]) == pytest.approx(row.figures["v_min_pu"], abs=2e-3)
    reader.client.force_login(reader.user)
    page = reader.client.get(f"/network/{model}/power-flow/")
    assert page.status_code == 200
    assert f"{row.figures['v_min_pu']:.3f}" in page.content.decode()
    painted = reader.client.get(f"/network/{model}/power-flow/voltage.bin")
    present = state.present(model)
    assert len(painted.content) == present.grid.branch_count
    lowest = min(byte for byte in painted.content if byte)
    assert 0.8 + (lowest - 1) / 254 * 0.4 == pytest.approx(row.figures["v_min_pu"], abs=2e-3)


def test_a_model_without_impedances_is_left_alone() -> None:
    state.forget()
    key = publish().key
    circuits.build_missing()
    assert shown.has_circuit(key) is False
    assert power_flow.due(at=NOON) == []
    assert shown.shown(key) is None


@pytest.fixture
def town(tmp_path: Path) -> str:
    """A generated utility that came by its files: 1,500 customers, three substations with ring and overhead feeders."""
    state.forget()
    Setting.objects.create(key=power_flow.TURN, value=3_600, changed_at=NOON)  # however busy the machine
    paths = generated.write(generation.generate(1_500, 3), tmp_path, progress=lambda _: None)
    key = publish(reading.read_files([str(path) for path in paths])).key
    assert circuits.build_missing() == 1
    return key


def farthest_switch(present: state.NetworkState) -> int:
    """A closed switch inside the feeder with most nodes."""
    grid, heads = present.grid, present.energisation.feeder
    longest = np.bincount(heads[heads >= 0]).argmax()
    return next(
        b
        for b in np.flatnonzero(grid.is_switch & (present.closed == 7)).tolist()
        if heads[grid.branch_from[b]] == longest == heads[grid.branch_to[b]]
    )


def test_only_the_feeder_group_a_switch_touches_is_computed_again(town: str) -> None:
    power_flow.run_due(at=NOON)
    first = {row.key: row for row in GroupPowerFlow.objects.all()}
    assert len(first) > 6
    assert all(row.converged for row in first.values()), [row.reason for row in first.values()]
    present = state.present(town)
    moved = farthest_switch(present)
    mrid = present.grid.branch_mrid_text(moved)
    group = next(
        row for row in first.values() if row.head == present.energisation.feeder[present.grid.branch_to[moved]]
    )
    report = PositionReport(town, mrid, after(90), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(91))
    power_flow.run_due(at=after(92))
    second = {row.key: row for row in GroupPowerFlow.objects.all()}
    again = {key for key, row in second.items() if row.computed_at == after(92)}
    assert group.key in again
    stations = {key for key, row in second.items() if row.head < 0}
    assert len(again & stations) == 1
    assert len(again) < len(second) / 2
    assert second[group.key].figures["source_kw"] < group.figures["source_kw"]
    row = PowerFlow.objects.order_by("-computed_at")[0]
    assert row.figures["loss_kw"] == pytest.approx(sum(one.figures["loss_kw"] for one in second.values()))
    assert row.figures["source_kw"] == pytest.approx(sum(second[key].figures["source_kw"] for key in stations))
    lit = np.isfinite(shown.voltage(row))
    assert lit.sum() == (state.present(town).energisation.live > 0).sum()


def test_a_ground_on_a_live_node_is_a_reason_and_the_other_groups_keep_their_figures(town: str) -> None:
    present = state.present(town)
    moved = farthest_switch(present)
    mrid = present.grid.branch_mrid_text(moved)
    at_ends = [PositionReport(town, mrid, after(10), is_closed=False)]
    positions.record_positions(actor=GATEWAY, reports=at_ends, source="scada", at=after(11))
    dark = state.present(town)
    ends = (present.grid.branch_from[moved], present.grid.branch_to[moved])
    terminal = next(number for number, node in enumerate(ends, 1) if dark.energisation.live[node] == 0)
    temporary.place(actor=ANNA, new=NewElement(town, "ground", mrid, terminal, name="G1"), at=after(20))
    reports = [PositionReport(town, mrid, after(30), is_closed=True)]
    positions.record_positions(actor=GATEWAY, reports=reports, source="scada", at=after(31))
    power_flow.run_due(at=after(40))
    rows = list(GroupPowerFlow.objects.all())
    failed = [row for row in rows if not row.converged]
    assert [row.reason for row in failed] == ["ground G1 stands on what is live: this is a short circuit"]
    assert failed[0].figures["loss_kw"] is None
    assert len(rows) > 6
    whole = PowerFlow.objects.get()
    assert not whole.converged
    assert "G1" in whole.reason
    assert whole.figures["loss_kw"] is None
    assert whole.figures["unsolved"] == 1
    told = Api("OPR").get(f"network/{town}/power-flow").json()
    assert told["groups"][0]["reason"] == failed[0].reason
    assert told["groups"][1]["loss_kw"] > 0


def test_what_does_not_fit_into_a_turn_waits_and_is_due_at_once(town: str) -> None:
    Setting.objects.update(value=0)
    power_flow.run_due(at=NOON)
    row = PowerFlow.objects.get()
    assert row.figures["waiting"] > 0
    assert "still to be computed" in row.reason
    turns = 1
    while power_flow.due(at=after(turns)):
        power_flow.run_due(at=after(turns))
        turns += 1
        assert turns < 20
    latest = PowerFlow.objects.order_by("-computed_at")[0]
    assert latest.converged
    assert turns > 2


def test_a_large_network_rests_after_a_run_and_longer_while_evidence_waits(
    town: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    power_flow.run_due(at=NOON)
    row = PowerFlow.objects.get()
    PowerFlow.objects.update(took_ms=2_000)
    present = state.present(town)
    mrid = present.grid.branch_mrid_text(farthest_switch(present))
    report = PositionReport(town, mrid, after(1), is_closed=False)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(1))
    assert power_flow.due(at=after(2)) == [town], "a small network rests never"

    monkeypatch.setattr(power_flow, "LARGE", present.fitted.base.node_count - 1)
    assert backlog.is_urgent_behind(at=after(20), by=power_flow.BEHIND), "the movement waits to be heard by the outages"
    assert not power_flow.due(at=after(20))
    assert power_flow.due(at=after(62)) == [town]
    dispatch.dispatch(clock=lambda: after(5))
    assert not backlog.is_urgent_behind(at=after(20), by=power_flow.BEHIND)
    assert not power_flow.due(at=after(9))
    assert power_flow.due(at=after(10)) == [town]

    PowerFlow.objects.update(figures=row.figures | {"waiting": 3})
    assert power_flow.due(at=after(5)) == [town], "groups that wait for their turn do not rest"
    report = PositionReport(town, mrid, after(11), is_closed=True)
    positions.record_positions(actor=GATEWAY, reports=[report], source="scada", at=after(11))
    assert not power_flow.due(at=after(20)), "but while evidence waits"


def test_a_generated_network_is_solved_from_the_database(tmp_path: Path) -> None:
    state.forget()
    utility = generation.generate(1_500, 3)
    published = utilities.publish(actor=SYSTEM, utility=utility, at=NOON)
    assert circuits.build_missing() == 0
    assert shown.has_circuit(published.key)
    assert power_flow.due(at=NOON) == [published.key]
    power_flow.run_due(at=NOON)
    row = PowerFlow.objects.get()
    assert row.converged, row.reason
    paths = generated.write(utility, tmp_path, progress=lambda _: None)
    expected = port.solve(read_circuit(paths))
    assert row.figures["loss_kw"] == pytest.approx(expected.loss_kw, rel=5e-4)
    assert row.figures["source_kw"] == pytest.approx(expected.source_kw, rel=1e-4)
    whole = power_flow.circuit_of(row.version_id)
    assert whole is not None
    assert {one.name for one in whole.lines} == {one.name for one in read_circuit(paths).lines}


def test_switches_of_a_balanced_network_are_loaded_by_what_flows_behind_them() -> None:
    """Each breaker of a ring feeder (630 A), and the first line behind it."""
    state.forget()
    utility = generation.generate(1_500, 3, "european")
    key = utilities.publish(actor=SYSTEM, utility=utility, at=NOON).key
    power_flow.run_due(at=NOON)
    row = PowerFlow.objects.get()
    assert row.converged, row.reason
    percent, present = shown.loading(row), state.present(key)
    grid = present.grid
    heads = np.unique(present.energisation.feeder[present.energisation.feeder >= 0])
    compared = 0
    for head in heads.tolist():
        behind = np.flatnonzero((grid.branch_from == grid.branch_to[head]) | (grid.branch_to == grid.branch_to[head]))
        lines = [one for one in behind.tolist() if grid.branch_class_name(one) == "ACLineSegment"]
        if len(lines) == 1 and behind.size == 2:
            amperes = percent[lines[0]] / 100.0 * grid.branch_rated_a[lines[0]]
            assert percent[head] == pytest.approx(100.0 * amperes / grid.branch_rated_a[head], rel=0.02)
            compared += 1
    assert compared >= 3


def read_circuit(paths: list[Path]) -> Circuit:
    found = reading.read_files([str(path) for path in paths]).circuit
    assert found is not None
    return found


def read_head(model: str, amperes: float, at: float, quality: str = "good") -> TelemetryPoint:
    """Telemetry of the head of the feeder reads so much on every phase."""
    present = state.present(model)
    heads = set(present.energisation.feeder[present.energisation.feeder >= 0].tolist())
    mrids = [present.grid.branch_mrid_text(head) for head in heads]
    point = TelemetryPoint.objects.filter(
        version_id=present.version_id, equipment_mrid__in=mrids, kind="current"
    ).first()
    assert point is not None
    telemetry.record_measurements(
        measurements=[telemetry.Measurement(point.mrid, amperes, after(at), quality)], at=after(at)
    )
    return point


@needs_shared
def test_telemetry_of_a_head_settles_the_loads_below_it(model: str) -> None:
    """P01: what is read decides, and is told with its quality."""
    power_flow.run_due(at=NOON)
    before = PowerFlow.objects.get()
    assert before.figures["estimated"] == 0
    read_head(model, 300.0, 900)
    power_flow.run_due(at=after(960))
    row = PowerFlow.objects.order_by("-pk").first()
    assert row is not None
    assert row.converged, row.reason
    assert row.figures["estimated"] == 1
    group = next(one for one in GroupPowerFlow.objects.all() if one.figures["estimate"])
    assert group.figures["estimate"]["used"] == 1
    assert group.figures["estimate"]["residual_percent"] < 0.1
    assert row.figures["source_kw"] < 0.8 * before.figures["source_kw"]
    told = Api("OPR").get(f"network/{model}/power-flow").json()
    assert [one["estimate"]["used"] for one in told["groups"] if one["estimate"]] == [1]


@needs_shared
@pytest.mark.parametrize(("second", "quality"), [(900.0, "suspect"), (10.0, "good")])
def test_what_is_doubtful_or_old_does_not_count(model: str, second: float, quality: str) -> None:
    read_head(model, 300.0, second, quality)
    power_flow.run_due(at=after(960))
    row = PowerFlow.objects.get()
    assert row.figures["estimated"] == 0
