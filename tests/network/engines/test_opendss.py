"""The unbalanced engine on the CIM feeders: what is dark, what moves, what fails, and what it leaves behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from network.domain import phases as ph
from network.domain.physics.circuit import (
    ABC,
    Bus,
    Circuit,
    Line,
    LineCode,
    Load,
    Source,
    Switch,
    Transformer,
    Winding,
)
from network.domain.physics.results import PowerFlowResult
from network.engines import opendss, opendss_master
from tests.builders.circuits import feeder
from tests.paths import needs_shared


def one_line(*, load_mw: float = 1.0) -> Circuit:
    """source a ---line--- b ---[switch]--- c load."""
    code = LineCode((0.1, 0.0, 0.1, 0.0, 0.0, 0.1), (0.3, 0.0, 0.3, 0.0, 0.0, 0.3), (0.0,) * 6, (0.0,) * 6)
    circuit = Circuit("one line", 50.0, line_codes={"code": code})
    circuit.buses = {name: Bus(name, name, 11_547.0, ABC) for name in "abc"}
    circuit.sources = [Source("s", "s", "a", ABC, 20_000.0, 0.0, 0.0, 0.01, 0.0, 0.01)]
    circuit.lines = [Line("l", "l", "a", "b", ABC, "code", 5.0, rated_a=50.0)]
    circuit.switches = [Switch("w", "w", "b", "c", ABC, ABC)]
    share = load_mw * 1e6 / 3.0
    circuit.loads = [Load("d", "d", "c", ABC, "Y", (share,) * 3, (share / 5.0,) * 3)]
    return circuit


def test_a_line_drops_what_arithmetic_says() -> None:
    result = opendss.solve(one_line())
    assert result.converged
    at_c = next(bus for bus in result.buses if bus.name == "c" and bus.phase == "A")
    # constant power S at V behind Z: V = (1 + sqrt(1 - ...)) / 2, here by fixed point iteration
    volts, z, s = 11_547.0 + 0j, complex(0.5, 1.51), complex(1e6 / 3, 1e6 / 15)
    for _ in range(50):
        volts = 20_000 / 3**0.5 - z * (s / volts).conjugate()
    assert at_c.v_pu == pytest.approx(abs(volts) / 11_547.0, abs=1e-6)
    flow = next(one for one in result.branches if one.name == "l" and one.phase == "A")
    assert flow.i_a == pytest.approx(abs(s / volts), rel=1e-4)
    assert flow.loading_percent == pytest.approx(2.0 * flow.i_a)


@pytest.mark.parametrize("phases", [("A",), ("B", "C"), ABC])
def test_a_wye_transformer_drops_what_its_ohms_say_however_many_phases_it_has(phases: tuple[str, ...]) -> None:
    """a ---transformer--- b: ohms are those of each phase, a rating is that of all phases together."""
    r, x, each = 2.0, 9.0, 20_000.0
    circuit = Circuit("transformer", 50.0)
    circuit.buses = {"a": Bus("a", "a", 7_200.0, ABC), "b": Bus("b", "b", 138.6, phases)}
    circuit.sources = [Source("s", "s", "a", ABC, 7_200.0 * 3**0.5, 0.0, 0.0, 0.0, 0.0, 0.0, is_stiff=True)]
    rated = 25_000.0 * len(phases)
    high, low = 7_200.0 * 3**0.5, 138.6 * 3**0.5
    windings = Winding("a", "Y", phases, high, rated, r), Winding("b", "Y", phases, low, rated, 0.0)
    circuit.transformers = [Transformer("t", "t", "t", windings, ((0, 1, x, x),))]
    circuit.loads = [Load("d", "d", "b", phases, "Y", (each,) * len(phases), (0.0,) * len(phases))]
    result = opendss.solve(circuit)
    assert result.converged
    volts, ratio = 7_200.0 + 0j, 7_200.0 / 138.6
    for _ in range(50):
        volts = 7_200.0 - complex(r, x) * (each / volts).conjugate()
    told = {bus.phase: bus.v_pu * 138.6 * ratio for bus in result.buses if bus.mrid == "b"}
    assert told == pytest.approx(dict.fromkeys(phases, abs(volts)), rel=1e-5)
    flows = [one for one in result.branches if one.mrid == "t"]
    assert [one.phase for one in flows] == list(phases)
    for one in flows:
        assert one.i_a == pytest.approx(each / abs(volts), rel=1e-3)
        assert one.loading_percent == pytest.approx(100.0 * one.i_a / (25_000.0 / 7_200.0), rel=1e-6)


def test_an_open_switch_leaves_its_far_side_out_of_the_result() -> None:
    result = opendss.solve(one_line(), {"w": 0})
    assert result.converged
    assert {bus.name for bus in result.buses} == {"a", "b"}
    assert result.source_kw == pytest.approx(0.0, abs=0.01)


def test_one_open_phase_is_dark_alone() -> None:
    result = opendss.solve(one_line(), {"w": ph.A | ph.C})
    assert {bus.phase for bus in result.buses if bus.name == "c"} == {"A", "C"}
    assert result.source_kw == pytest.approx(667.0, rel=0.01)


def test_too_much_load_is_no_number_but_a_reason() -> None:
    result = opendss.solve(replace(one_line(load_mw=1e6), loads=[replace(one_line(load_mw=1e6).loads[0])]))
    if result.converged:  # below 0.8 pu a load is an impedance: then the voltage must say so
        assert result.v_min_pu is not None
        assert result.v_min_pu < 0.8
    else:
        assert result.reason
        assert not result.buses


def test_no_source_is_said() -> None:
    result = opendss.solve(replace(one_line(), sources=[]))
    assert not result.converged
    assert "source" in result.reason


def test_nothing_is_left_in_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = opendss.solve(one_line())
    again = opendss.solve(one_line())
    assert Path.cwd() == tmp_path
    assert not list(tmp_path.iterdir())
    assert [bus.v_pu for bus in first.buses] == [bus.v_pu for bus in again.buses]


def test_a_master_file_is_solved_by_opendss_itself_and_exports_nothing_beside_it(tmp_path: Path) -> None:
    master = tmp_path / "small.dss"
    master.write_text(
        "clear\nnew circuit.small basekv=20 pu=1.0 bus1=a r1=0 x1=0.01 r0=0 x0=0.01 basefreq=50\n"
        "new line.l bus1=a bus2=b length=5 units=km rmatrix=(0.1|0 0.1|0 0 0.1) xmatrix=(0.3|0 0.3|0 0 0.3) cmatrix=(0|0 0|0 0 0)\n"
        "new load.d bus1=b phases=3 kv=20 kw=1000 kvar=200\nset voltagebases=[20]\ncalcvoltagebases\nsolve\nexport voltages\n"
    )
    theirs, ours = opendss_master.solve(master), opendss.solve(one_line())
    assert [path.name for path in tmp_path.iterdir()] == ["small.dss"]
    assert theirs.source_kw == pytest.approx(ours.source_kw, rel=1e-4)
    assert theirs.v_min_pu == pytest.approx(ours.v_min_pu, abs=1e-4)


def test_a_master_that_makes_no_circuit_is_refused(tmp_path: Path) -> None:
    master = tmp_path / "bad.dss"
    master.write_text("new line.l bus1=a bus2=b\n")
    with pytest.raises(opendss_master.MasterRefused, match="circuit"):
        opendss_master.solve(master)


@needs_shared
def test_an_opened_feeder_switch_darkens_what_lies_behind_it_and_the_rest_goes_on() -> None:
    circuit = feeder("gridappsd/IEEE123.xml.gz")
    full = opendss.solve(circuit)
    closed = {one.mrid: 0 for one in circuit.switches if one.name == "sw2"}
    assert closed
    part = opendss.solve(circuit, closed)
    assert part.converged
    assert len(part.buses) < len(full.buses)
    assert min(bus.v_pu for bus in part.buses) > 0.9
    assert part.source_kw < full.source_kw  # type: ignore[operator]


@needs_shared
def test_split_phase_legs_have_their_own_voltages() -> None:
    result = opendss.solve(feeder("gridappsd/IEEE13.xml"), fix_taps=True)
    legs = {bus.phase: bus.v_pu for bus in result.buses if bus.name == "house"}
    assert set(legs) == {"s1", "s2"}
    assert all(0.95 < value < 1.05 for value in legs.values())


@needs_shared
def test_regulators_move_only_when_they_may() -> None:
    circuit = feeder("gridappsd/IEEE13.xml")
    fixed, free = opendss.solve(circuit, fix_taps=True), opendss.solve(circuit)
    assert fixed.v_max_pu != pytest.approx(free.v_max_pu, abs=1e-3)


def test_a_source_of_one_phase_feeds_that_phase() -> None:
    circuit = one_line()
    circuit.sources = [replace(circuit.sources[0], phases=("B",))]
    result = opendss.solve(circuit)
    assert {bus.phase for bus in result.buses} == {"B"}
    at_a = next(bus for bus in result.buses if bus.name == "a")
    assert at_a.v_pu == pytest.approx(1.0, abs=1e-3)
    assert at_a.angle_deg == pytest.approx(-120.0, abs=0.1)


def at_volts(circuit: Circuit, volts: float) -> Circuit:
    return replace(circuit, sources=[replace(one, voltage_v=volts, angle_deg=3.0) for one in circuit.sources])


def test_a_circuit_that_stays_loaded_answers_as_one_that_is_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendss, "_WORTH_KEEPING", 1)
    made = list[object]()
    taken = opendss._take
    monkeypatch.setattr(opendss, "_take", lambda: made.append(1) or taken())
    circuit, other = one_line(), one_line(load_mw=0.4)
    cases = [at_volts(one, volts) for volts in (20_000.0, 20_400.0, 19_100.0) for one in (circuit, other)]
    with opendss.kept(), opendss.kept():
        found = [opendss.solve(one) for one in cases]
        nowhere = opendss.solve(at_volts(circuit, 2_000.0))
    assert len(made) == 2  # each was loaded once
    for case, one in zip(cases, found, strict=True):
        fresh = opendss.solve(case)
        assert [bus.v_pu for bus in one.buses] == pytest.approx([bus.v_pu for bus in fresh.buses], abs=1e-7)
        assert [bus.angle_deg for bus in one.buses] == pytest.approx([bus.angle_deg for bus in fresh.buses], abs=1e-5)
        assert one.loss_kw == pytest.approx(fresh.loss_kw, rel=1e-6)
        assert one.taken["A"] == pytest.approx(fresh.taken["A"], rel=1e-6)
    assert nowhere.converged == opendss.solve(at_volts(circuit, 2_000.0)).converged
    assert not opendss._MINE.loaded


def test_what_is_not_the_same_circuit_is_loaded_anew_and_no_more_than_a_few_stay(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opendss, "_WORTH_KEEPING", 1)
    circuit = one_line()
    with opendss.kept():
        opendss.solve(circuit)
        opened = replace(circuit, switches=[replace(circuit.switches[0], closed=())])
        assert {bus.name for bus in opendss.solve(opened).buses} == {"a", "b"}
        stronger = replace(circuit, sources=[replace(circuit.sources[0], x_ohm=2.0)])
        assert opendss.solve(stronger).buses != opendss.solve(circuit).buses
        for megawatt in range(1, 9):
            opendss.solve(one_line(load_mw=float(megawatt)))
        assert len(opendss._MINE.loaded) == opendss._MOST_KEPT


def test_a_circuit_with_regulators_is_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opendss, "_WORTH_KEEPING", 1)
    circuit = feeder("gridappsd/IEEE13.xml")
    with opendss.kept():
        first = opendss.solve(circuit)
        assert not opendss._MINE.loaded
        again = opendss.solve(circuit)
    assert [bus.v_pu for bus in first.buses] == [bus.v_pu for bus in again.buses]


def test_what_has_no_solution_from_where_it_stands_is_solved_from_the_beginning(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(opendss, "_WORTH_KEEPING", 1)
    nowhere = PowerFlowResult("opendss", converged=False, reason="no convergence after 100 iterations")
    monkeypatch.setattr(opendss, "_again", lambda *_: nowhere)
    circuit = one_line()
    with opendss.kept():
        opendss.solve(circuit)
        moved = opendss.solve(at_volts(circuit, 19_100.0))
        assert [one.circuit.sources[0].voltage_v for one in opendss._MINE.loaded] == [19_100.0]
    assert [bus.v_pu for bus in moved.buses] == [bus.v_pu for bus in opendss.solve(at_volts(circuit, 19_100.0)).buses]
