"""Partners: one page for each, and one to make another."""

import uuid
from typing import Any
from xml.sax.saxutils import escape

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Invalid, Refused
from adms.core.services import authority
from integration.cim import dialects, interfaces, registry, signature, starting
from integration.cim.registry import Direction
from integration.models import Partner
from integration.selectors import partners as rows
from integration.services import partners
from integration.views import shown
from metering.selectors import readings

READS = ("inspect_messages", "manage_partners")


@browser.page("GET", may=READS)
def partner(request: browser.Request, partner_id: int) -> HttpResponse:
    """How a partner does, what it may, and how it sends its first message."""
    return _page(request, rows.partner(partner_id))


@browser.page("GET", "POST", may="manage_partners")
def partner_new(request: browser.Request) -> HttpResponse:
    """Make one; its token is shown this once."""
    if request.method != "POST":
        return _form(request, partners.NewPartner(name="", source=""))
    wanted = partners.NewPartner(
        name=request.POST.get("name", "").strip(),
        source=request.POST.get("source", "").strip(),
        allowed=tuple(request.POST.getlist("allowed")),
        subscriptions=tuple(request.POST.getlist("subscriptions")),
        endpoint_url=request.POST.get("endpoint", "").strip(),
        endpoint_token=request.POST.get("endpoint_token", "").strip(),
        certificate=request.POST.get("certificate", "").strip(),
        must_sign=request.POST.get("must_sign") == "1",
        is_signed_to=request.POST.get("is_signed_to") == "1",
    )
    if unknown := sorted(set(wanted.allowed) - {row.name for row in registry.ROWS if row.direction is Direction.IN}):
        return _form(request, wanted, _("%(name)s is no message we know") % {"name": unknown[0]}, 422)
    try:
        made, token = partners.create_partner(actor=request.actor, partner=wanted, at=request.at)
    except authority.NotAuthorised:
        raise
    except Refused as refused:
        return _form(request, wanted, browser.words(request, refused), refused.status)
    return _page(request, made, token)


@browser.page("POST", may="manage_partners")
def partner_token(request: browser.Request, partner_id: int) -> HttpResponse:
    """Renew its token, which is shown this once; what it had is good for the hours asked for."""
    typed = request.POST.get("overlap_h", "")
    try:
        if not typed.isdecimal():
            raise Invalid(_("%(text)s is no number of hours") % {"text": typed[:20] or "—"}, field="overlap_h")
        found, token = partners.renew_token(
            actor=request.actor, partner_id=partner_id, overlap_h=int(typed), at=request.at
        )
    except authority.NotAuthorised:
        raise
    except Refused as refused:
        return _page(request, rows.partner(partner_id), error=browser.words(request, refused), status=refused.status)
    return _page(request, found, token, is_renewed=True)


def _page(
    request: browser.Request,
    found: Partner,
    token: str = "",
    *,
    is_renewed: bool = False,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    allowed = [row for row in registry.ROWS if row.direction is Direction.IN and row.name in found.allowed]
    told = [row for row in registry.ROWS if row.direction is Direction.OUT and row.noun in found.subscriptions]
    first = min(allowed, key=starting.rank, default=None)
    address = request.build_absolute_uri(reverse("cim-messages"))
    context: dict[str, Any] = {
        "partner": found,
        "health": shown.health(found, request.at),
        "paused_until": found.paused_until if found.paused_until and found.paused_until > request.at else None,
        "traffic": rows.traffic(found, at=request.at),
        "messages": [_row(row, found) for row in (*allowed, *told)],
        "token": token,
        "is_renewed": is_renewed,
        "tokens": rows.tokens(found, at=request.at),
        "overlaps": [(0, _("refused at once")), (24, _("good for a day")), (7 * 24, _("good for a week"))],
        "error": error,
        "first": _first(found, first, address, request, token) if first else "",
        "meter": starting.METER,
        "fills_in": bool(first and not starting.is_complete(first)),
        "wsdl_url": reverse("cim-soap") + "?wsdl",
        "change_url": _change_url(request, found),
        "dialect": _dialect(found),
        "certificates": signature.describe(found.certificate) if found.certificate else [],
        "log_url": reverse("integration:message_list") + f"?partner={found.pk}",
    }
    return render(request, "messages/partner.html", context, status=status)


def _change_url(request: browser.Request, found: Partner) -> str:
    return reverse("integration:partner_change", args=[found.pk]) if request.actor.may("manage_partners") else ""


def _dialect(found: Partner) -> str:
    """How it differs from ours, in a line."""
    said = [str(found.dialect[key]) for key in ("message", "zone") if found.dialect.get(key)]
    words = {
        "namespaces": _("namespaces"),
        "elements": _("elements"),
        "name_types": _("types of names"),
        "codes": _("codes"),
        "dropped": _("dropped"),
        "added": _("added"),
    }
    counted = {label: len(found.dialect.get(key, ())) for key, label in words.items()}
    return " · ".join(said + [f"{label}: {count}" for label, count in counted.items() if count])


def _row(row: registry.Row, found: Partner) -> dict[str, Any]:
    wants = found.filters.get(row.noun, {}) if row.direction is Direction.OUT else {}
    values = [f"{element}={text}" for element, texts in wants.get("values", {}).items() for text in texts]
    return {
        "only": ", ".join([one for part in ("areas", "objects", "verbs") for one in wants.get(part, ())] + values),
        "name": row.name,
        "way": _("to us") if row.direction is Direction.IN else _("to it"),
        "domain": row.domain.value,
        "pattern": row.pattern.value,
        "schema": row.schema,
        "schema_url": reverse("cim-schema", args=[row.schema]),
        "serves": ", ".join(interfaces.served_by(row)),
    }


def _first(found: Partner, row: registry.Row, address: str, request: browser.Request, token: str) -> str:
    """What to type, in its own words where it has some; a question comes first where it may ask one, for it changes nothing."""
    text = starting.message(row, source=found.source, message_id=str(uuid.uuid4()), at=request.at)
    text = text.replace(starting.METER, escape(readings.some_meter()) or starting.METER)
    if found.dialect:
        text = dialects.write(text.encode(), dialects.of(found.dialect)).decode()
    return starting.commands(text, source=found.source, address=address, token=token or "TOKEN")


def _form(request: browser.Request, wanted: partners.NewPartner, error: str = "", status: int = 200) -> HttpResponse:
    context = {
        "wanted": wanted,
        "error": error,
        **shown.incoming(wanted.allowed),
        "nouns": [{"name": noun, "is_checked": noun in wanted.subscriptions} for noun in registry.nouns(Direction.OUT)],
        "back_url": reverse("integration:message_list"),
    }
    return render(request, "messages/partner_new.html", context, status=status)
