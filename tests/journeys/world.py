"""The network as the journey sees it, walked by a few lines of its own: the hand calculation must not lean on the product."""

from collections import defaultdict
from dataclasses import dataclass


@dataclass
class World:
    """Branches and meters of one model, from /api/v1/simulation/world/."""

    document: dict

    def __post_init__(self) -> None:
        self.branches = {one["mrid"]: one for one in self.document["branches"]}
        self.parent: dict[int, str] = {}
        self.children: dict[int, list[int]] = defaultdict(list)
        self._walk()
        self.meters: dict[int, list[dict]] = defaultdict(list)
        for meter in self.document["meters"]:
            self.meters[meter["node"]].append(meter)

    def _walk(self) -> None:
        touching: dict[int, list[dict]] = defaultdict(list)
        for branch in self.branches.values():
            if branch["closed"]:
                touching[branch["from"]].append(branch)
                touching[branch["to"]].append(branch)
        seen = set(self.document["sources"])
        queue = list(seen)
        for node in queue:  # grows while it is read
            for branch in touching[node]:
                other = branch["to"] if branch["from"] == node else branch["from"]
                if other not in seen:
                    seen.add(other)
                    queue.append(other)
                    self.parent[other] = branch["mrid"]
                    self.children[node].append(other)

    def fed(self, mrid: str) -> int | None:
        """The node a branch feeds."""
        return next((node for node, branch in self.parent.items() if branch == mrid), None)

    def below(self, mrid: str) -> set[int]:
        """All nodes behind a branch."""
        first = self.fed(mrid)
        found, queue = set(), [] if first is None else [first]
        while queue:
            node = queue.pop()
            found.add(node)
            queue += self.children[node]
        return found

    def meters_below(self, mrid: str) -> list[dict]:
        """Meters behind a branch, in order of number."""
        return sorted((m for node in self.below(mrid) for m in self.meters[node]), key=lambda m: m["number"])

    def of_class(self, *names: str) -> list[dict]:
        """Branches of these CIM classes that feed somebody."""
        return [one for one in self.branches.values() if one["class"] in names and self.meters_below(one["mrid"])]

    def transformers_below(self, mrid: str) -> list[str]:
        """Service transformers with meters behind a branch, that no fuse or recloser of its own stands before."""
        direct = []
        stack = [node for node in [self.fed(mrid)] if node is not None]
        while stack:
            node = stack.pop()
            for child in self.children[node]:
                branch = self.branches[self.parent[child]]
                if branch["class"] == "PowerTransformer" and self.meters_below(branch["mrid"]):
                    direct.append(branch["mrid"])
                elif not branch["is_protective"]:
                    stack.append(child)
        return direct
