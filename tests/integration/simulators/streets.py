"""A town for the tests, drawn once.

    0 ==CB(telemetered)== 1 --L1-- 2 --L2-- 3 ==TIE(open, telemetered)== 9 --L4-- 10 ==CB2(telemetered)== 0
                                   |
                                   +==F1(fuse)== 4 --L3-- 5 ==D1(disconnector by hand)== 6 --L5-- 7 ==F2(fuse)== 8 --L6-- 11

Five meters each at nodes 3, 5, 7, 9 and 11.
"""

from __future__ import annotations

from typing import Any

LINES = (("L1", 1, 2), ("L2", 2, 3), ("L3", 4, 5), ("L4", 9, 10), ("L5", 6, 7), ("L6", 8, 11))
SWITCHES = (
    ("CB", "Breaker", 0, 1, True),
    ("CB2", "Breaker", 0, 10, True),
    ("TIE", "LoadBreakSwitch", 3, 9, True),
    ("F1", "Fuse", 2, 4, False),
    ("F2", "Fuse", 7, 8, False),
    ("D1", "Disconnector", 5, 6, False),
)
HOMES = (3, 5, 7, 9, 11)


def document(per_home: int = 5) -> dict[str, Any]:
    """The world as a server would describe it."""
    return {
        "model": "town",
        "version": 1,
        "nodes": 12,
        "branches": [
            *(branch(name, "ACLineSegment", a, b) for name, a, b in LINES),
            *(
                branch(
                    name,
                    kind,
                    a,
                    b,
                    is_switch=True,
                    is_protective=kind in {"Breaker", "Fuse"},
                    is_telemetered=seen,
                    closed=name != "TIE",
                    normal_closed=name != "TIE",
                    position_point_mrid=f"pos-{name}" if seen else "",
                )
                for name, kind, a, b, seen in SWITCHES
            ),
        ],
        "sources": [0],
        "loads": [[node, 10.0] for node in HOMES],
        "analogs": [{"mrid": "amp-CB", "branch": "CB", "nominal_v": 20000.0}],
        "meters": [
            {"number": f"M-{node}-{one}", "usage_point": f"UP <{node}> & {one}", "node": node}
            for node in HOMES
            for one in range(per_home)
        ],
        "dark": [],
    }


def branch(name: str, kind: str, a: int, b: int, **more: Any) -> dict[str, Any]:
    """One branch; its mRID is its name."""
    usual = {
        "is_switch": False,
        "is_protective": False,
        "is_telemetered": False,
        "closed": True,
        "normal_closed": True,
        "position_point_mrid": "",
    }
    return {"mrid": name, "name": name, "class": kind, "from": a, "to": b} | usual | more
