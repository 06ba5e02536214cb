"""Hang a tag on a switch or a note on any equipment, and take one's own off."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from adms.core import browser, clock
from adms.core.browser import actor_of
from adms.core.errors import Refused
from adms.core.selectors import persons
from network.models import Tag
from network.selectors import equipment
from network.services import operations

EFFECTS = {
    "note": gettext_lazy("warns, blocks nothing"),
    "inhibit": gettext_lazy("blocks every operation"),
    "clearance": gettext_lazy("people work here: blocks every operation"),
}


@login_required
def tag(request: HttpRequest, model: str, mrid: str) -> HttpResponse:
    """The form, and what is sent with it."""
    found = operations.find_device(model, mrid)
    actor = actor_of(request)
    kinds = [
        (code, label, EFFECTS[code])
        for code, label in Tag.Kind.choices
        if (found.is_switch or code == Tag.Kind.NOTE) and actor.may(operations.TAG_RIGHTS[code], found.area.key)
    ]
    kind, text = request.POST.get("kind", ""), request.POST.get("text", "").strip()
    error = ""
    if request.method == "POST":
        error = _place(request, model, mrid, kind, text)
        if not error:
            closed: dict[str, dict[str, str]] = {browser.CLOSE_DIALOG: {}, "tieline:devices": {}}
            return browser.trigger(HttpResponse(status=204), **closed)
    context = {
        "device": {"name": found.name, "mrid": mrid},
        "kind": kind,
        "text": text,
        "error": error,
        "kinds": kinds,
        "url": reverse("network:tag", args=[model, mrid]),
    }
    return render(request, "network/_tag.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def remove(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Ask first: what it protected is then free to be operated; then take it off. Another's needs a second person, asked here."""
    actor, at, error = actor_of(request), clock.now(), ""
    hanging = operations.find_tag(tag_id)
    word = None if operations.is_own(actor, hanging) else operations.word_on(actor=actor, tag=hanging, at=at)
    asks = word is None and not operations.is_own(actor, hanging)
    if request.method == "POST":
        try:
            if asks:
                reason = request.POST.get("reason", "")
                operations.ask_to_remove(actor=actor, tag_id=tag_id, reason=reason, at=at)
            else:
                operations.remove_tag(actor=actor, tag_id=tag_id, at=at)
        except Refused as refused:
            error = refused.message
        else:
            closed: dict[str, dict[str, str]] = {browser.CLOSE_DIALOG: {}, "tieline:devices": {}}
            told = (
                {"toast": {"text": _("A second person is asked; their answer is on the page Control")}} if asks else {}
            )
            return browser.trigger(HttpResponse(status=204), **closed, **told)
    found = equipment.find(hanging.equipment_mrid, hanging.model.key)
    names = {"kind": hanging.get_kind_display().lower(), "device": found.name}
    text = _("%(text)s (%(who)s). Without this tag %(device)s may be operated (%(kind)s: %(effect)s).") % {
        "text": hanging.text,
        "who": persons.full_name(hanging.placed_by),
        "device": found.name,
        "kind": names["kind"],
        "effect": EFFECTS[hanging.kind],
    }
    if word is not None:
        text += " " + _("%(who)s has agreed.") % {"who": persons.full_name(word.decided_by)}
    context = {
        "title": _("Remove %(kind)s from %(device)s") % names,
        "text": text,
        "verb": _("Ask a second person") if asks else _("Remove the tag"),
        "reason_label": _("It is another's: why, for the second person who is asked") if asks else "",
        "url": reverse("network:remove_tag", args=[tag_id]),
        "error": error,
    }
    return render(request, "components/_confirm.html", context)


def _place(request: HttpRequest, model: str, mrid: str, kind: str, text: str) -> str:
    """Place it; what is wrong, in words."""
    if kind not in Tag.Kind.values or len(text) < 3:
        return "Choose a kind and write on the tag what it is for."
    try:
        operations.place_tag(
            actor=actor_of(request), model=model, equipment_mrid=mrid, kind=kind, text=text, at=clock.now()
        )
    except Refused as refused:
        return refused.message
    return ""
