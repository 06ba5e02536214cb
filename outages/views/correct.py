"""Correct the ledger: a row in a dialog, an outage on a page; what it does to the indices is shown before it is done."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from adms.core import browser
from adms.core.errors import NotFound, Refused
from metering.selectors import supply
from network.domain import phases as ph
from outages import forms
from outages.domain.codes import CAUSES
from outages.domain.corrections import Change
from outages.models import Interruption
from outages.selectors import calls, figure_rules, outages, reliability, restatements
from outages.selectors.restatements import Effect
from outages.services import correction_drafts, corrections
from outages.services.correction_drafts import Waiting
from outages.views import figures, ledger, period

CORRECTS, DRAFTS = "correct_interruption", "draft_correction"
#: Members of a row that are listed by name, rows of an outage that are listed.
NAMED, LISTED = 300, 200
#: Rows of a drafted correction that are told one by one.
DRAFTED = 5


@browser.page("GET", "POST", may=DRAFTS)
def correct_row(request: browser.Request, row_id: int) -> HttpResponse:
    """A row as it should have been."""
    row = reliability.row(row_id)
    return _answer(request, [row], _row, _("Ledger row %(row)s is corrected") % {"row": row_id})


@browser.page("GET", "POST", may=DRAFTS)
def correct_outage(request: browser.Request, outage_id: int) -> HttpResponse:
    """All or some rows of an outage, alike."""
    rows = list(reliability.ledger(outage=outages.outage(request.actor, outage_id).pk))
    if request.method == "POST" and "rows" in request.POST:
        wanted = set(request.POST.getlist("rows"))
        rows = [row for row in rows if str(row.pk) in wanted or "all" in wanted]
    done = ngettext(
        "%(rows)s ledger row of outage %(outage)s is corrected",
        "%(rows)s ledger rows of outage %(outage)s are corrected",
        len(rows),
    )
    return _answer(request, rows, _outage, done % {"rows": len(rows), "outage": outage_id}, outage_id)


def _answer(request: browser.Request, rows: list[Interruption], show: Any, done: str, *more: int) -> HttpResponse:
    """The form, the form with what it would do, or the deed."""
    if request.method != "POST":
        return show(request, rows, {}, {}, 200, *more)  # type: ignore[no-any-return]
    typed = request.POST.dict()
    form = forms.Correction(request.POST, members=[one for row in rows for one in row.usage_points])
    if not form.is_valid():
        return show(request, rows, typed, {"error": forms.first_error(form)}, 422, *more)  # type: ignore[no-any-return]
    try:
        change = _change(request, rows, form.cleaned_data)
        if request.POST.get("action") == "preview":
            made = corrections.corrected(rows=rows, change=change, at=request.at)
            found = restatements.effects(old=rows, new=made, at=request.at)
            told = {"effects": shown_effects(found), "second": _second(request, rows, made)}
            return show(request, rows, typed, told, 200, *more)  # type: ignore[no-any-return]
        done = _do(request, rows, change, form.cleaned_data["reason"]) or done
    except Refused as refused:
        if refused.status not in browser.SHOWN_IN_PLACE:
            raise
        return show(request, rows, typed, {"error": browser.words(request, refused)}, refused.status, *more)  # type: ignore[no-any-return]
    return browser.done(request, done, back=f"{reverse('outages:restated')}?month={rows[0].began_at:%Y-%m}")


def _do(request: browser.Request, rows: Sequence[Interruption], change: Change, reason: str) -> str:
    """Correct the rows, or ask the second person it needs; what is said then, "" for the usual words."""
    asked: dict[str, Any] = {"row_ids": [row.pk for row in rows], "change": change, "reason": reason, "at": request.at}
    made = corrections.corrected(rows=rows, change=change, at=request.at) if rows else []
    if _second(request, rows, made):
        correction_drafts.draft(actor=request.actor, **asked)
        return _("Drafted: another person is asked to agree")
    corrections.correct(actor=request.actor, **asked)
    return ""


def _second(request: browser.Request, rows: Sequence[Interruption], made: Sequence[Interruption] = ()) -> str:
    """Why a correction of these rows needs a second person; "" where it does not."""
    if names := corrections.frozen_in(rows, made):
        return _("The report %s is frozen: another senior operator must agree.") % ", ".join(
            f"“{one}”" for one in names
        )
    if not all(request.actor.may(CORRECTS, row.area.key) for row in rows):
        return _("You draft it: a senior operator of the area must agree.")
    return ""


def _change(request: browser.Request, rows: Sequence[Interruption], given: dict[str, Any]) -> Change:
    """What was typed; a field that was not on the form, or is empty on the form of an outage, changes nothing."""
    is_single = "whole" not in request.POST
    asked = {name for name in request.POST if is_single or request.POST[name].strip()}
    members = None
    if "members_shown" in asked:
        members = tuple(given["members"])
    if given["add"].strip():
        named = given["add"].strip()
        added = supply.usage_points([calls.usage_point(account_number=named) or 0]) if _is_account(named) else None
        one = next(iter(added), None) if added else calls.usage_point(name=named)
        members = (*(members if members is not None else rows[0].usage_points), *([one] if one else []))
    return Change(
        began_at=_as_it_was(given["began_at"], rows[0].began_at) if is_single else given["began_at"],
        ended_at=_as_it_was(given["ended_at"], rows[0].ended_at) if is_single else given["ended_at"],
        sets_end="ended_at" in asked or (is_single and "began_at" in asked),
        excluded_reason=given["excluded_reason"] if "excluded_reason" in asked else None,
        cause=given["cause"] if "cause" in asked else None,
        device_name=given["device_name"] if "device_name" in asked else None,
        phases=ph.parse(given["phases"]) if given["phases"] else None,
        usage_points=members,
    )


def _as_it_was(typed: dt.datetime | None, known: dt.datetime | None) -> dt.datetime | None:
    """A time nobody touched: the form shows whole seconds, the ledger keeps the rest."""
    return known if known is not None and typed == known.replace(microsecond=0) else typed


def _is_account(text: str) -> bool:
    """Whether a usage point of this name is not known, so that it can only be an account."""
    try:
        return calls.usage_point(name=text) is None
    except Refused:
        return True


def shown_effects(found: Sequence[Effect]) -> list[dict[str, Any]]:
    """Before and after, index by index, in the utility's wording."""
    rules = figure_rules.rules()
    return [
        {
            "label": effect.label,
            "lines": [
                _line(rules.names[key], *(figures.value(key, one, rules) for one in (effect.before, effect.after)))
                for key in figures.INDICES
            ],
            "customers": (effect.before.ci, effect.after.ci),
            "customer_minutes": (effect.before.cmi, effect.after.cmi),
        }
        for effect in found
    ]


def _line(named: figure_rules.Named, before: float | None, after: float | None) -> dict[str, Any]:
    difference = None if before is None or after is None else after - before
    places = max(named.places, 3)
    return {
        "name": named.name,
        "unit": named.unit,
        "places": places,
        "before": before,
        "after": after,
        "difference": difference,
        "is_moved": difference is not None and abs(difference) >= 0.5 * 10**-places,
    }


def _common(request: browser.Request, rows: Sequence[Interruption], typed: dict[str, Any]) -> dict[str, Any]:
    return {
        "url": request.path,
        "causes": list(CAUSES.items()),
        "reason": typed.get("reason", ""),
        "error": "",
        "effects": [],
        "second": _second(request, rows),
    }


def _row(
    request: browser.Request, rows: list[Interruption], typed: dict[str, Any], more: dict[str, Any], status: int
) -> HttpResponse:
    row = rows[0]
    chosen = (
        set(request.POST.getlist("members")) if "members_shown" in typed else {str(one) for one in row.usage_points}
    )
    named = supply.usage_points(row.usage_points) if len(row.usage_points) <= NAMED else {}
    may_name = request.actor.may("view_customer", row.area.key)
    context = {
        **_common(request, rows, typed),
        "row": ledger.shown(request.actor, [row], request.at)[0],
        "began": typed.get("began_at") or _local(row.began_at),
        "ended": typed.get("ended_at", _local(row.ended_at)),
        "excluded": typed.get("excluded_reason", row.excluded_reason),
        "cause": typed.get("cause", row.cause),
        "device": typed.get("device_name", row.device_name),
        "phases": typed.get("phases", ph.text(row.phases & ph.ABC)),
        "members": [
            {"id": pk, "name": one["name"], "customer": one["customer"] if may_name else "", "is_in": str(pk) in chosen}
            for pk, one in sorted(named.items(), key=lambda item: str(item[1]["name"]))
        ],
        "add": typed.get("add", ""),
        **more,
    }
    return render(request, "reliability/_correct.html", context, status=status)


def _outage(
    request: browser.Request,
    rows: list[Interruption],
    typed: dict[str, Any],
    more: dict[str, Any],
    status: int,
    outage_id: int,
) -> HttpResponse:
    every = list(reliability.ledger(outage=outage_id))
    chosen = {row.pk for row in rows}
    shown = ledger.shown(request.actor, every[:LISTED], request.at)
    context = {
        **_common(request, rows, typed),
        "outage": outages.outage(request.actor, outage_id),
        "outage_url": reverse("outages:outage_page", args=[outage_id]),
        "ledger": [{**row, "is_chosen": row["id"] in chosen} for row in shown],
        "ledger_more": max(0, len(every) - LISTED),
        "typed": typed,
        "chosen": len(rows),
        **more,
    }
    return render(request, "reliability/correct_outage.html", context, status=status)


@browser.page("GET", may="read_reliability")
def restated(request: browser.Request) -> HttpResponse:
    """A period as it was told first and as it is now, and who changed what, when and why."""
    asked = period.read(request.GET, request.at)
    pairs = restatements.restated(begin=asked.begin, end=asked.end, area=asked.area)
    found = restatements.compared(begin=asked.begin, end=asked.end, narrowed=asked.narrowed)
    context = {
        "period": {"label": asked.label, "month": asked.key},
        "months": period.choices(request.at),
        "effect_list": shown_effects([found]),
        "corrections": [_shown(pair) for pair in pairs],
        "drafts": [_drafted(request, one) for one in correction_drafts.waiting(at=request.at)],
        "back_url": f"{reverse('outages:reliability')}?{asked.query}",
    }
    return render(request, "reliability/restated.html", context)


def _shown(pair: restatements.Restated) -> dict[str, Any]:
    return {
        "at": pair.new.corrected_at,
        "by": pair.new.corrected_by,
        "agreed_by": pair.new.agreed_by,
        "outage": pair.new.outage_id,
        "outage_url": reverse("outages:outage_page", args=[pair.new.outage_id]),
        "old": pair.old.pk,
        "new": pair.new.pk,
        "reason": _(pair.old.superseded_reason) if pair.old.superseded_reason else "",
        "customer_minutes": pair.customer_minutes,
        "changes": _changes(pair),
    }


def _changes(pair: restatements.Restated) -> list[tuple[str, str, str]]:
    of = {"cause": pair.old.outage.cause, "device_name": pair.old.outage.device_name}  # where the row says none itself
    return [
        (name.replace("_", " "), _word(name, old or of.get(name, old)), _word(name, new or of.get(name, new)))
        for name, old, new in pair.changes
    ]


def _drafted(request: browser.Request, one: Waiting) -> dict[str, Any]:
    """A draft as the page of corrections shows it; its buttons only for who may press them."""
    row, mine = one.approval, one.approval.asked_person == request.actor.identity
    agrees = not mine and all(request.actor.may(CORRECTS, pair.old.area.key) for pair in one.pairs)
    verbs = (
        [("withdraw", _("Withdraw"))] if mine else [("agree", _("Agree")), ("decline", _("Decline"))] if agrees else []
    )
    return {
        "id": row.pk,
        "asked_at": row.asked_at,
        "asked_by": row.asked_by,
        "expires_at": row.expires_at,
        "reason": row.reason,
        "outage": one.outage,
        "outage_url": reverse("outages:outage_page", args=[one.outage]),
        "refused": one.refused,
        "rows": len(one.pairs),
        "pairs": [{"row": pair.old.pk, "changes": _changes(pair)} for pair in one.pairs[:DRAFTED]],
        "more": max(0, len(one.pairs) - DRAFTED),
        "customer_minutes": sum(pair.customer_minutes for pair in one.pairs),
        "actions": [
            {"label": label, "url": reverse("outages:correction_draft", args=[row.pk, verb])} for verb, label in verbs
        ],
    }


@browser.page("GET", "POST", may=DRAFTS)
def draft(request: browser.Request, draft_id: uuid.UUID, verb: str) -> HttpResponse:
    """Agree to a drafted correction, decline, or withdraw one's own; what it would do to the figures is shown before."""
    verbs = {"agree": _("Agree and correct"), "decline": _("Decline"), "withdraw": _("Withdraw")}
    if verb not in verbs:
        raise NotFound(_("no such answer"), answer=verb)
    if request.method == "POST":
        return browser.done(request, _settle(request, draft_id, verb), back=reverse("outages:restated"))
    found = correction_drafts.one(draft_id, at=request.at)
    effects = []
    if verb == "agree" and not found.refused:
        old, new = zip(*((pair.old, pair.new) for pair in found.pairs), strict=True)
        effects = restatements.effects(old=old, new=new, at=request.at)
    context = {
        "title": verbs[verb],
        "verb": verbs[verb],
        "url": request.path,
        "asks_why": verb == "decline",
        "draft": _drafted(request, found),
        "effects": shown_effects(effects),
    }
    return render(request, "reliability/_draft.html", context)


def _settle(request: browser.Request, draft_id: uuid.UUID, verb: str) -> str:
    asked: dict[str, Any] = {"actor": request.actor, "draft_id": draft_id, "at": request.at}
    if verb == "agree":
        made = correction_drafts.agree(**asked)
        return _("%s ledger rows are corrected") % len(made)
    if verb == "decline":
        correction_drafts.decline(**asked, reason=request.POST.get("reason", ""))
        return _("The correction is declined")
    correction_drafts.withdraw(**asked)
    return _("The draft is withdrawn")


def _word(name: str, value: Any) -> str:
    if name == "phases":
        return ph.text(value & ph.ABC)
    if name == "cause":
        return CAUSES.get(value, value) or "as the outage says"
    if hasattr(value, "isoformat"):
        return timezone.localtime(value).strftime("%Y-%m-%d %H:%M:%S")
    return str(value) if value not in (None, "") else "—"


def _local(at: Any) -> str:
    return timezone.localtime(at).strftime(forms.LOCAL) if at else ""
