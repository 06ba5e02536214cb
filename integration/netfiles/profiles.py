"""A table of load profiles: one row per moment, `time` and either `scale` (of all loads) or a column in kW for each load named.

time,scale            time,4,7
00:00,0.62            00:00,35.0,80.5
00:15,0.60            00:15,33.8,79.0
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from integration.netfiles import columns
from integration.netfiles.refusals import NetFileRefused

MOST = 35_136  # quarter-hours of a leap year


@dataclass(frozen=True, slots=True)
class Profiles:
    """Moments as written, and (moments, loads) in kW and kvar in the order of the net's loads."""

    times: list[str]
    p_kw: NDArray[np.float64]
    q_kvar: NDArray[np.float64]


def read_profiles(path: Path, net: Any) -> Profiles:
    """The loads of a balanced net at every moment of a table; a load keeps its power factor, one without a column its power.

    Raises:
        NetFileRefused: a column is no load, a value is none, there is no row or too many.
    """
    kw = (net.load["p_mw"] * net.load["scaling"]).to_numpy(dtype=float) * 1e3
    kvar = (net.load["q_mvar"] * net.load["scaling"]).to_numpy(dtype=float) * 1e3
    places = {str(name): place for place, name in enumerate(net.load["name"])}
    times: list[str] = []
    factors: list[NDArray[np.float64]] = []
    for where, row in columns.rows(path, ("time",)):
        if len(times) == MOST:
            raise NetFileRefused(f"{path.name}: more than {MOST} rows")
        times.append(row["time"])
        factors.append(_factors(where, row, places, kw))
    if not times:
        raise NetFileRefused(f"{path.name}: no row")
    table = np.array(factors)
    return Profiles(times, table * kw, table * kvar)


def _factors(where: str, row: dict[str, str], places: dict[str, int], kw: NDArray[np.float64]) -> NDArray[np.float64]:
    """(loads) by how much each is larger than in the net."""
    names = [name for name in row if name != "time"]
    if names == ["scale"]:
        return np.full(kw.size, columns.number(where, "scale", row["scale"]))
    found = np.ones(kw.size)
    for name in names:
        if name not in places:
            raise NetFileRefused(f"{where}: {name!r} is neither scale nor a load of the network")
        place = places[name]
        if kw[place] == 0.0:
            raise NetFileRefused(f"{where}: load {name!r} takes nothing in the network: its power factor is not known")
        found[place] = columns.number(where, name, row[name]) / kw[place]
    return found
