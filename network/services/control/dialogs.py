"""What the first step of an operation shows and takes, wherever it is opened: the map, a step of an order, a step of FLISR.

It decides nothing: the gate asks everything again when the device is selected.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.services import leases, step_up
from network.models import Equipment, Operation
from network.selectors import panels
from network.services.control import gate
from network.services.control.devices import digits_to_type, find_switch
from network.services.control.requests import COMMAND_TIMEOUT, SELECT_LEASE, Refusal, Request


def first_step(*, actor: Actor, request: Request, at: dt.datetime) -> dict[str, Any]:
    """Step 1 (template network/_operate_select.html) but for its addresses: what would change, and what the gate says now.

    The position is the one that stands now; `seen_number` of the request is not looked at.
    """
    found = find_switch(request.model, request.equipment_mrid)
    told = panels.operation(found, close=request.close)
    said = dict(gate.told(actor=actor, request=replace(request, seen_number=told["seen_number"]), at=at))
    guard, held = said["guards"], said["area_held"]
    is_free = leases.of_area(found.area_id, at) is None and held is None and not actor.is_system
    checks = _checks(said, found, is_free=is_free) + told["checks"][-1:]
    return told | {
        "checks": checks,
        "why_not": next((check["text"] for check in checks if not check["ok"]), ""),
        "is_blocked": told["is_blocked"] or any(said.values()),
        "takes_area": found.area.name if is_free else "",
        "needs": guard.needs if guard else (),
        "is_elsewhere": held is not None and "console" in held.needs,
        "lease_s": runtime_settings.get(SELECT_LEASE),
        "fields": {"seen_number": told["seen_number"]},
    }


def second_step(*, picked: Operation, at: dt.datetime) -> dict[str, Any]:
    """Step 2 of an operation that was selected (template network/_operate_execute.html) but for its addresses."""
    name = picked.equipment_name
    digits = digits_to_type(name)
    return panels.asked(picked, find_switch(picked.model.key, picked.equipment_mrid), at) | {
        "timeout_s": runtime_settings.get(COMMAND_TIMEOUT),
        "digits": digits,
        "digits_prefix": name[: name.rfind(digits)],
    }


def pass_guard(
    *, actor: Actor, request: Request, password: str, reason: str, moves_here: bool = False, at: dt.datetime
) -> str:
    """What lets a movement pass, done from its dialog; what was done, in words.

    Control taken to this console where `moves_here`, the password again where it is given, a second person asked where a reason is.

    Raises:
        WrongPassword: it is not theirs.
        NotAuthorised: not in this area.
        AreaHeld: the actor does not hold the area whose control is to be taken here.
        OperationRefused: a check that no second person lifts says no, or no guard is reached.
    """
    said = []
    if moves_here:
        area = find_switch(request.model, request.equipment_mrid).area
        leases.move_here(actor=actor, area=area.key, at=at)
        said.append(_("Control of %(area)s is at this console now.") % {"area": area.name})
    if password:
        step_up.confirm(actor=actor, password=password, at=at)
        said.append(_("Your password is confirmed."))
    if reason.strip():
        gate.ask_second_person(actor=actor, request=request, reason=reason, at=at)
        said.append(_("A second person is asked; this page is told when they answer."))
    return " ".join(said)


def _checks(said: dict[str, Refusal | None], found: Equipment, *, is_free: bool) -> list[dict[str, Any]]:
    """What the gate says now: the checks people ask about in full, the others where they say no."""
    held = _("Nobody holds %(area)s: selecting takes control of it for you") if is_free else _("You hold %(area)s")
    good = {
        "area_held": held % {"area": found.area.name},
        "no_freeze": _("Remote control is not frozen"),
        "no_blocking_tag": _("No tag blocks it"),
        "interlocks_agree": _("Interlocks agree, nothing is energised onto a ground"),
        "guards": _("Its position is good, and the operation is within the guards of size and rate"),
    }
    told = []
    for name, refusal in said.items():
        if refusal is not None:
            words = refusal.words + (f" ({_('can be lifted by')} {refusal.lifted_by})" if refusal.lifted_by else "")
            told.append({"ok": False, "text": words[:1].upper() + words[1:]})
        elif name in good:
            told.append({"ok": True, "text": good[name]})
    return told
