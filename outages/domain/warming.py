"""Compile the kernels of prediction before the first report comes: on a fresh machine that takes as long as a browser waits.

`python -m outages.domain.warming` does it for every kernel, those of the network among them; `make setup` calls it, so that the
processes of a new installation find them on disk instead of compiling the same ones side by side.
"""

from __future__ import annotations

import dataclasses

from network.domain import phases as ph
from network.domain import warming
from outages.domain import attach
from outages.domain.prediction import engine
from outages.domain.prediction.evidence import CREW, GASP, Evidence, Fact, Report
from outages.domain.prediction.likelihood import by_likelihood
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.tree import DeviceTree

_AT = 3600.0


def warm() -> None:
    """Run every kernel of both engines once: a fuse with three transformers, two of which are said to be dark."""
    tree = DeviceTree.of([-1, 0, 0, 0], [False, True, True, True], [0, 12, 8, 20])
    reports = [Report(1, 10), Report(1, 11, GASP, 60.0, phases=1), Report(3, 30, CREW, 60.0), Report(2, 20, id=1)]
    told = Evidence.of(reports, live=[Fact(2, ph.A)], indicators=[(0, True, 2)])
    attach.attach(tree, told, [attach.Outage(device=1, began_at=0.0)])
    learned = by_likelihood.learn(engine.left_over(tree, told, RuleSet(), _AT))
    for choose in (engine.by_rules, by_likelihood, dataclasses.replace(by_likelihood, learned=learned)):
        for one in engine.predict(tree, told, choose=choose, at=_AT):
            _ = one.explanation


if __name__ == "__main__":
    warming.warm()
    warm()
