"""What people do when prediction drew the line wrongly: merge two outages, move one to another device.

From then on the engine leaves the outage alone: it is at least probable.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core.actors import Actor
from adms.core.errors import Invalid
from adms.core.services import authority
from network.domain.phases import ABC, text
from network.domain.phrases import Phrase, phrase
from network.selectors import equipment, state
from outages.domain import lifecycle as states
from outages.domain.restoration import Supply
from outages.models import Evidence, Outage
from outages.selectors import timeline_words, trees
from outages.selectors.trees import Devices
from outages.services import evidence, following, keeping, ledger, merging
from outages.services.incidents import OutageRefused, Round
from outages.services.lifecycle import require_going, tell, work_on


@transaction.atomic
def merge(*, actor: Actor, outage_id: int, into_id: int, seen: int | None = None, at: dt.datetime) -> Outage:
    """One outage is part of another: interruptions, reports, calls and crews go over, and it is cancelled.

    `seen` is the revision of the outage that vanishes, as the person saw it.

    Raises:
        OutageRefused: it has changed since, one of them is over, or only the one that would vanish is confirmed.
        Invalid: they are the same, or in different networks.
    """
    with work_on(actor, "change_outage", into_id, at) as (now, into):
        outage = now.get(outage_id)
        authority.require(actor=actor, action="change_outage", area=outage.area.key)
        require_seen(outage, seen)
        _require_mergeable(outage, into)
        reason = phrase("merged_by", outage=str(into.pk), actor=actor.label or actor.name)
        told = phrase("merged_in", outage=str(outage.pk), device=outage.device_name)
        with keeping.kept(now, "merged", [into, outage], actor) as act:
            merging.merge(now, outage=outage, into=into, reason=reason, actor=actor)
            now.change(into, confidence=states.combine([into.confidence, "probable"]))
            act.told = told
        tell(now, into, "merged", told, actor)
    return into


def require_seen(outage: Outage, seen: int | None) -> None:
    """Refuse a decision on what is no longer so, with what happened last; reports that merely came in since do not matter."""
    if seen is not None and not outage.decided_revision <= seen <= outage.revision:
        last = timeline_words.latest(outage.pk) or _("reports came in")
        words = _("it has changed since you looked at it (last: %(last)s): look at it again")
        raise OutageRefused(words % {"last": last}, outage=outage.pk, seen=seen, revision=outage.revision)


def preview_merge(*, outage: Outage, into: Outage, seen: int | None = None) -> None:
    """Refuse what `merge` would refuse; nothing is changed."""
    require_seen(outage, seen)
    _require_mergeable(outage, into)


def _require_mergeable(outage: Outage, into: Outage) -> None:
    if outage.pk == into.pk or outage.model_key != into.model_key:
        raise Invalid(_("two outages of one network are needed"), field="into")
    require_going(outage)
    require_going(into)
    if outage.confidence == "confirmed" != into.confidence:
        words = _("outage %(outage)s is confirmed at %(device)s: merge outage %(into)s into it instead")
        told = {"outage": outage.pk, "device": outage.device_name, "into": into.pk}
        raise OutageRefused(words % told, outage=outage.pk, into=into.pk)


@transaction.atomic
def move(
    *,
    actor: Actor,
    outage_id: int,
    device_mrid: str,
    phases: int | None = None,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime,
) -> Outage:
    """The device that is open is another one, above or below; on some phases (None: on all it carries).

    Customers below it who are supplied are counted out, those no longer below it never were; reports from elsewhere are free
    for prediction again. `seen` is the revision of the outage the person saw.

    Raises:
        OutageRefused: the outage has changed since, is over or confirmed, or there is an outage
            or telemetry that says otherwise at that device.
        Invalid: no protective device or service transformer of that name above or below the present one.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_seen(outage, seen)
        require_open(outage)
        devices = trees.devices(state.present(outage.model_key), now.going(outage.model_key))
        device = _device(devices, outage, device_mrid)
        require_free(now.going(outage.model_key), devices, outage, device)
        before = outage.device_name
        with keeping.kept(now, "moved", [outage], actor) as act:
            now.change(outage, **at_device(devices, device, phases, actor, before=before))
            recount(now, devices, outage, device)
            act.told = said_by(phrase("moved", before=before, device=outage.device_name), actor, reason)
        tell(now, outage, "moved", act.told, actor)
    return outage


@transaction.atomic
def set_phases(
    *, actor: Actor, outage_id: int, phases: int, reason: str = "", seen: int | None = None, at: dt.datetime
) -> Outage:
    """The device is open on these phases (bits of network.domain.phases).

    Who hangs on a phase added is counted out, who on one taken away never was.

    Raises:
        OutageRefused: the outage has changed since, is over or confirmed, or is that of a single service.
        Invalid: the device carries none of these phases, or is open on just these.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_seen(outage, seen)
        devices, device = _own_device(outage, now.going(outage.model_key))
        wanted = phases_at(devices, device, phases)
        _require_other(outage, wanted)
        before = _named(outage.phases)
        with keeping.kept(now, "phases", [outage], actor) as act:
            now.change(outage, **at_device(devices, device, wanted, actor, before=outage.device_name))
            recount(now, devices, outage, device)
            act.told = said_by(phrase("phases", before=before, phases=_named(wanted)), actor, reason)
        tell(now, outage, "phases", act.told, actor)
    return outage


def preview_phases(*, outage: Outage, phases: int, seen: int | None = None) -> "Preview":
    """What `set_phases` would do, with its refusals; nothing is changed."""
    require_seen(outage, seen)
    devices, device = _own_device(outage, going(outage))
    wanted = phases_at(devices, device, phases)
    _require_other(outage, wanted)
    return _compare(devices, outage, device, wanted)


def carried(*, outage: Outage) -> int:
    """The phases its device carries; 0 where that cannot be said."""
    devices = trees.devices(state.present(outage.model_key), going(outage))
    device = devices.of_outage(outage)
    return int(devices.tree.live_phases[device]) if device >= 0 else 0


def _own_device(outage: Outage, others: Sequence[Outage]) -> tuple[Devices, int]:
    require_open(outage)
    devices = trees.devices(state.present(outage.model_key), others)
    device = devices.of_outage(outage)
    if device < 0:
        raise OutageRefused(_("it is at a single service: move it to a device first"), outage=outage.pk)
    return devices, device


def _require_other(outage: Outage, phases: int) -> None:
    if phases == outage.phases & ABC:
        raise Invalid(_("it is open on %(spoken)s already") % {"spoken": spoken(phases)}, field="phases")


def spoken(phases: int) -> str:
    """Phases as a person says them."""
    return text(phases) or _("none")


def _named(phases: int) -> Phrase | str:
    return text(phases) or phrase("no_phase")


def said_by(what: Phrase, actor: Actor, reason: str = "") -> Phrase:
    """A line of the timeline: what was done, by whom, why."""
    told = phrase("by", what=what, actor=actor.label or actor.name)
    return told | phrase("by_why", why=reason.strip()) if reason.strip() else told


def at_device(devices: Devices, device: int, phases: int | None, actor: Actor, *, before: str) -> dict[str, Any]:
    """The columns of an outage that a person put at a device."""
    found = equipment.find(devices.mrid(device), devices.state.model)
    return {
        **following.place(devices, device, found),
        "kind": "outage",
        "confidence": "probable",
        "phases": phases_at(devices, device, phases),
        "explanation": {
            "engine": "person",
            "device": found.mrid,
            "actor": actor.label or actor.name,
            "before": before,
        },
    }


def require_open(outage: Outage) -> None:
    """Refuse to move what is over or known.

    Raises:
        OutageRefused: it is over, or confirmed at its device.
    """
    require_going(outage)
    if outage.confidence == "confirmed":
        raise OutageRefused(
            _("it is confirmed at %(device_name)s") % {"device_name": outage.device_name}, outage=outage.pk
        )


def going(outage: Outage) -> list[Outage]:
    """The outages of its network that go on."""
    return list(Outage.objects.filter(model_key=outage.model_key, state__in=states.RUNNING).defer("explanation"))


@dataclass(frozen=True, slots=True)
class Preview:
    """What a move would do to the customers counted out: how many come in, stay, leave; and the reports it would set free."""

    gained: int
    kept: int
    lost: int
    freed: int = 0


def preview(*, outage: Outage, device_mrid: str, phases: int | None = None, seen: int | None = None) -> Preview:
    """What `move` would do, with its refusals; nothing is changed.

    Raises:
        OutageRefused: the outage is over or confirmed, or there is an outage or telemetry that says otherwise at that device.
        Invalid: no protective device or service transformer of that name above or below the present one.
    """
    require_seen(outage, seen)
    require_open(outage)
    others = going(outage)
    devices = trees.devices(state.present(outage.model_key), others)
    device = _device(devices, outage, device_mrid)
    require_free(others, devices, outage, device)
    return _compare(devices, outage, device, phases_at(devices, device, phases))


def _compare(devices: Devices, outage: Outage, device: int, phases: int) -> Preview:
    """Customers and reports with the device open on these phases against those now."""
    nodes = devices.nodes_below(device).tolist()
    wanted = set(affected(devices, outage.model_key, device, phases).ids.tolist())
    own = ledger.live().filter(outage=outage, ended_at=None)
    mine = {member for members in own.values_list("usage_points", flat=True) for member in members}
    out = set(ledger.out_now(outage.model_key, nodes))
    freed = Evidence.objects.filter(outage=outage, settled_at=None).exclude(node__in=nodes).count()
    return Preview(len(wanted - out - mine), len(wanted & mine), len(mine - wanted), freed)


def phases_at(devices: Devices, device: int, wanted: int | None) -> int:
    """The phases of a device among those wanted (None: all it carries).

    Raises:
        Invalid: it carries none of them.
    """
    live = int(devices.tree.live_phases[device])
    found = live if wanted is None else live & wanted
    if not found:
        raise Invalid(_("it carries none of these phases"), field="phases")
    return found


def affected(devices: Devices, model: str, device: int, phases: int) -> ledger.Affected:
    """Who is without supply when the device is open on these phases."""
    nodes = devices.nodes_below(device)
    return ledger.affected_at(ledger.supplied_at(model, nodes.tolist()), Supply.of(nodes, np.full(nodes.size, phases)))


def _device(devices: Devices, outage: Outage, mrid: str) -> int:
    """The device meant, if it lies above or below the present one."""
    at = devices.at_nodes(np.array([outage.node]))[0]
    present = int(at) if outage.kind == "single" else devices.of_outage(outage)
    branch = devices.state.grid.branch_index(mrid)
    device = devices.places.device_of_branch(branch)
    if device < 0:
        raise Invalid(_("no protective device or service transformer of that name"), field="device")
    tree = devices.tree
    if present >= 0 and not (tree.below(present)[device] or tree.below(device)[present]):
        raise Invalid(
            _("it is neither above nor below %(device_name)s") % {"device_name": outage.device_name}, field="device"
        )
    return device


def require_free(others: Sequence[Outage], devices: Devices, outage: Outage, device: int) -> None:
    """Refuse a device with an outage of its own, or one known to be closed and live."""
    mrid = devices.mrid(device)
    for other in others:
        if other.device_mrid == mrid and other.kind != "single" and other.pk != outage.pk:
            raise OutageRefused(
                _("outage %(other)s is at that device: merge them") % {"other": other.pk},
                outage=outage.pk,
                other=other.pk,
            )
    if device in devices.telemetered_live().device:
        raise OutageRefused(_("telemetry shows that device closed and live"), outage=outage.pk)


def recount(now: Round, devices: Devices, outage: Outage, device: int) -> None:
    """Interruptions and reports follow the device."""
    nodes = devices.nodes_below(device)
    out = affected(devices, outage.model_key, device, outage.phases)
    ledger.keep_only(kept={outage.pk: out.ids.tolist()}, heirs={}, reason=gettext_noop("moved by hand"), at=now.at)
    ledger.open_rows(model=outage.model_key, openings=[ledger.Opening(outage, out, outage.started_at)])
    elsewhere = Evidence.objects.filter(outage=outage, settled_at=None).exclude(node__in=nodes.tolist())
    evidence.join(outage_of=dict.fromkeys(elsewhere.values_list("pk", flat=True)))
