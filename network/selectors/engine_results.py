"""What other engines computed of our network, beside what we did ourselves."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from network.domain import agreement
from network.domain.agreement import Agreement
from network.domain.grid import Grid
from network.models import Equipment, PowerFlow
from network.selectors import grids, power_flow, state

AGREEMENT = runtime_settings.declare(
    "power_flow.agreement_pu",
    0.005,
    unit="pu",
    help_=gettext_noop("Another engine's voltages agree with ours when none is further off."),
)
_ENGINES = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a difference is largest: a node or a branch, and the branch to show on the map for it."""

    mrid: str
    name: str
    branch: int | None


@dataclass(frozen=True, slots=True)
class Compared:
    """An external result beside ours of the same switching state. `own` is None where we have none of that state.

    `verdict`: agrees, differs, or open where nothing can be compared. Differences: voltages in pu, loading in percent of the rating,
    losses in kW, theirs less ours.
    """

    row: PowerFlow
    own: PowerFlow | None
    is_current: bool
    verdict: str
    limit_pu: float
    apart: Agreement | None = None
    bus: Place | None = None
    branch: Place | None = None
    loss_kw: float | None = None


def rows(model: str) -> Any:
    """The external results of a model, newest first, without their arrays."""
    found = PowerFlow.objects.filter(model__key=model, source=PowerFlow.Source.EXTERNAL).select_related("version")
    return found.defer("loading", "voltage", "violations").order_by("-computed_at", "-pk")


def latest(model: str) -> list[Compared]:
    """The newest result of each engine for the published version, compared with ours."""
    of_version = rows(model).filter(version_id=state.published_version_id(model))
    newest = of_version.order_by("engine", "-computed_at", "-pk").distinct("engine")
    return [compared(model, row) for row in newest[:_ENGINES]]


def compared(model: str, row: PowerFlow) -> Compared:
    """One external result beside ours of the same version and switching state."""
    same = PowerFlow.objects.filter(version_id=row.version_id, sequence=row.sequence, source=PowerFlow.Source.OWN)
    own = same.order_by("-computed_at").first()
    limit = float(runtime_settings.get(AGREEMENT))
    is_current = row.version_id == state.published_version_id(model) and row.sequence == state.present(model).sequence
    if own is None or not (own.converged and row.converged):
        verdict = "open" if own is None or own.converged == row.converged else "differs"
        return Compared(row, own, is_current, verdict, limit)
    apart = _apart(own, row)
    verdict = "open" if not apart.voltage.count else "agrees" if apart.within(limit) else "differs"
    bus, branch = _places(grids.load(row.version.checksum), row.version_id, apart)
    return Compared(row, own, is_current, verdict, limit, apart, bus, branch, _loss(own, row))


def _apart(own: PowerFlow, row: PowerFlow) -> Agreement:
    ours, theirs = power_flow.voltage(own), power_flow.voltage(row)
    loads, their_loads = power_flow.loading(own), power_flow.loading(row)
    return agreement.compare(ours, theirs, loads, their_loads)


def _places(grid: Grid, version_id: int, apart: Agreement) -> tuple[Place | None, Place | None]:
    node, branch = apart.voltage.at, apart.loading.at
    near = _near(grid, node)
    mrids = [grid.branch_mrid_text(one) for one in (near, branch) if one >= 0]
    known = dict(Equipment.objects.filter(version_id=version_id, mrid__in=mrids).values_list("mrid", "name"))
    bus = Place(grid.node_mrid_text(node), _name(grid, known, near), near if near >= 0 else None) if node >= 0 else None
    return bus, Place(mrids[-1], _name(grid, known, branch), branch) if branch >= 0 else None


def _near(grid: Grid, node: int) -> int:
    """A branch that ends at a node, -1 without any."""
    if node < 0:
        return -1
    ending = np.flatnonzero((grid.branch_to == node) | (grid.branch_from == node))
    return int(ending[0]) if ending.size else -1


def _name(grid: Grid, known: dict[str, str], branch: int) -> str:
    return known.get(grid.branch_mrid_text(branch), "") if branch >= 0 else ""


def _loss(own: PowerFlow, row: PowerFlow) -> float | None:
    ours, theirs = own.figures.get("loss_kw"), row.figures.get("loss_kw")
    return None if ours is None or theirs is None else float(theirs) - float(ours)
