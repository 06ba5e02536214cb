"""Fault currents by phase matrices, by hand and against the IEEE 34 node feeder."""

import csv

import numpy as np
import pytest
from scipy.optimize import brentq

from network.domain.physics.fault_currents import (
    NoPath,
    Section,
    Thevenin,
    behind,
    delta_star,
    fault_currents,
    seen_from,
    sequence_matrix,
    star_star,
    symmetric_source,
)
from tests.paths import REFERENCE, needs_shared

FOLDER = REFERENCE / "shortcircuit"
#: Substation 2.5 MVA 69/24.9 kV delta-star 1 + j8 %, and 0.5 MVA 24.9/4.16 kV star-star 1.9 + j4.08 % (feeder data).
Z_SUBSTATION = complex(0.01, 0.08) * 24.9**2 / 2.5
Z_832_888 = complex(0.019, 0.0408) * 4.16**2 / 0.5


def matrix(row: dict[str, str]) -> np.ndarray:
    pairs = {"aa": (0, 0), "ab": (0, 1), "ac": (0, 2), "bb": (1, 1), "bc": (1, 2), "cc": (2, 2)}
    z = np.zeros((3, 3), dtype=complex)
    for name, (i, j) in pairs.items():
        z[i, j] = z[j, i] = complex(float(row[f"R{name}"]), float(row[f"X{name}"])) * float(row["length"])
    return z


def feeder() -> list[Section]:
    with (FOLDER / "ieee34_three_phase_lines.csv").open() as file:
        sections = [Section(row["bus1"], row["bus2"], matrix(row)) for row in csv.DictReader(file)]
    nothing = np.zeros((3, 3), dtype=complex)
    regulators = [Section("814", "814r", nothing), Section("852", "852r", nothing)]
    return [*sections, *regulators, Section("832", "888", np.eye(3) * Z_832_888, turns=star_star(4.16 / 24.9))]


def published() -> dict[str, np.ndarray]:
    with (FOLDER / "ieee34_all_phase_fault_currents.csv").open() as file:
        return {
            row["node"]: np.array([float(row[f"published_I{phase}_A"]) for phase in "abc"])
            for row in csv.DictReader(file)
        }


def source(r_system: float, at_800: float) -> Thevenin:
    """The system behind the substation: its resistance as given, its reactance such that 800 has its published current."""
    whole = 24.9e3 / np.sqrt(3) / at_800
    r = Z_SUBSTATION.real + r_system
    return symmetric_source(24.9, complex(r, np.sqrt(whole**2 - r**2)), Z_SUBSTATION)


def currents(r_system: float, expected: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    seen = seen_from("800", source(r_system, expected["800"][0]), feeder())
    return {bus: np.abs(fault_currents(at, "3ph-g")) for bus, at in seen.items()}


@needs_shared
def test_all_phase_faults_of_ieee_34_follow_from_two_of_them() -> None:
    """The system's impedance is not in the files: it is taken from 800 and 808, and the other buses are foretold."""
    expected = published()
    aim = expected["808"].mean()
    r_system = brentq(lambda r: currents(r, expected)["808"].mean() - aim, 0.0, 5.0)
    found = currents(r_system, expected)
    for bus, amperes in expected.items():
        assert found[bus] == pytest.approx(amperes, rel=0.01), bus


@needs_shared
def test_faults_recorded_at_the_substation_are_reproduced() -> None:
    """With the recorded voltages at 800 as the source every kind of fault gives the recorded currents.

    Within 2 %: the recorder's feeder has charging lines and regulators with a little leakage, ours has neither.
    """
    sections = feeder()
    kinds = {"ABCG": ("3ph-g", "ABC"), "AG": ("1ph", "A"), "BC": ("2ph", "BC")}
    checked = set()
    with (FOLDER / "ieee34_fault_location_shared.csv").open() as file:
        for row in csv.DictReader(file):
            v = np.array([polar(row, f"V{phase}") for phase in "abc"])
            seen = seen_from("800", Thevenin(v, np.zeros((3, 3), dtype=complex)), sections)
            ohm = float(row["fault_resistance_ohm"])
            recorded = np.array([polar(row, f"I{phase}") for phase in "abc"])
            kind, phases = kinds[row["fault_type"]]
            found = fault_currents(seen[row["fault_bus"]], kind, phases, ohm=ohm)  # type: ignore[arg-type]
            touched = ["ABC".index(phase) for phase in phases]
            assert found[touched] == pytest.approx(recorded[touched], rel=0.02), (row["fault_bus"], row["fault_type"])
            checked.add((row["fault_type"], ohm))
    assert len(checked) == 5, checked


def polar(row: dict[str, str], name: str) -> complex:
    return float(row[f"{name}_mag"]) * np.exp(1j * np.radians(float(row[f"{name}_deg"])))


def test_two_phase_and_two_phase_to_earth_follow_the_sequence_formulas() -> None:
    z1, z0 = complex(0.2, 1.0), complex(0.5, 3.0)
    at = symmetric_source(20.0, z1, z0)
    u = 20e3
    assert np.abs(fault_currents(at, "2ph", "BC"))[1] == pytest.approx(u / abs(2 * z1))
    to_earth = fault_currents(at, "2ph-g", "BC").sum()
    assert abs(to_earth) == pytest.approx(np.sqrt(3) * u / abs(z1 + 2 * z0))
    assert abs(fault_currents(at, "2ph", "AB", ohm=1.0)[0]) == pytest.approx(u / abs(2 * z1 + 1.0))


def test_a_delta_star_transformer_hides_the_zero_sequence_above_it() -> None:
    z_t = complex(0.01, 0.06) * 0.4**2 / 0.4
    for z0_above in (1j, 100j):
        high = symmetric_source(10.0, 0.4j, z0_above)
        low = behind(high, Section("high", "low", np.eye(3) * z_t, turns=delta_star(0.4, 10.0)))
        z1 = 0.4j * (0.4 / 10.0) ** 2 + z_t
        expected = np.sqrt(3) * 400.0 / abs(2 * z1 + z_t)
        assert abs(fault_currents(low, "1ph", "A")[0]) == pytest.approx(expected)
        assert abs(low.v[0]) == pytest.approx(400.0 / np.sqrt(3))


def test_half_a_section_has_half_its_impedance() -> None:
    line = Section("a", "b", sequence_matrix(2j, 6j))
    at = behind(symmetric_source(10.0, 1j, 1j), line, 0.5)
    assert abs(fault_currents(at, "3ph-g")[0]) == pytest.approx(10e3 / np.sqrt(3) / 2.0)


def test_what_cannot_be_is_refused() -> None:
    start = symmetric_source(10.0, 1j, 1j)
    z = sequence_matrix(1j, 3j)
    with pytest.raises(NoPath, match="nothing leads to x"):
        seen_from("s", start, [Section("x", "y", z)])
    with pytest.raises(NoPath, match="closes a loop"):
        seen_from("s", start, [Section("s", "a", z), Section("a", "s", z)])
    lateral = behind(start, Section("s", "a", z, phases="B"))
    with pytest.raises(NoPath, match="a 1ph fault on A where there are B"):
        fault_currents(lateral, "1ph", "A")
    with pytest.raises(NoPath, match="a 2ph fault on A"):
        fault_currents(start, "2ph", "A")
