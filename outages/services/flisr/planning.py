"""Plans for an event: made from the picture as it is, kept with their reasons, and what the mode makes of them."""

import datetime as dt
from typing import Any

from adms.core import runtime_settings
from adms.core.errors import Refused
from network.domain.phrases import Phrase, phrase
from network.selectors import dead_area, generation, state
from network.services import restoration_plans
from network.services.restoration_outcome import ELSEWHERE, FEEDS, NOTHING_DEAD, STALE, Outcome, Wish
from outages.domain.flisr import life, modes
from outages.models import FlisrEvent
from outages.services.flisr import executing, expected, following, reach, record, settings, words

#: A picture that is stale is looked at again after this, and one in which the fault is fed.
STALE_S = 10.0


def plan(row: FlisrEvent, at: dt.datetime) -> None:
    """Make the plans of an event that is held, and let its mode decide what becomes of them."""
    present = state.present(row.model_key)
    outcome = restoration_plans.plan(present=present, wish=_wish(row, present, at))
    row.sequence, row.planned_at, row.took_ms = present.sequence, at, round(outcome.took_s * 1000)
    row.revision += 1
    row.chosen, row.reason = None, outcome.declined
    if outcome.blocks is not None:
        row.location = _location(row, present, outcome)
        row.plans = [words.plan(present, outcome, one) for one in outcome.plans]
    why = outcome.declined.get("code", "")
    if why == NOTHING_DEAD:
        record.step_to(row, life.OVER, phrase("supply_came_back"), at)
    elif why in (STALE, FEEDS, ELSEWHERE):
        row.next_at = None if why == ELSEWHERE else at + dt.timedelta(seconds=STALE_S)
        record.step_to(row, life.HELD, phrase("held", why=row.reason), at)
    elif not any(one.is_safe for one in outcome.plans):
        row.reason = outcome.declined or phrase("no_plan_passes")
        record.join_outage(row, phrase("outage_no_plan", why=row.reason), at)
        record.step_to(row, life.DECLINED, phrase("no_plan", why=row.reason), at)
    else:
        _offer(row, outcome, at)


def _location(row: FlisrEvent, present: state.NetworkState, outcome: Outcome) -> dict[str, Any]:
    """Where the fault may be, and in there where to look first.

    Switches opened since hide lines from a plan made anew: what the same fault current said before is kept.
    """
    first = reach.told(present, outcome, present.grid.branch_index(row.device_mrid), _since(row))
    known = row.location.get("look_first", {})
    is_hidden = bool(known.get("lines")) and not first.get("lines") and first.get("amperes") == known["amperes"]
    return words.location(present, outcome) | {"look_first": known if is_hidden else first}


def _since(row: FlisrEvent) -> dt.datetime:
    """Indicators and fault currents from then on are of this fault: clocks in the field differ."""
    return row.tripped_at - dt.timedelta(seconds=5)


def _offer(row: FlisrEvent, outcome: Outcome, at: dt.datetime) -> None:
    if following.is_all_back(row):  # while it was planned
        record.step_to(row, life.OVER, phrase("closed_again", device=row.device_name), at)
        return
    best = row.plans[0]
    told = phrase("best_plan", plans=len(outcome.plans), summary=best["summary"])
    row.next_at = None
    record.join_outage(row, phrase("outage_told", what=told), at)
    if row.mode == modes.SHADOW:
        record.step_to(row, life.SHADOWED, phrase("in_the_shadow", what=told), at)
    elif row.mode == modes.AUTOMATIC:
        _automatic(row, told, at)
    else:
        record.step_to(row, life.PROPOSED, told, at)


def _automatic(row: FlisrEvent, told: Phrase, at: dt.datetime) -> None:
    """The best plan that needs nobody to drive is carried out; where that may not be, it is offered, with the reason."""
    place = next((n for n, one in enumerate(row.plans) if one["is_safe"] and not one["by_hand"]), None)
    if place is None:
        row.reason = phrase("none_by_remote_control")
    else:
        try:
            executing.begin_automatic(row, at)
        except Refused as refused:
            row.reason = refused.message
        else:
            executing.take(row, place, record.FLISR, at)
            return
    record.step_to(row, life.PROPOSED, phrase("not_by_itself", what=told, why=row.reason), at)


def _wish(row: FlisrEvent, present: state.NetworkState, at: dt.datetime) -> Wish:
    tripped = present.grid.branch_index(row.device_mrid)
    own = executing.opened(row, present)
    by_others = dead_area.opened_since(present, row.tripped_at) - own - {tripped}  # whoever did knows why: it stays so
    opened = own | by_others
    area, pace = dead_area.behind(present, tripped, opened), settings.pace()
    until = max(at, row.tripped_at + dt.timedelta(seconds=pace.repair_s))
    return Wish(
        tripped=tripped,
        since=_since(row),
        ahead=expected.ahead(row, present, at),
        critical=expected.critical(row.model_key, area.nodes),
        pace=pace,
        until_s=float(runtime_settings.get(settings.PLAN)),
        barred=dict.fromkeys(by_others, phrase("opened_since")) | executing.barred(row, present),
        opened=opened,
        suspected=_suspected(row, present),
        generation=generation.outlook(
            present,
            area,
            since=row.tripped_at,
            at=at,
            until=until,
            reserve=float(runtime_settings.get(settings.RESERVE)),
        ),
    )


def _suspected(row: FlisrEvent, present: state.NetworkState) -> frozenset[int] | None:
    """Once something was done about a section it stays the faulted one: a plan made anew must not energise it."""
    if row.revision == 0 or not row.location:
        return None
    known = (present.grid.node_index(mrid) for mrid in row.location.get("nodes", ()))
    return frozenset(node for node in known if node >= 0) or None
