"""Apply reported positions to the journal. Two may: `positions` for what the field tells, the control gate for what it records.

In one transaction, areas locked by the caller: journal rows numbered, present positions kept, energisation compared, events published.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.services import areas, events
from network.domain.energisation import compare, reenergise
from network.domain.impact import with_customers
from network.events import EnergisationChanged, OperationEnded, SwitchPositionChanged
from network.models import Equipment, JournalEntry, Operation, SwitchState
from network.selectors import state
from network.selectors.state import NetworkState

POSITION_AGE = runtime_settings.declare(
    "control.position_age_s",
    0,
    unit="s",
    help_=gettext_noop(
        "How old the last word of telemetry on a position may be (the scan class of the area); 0: positions come by exception."
    ),
)


@dataclass(frozen=True, slots=True)
class PositionReport:
    """A switch stands so: `closed_phases` as phase bits, or None with `is_closed` for all its phases."""

    model: str
    equipment_mrid: str
    occurred_at: dt.datetime
    is_closed: bool
    closed_phases: int | None = None
    quality: str = "good"
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a report: moved, unchanged (already there) or outdated (a later word of the field is known)."""

    report: PositionReport
    outcome: str
    journal: int = 0


def apply(
    *,
    actor: Actor,
    source: str,
    reports: Mapping[PositionReport, Equipment],
    at: dt.datetime,
    operation: Operation | None = None,
) -> list[Recorded]:
    """Journal the reports, each with the switch it is about, in order of their field time."""
    outcomes = []
    for model in sorted({report.model for report in reports}):
        ordered = sorted((r for r in reports if r.model == model), key=lambda r: r.occurred_at)
        run = _Run(state.present(model), actor, source, at, operation)
        outcomes += [run.apply(report, reports[report]) for report in ordered]
        run.publish()
    return outcomes


class _Run:
    """The reports of one model, applied one after the other on a private copy of the switch positions."""

    def __init__(
        self, present: NetworkState, actor: Actor, source: str, at: dt.datetime, operation: Operation | None
    ) -> None:
        self.present = present
        self.actor, self.source, self.at = actor, source, at
        self.operation = operation
        self.positions: NDArray[np.uint8] = present.positions.copy()
        self.closed: NDArray[np.uint8] = present.closed
        self.energisation = present.energisation
        self.facts: dict[int, list[object]] = {}

    def apply(self, report: PositionReport, equipment: Equipment) -> Recorded:
        """Journal one report and note the events it causes."""
        wanted = equipment.phases if report.is_closed else 0
        if report.closed_phases is not None:
            wanted = report.closed_phases & equipment.phases
        before = int(self.positions[equipment.index])
        current = SwitchState.objects.filter(model_id=self.present.model_id, equipment_mrid=equipment.mrid).first()
        if current and current.occurred_at > report.occurred_at:
            return Recorded(report, "outdated")
        is_known = current.quality == report.quality if current else report.quality not in state.BAD
        if before == wanted and is_known:
            self._settle_command(equipment, wanted, report)
            self._hear(report, equipment, wanted)
            return Recorded(report, "unchanged")
        command = self._settle_command(equipment, wanted, report)
        entry = self._journal(report, equipment, before, wanted, command)
        if before != wanted:
            self._move(report, equipment, before, wanted, entry, command)
        return Recorded(report, "moved", entry.number)

    def publish(self) -> None:
        """Publish what happened, area by area."""
        for area_id in sorted(self.facts):
            events.publish(area_id=area_id, facts=self.facts[area_id], at=self.at)

    def _hear(self, report: PositionReport, equipment: Equipment, wanted: int) -> None:
        """Telemetry says again what we know; written down only where the area has a scan class, that is, where its age counts."""
        if self.source != "scada" or not runtime_settings.get(POSITION_AGE, equipment.area.key):
            return
        known = {"closed_phases": wanted, "quality": report.quality, "number": 0, "source": self.source}
        row, _ = SwitchState.objects.get_or_create(
            model_id=self.present.model_id,
            equipment_mrid=equipment.mrid,
            defaults=known | {"area_id": equipment.area_id, "occurred_at": report.occurred_at, "recorded_at": self.at},
        )
        SwitchState.objects.filter(pk=row.pk).update(heard_at=report.occurred_at)

    def _settle_command(self, equipment: Equipment, wanted: int, report: PositionReport) -> Operation | None:
        """If this is what a running command asked for, the command is done; a position of bad quality proves nothing."""
        if report.quality in state.BAD:
            return None
        waiting = Operation.objects.filter(
            model_id=self.present.model_id, equipment_mrid=equipment.mrid, state="executing", closed_wanted=wanted
        ).first()
        if waiting is None:
            return None
        waiting.state, waiting.result, waiting.ended_at = "completed", "position reported", report.occurred_at
        waiting.save(update_fields=["state", "result", "ended_at"])
        self.facts.setdefault(equipment.area_id, []).append(
            OperationEnded(
                self.present.model,
                str(waiting.pk),
                equipment.mrid,
                equipment.name,
                "completed",
                waiting.result,
                self.at,
            )
        )
        return waiting

    def _journal(
        self, report: PositionReport, equipment: Equipment, before: int, wanted: int, command: Operation | None
    ) -> JournalEntry:
        number = areas.next_numbers(equipment.area_id, "journal_number")
        entry = JournalEntry.objects.create(
            area_id=equipment.area_id,
            number=number,
            model_id=self.present.model_id,
            kind="position",
            equipment_mrid=equipment.mrid,
            closed_before=before,
            closed_after=wanted,
            quality=report.quality,
            occurred_at=report.occurred_at,
            recorded_at=self.at,
            source=self.source,
            actor=command.requested_by if command else self.actor.name,
            operation=command or self.operation,
            reason=report.reason,
        )
        SwitchState.objects.update_or_create(
            model_id=self.present.model_id,
            equipment_mrid=equipment.mrid,
            defaults={
                "area_id": equipment.area_id,
                "closed_phases": wanted,
                "quality": report.quality,
                "number": number,
                "source": self.source,
                "occurred_at": report.occurred_at,
                "recorded_at": self.at,
                "heard_at": report.occurred_at if self.source == "scada" else None,
            },
        )
        return entry

    def _move(
        self,
        report: PositionReport,
        equipment: Equipment,
        before: int,
        wanted: int,
        entry: JournalEntry,
        command: Operation | None,
    ) -> None:
        """Re-energise and note who lost and who regained supply."""
        grid = self.present.grid
        self.positions[equipment.index] = wanted
        closed = self.closed.copy()
        closed[equipment.index] = self.present.fitted.conducting_at(equipment.index, wanted)
        energisation = reenergise(grid, self.energisation, closed, np.array([equipment.index], dtype=np.int32))
        change = compare(self.energisation, energisation)
        self.closed, self.energisation = closed, energisation
        operation = command or self.operation
        facts = self.facts.setdefault(equipment.area_id, [])
        facts.append(
            SwitchPositionChanged(
                model=self.present.model,
                version=self.present.version,
                equipment_mrid=equipment.mrid,
                name=equipment.name,
                branch=equipment.index,
                closed_before=before,
                closed_after=wanted,
                occurred_at=report.occurred_at,
                source=self.source,
                actor=entry.actor,
                is_commanded=operation is not None,
                journal=entry.number,
                operation_id=str(operation.pk) if operation else "",
            )
        )
        lost = with_customers(grid.node_customers, change.lost_nodes, change.lost_phases)
        regained = with_customers(grid.node_customers, change.regained_nodes, change.regained_phases)
        if lost or regained:
            facts.append(
                EnergisationChanged(
                    model=self.present.model,
                    version=self.present.version,
                    equipment_mrid=equipment.mrid,
                    name=equipment.name,
                    branch=equipment.index,
                    occurred_at=report.occurred_at,
                    source=self.source,
                    actor=entry.actor,
                    is_commanded=operation is not None,
                    is_protective=bool(grid.is_protective[equipment.index]),
                    lost=lost,
                    regained=regained,
                )
            )
