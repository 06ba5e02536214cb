"""What the map shows of the field beside the network: crews, calls that no outage explains yet, lines where a fault may lie."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
from django.db.models import Count, Max

from adms.core.actors import Actor
from network.domain.grid import Grid
from network.selectors import state
from outages.models import Evidence
from outages.selectors import flisr
from workforce.selectors import crews

#: In a storm thousands call: the newest places are shown, the list of calls has all.
MOST_CALLS = 300
MOST_PLACES = 2_000
MOST_VERSIONS = 4

#: By version of a network and its nodes: the nearest branch by place.
_found: dict[tuple[int, int], dict[tuple[float, float], int]] = {}


@dataclass(frozen=True, slots=True)
class Mark:
    """A word at a branch. `at` is when the crew was seen, or the latest call came."""

    kind: str  # crew, call, search
    branch: int
    word: str
    name: str
    about: str
    at: dt.datetime | None = None


def marks(actor: Actor, model: str) -> list[Mark]:
    """Crews on shift, lines to look at first, then calls by place, the latest first; only of areas the actor may see."""
    present = state.present(model)
    areas = frozenset(state.areas_of(present.version_id))
    return [
        *_crews(actor, present.grid, present.version_id, areas),
        *_searched(actor, present),
        *_calls(actor, model, present.grid),
    ]


def _nearest(grid: Grid, version: int, place: tuple[float, float]) -> int:
    """The branch at the node nearest to a place, -1 where no node has one; a million nodes are looked through once for each place."""
    kept = _found.setdefault((version, grid.node_count), {})
    if place not in kept:
        if len(kept) >= MOST_PLACES:
            kept.clear()
        apart = (grid.node_x - place[0]) ** 2 + (grid.node_y - place[1]) ** 2
        apart[~np.isfinite(apart) | (np.diff(grid.indptr) == 0)] = np.inf
        node = int(np.argmin(apart)) if apart.size else -1
        kept[place] = int(grid.adj_branch[grid.indptr[node]]) if node >= 0 and np.isfinite(apart[node]) else -1
        while len(_found) > MOST_VERSIONS:
            del _found[next(iter(_found))]
    return kept[place]


def _crews(actor: Actor, grid: Grid, version: int, areas: frozenset[int]) -> list[Mark]:
    """Each at the element nearest to where it was seen; who never told a place is not on the map."""
    found = []
    for crew in crews.crews(actor.areas_for("see_network")):
        if crew.x is None or crew.y is None or crew.shift == "off" or crew.area_id not in areas:
            continue
        branch = _nearest(grid, version, (crew.x, crew.y))
        if branch < 0:
            continue
        jobs = ", ".join(one.work_order.title for one in getattr(crew, "live", []))
        found.append(
            Mark("crew", branch, crew.key.upper(), crew.name, jobs or crew.get_shift_display(), crew.positioned_at)
        )
    return found


def _searched(actor: Actor, present: state.NetworkState) -> list[Mark]:
    """Lines on which a fault that goes on lies by its current, nearest first."""
    found = []
    for event in flisr.searching(actor, present.model):
        for place, line in enumerate(event.location["look_first"]["lines"], 1):
            branch = present.grid.branch_index(line["mrid"])
            about = f"{line['from_km']:.2f}-{line['to_km']:.2f} km"
            if branch >= 0:
                found.append(Mark("search", branch, f"? {place}", line["name"], about, event.tripped_at))
    return found


def _calls(actor: Actor, model: str, grid: Grid) -> list[Mark]:
    waiting = Evidence.objects.filter(model_key=model, kind="call", outage=None, settled_at=None)
    areas = actor.areas_for("view_customer")
    if areas is not None:
        waiting = waiting.filter(area__key__in=areas)
    rows = waiting.values("node").annotate(calls=Count("pk"), at=Max("occurred_at")).order_by("-at", "node")
    found = []
    for row in rows[:MOST_CALLS]:
        node = row["node"]
        branch = int(grid.normal_branch[node]) if 0 <= node < grid.node_count else -1
        if branch >= 0:
            found.append(Mark("call", branch, f"☎ {row['calls']}", "", str(row["calls"]), row["at"]))
    return found
