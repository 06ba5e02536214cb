"""A small network with names, and evidence on it by name.

          CB
         /  \\
       R1    F3
      / | \\    \\____________
    F1  F2 T10  T6 T7 T8 T9
   /|\\   |\\
 T1 T2 T3 T4 T5
"""

from __future__ import annotations

from dataclasses import dataclass, field

from outages.domain.prediction import engine
from outages.domain.prediction.evidence import CALL, Evidence, Fact, Report
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.tree import DeviceTree, from_names

PARENT = {
    "R1": "CB", "F3": "CB", "F1": "R1", "F2": "R1", "T10": "R1", "T1": "F1", "T2": "F1", "T3": "F1", "T4": "F2", "T5": "F2",
    "T6": "F3", "T7": "F3", "T8": "F3", "T9": "F3",
}  # fmt: skip
CUSTOMERS = {"T1": 12, "T2": 8, "T3": 20, "T4": 15, "T5": 5, "T6": 30, "T7": 10, "T8": 10, "T9": 6, "T10": 4}


@dataclass
class Network:
    """A tree whose devices go by name."""

    tree: DeviceTree
    names: list[str]
    index: dict[str, int] = field(init=False)

    def __post_init__(self) -> None:
        self.index = {name: i for i, name in enumerate(self.names)}

    def report(self, device: str, usage_point: int = -1, **more) -> Report:
        return Report(self.index[device], usage_point, **{"kind": CALL, **more})

    def fact(self, device: str, **more) -> Fact:
        return Fact(self.index[device], **more)

    def predict(self, *reports: Report, live=(), opened=(), rules: RuleSet | None = None) -> list[engine.Prediction]:
        facts = [self.fact(name) if isinstance(name, str) else name for name in live]
        known = [self.fact(name) if isinstance(name, str) else name for name in opened]
        return engine.predict(self.tree, Evidence.of(reports, live=facts, opened=known), rules)

    def told(self, *reports: Report, **more) -> list[tuple[str, str]]:
        """What is predicted, as (kind, device)."""
        return [(one.kind, self.names[one.device]) for one in self.predict(*reports, **more)]


def feeder() -> Network:
    return Network(*from_names(PARENT, CUSTOMERS))
