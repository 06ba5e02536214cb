"""Where crews look first: the lines on which the fault may lie by the fault current that the tripped device told.

It orders the search within what protection and indicators suspect. What is held off stays what they suspect: a fault with resistance
lies nearer than its current says, and may lie on another line.
"""

import datetime as dt
from typing import Any

from adms.core import runtime_settings
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.blocks import Blocks
from network.domain.restoration.impedance import Candidate
from network.selectors import dead_area, state
from network.services import fault_reach
from network.services.fault_reach import Reach
from network.services.restoration_outcome import Outcome
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


def _reasons(reach: Reach, inside: list[Candidate]) -> list[Phrase]:
    told: dict[str, Any] = {"amperes": [_amperes(phase, value) for phase, value in sorted(reach.amperes.items())]}
    if reach.unused:
        return [phrase("current_unused", **told, why=reach.unused)]
    if not reach.candidates:
        return [phrase("current_nowhere", **told)]
    if not inside:
        return [phrase("current_elsewhere", **told, lines=len(reach.candidates))]
    nearest, farthest = min(one.nearest_km for one in inside), max(one.farthest_km for one in inside)
    told |= {"tolerance_percent": reach.tolerance * 100, "lines": len(inside), "from_km": nearest, "to_km": farthest}
    said = [phrase("current_locates", **told)]
    if len(inside) < len(reach.candidates):
        said.append(phrase("current_more", lines=len(reach.candidates) - len(inside)))
    if reach.ideal_sources:
        said.append(phrase("ideal_source", names=list(reach.ideal_sources)))
    return said


def _amperes(phase: str, value: float) -> Phrase:
    return phrase("amperes_of", name=phase, a=value) if phase else phrase("amperes_largest", a=value)


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
