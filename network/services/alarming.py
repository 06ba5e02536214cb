"""Alarms of the network: what moved unasked, what a command did not bring about, limits, and the way to the field."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adms.core import alarms, days, runtime_settings
from adms.core.alarms import Raised
from adms.core.control_events import ControlAlarm
from adms.core.events import Recorded
from adms.core.models import ControlArea
from adms.core.services import alarms as raising
from network.domain.phrases import phrase
from network.events import MeasurementsChanged, OperationEnded, RemoteControlFrozen, SwitchPositionChanged
from network.models import Equipment, FrontEnd, GroupPowerFlow
from network.selectors import points, state
from network.services import point_limits

OPENED = alarms.declare(
    "switch_opened",
    priority=1,
    title=_("Unexpected OPEN"),
    response=_("See who is out, find out why it opened; do not close onto a fault."),
)
CLOSED = alarms.declare(
    "switch_closed",
    priority=2,
    title=_("Unexpected CLOSE"),
    response=_("Find out who closed it; look for loops, parallels and people at work."),
)
TIMED_OUT = alarms.declare(
    "command_timed_out",
    priority=2,
    title=_("Command without answer"),
    response=_("Find out where the switch stands and settle the task on the control page."),
    says={"ended": _("%(device)s: %(how)s")},
)
GLASS = alarms.declare(
    "glass_broken",
    priority=1,
    title=_("Control area taken by force"),
    response=_("Speak with who took it and who held it."),
)
FROZEN = alarms.declare(
    "control_frozen",
    priority=1,
    title=_("Remote control is frozen"),
    response=_("Clear up why; a senior operator lifts the freeze with a second person."),
    says={"frozen": _("%(who)s: %(why)s")},
)
FIELD = alarms.declare(
    "field_silent",
    priority=1,
    title=_("The way to the field is down"),
    response=_("Operate by crews; get the way to the field mended."),
    says={"down": _("%(way)s: %(why)s")},
)
OVERLOAD = alarms.declare(
    "overload",
    priority=2,
    title=_("Overload"),
    response=_("Take load over by switching, or ask for less load, before protection trips."),
    says={
        "beyond": _("%(place)s: %(value)s %%, %(limit)s %% allowed"),
        "beyond_more": _("%(place)s: %(value)s %%, %(limit)s %% allowed; %(others)s more on %(feeder)s"),
    },
)
VOLTAGE = alarms.declare(
    "voltage_limit",
    priority=3,
    title=_("Voltage out of limits"),
    response=_("Look at taps, capacitors and open points of the feeder."),
    says={
        "beyond": _("%(place)s: %(value)s pu, %(limit)s pu allowed"),
        "beyond_more": _("%(place)s: %(value)s pu, %(limit)s pu allowed; %(others)s more on %(feeder)s"),
    },
    places={"value": 3, "limit": 3},
)
SILENT = alarms.declare(
    "points_silent",
    priority=3,
    title=_("Points are stale"),
    response=_(
        "Do not rely on these values; see whether the source, its line or single devices are down, and have them mended."
    ),
    says={"stale": _("%(source)s: %(stale)s of %(points)s points, the longest since %(since)s")},
)
_MOVES = {True: OPENED, False: CLOSED}


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Positions, values, ended operations, and what everybody has to hear of about control."""
    for recorded in batch:
        fact = recorded.event
        if isinstance(fact, MeasurementsChanged):
            point_limits.judge(model=fact.model, point_mrids=fact.point_mrids, at=at)
        elif isinstance(fact, SwitchPositionChanged):
            _position(recorded.area, fact, at)
        elif isinstance(fact, OperationEnded):
            _operation(recorded.area, fact, at)
        elif isinstance(fact, RemoteControlFrozen):
            _freeze(recorded.area, fact, at)
        elif isinstance(fact, ControlAlarm):
            raised = Raised(
                fact.kind, f"{fact.area}@{fact.at:%Y%m%dT%H%M%S}", recorded.area, fact.words, is_momentary=True
            )
            raising.raise_(facts=[raised], at=at)


def _position(area: str, fact: SwitchPositionChanged, at: dt.datetime) -> None:
    """What moved back is normal again, however it moved; what moved away from normal unasked is an alarm."""
    opened = fact.closed_after < fact.closed_before
    raising.return_(keys=[(_MOVES[not opened], fact.equipment_mrid)], at=at)
    if fact.is_commanded or fact.source != "scada" or _is_normal(fact):
        return
    raised = Raised(
        _MOVES[opened],
        fact.equipment_mrid,
        area,
        fact.name,
        cause=device_cause(fact.equipment_mrid),
        model=fact.model,
        branch=fact.branch,
    )
    raising.raise_(facts=[raised], at=at)


def _is_normal(fact: SwitchPositionChanged) -> bool:
    """Whether it went where it normally stands, as a recloser does."""
    present = state.present(fact.model)
    grid = present.fitted.base
    return present.version == fact.version and int(grid.normal_closed[fact.branch]) == fact.closed_after


def device_cause(mrid: str) -> str:
    """What alarms of one device have in common."""
    return f"device:{mrid}"


def _operation(area: str, fact: OperationEnded, at: dt.datetime) -> None:
    if fact.state != "timed_out":
        raising.return_(keys=[(TIMED_OUT, fact.equipment_mrid)], at=at)
        return
    raised = Raised(
        TIMED_OUT,
        fact.equipment_mrid,
        area,
        phrase("ended", device=fact.name, how=fact.result),
        cause=device_cause(fact.equipment_mrid),
        link="/control/",
        model=fact.model,
    )
    raising.raise_(facts=[raised], at=at)


def _freeze(area: str, fact: RemoteControlFrozen, at: dt.datetime) -> None:
    if fact.is_frozen:
        raised = Raised(
            FROZEN, "remote control", area, phrase("frozen", who=fact.by, why=fact.reason), link="/control/"
        )
        raising.raise_(facts=[raised], at=at)
    else:
        raising.return_(keys=[(FROZEN, "remote control")], at=at)


Worst = tuple[dict[str, Any], int]


def watch(*, at: dt.datetime) -> int:
    """What is seen by looking: the way to the field, and limits of the newest power flow; how many alarms are new."""
    down = FrontEnd.objects.filter(is_up=False).order_by("key")
    first = ControlArea.objects.order_by("key").values_list("key", flat=True).first()
    facts = [
        Raised(
            FIELD,
            row.key,
            row.areas[0] if row.areas else first or "",
            phrase("down", way=row.key, why=row.reason),
            link="/partners/",
        )
        for row in down
    ]
    violated = _violations()
    raising.return_others(definition=FIELD, standing=[one.source for one in facts], at=at)
    for kind in (OVERLOAD, VOLTAGE):
        standing = [one.source for one in violated if one.definition == kind]
        raising.return_others(definition=kind, standing=standing, at=at)
    point_limits.sweep_gone(at=at)
    return raising.raise_(facts=[*facts, *violated], at=at)


def watch_points(*, at: dt.datetime) -> int:
    """Sources whose points are stale: one alarm of each source and area, all of a source one group; how many are new."""
    least = int(runtime_settings.get(points.STALE_ALARM_FROM))
    found = points.silent(at, least=least) if least > 0 else []
    facts = [
        Raised(
            SILENT,
            f"{one.source}@{one.area}",
            one.area,
            phrase(
                "stale",
                source=one.source,
                stale=one.stale,
                points=one.points,
                since=days.in_words(one.since),
            ),
            cause=f"silent:{one.source}",
            link=f"{reverse('network:point_list')}?{urlencode({'show': points.STALE, 'q': one.source, 'area': one.area})}",
        )
        for one in found
    ]
    raising.return_others(definition=SILENT, standing=[one.source for one in facts], at=at)
    return raising.raise_(facts=facts, at=at)


def _violations() -> list[Raised]:
    """Of the newest power flow of each feeder group the worst of each kind, where it lies: one cause, one alarm."""
    told = [(row, one, others) for row, worst in _newest() for one, others in worst]
    if not told:
        return []
    lying = {
        (version, mrid): (area, index if is_branch else None)
        for version, mrid, area, index, is_branch in Equipment.objects.filter(
            version__in={row.version_id for row, _, _others in told}, mrid__in={one["mrid"] for _, one, _others in told}
        ).values_list("version_id", "mrid", "area__key", "index", "is_branch")
    }
    areas = {row.version_id: state.areas_of(row.version_id)[:1] for row, _, _others in told}
    keys = dict(ControlArea.objects.values_list("pk", "key"))
    found = []
    for row, one, others in told:
        first = next((keys[pk] for pk in areas[row.version_id]), "")
        area, branch = lying.get((row.version_id, one["mrid"]), (first, None))
        found.append(_violation(row, one, others, area, branch))
    return found


_read: dict[int, tuple[dt.datetime, GroupPowerFlow, list[Worst]]] = {}  # by row: when it was computed, and what it said


def _newest() -> list[tuple[GroupPowerFlow, list[Worst]]]:
    """What is violated in each group by its newest power flow, in order of rows; read where it was computed since the last look.

    The violations of a utility in distress are megabytes, and most groups are as they were.
    """
    flows = GroupPowerFlow.objects.filter(converged=True)
    at = dict(flows.values_list("pk", "computed_at"))
    for gone in _read.keys() - at.keys():
        _read.pop(gone, None)
    changed = [pk for pk, computed_at in at.items() if pk not in _read or _read[pk][0] != computed_at]
    rows = (
        flows.filter(pk__in=changed)
        .select_related("model")
        .defer("coupling", "nodes", "branches", "loading", "voltage")
    )
    for row in rows:
        _read[row.pk] = (row.computed_at, row, _worst(row.violations))
        row.violations = []
    return [(_read[pk][1], _read[pk][2]) for pk in sorted(at) if pk in _read]


def _worst(violations: list[dict[str, Any]]) -> list[Worst]:
    """Of each kind the one farthest beyond its limit, and how many others there are."""
    kinds: dict[str, list[dict[str, Any]]] = {}
    for one in violations:
        kinds.setdefault(one["kind"], []).append(one)
    return [
        (max(several, key=lambda one: abs(one["value"] - one["limit"])), len(several) - 1) for several in kinds.values()
    ]


def _violation(row: GroupPowerFlow, one: dict[str, Any], others: int, area: str, branch: int | None) -> Raised:
    is_load = one["kind"] == "overload"
    return Raised(
        OVERLOAD if is_load else VOLTAGE,
        f"{row.model.key}:{row.key}:{one['kind']}",
        area,
        phrase(
            "beyond_more" if others else "beyond",
            place=f"{one['name']} {one['phase']}",
            value=one["value"],
            limit=one["limit"],
            others=others,
            feeder=row.name,
        ),
        cause=f"{'overload' if is_load else 'voltage'}:{row.model.key}:{row.key}",
        link=f"/network/{row.model.key}/power-flow/",
        model=row.model.key,
        branch=branch,
    )
