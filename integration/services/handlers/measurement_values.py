"""changed(MeasurementValues): positions go to the network's journal, values to its telemetry points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from integration.cim.errors import ReplyError
from integration.cim.nouns import measurement_values as nouns
from integration.cim.nouns.measurement_values import AnalogReading, Quality, SwitchPosition
from integration.services.handled import Handled
from network.services import positions, telemetry

_WORDS = {nouns.GOOD: "good", nouns.QUESTIONABLE: "suspect", nouns.INVALID: "failed"}


def handle(*, actor: Actor, source: str, items: Sequence[SwitchPosition | AnalogReading], at: dt.datetime) -> Handled:
    """Journal positions of switches we know and keep values of points we know; 2.15 for the others.

    What a point says while it is tested, or calls invalid itself, moves no switch: it is only kept as the point's value.
    """
    wanted = [item for item in items if isinstance(item, SwitchPosition)]
    targets = telemetry.resolve_switches(
        [mrid for item in wanted if (mrid := _mrid(item))], [name for item in wanted for name in _names(item)]
    )
    reports = [report for item in wanted if (report := _report(item, targets)) is not None]
    recorded = positions.record_positions(actor=actor, source="scada", reports=reports, at=at) if reports else []
    unknown = set(telemetry.record_measurements(measurements=_measurements(items), source=source, at=at))
    handled = Handled(errors=[_error(item) for item in items if _is_unknown(item, targets, unknown)])
    handled.taken = len(items) - len(handled.errors)
    outcomes = [one.outcome for one in recorded]
    handled.effects = {outcome: outcomes.count(outcome) for outcome in sorted(set(outcomes))}
    handled.effects["switches"] = sorted({one.report.equipment_mrid for one in recorded if one.outcome == "moved"})
    return handled


def _target(item: SwitchPosition, targets: dict[str, telemetry.Target]) -> telemetry.Target | None:
    return next((targets[key] for key in (_mrid(item), *_names(item)) if key in targets), None)


def _mrid(item: SwitchPosition) -> str:
    return item.discrete.mrid or item.switch.mrid


def _names(item: SwitchPosition) -> list[str]:
    return [name.name for name in item.switch.names]


def _report(item: SwitchPosition, targets: dict[str, telemetry.Target]) -> positions.PositionReport | None:
    target = _target(item, targets)
    if target is None or _word(item.quality) == "failed" or "test" in item.quality.doubts:
        return None
    return positions.PositionReport(
        target.model,
        target.equipment_mrid,
        item.occurred_at,
        item.is_closed,
        quality=_word(item.quality),
        reason=item.reason,
    )


def _word(quality: Quality) -> str:
    """Our word for a quality; doubts make a good value suspect, a substituted one was set by hand."""
    if "oldData" in quality.doubts:
        return "stale"
    if quality.source == "SUBSTITUTED":
        return "manual"
    if quality.validity == nouns.GOOD and quality.doubts:
        return "suspect"
    return _WORDS[quality.validity]


def _measurements(items: Sequence[SwitchPosition | AnalogReading]) -> list[telemetry.Measurement]:
    found = []
    for item in items:
        value, point = (
            (item.value, item.analog) if isinstance(item, AnalogReading) else (float(item.is_closed), item.discrete)
        )
        if point.mrid:
            found.append(telemetry.Measurement(point.mrid, value, item.occurred_at, _word(item.quality)))
    return found


def _is_unknown(item: SwitchPosition | AnalogReading, targets: dict[str, telemetry.Target], unknown: set[str]) -> bool:
    if isinstance(item, AnalogReading):
        return not item.analog.mrid or item.analog.mrid in unknown
    if item.discrete.mrid and item.discrete.mrid not in unknown:
        return False
    return _target(item, targets) is None


def _error(item: SwitchPosition | AnalogReading) -> ReplyError:
    return ReplyError("2.15", "not known here", item.object_id)
