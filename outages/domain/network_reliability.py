"""Failure rate and outage time of the load points of a radial network, from the rates and times of its sections.

The analytical method of R. N. Allan, R. Billinton, I. Sjarief, L. Goel and K. S. So, "A reliability test system for educational
purposes: basic distribution system data and results", IEEE Trans. Power Systems 6(2), 1991, and of Billinton and Allan, "Reliability
Evaluation of Power Systems", chapter 7: every failure that can happen is played once.

1. The nearest fuse or breaker upstream of the failure clears it; everything below that device is interrupted.
2. The failed zone is what hangs together with the failure without a fuse, breaker or disconnector in between. Load points in it wait
   for the repair.
3. The others wait for switching if they can be reached from a source or an alternative supply without passing the zone, else for the
   repair.
4. A load point's failures a year are the sum of the rates that interrupt it, its outage hours a year the sum of rate times hours.

Sources and breakers are taken as fully reliable; an alternative supply has no limit of capacity but may fail with a probability, and so
may a fuse: then the next device upstream clears.

>>> line = Section("L1", "S", "N", failures=0.2, repair_h=4, switching_h=1)
>>> found = evaluate(Network((line,), (LoadPoint("A", "N", 10, 0.5),), sources=("S",), alternatives=()), CASES["A"])
>>> found.load_points[0].failures, round(found.load_points[0].hours, 9), round(found.ens_mwh, 9)
(0.2, 0.8, 0.4)
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

HOURS_A_YEAR = 8760


class Unsound(ValueError):
    """The network cannot be evaluated; the text says what is wrong and where."""


@dataclass(frozen=True, slots=True)
class Ends:
    """At which ends of a section a device sits: the end towards the source, the other one."""

    up: bool = False
    down: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """A line from a node to the next one away from the source, with the transformer at its far end where there is one.

    Attributes:
        failures, repair_h: of the line, a year and in hours.
        switching_h: to find and isolate a failure here and to supply again what can be.
        protection: where fuses or breakers sit.
        disconnector: where disconnectors sit.
        transformer_failures, transformer_repair_h, transformer_replace_h: likewise of the transformer.
    """

    name: str
    up: str
    down: str
    failures: float
    repair_h: float
    switching_h: float
    protection: Ends = Ends()
    disconnector: Ends = Ends()
    transformer_failures: float = 0.0
    transformer_repair_h: float = 0.0
    transformer_replace_h: float = 0.0


@dataclass(frozen=True, slots=True)
class LoadPoint:
    """Customers and their average load at a node."""

    name: str
    node: str
    customers: int
    load_mw: float


@dataclass(frozen=True, slots=True)
class Network:
    """Sections, load points, the nodes that are sources and those where an alternative supply can be closed in."""

    sections: tuple[Section, ...]
    load_points: tuple[LoadPoint, ...]
    sources: tuple[str, ...]
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What of a network is there.

    Attributes:
        has_fuses: else only the breaker at the head of each feeder clears.
        has_disconnectors, has_alternative: whether they may be used.
        is_replaced: a failed transformer is replaced, else repaired.
        fuse_success, alternative_success: probability that a fuse clears, that an alternative supply can take the load.
    """

    has_fuses: bool = True
    has_disconnectors: bool = True
    has_alternative: bool = True
    is_replaced: bool = False
    fuse_success: float = 1.0
    alternative_success: float = 1.0


#: The cases of Allan et al. 1991.
CASES = {
    "A": Rules(),
    "B": Rules(has_fuses=False, has_disconnectors=False, has_alternative=False),
    "C": Rules(has_disconnectors=False, has_alternative=False),
    "D": Rules(has_fuses=False),
    "E": Rules(is_replaced=True),
    "F": Rules(has_fuses=False, has_alternative=False),
}


@dataclass(slots=True)
class Interrupted:
    """What a load point goes through in a year."""

    load_point: LoadPoint
    feeder: str
    failures: float = 0.0
    hours: float = 0.0

    @property
    def average_h(self) -> float | None:
        """Hours an interruption."""
        return self.hours / self.failures if self.failures else None

    @property
    def ens_mwh(self) -> float:
        """Energy not supplied."""
        return self.hours * self.load_point.load_mw


@dataclass(frozen=True, slots=True)
class Outcome:
    """Indices of some load points; None where nobody is there to divide by."""

    load_points: tuple[Interrupted, ...]

    @property
    def customers(self) -> int:
        """All of them."""
        return sum(one.load_point.customers for one in self.load_points)

    @property
    def load_mw(self) -> float:
        """Their average load."""
        return sum(one.load_point.load_mw for one in self.load_points)

    @property
    def saifi(self) -> float | None:
        """Interruptions a customer and year."""
        return _ratio(sum(one.failures * one.load_point.customers for one in self.load_points), self.customers)

    @property
    def saidi_h(self) -> float | None:
        """Hours a customer and year."""
        return _ratio(sum(one.hours * one.load_point.customers for one in self.load_points), self.customers)

    @property
    def caidi_h(self) -> float | None:
        """Hours an interruption of a customer."""
        hours = sum(one.hours * one.load_point.customers for one in self.load_points)
        return _ratio(hours, sum(one.failures * one.load_point.customers for one in self.load_points))

    @property
    def asai(self) -> float | None:
        """Share of the year with supply."""
        return None if self.saidi_h is None else 1 - self.saidi_h / HOURS_A_YEAR

    @property
    def ens_mwh(self) -> float:
        """Energy not supplied a year."""
        return sum(one.ens_mwh for one in self.load_points)

    @property
    def aens_kwh(self) -> float | None:
        """The same for each customer."""
        return _ratio(self.ens_mwh * 1000, self.customers)

    @property
    def asifi(self) -> float | None:
        """As SAIFI, by load."""
        return _ratio(sum(one.failures * one.load_point.load_mw for one in self.load_points), self.load_mw)

    @property
    def asidi_h(self) -> float | None:
        """As SAIDI, by load."""
        return _ratio(self.ens_mwh, self.load_mw)

    def by_feeder(self) -> dict[str, Outcome]:
        """The same for the load points of each feeder, in the order of the feeders."""
        found: dict[str, list[Interrupted]] = defaultdict(list)
        for one in self.load_points:
            found[one.feeder].append(one)
        return {
            feeder: Outcome(tuple(own)) for feeder, own in sorted(found.items(), key=lambda item: _natural(item[0]))
        }


def evaluate(network: Network, rules: Rules) -> Outcome:
    """Play every failure of the network.

    Raises:
        Unsound: it is not radial, something hangs in the air, a load point is at no node of it, or the rates are beyond all
            sense: more hours without supply than a year has.
    """
    tree = _Tree.of(network)
    zones = _Zones.of(tree, rules)
    found = {one.name: Interrupted(one, tree.feeder_of(one)) for one in network.load_points}
    for section in network.sections:
        hours_of_transformer = section.transformer_replace_h if rules.is_replaced else section.transformer_repair_h
        for rate, hours in (
            (section.failures, section.repair_h),
            (section.transformer_failures, hours_of_transformer),
        ):
            if rate:
                _fail(section, rate, hours, _Setting(tree, zones, rules), found)
    for name, one in found.items():
        if not one.hours <= HOURS_A_YEAR:
            raise Unsound(
                f"load point {name}: {one.hours:g} h a year without supply; rates or times of repair are too large"
            )
    return Outcome(tuple(found.values()))


@dataclass(frozen=True, slots=True)
class _Setting:
    tree: _Tree
    zones: _Zones
    rules: Rules


def _fail(section: Section, rate: float, repair_h: float, setting: _Setting, found: dict[str, Interrupted]) -> None:
    """One kind of failure of one section, so often a year."""
    zone, by_source, by_alternative = setting.zones.around(section)
    switching_h, success = min(section.switching_h, repair_h), setting.rules.alternative_success
    for below, probability in setting.tree.clearing(section, setting.rules):
        for one in setting.tree.load_points_below(below):
            hours = repair_h
            if one.node not in zone and one.node in by_source:
                hours = switching_h
            elif one.node not in zone and one.node in by_alternative:
                hours = success * switching_h + (1 - success) * repair_h
            found[one.name].failures += rate * probability
            found[one.name].hours += rate * probability * hours


@dataclass(slots=True)
class _Tree:
    """The network as a tree: what feeds a node, what is below a section."""

    network: Network
    feeding: dict[str, Section] = field(default_factory=dict)
    leaving: dict[str, list[Section]] = field(default_factory=lambda: defaultdict(list))
    at_node: dict[str, list[LoadPoint]] = field(default_factory=lambda: defaultdict(list))
    below: dict[str, list[LoadPoint]] = field(default_factory=dict)
    head: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, network: Network) -> _Tree:
        """Check it and index it."""
        tree = cls(network)
        for section in network.sections:
            if section.down in tree.feeding or section.down in network.sources:
                other = tree.feeding[section.down].name if section.down in tree.feeding else "a source"
                raise Unsound(f"node {section.down} is fed by {section.name} and by {other}: the network is not radial")
            tree.feeding[section.down] = section
            tree.leaving[section.up].append(section)
        tree._number_feeders()
        for one in network.load_points:
            if one.node not in tree.feeding:
                raise Unsound(f"load point {one.name}: no section leads to its node {one.node}")
            tree.at_node[one.node].append(one)
        for node in network.alternatives:
            if node not in tree.feeding:
                raise Unsound(f"alternative supply: no section leads to node {node}")
        return tree

    def _number_feeders(self) -> None:
        """Every section gets the feeder of the section at the source it hangs from, F1, F2 ... in the order of the sections."""
        heads = [section for section in self.network.sections if section.up in self.network.sources]
        for number, head in enumerate(heads, 1):
            waiting = [head]
            while waiting:
                section = waiting.pop()
                self.head[section.name] = f"F{number}"
                waiting += self.leaving.get(section.down, [])
        for section in self.network.sections:
            if section.name not in self.head:
                raise Unsound(f"section {section.name} is connected to no source")

    def feeder_of(self, one: LoadPoint) -> str:
        """The feeder a load point hangs from."""
        return self.head[self.feeding[one.node].name]

    def load_points_below(self, section: Section) -> list[LoadPoint]:
        """Load points at the far end of a section and beyond."""
        if section.name not in self.below:
            found, waiting = [], [section]
            while waiting:
                node = waiting.pop().down
                found += self.at_node.get(node, [])
                waiting += self.leaving.get(node, [])
            self.below[section.name] = found
        return self.below[section.name]

    def clearing(self, failed: Section, rules: Rules) -> list[tuple[Section, float]]:
        """Below which section everything is interrupted, with which probability: one entry a device that may have to clear."""
        found = []
        left = 1.0
        section, is_behind = failed, False
        while True:
            is_head = section.up in self.network.sources
            fuses = [section.protection.down and is_behind, section.protection.up and not is_head]
            for is_there in fuses:
                if is_there and rules.has_fuses and left > 0:
                    found.append((section, left * rules.fuse_success))
                    left *= 1 - rules.fuse_success
            if is_head:
                return [*found, (section, left)] if left > 0 else found
            section, is_behind = self.feeding[section.up], True


@dataclass(slots=True)
class _Zones:
    """What hangs together without a device in between, and what of the rest can be supplied when it has failed."""

    tree: _Tree
    rules: Rules
    zone_of: dict[str, int] = field(default_factory=dict)  # of nodes "n:..." and sections "s:..."
    members: dict[int, set[str]] = field(default_factory=dict)
    known: dict[int, tuple[set[str], set[str], set[str]]] = field(default_factory=dict)

    @classmethod
    def of(cls, tree: _Tree, rules: Rules) -> _Zones:
        """Zones of a network by these rules; a source belongs to none, since a breaker is at the head of every feeder."""
        zones = cls(tree, rules)
        beside: dict[str, list[str]] = defaultdict(list)
        for section in tree.network.sections:
            own = f"s:{section.name}"
            for node, is_cut in (
                (section.up, section.up in tree.network.sources or zones._is_cut(section, is_up=True)),
                (section.down, zones._is_cut(section, is_up=False)),
            ):
                if not is_cut:
                    beside[own].append(f"n:{node}")
                    beside[f"n:{node}"].append(own)
        for section in tree.network.sections:
            for start in (f"s:{section.name}", f"n:{section.down}"):
                if start not in zones.zone_of:
                    zones._fill(start, beside)
        return zones

    def _is_cut(self, section: Section, *, is_up: bool) -> bool:
        fuse = section.protection.up if is_up else section.protection.down
        disconnector = section.disconnector.up if is_up else section.disconnector.down
        return (fuse and self.rules.has_fuses) or (disconnector and self.rules.has_disconnectors)

    def _fill(self, start: str, beside: dict[str, list[str]]) -> None:
        number = len(self.members)
        self.members[number], waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            self.zone_of[here] = number
            fresh = [other for other in beside[here] if other not in self.members[number]]
            self.members[number].update(fresh)
            waiting += fresh

    def around(self, section: Section) -> tuple[set[str], set[str], set[str]]:
        """Of a failure of this section: nodes in the failed zone, nodes a source reaches, nodes an alternative supply reaches."""
        number = self.zone_of[f"s:{section.name}"]
        if number not in self.known:
            failed = self.members[number]
            sources, alternatives = self.tree.network.sources, self.tree.network.alternatives
            by_alternative = self._reached(alternatives, failed) if self.rules.has_alternative else set()
            nodes = {member[2:] for member in failed if member[0] == "n"}
            self.known[number] = nodes, self._reached(sources, failed), by_alternative
        return self.known[number]

    def _reached(self, starts: tuple[str, ...], failed: set[str]) -> set[str]:
        found = {node for node in starts if f"n:{node}" not in failed}
        waiting = list(found)
        while waiting:
            node = waiting.pop()
            feeding = self.tree.feeding.get(node)
            for section in [*self.tree.leaving.get(node, []), *([feeding] if feeding else [])]:
                other = section.down if section.up == node else section.up
                if f"s:{section.name}" not in failed and f"n:{other}" not in failed and other not in found:
                    found.add(other)
                    waiting.append(other)
        return found


def sources_of(sections: tuple[Section, ...]) -> tuple[str, ...]:
    """The nodes no section leads to, in order: where nothing else is said, they are the sources."""
    led_to = {section.down for section in sections}
    return tuple(dict.fromkeys(section.up for section in sections if section.up not in led_to))


def ends_of_mains(
    sections: tuple[Section, ...], load_points: tuple[LoadPoint, ...], sources: tuple[str, ...]
) -> tuple[str, ...]:
    """Where mains end: reached from a source without passing a fuse or ending at a load point, and leading no further so.

    Where nothing else is said, these ends of the feeders have an alternative supply.
    """
    going_on = {section.up for section in sections}
    loads = {one.node for one in load_points} - going_on
    leaving: dict[str, list[Section]] = defaultdict(list)
    for section in sections:
        is_fused = section.protection.up and section.up not in sources
        if not is_fused and section.down not in loads:
            leaving[section.up].append(section)
    found = []
    waiting = [section.down for source in sources for section in leaving[source]]
    while waiting:
        node = waiting.pop()
        further = [section.down for section in leaving[node]]
        if not further:
            found.append(node)
        waiting += further
    return tuple(sorted(found, key=_natural))


def _natural(name: str) -> tuple[int, str]:
    """F2 before F10, 9 before 10."""
    digits = "".join(sign for sign in name if sign.isdecimal())
    return (int(digits) if digits else -1, name)


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole else None
