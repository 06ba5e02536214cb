"""The contents of a diagram spread out as trees of bays: every branch once, rings cut where they are normally open.

o --CB-- o --L1-- o --+--F1-- o         Tree(0): Bay(CB, L1) to Tree(2): Bay(F1), Bay(L2)
                      +--L2-- o
"""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field

from network.domain.diagram.contents import LOW_VOLTAGE, Contents, leading_away
from network.domain.grid import Grid

LINE = "line"
KINDS = {"Breaker": "breaker", "DisconnectingCircuitBreaker": "breaker", "Recloser": "recloser", "Fuse": "fuse",
         "LoadBreakSwitch": "load_break", "Sectionaliser": "load_break", "Disconnector": "disconnector",
         "GroundDisconnector": "ground", "ACLineSegment": LINE, "BusbarSection": LINE}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Link:
    """A branch, or what hangs at a node (load, mark); `node` is its far end."""

    kind: str
    node: int
    branch: int = -1
    number: int = 0


@dataclass(slots=True)
class Bay:
    """Links one behind the other, and what they end at: nothing, or a node where they part."""

    links: list[Link]
    end: Tree | None = None
    weight: int = 0  # links in it and behind it


@dataclass(slots=True)
class Tree:
    """A node with what goes on from it."""

    node: int
    bays: list[Bay] = field(default_factory=list)
    entry: Link | None = None  # how supply gets to a root: its source, or the way in
    number: int = 0  # of the ring that closes here


def kind_of(grid: Grid, branch: int) -> str:
    """The symbol of a branch."""
    if grid.is_transformer[branch]:
        return "service" if grid.service_transformer[branch] else "power"
    return KINDS.get(grid.branch_class_name(branch), "switch" if grid.is_switch[branch] else "other")


def trees(grid: Grid, contents: Contents) -> list[Tree]:
    """One per root, then one per piece that hangs on none of them."""
    spread = _Spread(grid, contents)
    return [spread.tree(root) for root in spread.roots]


class _Spread:
    def __init__(self, grid: Grid, contents: Contents) -> None:
        self.grid, self.contents = grid, contents
        self.around: dict[int, list[int]] = defaultdict(list)
        for branch in contents.branches.tolist():
            self.around[int(grid.branch_from[branch])].append(branch)
            self.around[int(grid.branch_to[branch])].append(branch)
        self.links: dict[int, list[Link]] = defaultdict(list)  # by the node they go on from
        self.used: set[int] = set()
        self.seen: set[int] = set(contents.roots.tolist())
        self.numbers: dict[int, int] = {}  # of the nodes where rings close
        self.roots = contents.roots.tolist()
        self._walk(self.roots)
        for node in sorted(self.around):
            if node not in self.seen and node not in contents.borders:
                self.roots.append(node)
                self.seen.add(node)
                self._walk([node])
        self._close_rings()

    def _walk(self, starts: list[int]) -> None:
        """Along what is normally closed first; only where that ends over an open switch, into what is normally dead."""
        closed, opened = deque(starts), deque[int]()
        while closed or opened:
            is_closed = bool(closed)
            node = closed.popleft() if closed else opened.popleft()
            for branch in self.around[node]:
                if bool(self.grid.normal_closed[branch]) == is_closed:
                    self._step(node, branch, closed)
            if is_closed:
                opened.append(node)

    def _step(self, node: int, branch: int, closed: deque[int]) -> None:
        far = self._far(node, branch)
        if branch in self.used or far in self.seen or far in self.contents.borders:
            return
        self.used.add(branch)
        self.seen.add(far)
        self.links[node].append(Link(kind_of(self.grid, branch), far, branch))
        closed.append(far)

    def _close_rings(self) -> None:
        """What joins two places of the diagram is drawn at the one end, and marked by a number at the other."""
        for branch in self.contents.branches.tolist():
            if branch in self.used:
                continue
            start, end = int(self.grid.branch_from[branch]), int(self.grid.branch_to[branch])
            if start in self.contents.borders:
                start, end = end, start
            self.used.add(branch)
            number = 0
            if end not in self.contents.borders:
                number = self.numbers.setdefault(end, len(self.numbers) + 1)
            self.links[start].append(Link(kind_of(self.grid, branch), end, branch, number))

    def _far(self, node: int, branch: int) -> int:
        start, end = int(self.grid.branch_from[branch]), int(self.grid.branch_to[branch])
        return end if start == node else start

    def tree(self, root: int) -> Tree:
        """The tree at a node; without recursion, for a trunk may have thousands of spans."""
        top = Tree(root, entry=self._entry(root))
        todo, made = [top], [top]
        while todo:
            at = todo.pop()
            at.number = self.numbers.get(at.node, 0)
            for link in [*self.links[at.node], *self._hanging(at.node)]:
                bay = self._bay(link)
                at.bays.append(bay)
                if bay.end:
                    todo.append(bay.end)
                    made.append(bay.end)
        for tree in reversed(made):
            for bay in tree.bays:
                bay.weight = len(bay.links) + (sum(one.weight for one in bay.end.bays) if bay.end else 0)
        return top

    def _bay(self, first: Link) -> Bay:
        """From a link on until the way parts or ends."""
        bay = Bay([first])
        while True:
            link = bay.links[-1]
            if link.branch < 0 or link.number or link.kind == "mark":
                return bay
            if link.node in self.contents.borders:
                bay.links.append(Link("mark", link.node, -1))
                return bay
            ahead = [*self.links[link.node], *self._hanging(link.node)]
            if len(ahead) != 1 or link.node in self.numbers:
                bay.end = Tree(link.node) if ahead or link.node in self.numbers else None
                return bay
            bay.links.append(ahead[0])

    def is_folded(self, node: int) -> bool:
        """Whether low voltage goes on from here that the diagram leaves out."""
        if not self.contents.is_folded:
            return False
        volts = self.grid.node_nominal_v[node]
        return bool(0 < volts < LOW_VOLTAGE and leading_away(self.grid, node, self.contents.branches))

    def _entry(self, root: int) -> Link | None:
        if self.grid.source_at[root] >= 0:
            return Link("source", root)
        feeding = int(self.grid.normal_branch[root])
        return Link("mark", root, feeding) if self.contents.is_station and feeding >= 0 else None

    def _hanging(self, node: int) -> list[Link]:
        """Loads at a node, and the ways out of the diagram."""
        grid = self.grid
        if self.is_folded(node):
            return [Link("load", node)]
        hanging = [Link("load", node)] if grid.node_customers[node] or grid.node_kw[node] else []
        if self.contents.is_station or node not in self.roots:
            ways = leading_away(grid, node, self.contents.branches)
            feeding = int(self.grid.normal_branch[node]) if node in self.roots else -1
            hanging += [Link("mark", node, branch) for branch in ways if branch != feeding]
        return hanging
