"""Interlocks of pairs in the browser: the rules, who changed what, making one and taking one away."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser, spreadsheets
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.selectors import persons
from network.selectors import control, versions
from network.services.control import interlocks

FORM, CONFIRM = "control/_interlock.html", "components/_confirm.html"
FIELDS = ("model", "device", "close", "other", "other_closed", "text")


COLUMNS: dict[str, spreadsheets.Column] = {
    "model": "model.key", "device": "equipment_mrid", "close": "close", "only_while": "other_mrid", "closed": "other_closed",
    "text": "text", "made_by": "made_by", "made_at": "made_at",
}  # fmt: skip


@browser.page("GET", may="see_network")
def page(request: browser.Request) -> HttpResponse:
    """Every rule, and the last changes."""
    found = control.interlocks(request.GET.get("model", ""))
    if spreadsheets.is_wanted(request):
        return spreadsheets.answer("interlocks", COLUMNS, found, request.at)
    rows = browser.paged(request, found)
    names = control.switch_names(rows.object_list)
    rows.object_list = [_told(one, names) for one in rows.object_list]
    changes = control.interlock_changes()
    accounts = {one["row"].made_by for one in rows.object_list} | {one["actor"] for one in changes}
    context = {
        "page": rows,
        "may_edit": request.actor.may(interlocks.EDIT),
        "changes": changes,
        "who": persons.names(accounts),
    }
    return browser.either(request, "control/interlocks.html", "control/_interlocks.html", context)


def _told(one: Any, names: dict[tuple[int, str], str]) -> dict[str, Any]:
    return {
        "row": one,
        "device": names.get((one.model_id, one.equipment_mrid), one.equipment_mrid),
        "other": names.get((one.model_id, one.other_mrid), one.other_mrid),
        "remove_url": reverse("network:interlock_remove", args=[one.pk]),
    }


@browser.page("GET", "POST", may=interlocks.EDIT)
def make(request: browser.Request) -> HttpResponse:
    """A rule: a device makes a movement only while another one stands so."""
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    context = {"url": request.path, "models": versions.operated(), "given": given}
    if request.method != "POST":
        return render(request, FORM, context)
    try:
        _make(request, given)
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return render(request, FORM, context | {"error": browser.words(request, refused)}, status=refused.status)
    return browser.done(request, _("The rule holds from now on"), back=reverse("network:interlocks"))


def _make(request: browser.Request, given: dict[str, str]) -> None:
    for name, values in (("close", ("open", "close")), ("other_closed", ("open", "closed"))):
        if given[name] not in values:
            raise Invalid(_("choose one of %(known)s") % {"known": " or ".join(values)}, field=name)
    interlocks.make(
        actor=request.actor,
        model=given["model"],
        equipment_mrid=control.switch_called(given["model"], given["device"]),
        close=given["close"] == "close",
        other_mrid=control.switch_called(given["model"], given["other"]),
        other_closed=given["other_closed"] == "closed",
        text=given["text"],
        at=request.at,
    )


@browser.page("GET", "POST", may=interlocks.EDIT)
def remove(request: browser.Request, interlock_id: int) -> HttpResponse:
    """Ask first: the movement is then free."""
    if request.method == "POST":
        interlocks.remove(actor=request.actor, interlock_id=interlock_id, at=request.at)
        return browser.done(request, _("The rule is gone"), back=reverse("network:interlocks"))
    row = control.interlocks().filter(pk=interlock_id).first()
    if row is None:
        raise NotFound(_("no such interlock"), interlock=interlock_id)
    names = control.switch_names([row])
    device = names.get((row.model_id, row.equipment_mrid), row.equipment_mrid)
    context = {
        "title": _("Take the rule of %(device)s away?") % {"device": device},
        "text": _("Nothing then keeps it from moving, whatever the other device does. It is on the audit trail."),
        "verb": _("Take away"),
        "url": request.path,
    }
    return render(request, CONFIRM, context)
