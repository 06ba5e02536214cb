"""A small generated town whose feeders are rings: every switch is remote-controlled and has a fault indicator, unless a test says less.

station --CB-- [ ] --SW-- [ ] --SW-- [ ] ... --SW/open-- [ ] ... --CB-- station        two feeders make a ring, open in the middle
"""

from __future__ import annotations

import datetime as dt

import numpy as np

from adms.core.models import Setting
from integration.services import utilities
from network.domain import generation
from network.domain.grid import BRANCH_CLASSES
from network.domain.phases import ABC
from network.models import TelemetryPoint
from network.selectors import dead_area, state
from network.services import positions, power_flow, telemetry
from network.services.positions import PositionReport
from network.services.telemetry import Measurement
from tests.cast import GATEWAY, NOON, SYSTEM, after


class Town:
    """The published town, and the longest of its feeders."""

    def __init__(
        self, *, remote: float = 1.0, customers: int = 1_000, seed: int = 2, has_hand_ties: bool = False
    ) -> None:
        """Publish it; `remote` is the share of the line switches, from the head on, that are remote-controlled.

        Where it has hand ties, those that are open are not.

        `peopled` is how many indicators operate where the fault is between two switches with customers between them.
        """
        utility = generation.generate(customers, seed, "european")
        code = utility.branches["code"]
        switches = np.flatnonzero(code == BRANCH_CLASSES.index("LoadBreakSwitch"))
        guards = np.flatnonzero(np.isin(code, [BRANCH_CLASSES.index(name) for name in ("Breaker", "Recloser")]))
        reported = switches[: round(remote * switches.size)]
        if has_hand_ties:
            reported = reported[utility.branches["normal_closed"][reported] != 0]
        owners = [np.concatenate([guards, reported]), guards, switches]
        utility.point_branch = np.concatenate(owners).astype(np.int32)
        utility.point_kind = np.repeat(np.arange(3, dtype=np.uint8), [one.size for one in owners])
        state.forget()
        Setting.objects.create(key="flisr.plan_s", value=3_600, changed_at=NOON)  # however busy the machine
        self.key = utilities.publish(actor=SYSTEM, utility=utility, at=NOON).key
        present = state.present(self.key)
        heads = present.energisation.feeder
        sizes = np.bincount(heads[heads >= 0], minlength=present.grid.branch_count)
        trunk = {head: self._trunk(present, head) for head in np.flatnonzero(sizes).tolist()}
        self.head = max(trunk, key=lambda head: (len(trunk[head]), -head))
        self.trunk = trunk[self.head]  # closed switches along it, from the head on
        self.peopled = next(n for n in range(2, len(self.trunk)) if self._between(present, n))

    @staticmethod
    def _trunk(present: state.NetworkState, head: int) -> list[int]:
        grid = present.grid
        is_line_switch = grid.is_switch & (grid.branch_class == BRANCH_CLASSES.index("LoadBreakSwitch"))
        mine = np.flatnonzero(is_line_switch & ((present.closed & ABC) != 0))
        feeder = present.energisation.feeder
        return [b for b in mine.tolist() if feeder[grid.branch_from[b]] == head == feeder[grid.branch_to[b]]]

    def _between(self, present: state.NetworkState, place: int) -> int:
        """Customers between a switch of the trunk and the one before it."""
        fed = [int(present.grid.branch_to[branch]) for branch in self.trunk[place - 1 : place + 1]]
        fed = [
            node if present.energisation.parent_branch[node] == branch else int(present.grid.branch_from[branch])
            for node, branch in zip(fed, self.trunk[place - 1 : place + 1], strict=True)
        ]
        return present.energisation.customers_below(fed[0]) - present.energisation.customers_below(fed[1])

    @property
    def present(self) -> state.NetworkState:
        """As it stands now."""
        return state.present(self.key)

    def mrid(self, branch: int) -> str:
        """Of a branch."""
        return self.present.grid.branch_mrid_text(branch)

    def name(self, branch: int) -> str:
        """Of a branch."""
        return dead_area.names(self.present, [branch])[branch]

    def solve(self, at: dt.datetime = NOON) -> None:
        """Let the power flow of the present state be known."""
        power_flow.run_due(at=at)

    def report(self, branch: int, *, close: bool, at: float) -> None:
        """SCADA reports where a switch stands."""
        report = PositionReport(self.key, self.mrid(branch), after(at), is_closed=close)
        positions.record_positions(actor=GATEWAY, source="scada", reports=[report], at=after(at))

    def trip(self, at: float, *, operated: int = 0) -> None:
        """The head trips; the first so many indicators along the trunk have operated, the others have not."""
        self.report(self.head, close=False, at=at)
        values = {self.mrid(branch): float(place < operated) for place, branch in enumerate(self.trunk)}
        rows = TelemetryPoint.objects.filter(kind="fault_indicator", equipment_mrid__in=values)
        measured = [
            Measurement(mrid, values[owner], after(at)) for mrid, owner in rows.values_list("mrid", "equipment_mrid")
        ]
        telemetry.record_measurements(measurements=measured, at=after(at))

    def live_customers(self) -> int:
        """Customers with supply."""
        present = self.present
        return int(present.grid.node_customers[(present.energisation.live & ABC) != 0].sum())
