"""What the control room shows of a device, of an operation before it is confirmed, and of the journal."""

import datetime as dt
from typing import Any

import numpy as np
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adms.core.actors import Actor
from adms.core.selectors import persons
from network.domain import impact, one_line
from network.domain import phases as ph
from network.domain import trace as traces
from network.domain.grid import Grid
from network.models import Equipment, JournalEntry, Operation, TelemetryPoint, TemporaryElement
from network.selectors import abnormal, critical, devices, equipment, map_traces, points, state, temporary
from network.selectors.class_word import class_word
from network.selectors.quality_word import quality_word
from network.selectors.state import NetworkState

PENDING = {True: _("CLOSING…"), False: _("OPENING…")}
VERBS = {True: _("Close"), False: _("Open")}
#: Words of the positions that `equipment.position_word` tells.
_STANDS = {"open": _("OPEN"), "closed": _("CLOSED")}
_NORMALLY = {"open": _("open"), "closed": _("closed")}
MOST_BRANCHES = 5000


def device(actor: Actor, found: Equipment) -> dict[str, Any]:
    """The panel of one piece of equipment (template network/_device_panel.html), but for its addresses."""
    present = state.present(found.version.model.key)
    branch = present.grid.branch_index(found.mrid)
    told = devices.detail(found)
    return {
        **_what(found, told, branch),
        **(_switch(actor, found) if found.is_switch else {"is_switch": False, "verbs": [], "pending": ""}),
        "tags": persons.with_names([_tag(actor, tag) for tag in equipment.tags(found)], "by"),
        "downstream": _downstream(present, branch),
        "history": persons.with_names(
            [_entry(entry, found.phases) for entry in equipment.history(found, limit=6)], "actor"
        ),
        "facts": _facts(found),
        "one_line": one_line.draw(present.grid, present.closed, present.energisation, branch, _names(present, branch)),
    }


def with_addresses(actor: Actor, found: Equipment | None) -> dict[str, Any] | None:
    """What the panel's template needs, addresses included."""
    if found is None:
        return None
    told = device(actor, found)
    key, mrid = found.version.model.key, found.mrid
    for verb in told["verbs"]:
        verb["url"] = reverse("network:operate", args=[key, mrid, "close" if verb["close"] else "open"])
    for tag in told["tags"]:
        may_remove = tag["is_own"] or actor.may("remove_others_tag", found.area.key)
        tag["url_remove"] = reverse("network:remove_tag", args=[tag["id"]]) if may_remove else ""
    may_note, may_place = (actor.may(action, found.area.key) for action in ("place_note", "place_temporary"))
    return told | {
        "outage_url": reverse("outages:device_outage", args=[key, mrid]),
        "traces": _traces(key, told["branch"]),
        "one_line_url": reverse("network:one_line", args=[key, mrid]) if _is_on_diagram(told["branch"], found) else "",
        "path_url": reverse("network:lit", args=[key, told["branch"], "path"]) if told["branch"] >= 0 else "",
        "temporary": [
            one | {"url_remove": reverse("network:remove_temporary", args=[one["mrid"]]) if may_place else ""}
            for one in temporary.at(found)
        ],
        "placeable": _placeable(found) if may_place else [],
        "tag_url": reverse("network:tag", args=[key, mrid]) if may_note else "",
        "reasons": {"tag": f"needs a role of the desk, of the crews or of engineering in {found.area.name}"},
    }


def _is_on_diagram(branch: int, found: Equipment) -> bool:
    """Whether it lies on a feeder or in a station."""
    return branch >= 0 and bool(found.feeder or found.substation)


def _traces(model: str, branch: int) -> list[dict[str, str]]:
    """A button for each trace the map can show."""
    if branch < 0:
        return []
    return [
        {"label": str(label), "key": key, "url": reverse("network:lit", args=[model, branch, kind])}
        for kind, (label, key, _) in map_traces.KINDS.items()
    ]


def _placeable(found: Equipment) -> list[dict[str, str]]:
    """What may be placed here for a while."""
    kinds = (
        ("cut", "jumper", "ground", "generation")
        if found.cim_class == "ACLineSegment"
        else ("jumper", "ground", "generation")
    )
    return [
        {
            "label": str(TemporaryElement.Kind(kind).label),
            "url": reverse("network:place_temporary", args=[found.version.model.key, found.mrid, kind]),
        }
        for kind in kinds
    ]


def _what(found: Equipment, told: dict[str, Any], branch: int) -> dict[str, Any]:
    live = ph.parse(told["energised_phases"])
    partly = _("live on %(phases)s only") % {"phases": ph.text(live)} if live else _("de-energised")
    words = _("energised") if live == found.phases & ph.ABC else partly
    return {
        "name": found.name,
        "kind": class_word(found.cim_class),
        "mrid": found.mrid,
        "area": found.area.name,
        "substation": found.substation,
        "feeder": told["current_feeder"],
        "feeder_normal": found.feeder,
        "branch": branch,
        "phases": ph.text(found.phases),
        "supply": words,
        "is_dead": not live,
        "is_telemetered": found.is_telemetered,
    }


def _switch(actor: Actor, found: Equipment) -> dict[str, Any]:
    """Position, quality, and what the actor may ask of it."""
    position = equipment.position(found)
    operation = equipment.live_operation(found)
    running = operation is not None and operation.state == "executing"
    held = "" if operation is None else _("held by %(who)s") % {"who": operation.requested_by}
    latest = equipment.history(found, limit=1)
    return {
        "is_switch": True,
        "state": _STANDS.get(position["position"], position["position"].upper()),
        "normal": _NORMALLY.get(position["normal"], position["normal"]),
        "is_abnormal": position["is_abnormal"],
        "quality": quality_word(position["quality"]),
        "is_stale": position["quality"] in state.BAD,
        "quality_at": position["occurred_at"],
        "control": _("remote, telecontrol") if found.is_telemetered else _("by hand"),
        "pending": PENDING[operation.closed_wanted != 0] if operation and running else "",
        "latest": _latest(latest[0], found.phases) if latest else None,
        "verbs": [_verb(actor, found, position, close=close, held=held) for close in _sensible(position)],
        "seen_number": position["seen_number"],
    }


def _sensible(position: dict[str, Any]) -> list[bool]:
    if position["position"] == "open":
        return [True]
    return [False] if position["position"] == "closed" else [False, True]


def _verb(actor: Actor, found: Equipment, position: dict[str, Any], *, close: bool, held: str) -> dict[str, Any]:
    """A button and, where it is off, why."""
    reason = held
    if not actor.may("operate_switch", found.area.key):
        reason = _("needs the role of an operator in %(area)s") % {"area": found.area.name}
    elif position["quality"] in state.BAD:
        reason = _("its position is %(quality)s") % {"quality": quality_word(position["quality"])}
    blocking = next((tag for tag in equipment.tags(found) if tag.kind != "note"), None)
    if blocking is not None:
        reason = _("tagged by %(who)s: %(text)s") % {
            "who": persons.full_name(blocking.placed_by),
            "text": blocking.text,
        }
    return {"verb": VERBS[close], "close": close, "is_enabled": not reason, "reason": reason}


def _tag(actor: Actor, tag: Any) -> dict[str, Any]:
    return {
        "id": tag.pk,
        "kind": tag.get_kind_display(),
        "text": tag.text,
        "by": tag.placed_by,
        "at": tag.placed_at,
        "is_own": (tag.placed_person or tag.placed_by) in (actor.identity, actor.name),
    }


def _downstream(present: NetworkState, branch: int) -> dict[str, Any] | None:
    if branch < 0:
        return None
    fed = traces.fed_node(present.energisation, branch)
    if fed < 0:
        return None
    nodes = traces.downstream(present.energisation, fed).nodes
    return {
        "customers": traces.customers_of(present.grid, nodes),
        "critical": critical.count(present.model, nodes.tolist()),
        "kw": round(traces.kw_of(present.grid, nodes), 1),
    }


def _facts(found: Equipment) -> list[tuple[str, str]]:
    """Ratings, and the values of its telemetry points."""
    names = {
        "rated_a": (_("Rated current"), "A"),
        "rated_kva": (_("Rated power"), "kVA"),
        "length_m": (_("Length"), "m"),
    }
    told = [
        (str(label), f"{found.attributes[key]:,.0f} {unit}")
        for key, (label, unit) in names.items()
        if isinstance(found.attributes.get(key), int | float)
    ]
    if found.nominal_v:
        told.append((str(_("Voltage")), f"{found.nominal_v / 1000:g} kV"))
    measured = [one for one in equipment.points(found) if one.value is not None and one.kind != "position"]
    return told + [
        (_label(one, found), f"{points.told(one)}{' ◇?' if one.quality in points.BAD else ''}") for one in measured
    ]


def _label(point: TelemetryPoint, device: Equipment) -> str:
    """The name of a point without that of its device, which stands above it."""
    own = point.name.removeprefix(device.name).strip().replace("_", " ")
    return own[:1].upper() + own[1:] if own else point.name


def _names(present: NetworkState, branch: int) -> dict[int, str]:
    """Names of the devices a one-line of this branch may show."""
    if branch < 0:
        return {}
    wanted = [
        branch,
        *traces.upstream(present.energisation, traces.feeding_end(present.energisation, branch)).branches.tolist(),
    ]
    return {index: row.name for index, row in equipment.by_branch(present.model, wanted[:400]).items()}


def _entry(entry: JournalEntry, phases: int) -> dict[str, Any]:
    return {
        "at": entry.occurred_at,
        "change": change(entry, phases),
        "source": entry.source,
        "actor": entry.actor,
    }


def _latest(entry: JournalEntry, phases: int) -> dict[str, Any]:
    return {"text": change(entry, phases), "by": persons.full_name(entry.actor), "at": entry.occurred_at}


def change(entry: JournalEntry, phases: int) -> str:
    """What a journal entry says happened."""
    if entry.kind == "temporary":
        words = _("%(name)s placed") if entry.data.get("is_placed") else _("%(name)s removed")
        return words % {"name": entry.data.get("name", "")}
    if entry.kind == "commissioning":
        return str(_("commissioned") if entry.data.get("is_commissioned") else _("taken out of the network"))
    if entry.kind != "position" or entry.closed_before is None or entry.closed_after is None:
        return _("model version %(version)s") % entry.data if entry.kind == "model" else entry.kind
    before = equipment.position_word(entry.closed_before, phases)
    return f"{before} → {equipment.position_word(entry.closed_after, phases)}"


def operation(found: Equipment, *, close: bool) -> dict[str, Any]:
    """What step 1 shows: before and after, the look-ahead, and the checks as they stand now."""
    present = state.present(found.version.model.key)
    before = int(present.positions[found.index])
    wanted = found.phases if close else 0
    ahead = impact.look_ahead(present.grid, present.closed, present.energisation, found.index, wanted)
    checks = _checks(found)
    return {
        **_heading(found, before, wanted),
        "ahead": _ahead(present, ahead),
        "level": 3 if ahead.lost_customers or ahead.makes_loop or ahead.parallels_sources else 2,
        "checks": checks,
        "is_blocked": not all(check["ok"] for check in checks) or before == wanted,
        "seen_number": equipment.position(found)["seen_number"],
    }


def _heading(found: Equipment, before: int, wanted: int) -> dict[str, Any]:
    """Names and words that all steps of an operation share."""
    return {
        "verb": VERBS[wanted != 0],
        "device_name": found.name,
        "device_kind": class_word(found.cim_class),
        "feeder": found.feeder or "—",
        "area": found.area.name,
        "phases": ph.text(found.phases),
        "before": equipment.position_word(before, found.phases).upper(),
        "after": equipment.position_word(wanted, found.phases).upper(),
        "pending": PENDING[wanted != 0],
        "way": _("by telecontrol") if found.is_telemetered else _("by hand"),
        "is_telemetered": found.is_telemetered,
    }


def _ahead(present: NetworkState, ahead: impact.Impact) -> dict[str, Any]:
    return {
        "lost_customers": ahead.lost_customers,
        "gained_customers": ahead.regained_customers,
        "lost_critical": critical.count(present.model, ahead.lost_nodes.tolist()),
        "already_out": 0,
        "lost_kw": round(ahead.lost_kw, 1),
        "gained_kw": round(ahead.regained_kw, 1),
        "makes_loop": ahead.makes_loop,
        "parallels_sources": ahead.parallels_sources,
        "lost_branches": _touching(present, ahead.lost_nodes),
        "gained_branches": _touching(present, ahead.regained_nodes),
    }


def _touching(present: NetworkState, nodes: Any) -> list[int]:
    """Branches with both ends among the nodes: what a preview lights up."""
    inside = np.zeros(present.grid.node_count, dtype=np.bool_)
    inside[nodes] = True
    both = inside[present.grid.branch_from] & inside[present.grid.branch_to]
    return [int(branch) for branch in both.nonzero()[0][:MOST_BRANCHES]]


def _checks(found: Equipment) -> list[dict[str, Any]]:
    """Whether somebody holds it; what else the gate asks, the page asks the gate."""
    held = equipment.live_operation(found)
    words = "Nobody else holds it" if held is None else f"Held by {held.requested_by}"
    return [{"ok": held is None, "text": words}]


def asked(operation_row: Operation, found: Equipment, at: dt.datetime) -> dict[str, Any]:
    """What step 2 and the result show of an operation that was asked for."""
    left = max(0, round((operation_row.expires_at - at).total_seconds()))
    return {
        **_heading(found, operation_row.closed_seen, operation_row.closed_wanted),
        "id": operation_row.pk,
        "level": operation_row.level,
        "state": operation_row.state,
        "result": operation_row.result,
        "seconds_left": left,
        "lease_s": round((operation_row.expires_at - operation_row.selected_at).total_seconds()),
        "executed_at": operation_row.executed_at,
        "deadline_at": operation_row.deadline_at,
        "reason": operation_row.reason,
    }


def journal(model: str, limit: int = 60) -> list[dict[str, Any]]:
    """The latest entries of a model's journal, newest first."""
    entries = (
        JournalEntry.objects.select_related("area").filter(model__key=model).order_by("-recorded_at", "-number")[:limit]
    )
    rows = list(entries)
    found = {
        row.mrid: row for row in equipment.published(model).filter(mrid__in={entry.equipment_mrid for entry in rows})
    }
    grid = state.present(model).fitted.base
    told = [_journal_entry(entry, found.get(entry.equipment_mrid), grid) for entry in rows]
    return persons.with_names(told, "actor")


def _journal_entry(entry: JournalEntry, device_row: Equipment | None, grid: Grid) -> dict[str, Any]:
    phases = device_row.phases if device_row else ph.ABC
    branch = abnormal.branch_of(grid, device_row.mrid) if device_row else -1
    return {
        "number": entry.number,
        "area": entry.area.name,
        "equipment_name": device_row.name if device_row else _("Network model of %(area)s") % {"area": entry.area.name},
        "branch": branch if branch >= 0 else None,
        "change": change(entry, phases),
        "is_abnormal": False,
        "occurred_at": entry.occurred_at,
        "recorded_at": entry.recorded_at,
        "source": entry.source,
        "actor": entry.actor,
        "reason": entry.reason,
        "quality": "" if entry.quality in ("good", "") or entry.kind != "position" else quality_word(entry.quality),
        "is_bad": entry.quality in state.BAD,
    }
