"""What is exchanged with a partner and how, as a form: filters a row a noun, the dialect in lines of `ours = its`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from adms.core import browser
from adms.core.errors import Invalid, Refused
from adms.core.services import authority
from integration.cim import registry
from integration.cim.registry import Direction
from integration.models import Partner
from integration.selectors import partners as rows
from integration.services import partners
from integration.services.partners import Terms
from integration.views import shown

_FILTERS = ("areas", "objects", "verbs")
_SIGNATURES = ("certificate", "must_sign", "is_signed_to")
#: Parts of a dialect that are lines of text.
_LINES = ("namespaces", "elements", "name_types", "codes", "dropped", "added")


@browser.page("GET", "POST", may="manage_partners")
def partner_change(request: browser.Request, partner_id: int) -> HttpResponse:
    """Change it; what was typed stays where it cannot be taken."""
    found = rows.partner(partner_id)
    if request.method != "POST":
        return _form(request, found, _typed(found))
    typed: dict[str, Any] = {key: request.POST.get(key, "") for key in _keys()}
    typed |= {key: request.POST.getlist(key) for key in ("allowed", "subscriptions")}
    try:
        partners.change_partner(actor=request.actor, partner_id=partner_id, terms=_terms(request.POST), at=request.at)
    except authority.NotAuthorised:
        raise
    except Refused as refused:
        return _form(request, found, typed, browser.words(request, refused), refused.status)
    return redirect(reverse("integration:partner", args=[partner_id]))


def _keys() -> list[str]:
    filters = [f"{part}.{noun}" for part in (*_FILTERS, "values") for noun in registry.nouns(Direction.OUT)]
    return ["endpoint", "is_active", "heard_every_min", *_SIGNATURES, "message", "zone", *_LINES, *filters]


def _terms(posted: QueryDict) -> Terms:
    """What was typed.

    Raises:
        Invalid: a line that is not `ours = its`, a message we do not know.
    """
    allowed = posted.getlist("allowed")
    if unknown := sorted(set(allowed) - {row.name for row in registry.ROWS if row.direction is Direction.IN}):
        raise Invalid(_("%(name)s is no message we know") % {"name": unknown[0]}, field="allowed")
    dialect: dict[str, Any] = {key: posted.get(key, "").strip() for key in ("message", "zone")}
    dialect |= {key: _pairs(posted.get(key, ""), key) for key in ("namespaces", "elements", "name_types")}
    for key in ("codes", "added"):
        dialect[key] = [[*_code(left), its] for left, its in _pairs(posted.get(key, ""), key)]
    dialect["dropped"] = [[one] for one in posted.get("dropped", "").split()]
    return Terms(
        allowed=tuple(allowed),
        subscriptions=tuple(posted.getlist("subscriptions")),
        filters={noun: _filter(posted, noun) for noun in posted.getlist("subscriptions")},
        endpoint_url=posted.get("endpoint", "").strip(),
        endpoint_token=posted.get("endpoint_token", "").strip(),
        dialect={key: value for key, value in dialect.items() if value},
        is_active=posted.get("is_active") == "1",
        heard_every_min=_minutes(posted.get("heard_every_min", "")),
        certificate=posted.get("certificate", "").strip(),
        must_sign=posted.get("must_sign") == "1",
        is_signed_to=posted.get("is_signed_to") == "1",
    )


def _minutes(text: str) -> int:
    if not text.strip():
        return 0
    if not text.strip().isdecimal():
        raise Invalid(_("%(text)s is no number of minutes") % {"text": text[:20]}, field="heard_every_min")
    return int(text)


def _filter(posted: QueryDict, noun: str) -> dict[str, Any]:
    found: dict[str, Any] = {part: _listed(posted.get(f"{part}.{noun}", "")) for part in _FILTERS}
    values: dict[str, list[str]] = {}
    for one in _listed(posted.get(f"values.{noun}", "")):
        element, equals, text = one.partition("=")
        if not equals:
            raise Invalid(_("%(text)s: write element=text") % {"text": one[:80]}, field="filters")
        values.setdefault(element.strip(), []).append(text.strip())
    return {key: value for key, value in (found | {"values": values}).items() if value}


def _listed(text: str) -> list[str]:
    return [one.strip() for one in text.split(",") if one.strip()]


def _pairs(text: str, key: str) -> list[list[str]]:
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        ours, equals, its = line.partition(" = ")
        if not equals:
            raise Invalid(f"{key}: {line[:80]}: " + _("write ours = its"), field=key)
        found.append([ours.strip(), its.strip()])
    return found


def _code(left: str) -> tuple[str, str]:
    element, _space, ours = left.partition(" ")
    return element, ours.strip()


def _typed(found: Partner) -> dict[str, Any]:
    """The form as the account stands."""
    told: dict[str, Any] = {"allowed": found.allowed, "subscriptions": found.subscriptions}
    told |= {"endpoint": found.endpoint_url, "is_active": "1" if found.is_active else ""}
    told |= {"certificate": found.certificate, "must_sign": "1" if found.must_sign else ""}
    told["is_signed_to"] = "1" if found.is_signed_to else ""
    told["heard_every_min"] = str(found.heard_every_min or "")
    told |= {key: found.dialect.get(key, "") for key in ("message", "zone")}
    for key in _LINES:
        told[key] = "\n".join(_line(row) for row in found.dialect.get(key, ()))
    for noun, wants in found.filters.items():
        told |= {f"{part}.{noun}": ", ".join(wants.get(part, ())) for part in _FILTERS}
        told[f"values.{noun}"] = ", ".join(_values(wants.get("values", {})))
    return told


def _line(row: Iterable[str]) -> str:
    *left, its = row
    if not left:
        return its
    return f"{' '.join(left)} = {its}"


def _values(values: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{element}={text}" for element, texts in values.items() for text in texts]


def _form(
    request: browser.Request, found: Partner, typed: Mapping[str, Any], error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "partner": found,
        "typed": typed,
        "error": error,
        **shown.incoming(typed["allowed"]),
        "told": [
            {"name": noun, "is_checked": noun in typed["subscriptions"], "filters": _inputs(noun, typed)}
            for noun in registry.nouns(Direction.OUT)
        ],
        "back_url": reverse("integration:partner", args=[found.pk]),
    }
    return render(request, "messages/partner_change.html", context, status=status)


def _inputs(noun: str, typed: Mapping[str, Any]) -> list[dict[str, str]]:
    labels = (_("Control areas"), _("Objects"), _("Verbs"), _("Values"))
    return [
        {"name": f"{part}.{noun}", "label": label, "value": typed.get(f"{part}.{noun}", "")}
        for part, label in zip((*_FILTERS, "values"), labels, strict=True)
    ]
