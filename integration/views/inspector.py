"""The message inspector: every message in and out, what was refused and why, how partners do."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from integration.selectors import inspector, messages
from integration.services import replaying
from integration.views import shown

READS = "inspect_messages"
CONFIRM = "components/_confirm.html"
TAKEN = (200, 202)
LABELS = {
    "all": "All",
    "in": "In",
    "out": "Out",
    "waiting": "Waiting",
    "dead": "Dead letters",
    "failed": "Partly failed",
    "refused": "Refused",
}


@browser.page("GET", may=READS)
def message_list(request: browser.Request) -> HttpResponse:
    """The latest messages, newest first, and the partners."""
    show = request.GET.get("show", "")
    show = show if show in LABELS else "all"
    text = request.GET.get("q", "").strip()[:120]
    page = browser.paged(request, inspector.listed(show, text))
    page.object_list = [shown.row(way, found) for way, found in inspector.load(list(page.object_list))]
    if request.htmx:
        return render(request, "messages/_rows.html", {"page": page})
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": inspector.count(key, text), "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "partners": [shown.partner(one, request.at) for one in messages.partners()],
        "q": text,
        "new_partner_url": reverse("integration:partner_new") if request.actor.may("manage_partners") else "",
    }
    return render(request, "messages/inspector.html", context)


@browser.page("GET", may=READS)
def message(request: browser.Request, way: str, key: int) -> HttpResponse:
    """One message: raw, as it was understood, answered, and what it did."""
    context = shown.page(request.actor, way, inspector.message(way, key))
    return render(request, "messages/message.html", context)


@browser.page("GET", may=READS)
def message_raw(request: browser.Request, way: str, key: int) -> HttpResponse:  # noqa: ARG001 - `page` has used it
    """The very bytes, as a file that no browser runs."""
    found = inspector.message(way, key)
    data = bytes(found.excerpt if way == inspector.REFUSED else found.body)
    response = HttpResponse(data, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{way}-{key}.xml"'
    return response


@browser.page("GET", "POST", may=replaying.MAY)
def send_again(request: browser.Request, outbox_id: int) -> HttpResponse:
    """Send one of ours once more; a question first."""
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        replaying.send_again(actor=request.actor, outbox_id=outbox_id, reason=reason, at=request.at)
        return browser.done(request, _("It is sent again"), back=_page(inspector.OUT, outbox_id))
    context = {
        "title": _("Send the message again?"),
        "text": _("Whoever has had it already answers as he did then. It is on the audit trail."),
        "verb": _("Send again"),
        "url": reverse("integration:send_again", args=[outbox_id]),
        "reason_label": _("Why"),
    }
    return render(request, CONFIRM, context)


@browser.page("GET", "POST", may=replaying.MAY)
def take_again(request: browser.Request, quarantine_id: int) -> HttpResponse:
    """Take what was refused once more; a question first, which says what it would be answered now."""
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        answer = replaying.take_again(actor=request.actor, quarantine_id=quarantine_id, reason=reason, at=request.at)
        words = _("It is taken") if answer.status in TAKEN else _("It is refused again: HTTP %d") % answer.status
        return browser.done(request, words, back=_page(inspector.REFUSED, quarantine_id))
    answer = replaying.rehearse_again(actor=request.actor, quarantine_id=quarantine_id, at=request.at)
    context = {
        "title": _("Take the message after all?"),
        "text": shown.would_be(answer),
        "verb": _("Take it"),
        "url": reverse("integration:take_again", args=[quarantine_id]),
        "reason_label": _("Why"),
    }
    return render(request, CONFIRM, context)


def _page(way: str, key: int) -> str:
    return reverse("integration:message", args=[way, key])
