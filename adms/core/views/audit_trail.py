"""The page of the audit trail: who did what, and who was refused what and why."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from adms.core import audit_words, browser, spreadsheets
from adms.core.models import AuditEntry
from adms.core.selectors import audit_trail as reading

COLUMNS: dict[str, spreadsheets.Column] = {
    name: name
    for name in (
        "recorded_at",
        "actor",
        "way",
        "action",
        "object",
        "area",
        "result",
        "reason",
        "before",
        "after",
        "request_id",
    )
}


@browser.page("GET", may="read_audit")
def audit_trail(request: browser.Request) -> HttpResponse:
    """Refusals first: they are what an auditor looks for."""
    shown = request.GET.get("show", "refused")
    shown = shown if shown in {"refused", "failed", "all"} else "refused"
    text, before = request.GET.get("q", "").replace("\0", "")[:80], request.GET.get("before", "")
    result = "" if shown == "all" else shown
    if spreadsheets.is_wanted(request):
        found = reading.entries(result=result, text=text, most=spreadsheets.MOST, at=request.at)
        return spreadsheets.answer(f"audit-{shown}", COLUMNS, found, request.at)
    rows = reading.entries(
        result=result,
        text=text,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        at=request.at,
    )
    labels = {"refused": _("Refused"), "failed": _("Failed"), "all": _("All")}
    context = {
        "entries": [told(row) for row in rows[: reading.PAGE]],
        "older": rows[reading.PAGE - 1].pk if len(rows) > reading.PAGE else None,
        "is_newest": not before,
        "q": text,
        "show": shown,
        "filters": [{"key": key, "label": label, "is_current": key == shown} for key, label in labels.items()],
    }
    return browser.either(request, "accounts/audit.html", "accounts/_audit.html", context)


def told(row: AuditEntry) -> dict[str, object]:
    """An entry with its codes in words."""
    return {
        "row": row,
        "what": audit_words.action(row.action),
        "result": audit_words.RESULTS[row.result],
        "way": audit_words.WAYS.get(row.way, row.way),
    }
