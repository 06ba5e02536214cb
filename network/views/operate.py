"""The operate dialog: step 1 shows what would happen and selects, step 2 executes, then it follows what became of it."""

import uuid
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from adms.core import clock
from adms.core.browser import actor_of
from adms.core.errors import Refused
from adms.core.services import authority
from network.models import Equipment, Operation
from network.selectors import equipment, panels
from network.selectors import operations as asked
from network.services import operations
from network.services.operations import Request

SELECT, EXECUTE, RESULT = (
    "network/_operate_select.html",
    "network/_operate_execute.html",
    "network/_operate_result.html",
)


@login_required
@require_GET
def operate(request: HttpRequest, model: str, mrid: str, action: str) -> HttpResponse:
    """Step 1: the look-ahead. Nothing is reserved yet."""
    authority.require(actor=actor_of(request), action="see_network")
    found = operations.find_switch(model, mrid)
    return render(request, SELECT, {"operation": _first(request, found, close=action == "close")})


@login_required
@require_POST
def select(request: HttpRequest, model: str, mrid: str, action: str) -> HttpResponse:
    """Reserve the device and show step 2; a refusal comes back on step 1."""
    found = operations.find_switch(model, mrid)
    wanted = _request(found, close=action == "close", seen=request.POST.get("seen_number", ""))
    try:
        row = operations.request_operation(actor=actor_of(request), request=wanted, at=clock.now())
    except Refused as refused:
        context = {"operation": _first(request, found, close=action == "close"), "refusal": refused.message}
        return render(request, SELECT, context, status=200)
    return render(request, EXECUTE, {"operation": _second(row, found)})


@login_required
@require_POST
def execute(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """Do it, or say why not."""
    row = asked.operation(operation_id)
    found = operations.find_switch(row.model.key, row.equipment_mrid)
    reason = request.POST.get("reason", "")
    try:
        done = operations.execute_operation(
            actor=actor_of(request),
            operation_id=operation_id,
            confirmation=request.POST.get("confirmation", ""),
            reason=reason,
            at=clock.now(),
        )
    except Refused as refused:
        context = {
            "operation": _second(asked.operation(operation_id), found),
            "refusal": refused.message,
            "reason": reason,
        }
        return render(request, EXECUTE, context)
    return render(request, RESULT, _result(done, found))


@login_required
@require_POST
def release(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """Give the selection back: the dialog was closed."""
    operations.cancel_operation(actor=actor_of(request), operation_id=operation_id, at=clock.now())
    return HttpResponse(status=204)


@login_required
@require_GET
def status(request: HttpRequest, operation_id: uuid.UUID) -> HttpResponse:
    """What has become of it."""
    authority.require(actor=actor_of(request), action="see_network")
    row = asked.operation(operation_id)
    return render(request, RESULT, _result(row, operations.find_switch(row.model.key, row.equipment_mrid)))


@login_required
@require_POST
def second(request: HttpRequest, model: str, mrid: str, action: str) -> HttpResponse:
    """Beyond a guard: the password again where it is given, and a second person asked where a reason is; then step 1 once more."""
    actor, at = actor_of(request), clock.now()
    found = operations.find_switch(model, mrid)
    wanted = _request(found, close=action == "close", seen=request.POST.get("seen_number", ""))
    told, refusal = "", ""
    try:
        told = operations.pass_guard(
            actor=actor,
            request=wanted,
            password=request.POST.get("password", ""),
            reason=request.POST.get("reason", ""),
            moves_here="here" in request.POST,
            at=at,
        )
    except Refused as refused:
        refusal = refused.message
    context = {"operation": _first(request, found, close=action == "close"), "refusal": refusal, "told": told}
    return render(request, SELECT, context)


def _request(found: Equipment, *, close: bool, seen: str) -> Request:
    return Request(found.version.model.key, found.mrid, close, int(seen) if seen.isdecimal() else -1)


def _first(request: HttpRequest, found: Equipment, *, close: bool) -> dict[str, Any]:
    key, action = found.version.model.key, "close" if close else "open"
    wanted = _request(found, close=close, seen="")
    told = operations.first_step(actor=actor_of(request), request=wanted, at=clock.now())
    return told | {
        "operate_url": reverse("network:operate", args=[key, found.mrid, action]),
        "second_url": reverse("network:ask_second", args=[key, found.mrid, action]),
        "select_url": reverse("network:select", args=[key, found.mrid, action]),
    }


def _second(row: Operation, found: Equipment) -> dict[str, Any]:
    return operations.second_step(picked=row, at=clock.now()) | {
        "execute_url": reverse("network:execute", args=[row.pk]),
        "release_url": reverse("network:release", args=[row.pk]),
        "select_again_url": reverse(
            "network:operate", args=[found.version.model.key, found.mrid, "close" if row.closed_wanted else "open"]
        ),
    }


def _result(row: Operation, found: Equipment) -> dict[str, Any]:
    told = panels.asked(row, found, clock.now()) | {"status_url": reverse("network:operation_status", args=[row.pk])}
    return {"operation": told, "now": clock.now(), "tasks": equipment.open_tasks()}
