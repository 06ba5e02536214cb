"""The message inspector: every message in and out, what was refused and why, how partners do."""

from collections.abc import Collection, Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core import browser, spreadsheets
from integration.models import Partner
from integration.selectors import inspector, messages
from integration.services import replaying
from integration.views import shown

READS = "inspect_messages"
CONFIRM = "components/_confirm.html"
TAKEN = (200, 202)
LABELS = {
    "all": gettext_lazy("All"),
    "in": gettext_lazy("In"),
    "out": gettext_lazy("Out"),
    "waiting": gettext_lazy("Waiting"),
    "dead": gettext_lazy("Dead letters"),
    "failed": gettext_lazy("Partly failed"),
    "refused": gettext_lazy("Refused"),
}
#: The list as a file, of the rows as they are shown, and how many at most.
COLUMNS = (
    "at",
    "way",
    "partner",
    "message_id",
    "verb",
    "noun",
    "result",
    "items",
    "items_failed",
    "repeats",
    "attempts",
    "reason",
)
MOST_LINES = 5_000


@browser.page("GET", may=READS)
def message_list(request: browser.Request) -> HttpResponse:
    """The latest messages, newest first, and the partners."""
    show = request.GET.get("show", "")
    show = show if show in LABELS else "all"
    partners = messages.partners()
    wanted = _wanted(request, {str(one.pk) for one in partners})
    if spreadsheets.is_wanted(request):
        keys = list(inspector.listed(show, wanted)[:MOST_LINES])
        rows = (shown.row(way, found) for way, found in inspector.load(keys))
        return spreadsheets.answer(f"messages-{show}", {name: name for name in COLUMNS}, rows, request.at)
    page = browser.paged(request, inspector.listed(show, wanted))
    page.object_list = [shown.row(way, found) for way, found in inspector.load(list(page.object_list))]
    if request.htmx:
        return render(request, "messages/_rows.html", {"page": page})
    context = {
        "page": page,
        "filters": [
            {"key": key, "label": label, "count": inspector.count(key, wanted), "is_current": key == show}
            for key, label in LABELS.items()
        ],
        "partners": [shown.partner(one, request.at) for one in partners],
        "q": wanted.text,
        "choices": _choices(wanted, partners),
        "new_partner_url": reverse("integration:partner_new") if request.actor.may("manage_partners") else "",
    }
    return render(request, "messages/inspector.html", context)


def _wanted(request: browser.Request, partners: Collection[str]) -> inspector.Wanted:
    """What the list is narrowed to; what is no noun, verb or partner narrows nothing."""
    told = {name: request.GET.get(name, "") for name in ("noun", "verb", "partner")}
    return inspector.Wanted(
        text=request.GET.get("q", "").strip()[:120],
        partner=int(told["partner"]) if told["partner"] in partners else None,
        noun=told["noun"] if told["noun"] in inspector.NOUNS else "",
        verb=told["verb"] if told["verb"] in inspector.VERBS else "",
    )


def _choices(wanted: inspector.Wanted, partners: Sequence[Partner]) -> list[dict[str, Any]]:
    """The menus beside the search: what there can be by the registry and the accounts, not only what there is."""
    named = [(str(one.pk), one.name) for one in partners]
    menus = (
        ("noun", _("Noun"), _("All nouns"), [(one, one) for one in inspector.NOUNS], wanted.noun),
        ("verb", _("Verb"), _("All verbs"), [(one, one) for one in inspector.VERBS], wanted.verb),
        ("partner", _("Partner"), _("All partners"), named, str(wanted.partner or "")),
    )
    return [
        {
            "name": name,
            "label": label,
            "all": everything,
            "options": [{"key": key, "label": text, "is_current": key == current} for key, text in options],
        }
        for name, label, everything, options, current in menus
    ]


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
