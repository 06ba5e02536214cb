"""Meters are asked what evidence left open: is the caller dark, is the prediction right, is everybody back?

    CallRecorded                       --> the caller's own meter, where nobody else at that transformer is dark
    OutageChanged created, moved       --> a sample of those it counts as out and who said nothing themselves
    OutageChanged closed, partly back  --> after a while those who came back on paper without a word of their own
    PingsAnswered, complete            --> a line on the outage's timeline; who was silent after a restoration is asked once more

What the meters answer becomes evidence by itself (outages.services.intake): a prediction moves down, a caller becomes VERIFY,
who is still dark becomes a nested outage.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import actors, runtime_settings
from adms.core.events import Recorded
from adms.core.services import backlog
from metering.events import PingsAnswered
from metering.selectors import pings as asked
from metering.selectors import supply
from metering.services import pings
from metering.services.pings import Question, Request
from network.domain.phrases import phrase
from outages.domain import lifecycle, sampling
from outages.domain.rule_sets import InForce
from outages.events import CallRecorded, OutageChanged
from outages.models import Call, Evidence, Interruption, Outage, RestorationCheck
from outages.selectors import rule_sets as chosen_rules
from outages.selectors.rule_sets import Sets
from outages.services import asking, evidence, incidents, ledger

CALLS = runtime_settings.declare(
    "ping.calls",
    default=True,
    help_=gettext_noop("A single caller's meter is asked before a crew is sent. May differ by area."),
)
RESTORATION_AFTER = runtime_settings.declare(
    "ping.restoration_after_s",
    30.0,
    unit="s",
    help_=gettext_noop("So long after a restoration meters are asked: they need time to start. May differ by area."),
)
RESTORATION_TRIES = runtime_settings.declare(
    "ping.restoration_tries",
    2,
    help_=gettext_noop(
        "Who is silent after a restoration is asked so often before silence counts as darkness. May differ by area."
    ),
)
SILENCE = runtime_settings.declare(
    "ping.silence_weight",
    0.5,
    help_=gettext_noop(
        "What a meter that does not answer weighs under a predicted outage, where a call is 1. May differ by area."
    ),
)
UNREACHABLE = runtime_settings.declare(
    "ping.unreachable_share",
    0.2,
    help_=gettext_noop(
        "If more than this share of the meters asked after a restoration is silent beside neighbours that have supply, that is their "
        "communication and no darkness. May differ by area."
    ),
)
CALL_RULE = actors.system("rule: single call")
PREDICTION_RULE = actors.system("rule: new prediction")
RESTORATION_RULE = actors.system("rule: restoration")
_OUTAGE = re.compile("outage:([0-9]+)")
#: While evidence waits longer, rules do not ask: the answers would wait with it, and make the rest wait longer.
BEHIND = dt.timedelta(seconds=10)
#: Reports this long before a call make it one of several.
_NEIGHBOURS = dt.timedelta(hours=1)
#: So few silent meters are never taken for a fault of communication.
FEW = 5
#: Answers in the order in which they are told.
_SHOWN = ("on", "part", "off", "none", "refused", "unknown")


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Take facts in; of several about one outage the last decides.

    Nothing new is asked while evidence or too many questions wait, or for a minute after meters could not be reached.
    """
    changed: dict[int, OutageChanged] = {}
    for recorded in batch:
        if isinstance(recorded.event, OutageChanged) and _is_turn(recorded.event):
            changed[recorded.event.outage_id] = recorded.event
    sets = chosen_rules.in_force() if changed else None
    outages = list(Outage.objects.select_related("area").filter(pk__in=changed).order_by("pk"))
    is_back = {pk: fact.what in {"restored", "partly restored"} for pk, fact in changed.items()}
    _plan_checks([one for one in outages if is_back[one.pk]], at, sets)
    requests: list[Request] = []
    is_behind = backlog.is_behind(subscriber="outages", at=at, by=BEHIND)
    if not (is_behind or pings.is_full() or pings.is_unreachable(at=at)):
        calls = [recorded.event.call_id for recorded in batch if isinstance(recorded.event, CallRecorded)]
        requests += _about_callers(calls)
        requests += _about_predictions([one for one in outages if not is_back[one.pk]], sets)
    answered = [recorded.event for recorded in batch if isinstance(recorded.event, PingsAnswered)]
    requests += _note_answers([fact for fact in answered if fact.is_complete], at)
    pings.request_together(requests=requests, at=at)
    pings.release(at=at)


def _is_turn(fact: OutageChanged) -> bool:
    return fact.verb == "created" or fact.what in {"moved", "restored", "partly restored"}


# Calls


def _about_callers(call_ids: Sequence[int]) -> list[Request]:
    """Ask the meters of single callers: those known to be in an outage, or among others, are verified with it."""
    if not call_ids:
        return []
    calls = Call.objects.select_related("area").filter(pk__in=call_ids).exclude(usage_point=None)
    reports = {
        row.reference: row
        for row in Evidence.objects.filter(
            kind="call", reference__in=[f"call:{pk}" for pk in call_ids], settled_at=None
        )
    }
    single = _single(list(reports.values()))
    found = []
    for call in calls.order_by("pk"):
        report = reports.get(f"call:{call.pk}")
        if report is None or report.pk not in single or call.usage_point_id is None:
            continue
        if not runtime_settings.get(CALLS, call.area.key):
            continue
        weight = float(runtime_settings.get(SILENCE, call.area.key))
        question = Question("verify_call", f"call:{call.pk}", _("the caller's own meter"), _("a single call"), weight)
        found.append(Request(CALL_RULE, question, [call.usage_point_id]))
    return found


def _single(reports: Sequence[Evidence]) -> set[int]:
    """Those of the calls at whose transformer nobody else is dark, and of whom no outage of more than one customer is known."""
    known = [one.outage_id for one in reports if one.outage_id is not None]
    alone = Outage.objects.filter(pk__in=known, kind="single").exclude(confidence="confirmed")
    singles = set(alone.values_list("pk", flat=True)) if known else set()
    loose = [one for one in reports if one.outage_id is None]
    others: dict[tuple[str, int], list[tuple[int | None, dt.datetime]]] = defaultdict(list)
    rows = Evidence.objects.filter(
        Q(node__any=[one.node for one in loose]),
        model_key__in={one.model_key for one in loose},
        kind__in=evidence.DARK,
        settled_at=None,
    )
    if loose:
        for model, node, point, at in rows.values_list("model_key", "node", "usage_point_id", "occurred_at"):
            others[model, node].append((point, at))
    found = {one.pk for one in reports if one.outage_id in singles}
    for one in loose:
        since = one.occurred_at - _NEIGHBOURS
        if not any(point != one.usage_point_id and at > since for point, at in others[one.model_key, one.node]):
            found.add(one.pk)
    return found


# Predictions


def _about_predictions(outages: Sequence[Outage], sets: Sets | None) -> list[Request]:
    """Ask a sample of those a prediction counts as out: the silent ones, whose word would change something."""
    rules = sets or chosen_rules.in_force()
    samples = {one.pk: rules.of(one.area_id).get("ask_on_prediction") for one in outages}
    asked_about = [
        one
        for one in outages
        if one.confidence == "predicted" and one.state in lifecycle.RUNNING and not sampling.is_nobody(samples[one.pk])
    ]
    if not asked_about:
        return []
    ids = [one.pk for one in asked_about]
    rows: dict[int, list[Interruption]] = defaultdict(list)
    for row in ledger.live().filter(outage__in=ids, ended_at=None).order_by("node", "pk"):
        rows[row.outage_id].append(row)
    witnesses: dict[int, set[int]] = defaultdict(set)
    told = Evidence.objects.filter(outage__in=ids, kind__in=("gasp", "ping_off", "crew_off")).order_by()
    for pk, point in told.values_list("outage_id", "usage_point_id"):
        witnesses[pk].add(point)
    found = []
    for one in asked_about:
        known = set[int]() if one.kind == "single" else witnesses[one.pk]
        chosen = sampling.choose(_places(rows[one.pk], without=known), samples[one.pk])
        if chosen:
            found.append(_about_prediction(one, chosen, rules.of(one.area_id)))
    return found


def _about_prediction(outage: Outage, usage_points: Sequence[int], rules: InForce) -> Request:
    weight = float(runtime_settings.get(SILENCE, outage.area.key))
    rule = _("%(sample)s, not those who reported") % {"sample": asking.whom(rules.get("ask_on_prediction"))}
    reason = _("predicted at %(device)s") % {"device": outage.device_name}
    question = Question("verify_prediction", f"outage:{outage.pk}", rule, reason, weight)
    return Request(
        PREDICTION_RULE, question, usage_points, not_again_s=rules.get("ask_not_again_s"), most=rules.get("ask_most")
    )


def _places(rows: Iterable[Interruption], *, without: Collection[int]) -> list[tuple[str, int]]:
    """(service transformer, usage point) of the members of ledger rows."""
    left_out = set(without)
    return [(row.equipment_mrid, point) for row in rows for point in row.usage_points if point not in left_out]


# Restorations


def _plan_checks(outages: Sequence[Outage], at: dt.datetime, sets: Sets | None) -> None:
    """Before anything is asked: who looks after checks holds theirs while it waits for its turn to ask."""
    rules = sets or chosen_rules.in_force()
    rows = []
    for outage in outages:
        sample = rules.of(outage.area_id).get("ask_after_restoration")
        if not sampling.is_nobody(sample) and outage.kind != "planned":
            seconds = float(runtime_settings.get(RESTORATION_AFTER, outage.area.key))
            rows.append(RestorationCheck(outage=outage, due_at=at + dt.timedelta(seconds=seconds)))
    RestorationCheck.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["outage"], update_fields=["due_at"]
    )


def ask_after_restorations(*, at: dt.datetime) -> int:
    """Ask where the time has come; how many restorations were verified."""
    checks = RestorationCheck.objects.filter(due_at__lte=at).order_by("due_at", "pk")
    due = list(checks.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)[:20])
    outages = Outage.objects.select_related("area").filter(pk__in=due).order_by("pk")
    requests = [request for outage in outages if (request := _whether_back(outage)) is not None]
    if requests:
        pings.request_together(requests=requests, at=at)
        pings.release(at=at)
    RestorationCheck.objects.filter(pk__in=due).delete()
    return len(due)


def _whether_back(outage: Outage) -> Request | None:
    rules = chosen_rules.in_force().of(outage.area_id)
    sample = rules.get("ask_after_restoration")
    rows = list(ledger.live().filter(~Q(ended_at=None), outage=outage).order_by("node", "pk"))
    chosen = sampling.choose(_places(rows, without=_spoken(rows)), sample)
    if not chosen:
        return None
    tries = int(runtime_settings.get(RESTORATION_TRIES, outage.area.key))
    rule = _("%(sample)s, not those whose meters said so themselves") % {"sample": asking.whom(sample)}
    reason = _("%(device)s has supply again") % {"device": outage.device_name}
    question = Question("verify_restoration", f"outage:{outage.pk}", rule, reason, 1.0 if tries < 2 else 0.0)
    return Request(RESTORATION_RULE, question, chosen, not_again_s=0.0, most=rules.get("ask_most"))


def _spoken(rows: Iterable[Interruption]) -> set[int]:
    """Usage points whose interruption has ended, and whose meters have said so themselves."""
    ended = {point: row.ended_at for row in rows for point in row.usage_points if row.ended_at}
    return {
        point for point, (power, since) in supply.power_of(ended).items() if power == "on" and since >= ended[point]
    }


# Answers


def _note_answers(facts: Sequence[PingsAnswered], at: dt.datetime) -> list[Request]:
    """A line on each timeline; after a restoration the silent ones are asked again, and then silence counts."""
    number_of = {fact.ping: int(found[1]) for fact in facts if (found := _OUTAGE.fullmatch(fact.reference))}
    if not number_of:
        return []
    outages = Outage.objects.select_related("area").in_bulk(list(number_of.values()))
    summaries = asked.summaries(list(number_of))
    requests = []
    for ping, number in number_of.items():
        outage, told = outages.get(number), summaries.get(ping)
        if outage is None or told is None or (told.is_automatic and told.counts["unknown"] == told.meters):
            continue  # a rule's question that reached nobody is on the list of pings; it is no turn of this outage
        answers = [phrase(f"answer_{key}", meters=told.counts[key]) for key in _SHOWN if told.counts[key]]
        words = phrase("asked", meters=told.meters, rule=told.rule or phrase("by_hand"), answers=answers)
        asker, data = actors.system(told.asked_by), {"ping": ping}
        incidents.remark(outage, "ping", words, asker, occurred_at=told.asked_at, at=at, data=data)
        if told.purpose == "verify_restoration":
            requests += _silent_again(outage, ping, told.meters, at)
    return requests


def _silent_again(outage: Outage, ping: str, meters: int, at: dt.datetime) -> list[Request]:
    """Those who were silent are asked once more; the last silence counts, but not where so many are silent beside live neighbours."""
    tries = int(runtime_settings.get(RESTORATION_TRIES, outage.area.key))
    so_far = asked.tries_since(f"outage:{outage.pk}", "verify_restoration", outage.restored_at)
    silent = asked.silent_of(ping)
    if not silent or so_far >= tries:
        return []
    is_last = so_far + 1 >= tries
    beside = _beside_live(outage, silent, asked.points_of(ping, "on")) if is_last else []
    if len(beside) <= max(FEW, meters * float(runtime_settings.get(UNREACHABLE, outage.area.key))):
        return [_again(outage, silent, so_far + 1, tries, 1.0 if is_last else 0.0)]
    told = phrase("unreachable", meters=len(beside))
    incidents.remark(outage, "ping", told, RESTORATION_RULE, occurred_at=at, at=at)
    parts = [(beside, 0.0), (sorted(set(silent) - set(beside)), 1.0)]
    return [_again(outage, points, so_far + 1, tries, weight) for points, weight in parts if points]


def _beside_live(outage: Outage, silent: Sequence[int], live: Collection[int]) -> list[int]:
    """Of the silent usage points those at whose transformer another meter has supply, by its own word or its answer."""
    rows = list(ledger.live().filter(~Q(ended_at=None), outage=outage).order_by("pk"))
    at = {point: row.equipment_mrid for row in rows for point in row.usage_points}
    lit = {at[point] for point in {*_spoken(rows), *live} if point in at}
    return [point for point in silent if at.get(point) in lit]


def _again(outage: Outage, points: Sequence[int], number: int, tries: int, weight: float) -> Request:
    question = Question(
        "verify_restoration",
        f"outage:{outage.pk}",
        _("those who were silent, try %(number)s of %(tries)s") % {"number": number, "tries": tries},
        _("%(device)s has supply again") % {"device": outage.device_name},
        weight,
    )
    return Request(RESTORATION_RULE, question, points, not_again_s=0.0)
