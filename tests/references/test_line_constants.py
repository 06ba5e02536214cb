"""Line impedances from wires against the published configurations of the IEEE 13 node feeder."""

from __future__ import annotations

import pytest

from network.domain.physics.line_constants import Conductor, concentric_neutral, line_code
from tests.builders.circuits import CONFIGURATIONS, MILE

FOOT, INCH = 0.3048, 0.0254
ACSR_556 = (0.1859, 0.0313, 0.927)  # ohm/mile, GMR ft, diameter in
ACSR_4_0 = (0.592, 0.00814, 0.563)
ACSR_1_0 = (1.12, 0.00446, 0.398)


def wire(data: tuple[float, float, float], x: float, y: float, *, neutral: bool = False) -> Conductor:
    ohm, gmr, diameter = data
    return Conductor(x * FOOT, y * FOOT, ohm / MILE, gmr * FOOT, diameter / 2 * INCH, neutral)


# spacing 500:  A 0 ft, B 7 ft, C 2.5 ft at 28 ft; neutral at 4 ft, 24 ft. Configuration 601 hangs B A C from left to right
GEOMETRIES = {
    "601": [wire(ACSR_556, 2.5, 28), wire(ACSR_556, 0, 28), wire(ACSR_556, 7, 28), wire(ACSR_4_0, 4, 24, neutral=True)],
    "602": [wire(ACSR_4_0, 2.5, 28), wire(ACSR_4_0, 7, 28), wire(ACSR_4_0, 0, 28), wire(ACSR_4_0, 4, 24, neutral=True)],
    "605": [wire(ACSR_1_0, 0.5, 29), wire(ACSR_1_0, 0, 24, neutral=True)],
}


@pytest.mark.parametrize("name", sorted(GEOMETRIES))
def test_overhead_lines_have_the_published_matrices(name: str) -> None:
    code = line_code(GEOMETRIES[name], 60.0)
    r, x, b = CONFIGURATIONS[name]
    assert [value * MILE for value in code.r] == pytest.approx(r, abs=2e-4)
    assert [value * MILE for value in code.x] == pytest.approx(x, abs=2e-4)
    assert [value * MILE * 1e6 for value in code.b] == pytest.approx(b, abs=5e-3)


def test_cables_with_concentric_neutral_have_the_published_series_matrix() -> None:
    sheath = concentric_neutral(13, 14.8722 / MILE, 0.00208 * FOOT, (1.29 - 0.0641) / 24 * FOOT)
    cores = [
        Conductor(x * FOOT, -4 * FOOT, 0.41 / MILE, 0.0171 * FOOT, 0.567 / 2 * INCH, sheath=sheath)
        for x in (-0.5, 0.0, 0.5)
    ]
    code = line_code(cores, 60.0)
    r, x, _ = CONFIGURATIONS["606"]
    assert [value * MILE for value in code.r] == pytest.approx(r, abs=2e-3)
    assert [value * MILE for value in code.x] == pytest.approx(x, abs=2e-3)


def test_two_conductors_in_one_place_are_refused() -> None:
    with pytest.raises(ValueError, match="one place"):
        line_code([wire(ACSR_1_0, 0, 29), wire(ACSR_1_0, 0, 29)], 60.0)
