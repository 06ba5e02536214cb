"""Transformers: windings become branches between nodes.

    two nodes            high ---[PowerTransformer]--- low          tanks and ends on the same pair of nodes are one branch
    three and more       high --+-- * --+-- middle                  a synthetic star point joins them
                                        +-- low

A split-phase secondary (s1, s2) carries the phase its primary hangs on: what lies behind a transformer on B has supply while B has.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from integration.cim.models import own
from integration.cim.models.build import Build, attributes_of
from integration.cim.models.store import Record
from network.domain import identity
from network.domain import phases as ph
from network.domain.draft import Branch, Node


@dataclass(slots=True)
class _Winding:
    node_key: str
    node: str
    number: float
    volts: float
    kva: float
    phases: int
    is_split: bool


def build_transformers(build: Build, rated: dict[str, float]) -> None:
    """One branch per transformer and pair of nodes; star points for three windings."""
    node_of = {end.terminal_key: (end.node_key, end.node) for ends in build.ends.values() for end in ends}
    plain = _plain_windings(build, node_of)
    tanks = _tanks(build, node_of)
    for key, record in build.store.of_class("PowerTransformer"):
        groups = _grouped(tanks.get(key, {}))
        if plain.get(key):
            groups.append((record, plain[key]))
        for number, (owner, windings) in enumerate(groups):
            _build_one(build, key, record, record if number == 0 else owner, windings, rated)
        if not groups:
            build.store.find("error", "transformer_without_ends", "no transformer end is connected; left out", record)


def _plain_windings(build: Build, node_of: dict[str, tuple[str, str]]) -> dict[str, list[_Winding]]:
    windings: dict[str, list[_Winding]] = defaultdict(list)
    for _, end in build.store.of_class("PowerTransformerEnd"):
        place = node_of.get(end.refs.get("TransformerEnd.Terminal", ""))
        owner = end.refs.get("PowerTransformerEnd.PowerTransformer", "")
        if place and owner:
            kva = build.units.kilowatts(end, "PowerTransformerEnd.ratedS")
            volts = build.units.volts(end, "PowerTransformerEnd.ratedU")
            terminal = build.store.follow(end, "TransformerEnd.Terminal")
            phases = ph.parse(terminal.text.get("Terminal.phases", "") if terminal else "") or ph.ABC
            number = end.number("TransformerEnd.endNumber", 9.0) or 9.0
            windings[owner].append(_Winding(*place, number, volts, kva, phases, is_split=False))
    return windings


def _tanks(build: Build, node_of: dict[str, tuple[str, str]]) -> dict[str, dict[str, tuple[Record, list[_Winding]]]]:
    """By transformer key, then by tank key: the tank and its windings."""
    ratings = _ratings_by_tank_info(build)
    tanks: dict[str, dict[str, tuple[Record, list[_Winding]]]] = defaultdict(dict)
    for key, tank in build.store.of_class("TransformerTank"):
        tanks[tank.refs.get("TransformerTank.PowerTransformer", "")][key] = (tank, [])
    for _, end in build.store.of_class("TransformerTankEnd"):
        tank_key = end.refs.get("TransformerTankEnd.TransformerTank", "")
        owner = build.store.objects.get(tank_key)
        place = node_of.get(end.refs.get("TransformerEnd.Terminal", ""))
        if owner is None or place is None or owner.cls != "TransformerTank":
            continue
        number = end.number("TransformerEnd.endNumber", 9.0) or 9.0
        code = end.text.get("TransformerTankEnd.orderedPhases") or end.text.get("TransformerTankEnd.phases", "")
        volts, kva = ratings.get((owner.refs.get("TransformerTank.TransformerTankInfo", ""), number), (0.0, 0.0))
        winding = _Winding(*place, number, volts, kva, ph.parse(code), is_split="s1" in code or "s2" in code)
        tanks[owner.refs.get("TransformerTank.PowerTransformer", "")][tank_key][1].append(winding)
    return tanks


def _ratings_by_tank_info(build: Build) -> dict[tuple[str, float], tuple[float, float]]:
    return {
        (
            info.refs.get("TransformerEndInfo.TransformerTankInfo", ""),
            info.number("TransformerEndInfo.endNumber") or 0.0,
        ): (
            build.units.volts(info, "TransformerEndInfo.ratedU"),
            build.units.kilowatts(info, "TransformerEndInfo.ratedS"),
        )
        for _, info in build.store.of_class("TransformerEndInfo")
    }


def _grouped(tanks: dict[str, tuple[Record, list[_Winding]]]) -> list[tuple[Record, list[_Winding]]]:
    """Tanks between the same nodes are one bank."""
    banks: dict[frozenset[str], tuple[Record, list[_Winding]]] = {}
    for tank, windings in tanks.values():
        nodes = frozenset(winding.node for winding in windings)
        if nodes in banks:
            banks[nodes][1].extend(windings)
        elif nodes:
            banks[nodes] = (tank, list(windings))
    return list(banks.values())


def _build_one(
    build: Build, key: str, record: Record, owner: Record, windings: list[_Winding], rated: dict[str, float]
) -> None:
    """`owner` gives mRID and name: the transformer, or a tank of it where its tanks hang on different nodes."""
    sides = _sides(windings)
    if len(sides) < 2:
        build.store.find("error", "transformer_one_end", "only one node is connected; left out", owner)
        return
    high = sides[0]
    phases = 0
    for winding in windings:
        phases |= winding.phases
    for side in sides[1:]:
        if any(winding.is_split for winding in side):
            build.split_nodes[side[0].node_key] = phases & ph.ABC
    shape = Branch(
        owner.id,
        owner.name,
        "PowerTransformer",
        high[0].node,
        sides[1][0].node,
        phases=phases,
        closed_phases=phases,
        normal_closed_phases=phases,
        rated_kva=sum(winding.kva for winding in high) or None,
        rated_a=rated.get(key),
        container_mrid=build.container(record) or build.container(owner),
        attributes=attributes_of(record),
        synthetic=own.is_synthetic(record),
    )
    build.place(owner)
    if len(sides) == 2:
        build.draft.branches[owner.id] = shape
        return
    _build_star(build, shape, sides)
    build.store.find("info", "star_point", f"{len(sides)} windings: a star point and {len(sides)} branches", owner)


def _sides(windings: list[_Winding]) -> list[list[_Winding]]:
    """Windings by node; the node of the highest voltage first, then by end number."""
    by_node: dict[str, list[_Winding]] = defaultdict(list)
    for winding in windings:
        by_node[winding.node].append(winding)
    return sorted(by_node.values(), key=lambda side: (-max(w.volts for w in side), min(w.number for w in side)))


def _build_star(build: Build, shape: Branch, sides: list[list[_Winding]]) -> None:
    """The branch to the star point keeps the transformer's mRID; the others get derived ones."""
    draft = build.draft
    star = Node(identity.derived_mrid(shape.mrid, "star"), f"{shape.name} star point", shape.container_mrid)
    star.nominal_v = max(winding.volts for winding in sides[0])
    draft.nodes[star.mrid] = star
    for number, side in enumerate(sides, start=1):
        mrid = shape.mrid if number == 1 else identity.derived_mrid(shape.mrid, "winding", str(number))
        ends = (side[0].node, star.mrid) if number == 1 else (star.mrid, side[0].node)
        draft.branches[mrid] = Branch(
            mrid,
            shape.name if number == 1 else f"{shape.name} winding {number}",
            shape.cim_class,
            *ends,
            phases=shape.phases,
            closed_phases=shape.phases,
            normal_closed_phases=shape.phases,
            rated_kva=sum(winding.kva for winding in side) or None,
            container_mrid=shape.container_mrid,
            attributes=dict(shape.attributes) if number == 1 else {"star_of": shape.mrid},
            synthetic=number > 1 or shape.synthetic,
        )
