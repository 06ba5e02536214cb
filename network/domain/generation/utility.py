"""Generate a whole utility: sizes first, then substations, feeders, ties, people, telemetry."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain.draft import SWITCH_CLASSES
from network.domain.generation import overhead, people, rings, service, substations, ties
from network.domain.generation.pieces import Block, Pieces
from network.domain.generation.styles import STYLES, FeederKind, Style
from network.domain.generation.substations import Feeders, Substations
from network.domain.grid.arrays import BRANCH_CLASSES, Byte, Int

LARGEST = 5_000_000
#: Kinds of telemetry points by their code in `Utility.point_kind`.
POINTS = ("position", "current", "fault_indicator")
_TELEMETERED, _INDICATED = 0.25, 0.3  # shares of the line switches
_FEWEST = 60  # customers a kind of feeder needs to be built at all
_DISTRICT = 10  # substations


class Unfit(ValueError):
    """No utility can be made of these numbers."""


@dataclass(slots=True)
class Utility:
    """All of it as columns. Places in m around the middle of `style`; see `assembly` for what a grid makes of it."""

    name: str
    seed: int
    style: Style
    nodes: Block
    branches: Block
    consumers: Block
    substations: Substations
    district: Int  # of each substation
    people: people.People
    point_branch: Int
    point_kind: Byte

    @property
    def transformers(self) -> int:
        """Service transformers: those behind a fuse, not the substations'."""
        code = BRANCH_CLASSES.index("PowerTransformer")
        return int(np.count_nonzero(self.branches["code"] == code)) - 2 * len(self.substations.name)


def generate(customers: int, seed: int, style: str = "american") -> Utility:
    """The utility of this many customers and this seed.

    Raises:
        Unfit: too few or too many customers, a negative seed, or no such style.
    """
    if not 1 <= customers <= LARGEST:
        raise Unfit(f"{customers} customers: from 1 to {LARGEST:,} can be generated")
    if not 0 <= seed < 2**63:
        raise Unfit(f"seed {seed}: from 0 to 2^63 - 1")
    if style not in STYLES:
        raise Unfit(f"no style {style!r}; there are {', '.join(STYLES)}")
    rng = np.random.default_rng([seed, customers])
    chosen, pieces = STYLES[style], Pieces()
    built = substations.build(pieces, chosen, _feeders(rng, chosen, customers))
    served, switches = _build_feeders(rng, pieces, chosen, built)
    branches = pieces.all_branches()
    points = _telemetry(rng, branches, np.concatenate(switches) if switches else np.empty(0, np.int32))
    return Utility(
        name=f"Synthetic {style} {customers} seed {seed}",
        seed=seed,
        style=chosen,
        nodes=pieces.all_nodes(),
        branches=branches,
        consumers=pieces.all_consumers(),
        substations=built,
        district=np.arange(len(built.name), dtype=np.int32) // _DISTRICT,
        people=people.settle(rng, seed, served),
        point_branch=points[0],
        point_kind=points[1],
    )


def counts(utility: Utility) -> dict[str, int]:
    """How much there is."""
    switches = np.isin(BRANCH_CLASSES, sorted(SWITCH_CLASSES))
    return {
        "nodes": int(utility.nodes["x"].size),
        "branches": int(utility.branches["code"].size),
        "switches": int(np.count_nonzero(switches[utility.branches["code"]])),
        "customers": int(utility.people.consumer.size),
    }


def _feeders(rng: np.random.Generator, style: Style, customers: int) -> list[tuple[FeederKind, Int]]:
    """Customers of every feeder by kind; kinds that would be too small are left to the largest."""
    counts = [int(kind.share * customers) for kind in style.kinds]
    counts = [count if count >= _FEWEST else 0 for count in counts]
    largest = max(range(len(counts)), key=lambda one: style.kinds[one].share)
    counts[largest] += customers - sum(counts)
    found = []
    for kind, count in zip(style.kinds, counts, strict=True):
        if count:
            number = -(-count // kind.per_feeder)
            number = max(number + number % 2 * kind.is_ring, 2)  # rings have two ends, and each bar something to feed
            parts = np.diff(np.rint(np.linspace(0, count, number + 1))).astype(np.int32)
            shift = (parts[:-1:2] * rng.uniform(-0.3, 0.3, parts[:-1:2].size)).astype(np.int32)
            parts[: 2 * shift.size : 2] += shift
            parts[1 : 2 * shift.size : 2] -= shift
            found.append((kind, parts))
    return found


def _build_feeders(
    rng: np.random.Generator, pieces: Pieces, style: Style, built: Substations
) -> tuple[list[service.Served], list[Int]]:
    served, switches, trunks, transformers = [], [], [], 1_000_001
    for feeders in built.feeders:
        if feeders.kind.is_ring:
            sites, trunk, owner, made = rings.build(pieces, style, feeders)
        else:
            sites, trunk, owner, made = overhead.build(rng, pieces, style, feeders)
            trunks.append((feeders, trunk, owner))
        served.append(service.build(rng, pieces, style, feeders, sites, transformers))
        transformers += sites.node.size
        switches.append(made)
    if trunks:
        switches.append(_tie(pieces, style, trunks))
    return served, switches


def _tie(pieces: Pieces, style: Style, trunks: list[tuple[Feeders, Int, Int]]) -> Int:
    first = np.cumsum([0] + [feeders.customers.size for feeders, _, _ in trunks])
    owner = np.concatenate([mine + start for (_, _, mine), start in zip(trunks, first, strict=False)])
    return ties.build(
        pieces,
        style,
        np.concatenate([trunk for _, trunk, _ in trunks]),
        owner.astype(np.int32),
        np.concatenate([feeders.container for feeders, _, _ in trunks]),
        np.concatenate([feeders.code for feeders, _, _ in trunks]),
        style.conductors.index(trunks[0][0].kind.main),
    )


def _telemetry(rng: np.random.Generator, branches: Block, switches: Int) -> tuple[Int, Byte]:
    """Position and current of breakers and reclosers; position of a share of the line switches, indicators at a share."""
    code = branches["code"]
    guards = np.flatnonzero(np.isin(code, [BRANCH_CLASSES.index(name) for name in ("Breaker", "Recloser")]))
    is_guard = np.isin(switches, guards)
    others = np.sort(switches[~is_guard])
    watched = others[rng.random(others.size) < _TELEMETERED]
    indicated = others[rng.random(others.size) < _INDICATED]
    positions = np.sort(np.concatenate([guards, watched]))
    branch = np.concatenate([positions, guards, indicated]).astype(np.int32)
    kind = np.repeat(np.arange(3, dtype=np.uint8), [positions.size, guards.size, indicated.size])
    return branch, kind
