"""What the page of an order shows of its rehearsal: how far it is, what it found, what could not be computed."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from adms.core.selectors import persons
from outages.domain.switching import life
from outages.models import OrderRehearsal, SwitchingOrder, SwitchingStep
from outages.selectors import rehearsal_words
from outages.selectors import switching as reading

TONES = {"error": "p1", "warning": "p2", "note": "quiet"}
_THEN = {
    "check": gettext_lazy("then it is checked"),
    "approve": gettext_lazy("then it is approved"),
    "issue": gettext_lazy("then it is issued"),
}
_NOT_THEN = {
    "check": gettext_lazy("Not checked"),
    "approve": gettext_lazy("Not approved"),
    "issue": gettext_lazy("Not issued"),
}
_CONTENT = ("written", "rewritten", "appended", "rework")


def context(row: SwitchingOrder, steps: Sequence[SwitchingStep], at: dt.datetime) -> dict[str, Any]:
    """What switching/_rehearsal.html shows."""
    told = rehearsal_words.rehearsal(row.rehearsal)
    effects = {one["key"]: one for one in told.get("steps", ())}
    numbers = {step.key: step.position for step in steps}
    changed = row.entries.filter(kind__in=_CONTENT, recorded_at__gt=row.rehearsed_at) if row.rehearsed_at else None
    return {
        "order": row,
        "may_rehearse": row.state not in life.ENDED,
        "job": _job(reading.latest_rehearsal(row.pk), row, at),
        "findings": [
            one
            | {
                "tone": TONES[one["severity"]],
                "severity": rehearsal_words.SEVERITIES[one["severity"]],
                "number": numbers.get(one["step"]),
            }
            for one in told.get("findings", ())
        ],
        "unsolved": _unsolved(effects, numbers),
        "is_outdated": changed is not None and changed.exists(),
        "rehearse_url": reverse("outages:order_rehearse", args=[row.pk]),
        "now": at,
    }


def _job(job: OrderRehearsal | None, row: SwitchingOrder, at: dt.datetime) -> dict[str, Any] | None:
    """How the latest goes or went; None where there is nothing to say of it beside what it found."""
    if job is None or (job.state == OrderRehearsal.State.DONE and not job.error):
        return None
    since = job.ended_at if job.state == OrderRehearsal.State.DONE else job.asked_at
    if not job.is_waiting and row.rehearsed_at is not None and row.rehearsed_at > (since or job.asked_at):
        return None  # a later one by check, approval or issue stands
    return {
        "is_waiting": job.is_waiting,
        "is_failed": bool(job.error) and job.state != OrderRehearsal.State.CANCELLED,
        "words": _words(job),
        "done": job.states_done,
        "of": job.states_in_all,
        "asked_by": persons.names({job.asked_by})[job.asked_by],
        "lasted": (job.ended_at or at) - job.asked_at,
        "error": job.error,
        "cancel_url": reverse("outages:order_rehearsal_cancel", args=[row.pk]),
    }


def _words(job: OrderRehearsal) -> str:
    if job.state == OrderRehearsal.State.QUEUED:
        return _("Waits for a worker")
    if job.attempts > 1 and job.is_waiting:
        return _("Its worker ended: begun again")
    if job.state == OrderRehearsal.State.DONE:
        return str(_NOT_THEN.get(job.then, _("Refused")))
    words = {"running": _("Under way"), "failed": _("Failed"), "cancelled": _("Cancelled")}[job.state]
    return f"{words} · {_THEN[job.then]}" if job.is_waiting and job.then in _THEN else words


def _unsolved(effects: Mapping[str, dict[str, Any]], numbers: Mapping[str, int]) -> list[dict[str, str]]:
    """Steps after which no power flow was computed, by the reason."""
    found: dict[str, list[str]] = {}
    for key, effect in effects.items():
        if not effect["flow"]["is_computed"] and key in numbers:
            found.setdefault(effect["flow"]["reason"], []).append(str(numbers[key]))
    return [{"numbers": ", ".join(told), "reason": reason} for reason, told in found.items()]
