"""Callbacks: the list, and what a person does with one."""

import csv
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from adms.core.errors import Refused
from adms.core.selectors import persons
from outages.models import Callback
from outages.selectors import callback_words
from outages.selectors import callbacks as known
from outages.services import callback_answers, callbacks

LABELS = {
    known.DUE: gettext_lazy("To be called"),
    known.WAITING: gettext_lazy("Wait for supply"),
    known.STILL_OUT: gettext_lazy("Still out"),
    known.ENDED: gettext_lazy("Over"),
    known.ALL: gettext_lazy("All"),
}
ANSWERS = {
    "reached": gettext_lazy("Reached"),
    "not_reached": gettext_lazy("Not reached"),
    "still_out": gettext_lazy("Still out"),
}
COLUMNS = ("id", "state", "customer", "account", "phone", "outage", "calls", "requested_at", "requested_by", "reason", "back_at",
           "tries", "due_at", "answer", "answered_by", "ended_at")  # fmt: skip
MOST_LINES = 20_000


@browser.page("GET", may="view_customer")
def callback_list(request: browser.Request) -> HttpResponse:
    """Whom to call, the latest first."""
    show, text = _chosen(request)
    counted = known.counts(request.actor, text=text)
    page = browser.paged(request, known.listed(request.actor, show=show, text=text))
    page.object_list = _rows(list(page.object_list))
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": counted[key], "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "q": text,
        "csv_url": f"{reverse('outages:callback_csv')}?{request.GET.urlencode()}",
        "answers": ANSWERS,
        "now": request.at,
    }
    return browser.either(request, "callbacks/list.html", "callbacks/_rows.html", context, has_chips=True)


def _chosen(request: browser.Request) -> tuple[str, str]:
    show = request.GET.get("show", "")
    return (show if show in LABELS else known.DUE), request.GET.get("q", "").strip()[:80]


def _rows(found: Sequence[Callback]) -> list[dict[str, Any]]:
    who = persons.names(name for one in found for name in (one.requested_by, one.answered_by))
    return [_row(one) | {"asked_by": who[one.requested_by], "heard_by": who[one.answered_by]} for one in found]


def _row(one: Callback) -> dict[str, Any]:
    customer = one.usage_point.customer if one.usage_point else None
    renewed = next(iter(one.followed_by.all()), None)
    return {
        "id": one.pk,
        "state": one.get_state_display(),
        "key": one.state,
        "customer": one.name,
        "account": customer.account_number if customer else "",
        "critical": customer.critical.replace("_", " ") if customer else "",
        "phone": one.phone,
        "outage": one.outage_id,
        "outage_url": reverse("outages:outage_page", args=[one.outage_id]) if one.outage_id else "",
        "outage_state": one.outage.get_state_display() if one.outage else "",
        "calls": one.calls,
        "requested_at": one.requested_at,
        "requested_by": one.requested_by,
        "reason": callback_words.reason(one),
        "back_at": one.back_at,
        "tries": one.tries,
        "due_at": one.due_at,
        "next_try_at": one.next_try_at,
        "is_by_hand": one.is_by_hand,
        "answer": callback_words.answer(one),
        "answered_by": one.answered_by,
        "ended_at": one.ended_at,
        "again": renewed.outage_id if renewed else None,
        "again_url": reverse("outages:outage_page", args=[renewed.outage_id]) if renewed and renewed.outage_id else "",
    }


@browser.page("GET", may="view_customer")
def callback_csv(request: browser.Request) -> HttpResponse:
    """The list as a file."""
    show, text = _chosen(request)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="callbacks-{request.at:%Y-%m-%d-%H%M}.csv"'
    writer = csv.writer(response)
    writer.writerow(COLUMNS)
    for one in known.listed(request.actor, show=show, text=text)[:MOST_LINES]:
        row = _row(one)
        writer.writerow([spreadsheets.cell(row[name]) for name in COLUMNS])
    return response


@browser.page("POST", may="view_customer")
def callback_request(request: browser.Request, usage_point: int) -> HttpResponse:
    """Promise a call to a customer."""
    found = callbacks.request(actor=request.actor, usage_point=usage_point, at=request.at)
    return browser.done(request, _("%(name)s will be called back") % {"name": _name(found)}, back=_back())


@browser.page("POST", may="view_customer")
def callback_now(request: browser.Request, callback_id: int) -> HttpResponse:
    """Have a customer called now."""
    found = callbacks.ask_now(actor=request.actor, callback_id=callback_id, at=request.at)
    return browser.done(request, _("%(name)s is to be called now") % {"name": _name(found)}, back=_back())


@browser.page("GET", "POST", may="view_customer")
def callback_withdraw(request: browser.Request, callback_id: int) -> HttpResponse:
    """Nobody is to be called any more; asks why."""
    context: dict[str, Any] = {
        "title": _("Withdraw this callback?"),
        "text": _("The customer will not be called."),
        "verb": _("Withdraw"),
        "reason_label": _("Reason"),
        "url": request.path,
    }
    if request.method == "POST":
        reason = request.POST.get("reason", "").strip()[:200]
        if len(reason) >= 3:
            try:
                callbacks.withdraw(actor=request.actor, callback_id=callback_id, reason=reason, at=request.at)
            except Refused as refused:
                context["error"] = browser.words(request, refused)
                return render(request, "components/_confirm.html", context, status=refused.status)
            return browser.done(request, _("The callback is withdrawn"), back=_back())
        context["error"] = _("Say why, in at least three letters")
    return render(request, "components/_confirm.html", context, status=422 if "error" in context else 200)


@browser.page("POST", may="view_customer")
def callback_answer(request: browser.Request, callback_id: int, outcome: str) -> HttpResponse:
    """What became of the call a person made."""
    found = callback_answers.answer(
        actor=request.actor, callback_id=callback_id, outcome=outcome.replace("-", "_"), at=request.at
    )
    words = {
        "reached": _("%(name)s was reached"),
        "still_out": _("%(name)s is still out: taken as a new call"),
        "unreached": _("%(name)s was not reached in the last try"),
    }
    said = words.get(found.state, _("%(name)s was not reached"))
    return browser.done(request, said % {"name": _name(found)}, back=_back())


def _name(found: Callback) -> str:
    return found.name or _("The customer")


def _back() -> str:
    return reverse("outages:callback_list")
