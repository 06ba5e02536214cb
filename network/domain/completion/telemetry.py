"""Telemetry: which switches report their position to the control room."""

from __future__ import annotations

import random

from network.domain import phases as ph
from network.domain.completion.protection import Feeder
from network.domain.draft import Branch, ModelDraft, TelemetryPoint
from network.domain.identity import derived_mrid


def add_points(draft: ModelDraft, rng: random.Random, feeders: list[Feeder], share: float) -> None:
    """Position of every feeder breaker and recloser, then of others by lot until the share is reached; current of breakers.

    Protection of breakers and reclosers tells the current of a fault, phase by phase. A switch along the line that reports has a
    fault indicator beside it.
    """
    breakers = [feeder.breaker for feeder in feeders if feeder.breaker]
    reporting = {point.equipment_mrid for point in draft.telemetry_points.values() if point.kind == "position"}
    switches = [branch for branch in draft.branches.values() if branch.is_switch and branch.cim_class != "Fuse"]
    first = {branch.mrid: branch for branch in breakers}
    first.update({branch.mrid: branch for branch in switches if branch.cim_class == "Recloser"})
    others = [branch for branch in switches if branch.mrid not in first and branch.mrid not in reporting]
    missing = round(share * len(switches)) - len(reporting | first.keys())
    chosen = [*first.values(), *rng.sample(others, max(0, min(missing, len(others))))]
    for branch in chosen:
        if branch.mrid not in reporting:
            _add(draft, branch, "position")
    measured = {point.equipment_mrid for point in draft.telemetry_points.values() if point.kind == "current"}
    for branch in first.values():
        if branch.mrid not in measured:
            _add(draft, branch, "current")
    seen = {point.equipment_mrid for point in draft.telemetry_points.values() if point.kind == "fault_current"}
    for branch in first.values():
        if branch.mrid not in seen:
            for phase in (one for one in (ph.A, ph.B, ph.C) if branch.phases & one):
                _add(draft, branch, "fault_current", phase)
    indicated = {point.equipment_mrid for point in draft.telemetry_points.values() if point.kind == "fault_indicator"}
    for branch in chosen[len(first) :]:
        if branch.mrid not in indicated:
            _add(draft, branch, "fault_indicator")


def _add(draft: ModelDraft, branch: Branch, kind: str, phase: int = 0) -> None:
    letter = ph.text(phase)
    mrid = derived_mrid(draft.mrid or draft.name, f"{kind}{letter}", branch.mrid)
    name = f"{branch.name} {kind} {letter}".rstrip()
    draft.telemetry_points[mrid] = TelemetryPoint(mrid, name, branch.mrid, kind, phase or branch.phases, synthetic=True)
