"""Where crews look first: the lines on which the fault may lie by the fault current that the tripped device told.

It orders the search within what protection and indicators suspect. What is held off stays what they suspect: a fault with resistance
lies nearer than its current says, and may lie on another line.
"""

import datetime as dt
from typing import Any

from adms.core import runtime_settings
from network.domain.restoration.blocks import Blocks
from network.domain.restoration.impedance import Candidate
from network.selectors import dead_area, state
from network.services import fault_reach
from network.services.fault_reach import Reach
from network.services.restoration_plans import Outcome
from outages.services.flisr import settings

_LISTED = 20


def told(present: state.NetworkState, outcome: Outcome, tripped: int, since: dt.datetime) -> dict[str, Any]:
    """What an event keeps: `amperes` by phase, `reasons`, and `lines` with their distance in km; empty without a current."""
    if outcome.blocks is None or outcome.suspects is None:
        return {}
    tolerance = float(runtime_settings.get(settings.CURRENT))
    reach = fault_reach.by_current(present=present, tripped=tripped, since=since, tolerance=tolerance)
    if reach is None:
        return {}
    inside = [one for one in reach.candidates if _is_suspected(outcome.blocks, one, outcome.suspects.blocks)]
    amperes, lines = dict(reach.amperes), _lines(present, inside[:_LISTED])
    return {"amperes": amperes, "reasons": _reasons(reach, inside), "lines": lines}


def _is_suspected(blocks: Blocks, one: Candidate, suspected: frozenset[int]) -> bool:
    return blocks.of_node(int(blocks.grid.branch_from[one.branch])) in suspected


def _reasons(reach: Reach, inside: list[Candidate]) -> list[str]:
    amperes = ", ".join(f"{phase or 'largest phase'} {value:,.0f} A" for phase, value in sorted(reach.amperes.items()))
    if reach.unused:
        return [f"Fault current ({amperes}) does not locate: {reach.unused}"]
    if not reach.candidates:
        return [
            f"Fault current ({amperes}): no line behind the device has a fault without resistance that draws so much or so little"
        ]
    if not inside:
        return [
            f"Fault current ({amperes}) points at {len(reach.candidates)} lines outside of the suspected sections, and is not used"
        ]
    nearest, farthest = min(one.nearest_km for one in inside), max(one.farthest_km for one in inside)
    where = f"on one of {len(inside)} lines, {nearest:.2f} to {farthest:.2f} km from the device"
    said = [
        f"Fault current ({amperes}, ±{reach.tolerance:.0%}): without resistance the fault lies {where}; with it, nearer"
    ]
    if len(inside) < len(reach.candidates):
        said.append(
            f"{len(reach.candidates) - len(inside)} more lines by the fault current are not in the suspected sections"
        )
    if reach.ideal_sources:
        names = ", ".join(reach.ideal_sources)
        said.append(f"No impedance of the source is known ({names}): with it the fault lies nearer than this says")
    return said


def _lines(present: state.NetworkState, inside: list[Candidate]) -> list[dict[str, Any]]:
    named = dead_area.names(present, [one.branch for one in inside])
    return [
        {
            "mrid": present.grid.branch_mrid_text(one.branch),
            "name": named[one.branch],
            "from_km": round(one.nearest_km, 3),
            "to_km": round(one.farthest_km, 3),
            "kinds": list(one.kinds),
        }
        for one in inside
    ]
