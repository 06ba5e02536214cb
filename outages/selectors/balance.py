"""All that speaks for and against one outage, in time order and on the piece of network concerned, and who decided each turn."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q
from django.utils import timezone

from adms.core.actors import Actor
from metering.selectors import pings as asked
from network.domain import phases as ph
from network.selectors import equipment, indicator_words, state
from outages.domain import balance as arithmetic
from outages.domain.balance import Word
from outages.models import Evidence, Outage, OutageEntry
from outages.selectors import outages, reports, timeline_words, trees

BEFORE = dt.timedelta(minutes=10)
AFTER = dt.timedelta(hours=1)
MOST = 2_000
#: Which lane a kind of evidence is drawn in.
LANES = {"call": "calls", "gasp": "meters", "restore": "meters", "ping_on": "pings", "ping_off": "pings", "trip": "scada",
         "crew_off": "crew"}  # fmt: skip
LANE_WORDS = {
    "calls": "Calls",
    "meters": "Meters by themselves",
    "pings": "Meters asked",
    "scada": "SCADA, switches",
    "indicators": "Fault indicators",
    "crew": "Crew",
    "decided": "Decided",
}
#: Lines of the timeline that are turns of the outage, not of the work.
_CREW = "crew_"
MOST_DEVICES = 60


@dataclass(frozen=True, slots=True)
class Item:
    """One thing said or decided. `side` is dark, live, silent or turn."""

    at: dt.datetime
    known_at: dt.datetime
    lane: str
    side: str
    what: str
    about: str
    place: str
    place_mrid: str
    phases: int
    weight: float
    note: str
    word: Word | None = None
    usage_point: int = -1


def items(actor: Actor, found: Outage) -> list[Item]:
    """Everything, in order of field time."""
    said = _evidence(actor, found)
    weighed = {one.usage_point for one in said if one.side == "silent"}
    told = [*said, *_silent(found, weighed), *_indicators(found), *_turns(found)]
    return sorted(told, key=lambda one: (one.at, one.known_at))


def _evidence(actor: Actor, found: Outage) -> list[Item]:
    rows = _rows(found)
    told = reports.by_ids(actor, [row.pk for row in rows])
    kept = []
    for row in rows:
        one = told[row.pk]
        is_dark = row.kind not in reports.LIVE
        point = row.usage_point_id or -1
        word = Word(row.occurred_at.timestamp(), point, row.equipment_mrid, row.phases, is_dark, row.kind, row.pk)
        side = "dark" if is_dark else "live"
        if row.kind == "ping_off" and row.weight < 1:
            side = "silent"
        kept.append(
            Item(
                row.occurred_at, row.recorded_at, LANES[row.kind], side, one["kind_word"], one["about"], one["place"],
                row.equipment_mrid, row.phases, row.weight, one["settled"], word if side != "silent" else None,
                point,
            )
        )  # fmt: skip
    return kept


def _rows(found: Outage) -> list[Evidence]:
    """Its own reports, and what the customers it counts, and those at its places, said while it lasted."""
    members = {point for row in outages.ledger(found) for point in row.usage_points}
    own = Evidence.objects.filter(outage=found)
    members |= {point for point in own.values_list("usage_point_id", flat=True) if point}
    until = (found.restored_at or found.completed_at or dt.datetime.max.replace(tzinfo=dt.UTC) - AFTER) + AFTER
    during = Q(occurred_at__gte=found.started_at - BEFORE, occurred_at__lte=until)
    about = (
        Q(outage=found)
        | (Q(usage_point__in=members) & during)
        | (Q(node__in=_nodes(found), model_key=found.model_key) & during)
    )
    return list(Evidence.objects.filter(about).order_by("-occurred_at", "-pk")[:MOST])


def _nodes(found: Outage) -> list[int]:
    if found.model_key not in state.models():
        return []
    nodes = trees.nodes_of(trees.devices(state.present(found.model_key), [found]), found)
    return [int(node) for node in nodes[:5_000]]


def _silent(found: Outage, weighed: set[int]) -> list[Item]:
    """Meters that were asked for it and gave no word, where that is no evidence already."""
    pings = asked.of_reference(f"outage:{found.pk}")
    silent = [
        one
        for one in asked.answers(pings)
        if one["answer"] == "unknown" or (one["answer"] == "none" and one["usage_point"] not in weighed)
    ]
    names = reports.names_of({one["equipment_mrid"] for one in silent})
    return [
        Item(
            one["asked_at"], one["answered_at"] or one["asked_at"], "pings", "silent", one["answer_words"],
            f"Meter {one['meter']}", names.get(one["equipment_mrid"], one["equipment_mrid"]), one["equipment_mrid"],
            one["phases"], 0.0, one["note"],
        )
        for one in silent
    ]  # fmt: skip


def _indicators(found: Outage) -> list[Item]:
    """Fault indicators that saw a current since it began, in the piece of network concerned; also if they have reset by themselves."""
    if found.model_key not in state.models():
        return []
    points = {one.pk: one for one in equipment.telemetry(found.model_key) if one.kind == "fault_indicator"}
    since, present = found.started_at - BEFORE, state.present(found.model_key)
    words = indicator_words.present(present.model_id, present.version_id, list(points), since)
    lit = [(points[one.point], one) for one in words if one.operated_at and one.operated_at >= since]
    near = _branches(found, [point.equipment_mrid for point, _ in lit])
    names = reports.names_of({point.equipment_mrid for point, _ in lit})
    return [
        Item(
            word.operated_at, word.operated_at, "indicators", "dark", "Fault current seen", point.name,
            names.get(point.equipment_mrid, point.equipment_mrid), point.equipment_mrid, point.phases, 1.0,
            word.quality if word.value else f"reset by itself {timezone.localtime(word.said_at):%H:%M:%S}",
        )
        for point, word in lit
        if word.operated_at is not None and point.equipment_mrid in near
    ]  # fmt: skip


def _branches(found: Outage, mrids: Sequence[str]) -> set[str]:
    """Of some equipment what lies on the way to the outage's device or below it."""
    present = state.present(found.model_key)
    energised = trees.devices(present, [found]).energisation
    below = set(_nodes(found))
    above, node = set[int](), found.node
    while 0 <= node < present.grid.node_count and node not in above:
        above.add(node)
        node = int(energised.parent_node[node])
    near = below | above
    kept = set()
    for mrid in mrids:
        branch = present.grid.branch_index(mrid)
        if branch >= 0 and {int(present.grid.branch_from[branch]), int(present.grid.branch_to[branch])} & near:
            kept.add(mrid)
    return kept


def _turns(found: Outage) -> list[Item]:
    entries = OutageEntry.objects.filter(outage=found).order_by("occurred_at", "pk")[:MOST]
    return [
        Item(
            entry.occurred_at, entry.recorded_at, "crew" if entry.kind.startswith(_CREW) else "decided", "turn",
            timeline_words.turn(entry), entry.actor, "", "", 0, 0.0, _why(entry),
        )
        for entry in entries
    ]  # fmt: skip


def _why(entry: OutageEntry) -> str:
    """What stopped the climb at a move of the engine, in words."""
    stopped = entry.data.get("stopped_by") if entry.kind == "moved" else None
    if not stopped:
        return ""
    name = reports.names_of({str(stopped["device"])}).get(str(stopped["device"]), str(stopped["device"]))
    failed = [check for check in stopped.get("checks", []) if not check["passed"]]
    words = {
        "live": "meters or telemetry below it are live",
        "closed": "telemetry says it is closed",
        "transformers": "too few transformers report",
        "fraction": "too small a share of its transformers reports",
        "branches": "reports under one branch only",
        "likelihood": "another explanation is likelier",
    }
    reasons = ", ".join(words.get(check["key"], check["key"].replace("_", " ")) for check in failed)
    return f"not {name}: {reasons}" if reasons else f"not {name}"


# Contradictions


def contradictions(told: Sequence[Item], found: Outage) -> list[dict[str, Any]]:
    """Who says dark, who says live, on which phases; and telemetry against the belief."""
    by_word = {one.word: one for one in told if one.word is not None}
    pairs = arithmetic.contradictions([word for word in by_word if word.usage_point >= 0])
    listed = [
        {
            "dark": by_word[pair.dark],
            "live": by_word[pair.live],
            "phases": ph.text(pair.phases),
            "words": "the same customer" if pair.is_same_meter else "neighbours at one transformer",
        }
        for pair in pairs
    ]
    return listed + _telemetry(found)


def _telemetry(found: Outage) -> list[dict[str, Any]]:
    """A device believed open that telemetry shows closed."""
    if found.model_key not in state.models() or found.state not in outages.GOING_ON:
        return []
    present = state.present(found.model_key)
    branch = present.grid.branch_index(found.device_mrid)
    if branch < 0 or not present.grid.is_telemetered[branch] or not present.closed[branch] & found.phases:
        return []
    words = f"SCADA shows {found.device_name} closed, though it is believed open"
    return [{"dark": None, "live": None, "phases": ph.text(int(present.closed[branch]) & found.phases), "words": words}]


# The piece of network


def extract(told: Sequence[Item], found: Outage) -> list[dict[str, Any]]:
    """The devices from the source to the outage's and those below it, each with who says what there: rows of a tree."""
    if found.model_key not in state.models():
        return []
    devices = trees.devices(state.present(found.model_key), [found])
    chosen = devices.of_outage(found)
    chosen = int(devices.at_nodes(np.array([found.node]))[0]) if chosen < 0 else chosen
    if chosen < 0:
        return []
    shown = _shown(devices, chosen, told)
    counts = _counts(told)
    mrids = [devices.mrid(one) for one in shown]
    names = reports.names_of(set(mrids))
    depth = _depths(devices, shown)
    return [
        _row(devices, device, mrid, names.get(mrid, mrid), counts[mrid], depth[device], is_chosen=device == chosen)
        for device, mrid in zip(shown, mrids, strict=True)
    ]


def _shown(devices: trees.Devices, chosen: int, told: Sequence[Item]) -> list[int]:
    """The way down to the device, then what is below it, those places first where something was said."""
    above, device = [], int(devices.tree.parent[chosen])
    while device >= 0:
        above.append(device)
        device = int(devices.tree.parent[device])
    siblings = np.flatnonzero(devices.tree.parent == (above[0] if above else -2)).tolist()
    below = np.flatnonzero(devices.tree.below(chosen)).tolist()
    spoken = {one.place_mrid for one in told if one.side in {"dark", "live", "silent"}}
    beside = [one for one in siblings if one != chosen and devices.mrid(one) in spoken]
    is_spoken_of = [devices.mrid(one) in spoken for one in below]
    wanted = sorted(range(len(below)), key=lambda place: not is_spoken_of[place])[:MOST_DEVICES]
    kept = {*above, chosen, *beside, *(below[place] for place in wanted)}
    return _in_tree_order(devices, arithmetic.with_ways_up(kept, devices.tree.parent))


def _in_tree_order(devices: trees.Devices, kept: set[int]) -> list[int]:
    children: dict[int, list[int]] = defaultdict(list)
    for one in sorted(kept):
        children[int(devices.tree.parent[one])].append(one)
    ordered: list[int] = []
    waiting = list(reversed(children[-1]))
    while waiting:
        device = waiting.pop()
        ordered.append(device)
        waiting.extend(reversed(children[device]))
    return ordered


def _depths(devices: trees.Devices, shown: Sequence[int]) -> dict[int, int]:
    depth: dict[int, int] = {}
    for device in shown:
        depth[device] = depth.get(int(devices.tree.parent[device]), -1) + 1
    return depth


def _counts(told: Sequence[Item]) -> dict[str, Counter[str]]:
    """By place: how many usage points last said dark, live, or were silent; trips by device."""
    last: dict[tuple[str, int], Item] = {}
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for one in told:
        if one.word is not None and one.word.usage_point >= 0:
            last[one.place_mrid, one.word.usage_point] = one
        elif one.side in {"dark", "silent"}:
            counts[one.place_mrid][{"silent": "silent"}.get(one.side, one.lane)] += 1
    for (mrid, _), one in last.items():
        counts[mrid][one.side] += 1
    return counts


def _row(
    devices: trees.Devices, device: int, mrid: str, name: str, counts: Counter[str], depth: int, *, is_chosen: bool
) -> dict[str, Any]:
    branch = int(devices.places.branch[device])
    is_telemetered = bool(devices.places.is_telemetered[device])
    is_closed = branch < 0 or bool(devices.state.closed[branch])
    return {
        "mrid": mrid,
        "name": name,
        "branch": branch if branch >= 0 else None,
        "depth": depth,
        "is_chosen": is_chosen,
        "is_transformer": bool(devices.tree.is_transformer[device]),
        "position": ("closed" if is_closed else "open") if is_telemetered else "",
        "customers": int(devices.places.customers_below[device]),
        "dark": counts["dark"],
        "live": counts["live"],
        "silent": counts["silent"],
        "trips": counts["scada"],
        "indicators": counts["indicators"],
        "is_conflict": bool(counts["dark"] and counts["live"]),
    }
