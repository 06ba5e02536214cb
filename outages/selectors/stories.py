"""Everything the page of one outage tells: why, since when, who is out, who works on it."""

from collections.abc import Sequence
from typing import Any

from adms.core.actors import Actor
from metering.selectors import affected
from network.selectors import state
from outages.models import Interruption, Outage, OutageEntry
from outages.selectors import outages, reports, timeline_words
from outages.selectors.outages import GOING_ON

SHOWN_PER_SENTENCE = 20
SHOWN_REPORTS = 30
SHOWN_CUSTOMERS = 30
SHOWN_ROWS = 200
LATE_S = 30
#: Conditions that allow at most so many; the others ask for at least so many.
AT_MOST = frozenset({"live", "closed"})


def reasons(actor: Actor, found: Outage, told: Sequence[outages.Sentence] | None = None) -> list[dict[str, Any]]:
    """The sentences of its explanation (or those given), each with the threshold and the reports behind it."""
    told = outages.explanation(found) if told is None else told
    wanted = {report for one in told for report in one.evidence[:SHOWN_PER_SENTENCE]}
    known = reports.by_ids(actor, sorted(wanted))
    names = reports.names_of({one.device for one in told if one.device})
    grid = state.present(found.model_key).grid if found.model_key in state.models() else None
    return [_reason(one, known, names, -1 if grid is None else grid.branch_index(one.device)) for one in told]


def _reason(
    one: outages.Sentence, known: dict[int, dict[str, Any]], names: dict[str, str], branch: int
) -> dict[str, Any]:
    behind = [known[report] for report in one.evidence[:SHOWN_PER_SENTENCE] if report in known]
    has_check = one.value is not None and one.threshold is not None
    return {
        "key": one.key,
        "text": one.text,
        "check": {"value": one.value, "threshold": one.threshold, "passed": one.passed, "of": one.of}
        if has_check
        else None,
        "is_most": one.condition in AT_MOST,
        "evidence": behind,
        "count": len(one.evidence),
        "more": max(0, len(one.evidence) - SHOWN_PER_SENTENCE),
        "device_name": names.get(one.device, one.device),
        "device_branch": branch if branch >= 0 else None,
        "rule_set": one.rule_set,
    }


def timeline(found: Outage) -> list[dict[str, Any]]:
    """What happened, newest first by field time."""
    entries = OutageEntry.objects.filter(outage=found).order_by("-occurred_at", "-recorded_at", "-pk")[:SHOWN_ROWS]
    return [
        {
            "text": timeline_words.turn(entry),
            "actor": entry.actor,
            "kind": entry.kind,
            "occurred_at": entry.occurred_at,
            "recorded_at": entry.recorded_at,
            "is_late": (entry.recorded_at - entry.occurred_at).total_seconds() > LATE_S,
            "is_other_day": entry.occurred_at.date() != found.started_at.date(),
            "tone": _tone(entry.kind),
        }
        for entry in entries
    ]


def _tone(kind: str) -> str:
    if kind in {"created", "predicted", "moved", "nested"}:
        return "p1"
    return "done" if kind in {"restored", "completed", "partly_restored"} else ""


def members(rows: Sequence[Interruption]) -> dict[int, Interruption]:
    """The row of the ledger each affected customer is in: an open one where there is one, else the last."""
    found: dict[int, Interruption] = {}
    for row in sorted(rows, key=lambda row: (row.ended_at is None, row.began_at)):
        found |= dict.fromkeys(row.usage_points, row)
    return found


def customers(actor: Actor, found: Outage, rows: dict[int, Interruption]) -> list[dict[str, Any]]:
    """The affected: critical ones first; names only for those who may see customers of this area."""
    may_name = actor.may("view_customer", found.area.key)
    people = affected.critical_first(list(rows), limit=SHOWN_CUSTOMERS)
    names = reports.names_of({one["equipment_mrid"] for one in people})
    return [
        {
            "name": one["customer"] if may_name else one["name"],
            "address": one["address"] if may_name else "",
            "account": one["account_number"] if may_name else "",
            "critical": words(one["critical"]),
            "transformer": names.get(one["equipment_mrid"], one["equipment_mrid"]),
            "is_out": rows[one["id"]].ended_at is None,
            "began_at": rows[one["id"]].began_at,
            "ended_at": rows[one["id"]].ended_at,
        }
        for one in people
    ]


def words(code: str) -> str:
    """A code as a person reads it: life_support is life support."""
    return code.replace("_", " ")


def conflicts(actor: Actor, found: Outage, rows: dict[int, Interruption]) -> list[str]:
    """What speaks against it: customers counted as out whose meters say they have supply."""
    if found.state not in GOING_ON:
        return []
    out = [point for point, row in rows.items() if row.ended_at is None]
    return [
        f"{one['about']} at {one['place']}: {one['kind_word'].lower()}, though it is counted as out."
        for one in reports.answers(actor, found, out, limit=5)
    ]


def nested(found: Outage) -> list[Outage]:
    """Outages inside it, the latest first."""
    return list(Outage.objects.select_related("area").filter(parent=found).order_by("-pk")[:SHOWN_ROWS])
