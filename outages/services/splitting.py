"""One outage was several: devices below it become outages of their own; or a report belonged to another outage, or to none.

F1 (T1, T2, T3 dark)   split off T2          F1 (T1, T3 dark)   T2 nested in it
                       move down to T2, T3   T2    T3           what lay elsewhere is free for prediction again
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from numpy.typing import NDArray

from adms.core.actors import Actor
from adms.core.errors import Invalid
from network.domain.phrases import Phrase, phrase
from network.selectors import state
from outages.models import Evidence, Outage
from outages.selectors import trees
from outages.selectors.trees import Devices
from outages.services import evidence, keeping, ledger, regrouping
from outages.services.incidents import OutageRefused, Round
from outages.services.lifecycle import require_going, tell, work_on
from outages.services.regrouping import affected, require_free, require_seen, said_by

MOST = 50  # devices in one split


@dataclass(frozen=True, slots=True)
class Part:
    """What one device would take with it: customers counted out now, customers more, reports."""

    name: str
    kept: int
    gained: int
    reports: int


@transaction.atomic
def split(
    *,
    actor: Actor,
    outage_id: int,
    device_mrids: Sequence[str],
    stays: bool = True,
    reason: str = "",
    seen: int | None = None,
    at: dt.datetime,
) -> list[Outage]:
    """Devices below the outage's are open by themselves: each becomes an outage of its own, with the customers and reports below it.

    With `stays` the outage goes on where it is and the new ones are nested in it, so restoring it does not restore them.
    Without, it moves down to the first device and the others stand beside it; reports elsewhere are free for prediction again.
    Returns the new outages, in the order of the devices.

    Raises:
        OutageRefused: the outage has changed since it was seen, is over, or (to move) confirmed; at a device there is an outage or
            telemetry that says otherwise.
        Invalid: no devices, too many, one twice or within another, or one that is not below the outage's.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_seen(outage, seen)
        _require(outage, stays=stays)
        devices = trees.devices(state.present(outage.model_key), now.going(outage.model_key))
        chosen = _below(devices, outage, device_mrids, now.going(outage.model_key))
        before = outage.device_name
        with keeping.kept(now, "split", [outage], actor) as act:
            apart = chosen if stays else chosen[1:]
            act.made = _make(now, devices, outage, apart, actor, is_nested=stays)
            if not stays:
                now.change(outage, **regrouping.at_device(devices, chosen[0], None, actor, before=before))
                regrouping.recount(now, devices, outage, chosen[0])
            elif outage.confidence == "predicted":
                now.change(outage, confidence="probable")
            act.told = said_by(_told(before, outage, act.made, stays=stays), actor, reason)
        for one in act.made:
            now.note(one, "created", act.told, actor, occurred_at=one.started_at)
        tell(now, outage, "split", act.told, actor)
    return act.made


def preview_split(
    *, outage: Outage, device_mrids: Sequence[str], stays: bool = True, seen: int | None = None
) -> list[Part]:
    """What `split` would give each device, with its refusals; nothing is changed."""
    require_seen(outage, seen)
    _require(outage, stays=stays)
    others = regrouping.going(outage)
    devices = trees.devices(state.present(outage.model_key), others)
    parts = []
    for device in _below(devices, outage, device_mrids, others):
        nodes = devices.nodes_below(device).tolist()
        name = regrouping.at_device(devices, device, None, _NOBODY, before="")["device_name"]
        wanted = set(
            affected(devices, outage.model_key, device, regrouping.phases_at(devices, device, None)).ids.tolist()
        )
        rows = ledger.live().filter(outage=outage, ended_at=None, node__in=nodes)
        mine = {member for members in rows.values_list("usage_points", flat=True) for member in members}
        out = set(ledger.out_now(outage.model_key, nodes))
        reports = Evidence.objects.filter(outage=outage, settled_at=None, node__in=nodes).count()
        parts.append(Part(name, len(wanted & mine), len(wanted - out), reports))
    return parts


_NOBODY = Actor("nobody")


def _require(outage: Outage, *, stays: bool) -> None:
    if outage.kind == "single":
        raise OutageRefused(_("it is that of a single service: there is nothing to split"), outage=outage.pk)
    if stays:
        require_going(outage)
    else:
        regrouping.require_open(outage)


def _below(devices: Devices, outage: Outage, mrids: Sequence[str], others: Sequence[Outage]) -> list[int]:
    """The devices meant, each below the outage's and none within another."""
    if not 0 < len(mrids) <= MOST:
        raise Invalid(_("between 1 and %(most)s devices are needed") % {"most": MOST}, field="devices")
    present, tree = devices.of_outage(outage), devices.tree
    if present < 0:
        raise OutageRefused(
            _("%(device_name)s is no protective device") % {"device_name": outage.device_name}, outage=outage.pk
        )
    inside = tree.below(present)
    found: list[int] = []
    for mrid in mrids:
        device = devices.places.device_of_branch(devices.state.grid.branch_index(mrid))
        if device < 0 or device == present or not inside[device]:
            raise Invalid(
                _("%(mrid)s is no protective device or service transformer below %(device_name)s")
                % {"mrid": mrid, "device_name": outage.device_name},
                field="devices",
            )
        for other in found:
            if tree.below(other)[device] or tree.below(device)[other]:
                raise Invalid(
                    _("%(mrid)s lies within another of them, or is named twice") % {"mrid": mrid}, field="devices"
                )
        require_free(others, devices, outage, device)
        found.append(device)
    return found


def _make(
    now: Round, devices: Devices, outage: Outage, chosen: Sequence[int], actor: Actor, *, is_nested: bool
) -> list[Outage]:
    """Outages at these devices, which take over the rows and reports below them."""
    made = [
        Outage(
            **regrouping.at_device(devices, device, None, actor, before=outage.device_name),
            started_at=outage.started_at,
            parent_id=outage.pk if is_nested else outage.parent_id,
        )
        for device in chosen
    ]
    now.create(rows=made)
    for device, one in zip(chosen, made, strict=True):
        nodes = devices.nodes_below(device)
        out = affected(devices, outage.model_key, device, one.phases)
        _hand_over(outage, one, out.ids, nodes)
        ledger.open_rows(model=one.model_key, openings=[ledger.Opening(one, out, one.started_at)])
        now.tell(one, "split")
    return made


def _hand_over(outage: Outage, to: Outage, points: NDArray[np.int64], nodes: NDArray[np.integer]) -> None:
    """Open rows of these usage points, and the reports at these nodes, go over to another outage."""
    wanted = set(points.tolist())
    rows = ledger.live().filter(outage=outage, ended_at=None, node__in=nodes.tolist()).order_by("pk")
    parts = {}
    for row in rows:
        if going := wanted.intersection(row.usage_points):
            parts[row] = ledger.split(row, dict.fromkeys(going, ledger.given_to(to)))
    ledger.rewrite(parts)
    reports = Evidence.objects.filter(outage=outage, settled_at=None, node__in=nodes.tolist())
    evidence.join(outage_of=dict.fromkeys(reports.values_list("pk", flat=True), to.pk))


def _told(before: str, outage: Outage, made: Sequence[Outage], *, stays: bool) -> Phrase:
    outages = [phrase("outage_at", device=one.device_name, outage=str(one.pk)) for one in made]
    if stays:
        return phrase("split_off", before=before, outages=outages)
    if outages:
        return phrase("moved_down_and", before=before, device=outage.device_name, outages=outages)
    return phrase("moved_down", before=before, device=outage.device_name)


# Reports


@transaction.atomic
def reassign(
    *,
    actor: Actor,
    outage_id: int,
    reports: Sequence[int],
    to_id: int | None,
    reason: str,
    at: dt.datetime,
) -> Outage:
    """Reports (ids of evidence) of one outage belong to another, or (None) are explained by nobody.

    Whom the outage's device explains stays counted out there whatever he said. Who is counted only for his report goes over with
    it; explained by nobody, he never was out as far as is known.

    Raises:
        OutageRefused: one of the outages is over.
        Invalid: no reports, or some that are not open reports of this outage; no reason; the same outage.
    """
    with work_on(actor, "change_outage", outage_id, at) as (now, outage):
        require_going(outage)
        to = _other(now, outage, to_id)
        if not reason.strip():
            raise Invalid(_("a reason is needed"), field="reason")
        held = list(Evidence.objects.filter(pk__in=list(reports), outage=outage, settled_at=None).order_by("pk"))
        if not held or len(held) != len(set(reports)):
            missing = sorted(set(reports) - {one.pk for one in held})
            raise Invalid(
                _("no reports, or some that are not open ones of this outage"), field="reports", unknown=missing[:20]
            )
        with keeping.kept(now, "reassigned", [outage, *([to] if to else [])], actor) as act:
            _rows_of_reporters(outage, to, held, reason, at)
            evidence.join(outage_of={one.pk: to.pk if to else None for one in held})
            if to is None:
                ids = [one.pk for one in held]
                words = f"set aside by {actor.label or actor.name}: {reason}"[:120]
                Evidence.objects.filter(pk__in=ids).update(settled_at=at, settled_reason=words)
            told = phrase("set_aside", reports=len(held), outage=str(outage.pk))
            if to:
                told |= phrase("given", to=str(to.pk), device=to.device_name)
            act.told = said_by(told, actor, reason)
        if to:
            now.note(to, "reassigned", act.told, actor)
            now.tell(to, "reassigned")
        tell(now, outage, "reassigned", act.told, actor)
    return outage


def _other(now: Round, outage: Outage, to_id: int | None) -> Outage | None:
    if to_id is None:
        return None
    to = now.get(to_id)
    if to.pk == outage.pk or to.model_key != outage.model_key:
        raise Invalid(_("another outage of the same network is needed"), field="to")
    require_going(to)
    return to


def _rows_of_reporters(
    outage: Outage, to: Outage | None, held: Sequence[Evidence], reason: str, at: dt.datetime
) -> None:
    devices = trees.devices(state.present(outage.model_key), regrouping.going(outage))
    device = devices.of_outage(outage)
    own = devices.nodes_below(device).tolist() if device >= 0 else []
    moving = {one.usage_point_id for one in held if one.usage_point_id and one.node not in set(own)}
    rows = ledger.live().filter(outage=outage, ended_at=None, usage_points__overlap=sorted(moving)).order_by("pk")
    never = {"superseded_at": at, "superseded_reason": f"set aside: {reason}"[:200]}
    fate = ledger.given_to(to) if to else never
    ledger.rewrite({row: ledger.split(row, dict.fromkeys(moving.intersection(row.usage_points), fate)) for row in rows})
