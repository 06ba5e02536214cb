"""A generated utility has one circuit, whether it comes by its files or by its sheet."""

from pathlib import Path

import numpy as np
import pytest

from integration.cim.models import generated, reading
from network.domain import generation, temporary
from network.domain.energisation import energise
from network.domain.feeder_groups import CircuitIndex, groups_of
from network.domain.feeder_groups.compact import CompactCircuits
from network.domain.generation import sheet
from network.domain.grid import Grid, assemble
from network.domain.physics.circuit import Circuit, Line, Transformer
from network.domain.physics.line_constants import square
from network.engines import port

Made = tuple[Circuit, CompactCircuits, Grid]


@pytest.fixture(scope="module", params=["american", "european"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    utility = generation.generate(1_200, 5, request.param)
    paths = generated.write(utility, Path(tmp_path_factory.mktemp("files")), progress=lambda _: None)
    of_files = reading.read_files([str(path) for path in paths]).circuit
    assert of_files is not None
    columns = generation.columns(utility)
    grid = assemble(columns)
    names = {
        grid.branch_index(m.decode()): n.decode() for m, n in zip(columns.branch_mrid, columns.branch_name, strict=True)
    }
    packed = sheet.to_bytes(sheet.sheet_of(utility, grid.branch_indices(columns.branch_mrid)))
    stations = utility.substations.name
    consumers = [f"{one} source" for one in stations] + [one.decode() for one in utility.consumers["name"].tolist()]
    injections = {
        grid.injection_index(bytes(m).decode()): n for m, n in zip(columns.injection_mrid, consumers, strict=True)
    }
    names |= {grid.branch_count + place: name for place, name in injections.items()}
    return of_files, CompactCircuits(sheet.from_bytes(packed), grid, "sheet", names.__getitem__), grid


def ohms(circuit: Circuit, line: Line) -> np.ndarray:
    code = circuit.line_codes[line.code]
    return (square(code.r) + 1j * square(code.x)) * line.length


def test_it_is_the_same_conductor_by_conductor(made: Made) -> None:
    expected, circuits, _ = made
    found = circuits.whole()
    assert found.buses == expected.buses
    lines = {one.mrid: one for one in found.lines}
    assert lines.keys() == {one.mrid for one in expected.lines}
    for line in expected.lines:
        mine = lines[line.mrid]
        assert (mine.name, mine.from_bus, mine.to_bus, mine.phases, mine.rated_a) == (
            line.name, line.from_bus, line.to_bus, line.phases, line.rated_a,
        )  # fmt: skip
        assert ohms(found, mine) == pytest.approx(ohms(expected, line), rel=1e-5, abs=2e-6)
    assert sorted(found.switches, key=lambda one: one.mrid) == sorted(expected.switches, key=lambda one: one.mrid)
    assert sorted(found.sources, key=lambda one: one.mrid) == sorted(expected.sources, key=lambda one: one.mrid)


def test_its_transformers_and_loads_are_the_same(made: Made) -> None:
    expected, circuits, _ = made
    found = circuits.whole()
    mine = {one.mrid: one for one in found.transformers}
    assert mine.keys() == {one.mrid for one in expected.transformers}
    for one in expected.transformers:
        assert figures(mine[one.mrid]) == pytest.approx(figures(one), rel=1e-6, abs=1e-6)
        assert [w.bus for w in mine[one.mrid].windings] == [w.bus for w in one.windings]
    loads = {one.mrid: one for one in found.loads}
    assert loads.keys() == {one.mrid for one in expected.loads}
    for load in expected.loads:
        assert (loads[load.mrid].bus, loads[load.mrid].phases) == (load.bus, load.phases)
        assert loads[load.mrid].p_w == pytest.approx(load.p_w, abs=0.5)
        assert loads[load.mrid].q_var == pytest.approx(load.q_var, abs=0.2)


def figures(one: Transformer) -> list[float]:
    return [*one.leakage[0][2:], *(value for w in one.windings for value in (w.r_ohm, w.rated_v, w.rated_va))]


def test_a_group_is_made_without_the_rest_of_the_network(made: Made) -> None:
    whole, circuits, grid = made
    fitted = temporary.fit(grid, temporary.Overlay())
    energisation = energise(grid, grid.initial_closed)
    lazy = groups_of(circuits, fitted, energisation, grid.initial_closed)
    full = CircuitIndex(whole, grid)
    eager = groups_of(full, fitted, energisation, grid.initial_closed)
    assert [one.key for one in lazy.groups] == [one.key for one in eager.groups]
    for group in lazy.groups:
        one, other = circuits.circuit_of(lazy, group.number), full.circuit_of(eager, group.number)
        for table in ("lines", "switches", "transformers", "loads", "sources"):
            mrids = [{part.mrid for part in getattr(circuit, table)} for circuit in (one, other)]
            assert mrids[0] == mrids[1]
        assert one.buses == other.buses


def test_a_transformer_of_fewer_phases_is_loaded_by_what_hangs_on_it_and_nothing_starts_overloaded(made: Made) -> None:
    circuit = made[1].whole()
    result = port.solve(circuit)
    assert result.converged and not result.violations
    behind = {line.to_bus: line.from_bus for line in circuit.lines}
    volt_amperes: dict[str, float] = {}
    for load in circuit.loads:
        bar = behind.get(load.bus, load.bus)
        volt_amperes[bar] = volt_amperes.get(bar, 0.0) + abs(complex(sum(load.p_w), sum(load.q_var)))
    loading: dict[str, list[float]] = {}
    for flow in result.branches:
        loading.setdefault(flow.mrid, []).append(flow.loading_percent or 0.0)
    checked = 0
    for one in circuit.transformers:
        if (wanted := volt_amperes.get(one.windings[1].bus)) is not None:
            percent = 100.0 * wanted / one.windings[0].rated_va
            told = loading[one.mrid]
            assert sum(told) / len(told) == pytest.approx(
                percent, rel=0.1
            )  # and its own reactance, at a voltage below nominal
            assert max(told) < 100.0
            checked += 1
    assert checked == len(circuit.transformers) - 2 * len(circuit.sources)


def test_bytes_that_are_no_sheet_are_refused() -> None:
    with pytest.raises(sheet.NoSheet):
        sheet.from_bytes(b"something else")
