"""Meters are asked what evidence left open: is the caller dark, is the prediction right, is everybody back?

    CallRecorded                       --> the caller's own meter, where nobody else at that transformer is dark
    OutageChanged created, moved       --> a sample of those it counts as out and who said nothing themselves
    OutageChanged closed, partly back  --> after a while those who came back on paper without a word of their own
    PingsAnswered, complete            --> a line on the outage's timeline; who was silent after a restoration is asked once more

What the meters answer becomes evidence by itself (outages.services.intake): a prediction moves down, a caller becomes VERIFY,
who is still dark becomes a nested outage.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from django.db.models import Q

from adms.core import actors, runtime_settings
from adms.core.events import Recorded
from adms.core.services import events
from metering.events import PingsAnswered
from metering.selectors import pings as asked
from metering.selectors import supply
from metering.services import pings
from metering.services.pings import Question
from outages.domain import lifecycle, sampling
from outages.events import CallRecorded, OutageChanged
from outages.models import Call, Evidence, Interruption, Outage, RestorationCheck
from outages.selectors import rule_sets as chosen_rules
from outages.selectors.rule_sets import Sets
from outages.services import evidence, incidents, ledger

CALLS = runtime_settings.declare(
    "ping.calls", default=True, help_="A single caller's meter is asked before a crew is sent. May differ by area."
)
RESTORATION_AFTER = runtime_settings.declare(
    "ping.restoration_after_s",
    30.0,
    unit="s",
    help_="So long after a restoration meters are asked: they need time to start. May differ by area.",
)
RESTORATION_TRIES = runtime_settings.declare(
    "ping.restoration_tries",
    2,
    help_="Who is silent after a restoration is asked so often before silence counts as darkness. May differ by area.",
)
SILENCE = runtime_settings.declare(
    "ping.silence_weight",
    0.5,
    help_="What a meter that does not answer weighs under a predicted outage, where a call is 1. May differ by area.",
)
CALL_RULE = actors.system("rule: single call")
PREDICTION_RULE = actors.system("rule: new prediction")
RESTORATION_RULE = actors.system("rule: restoration")
#: Reports this long before a call make it one of several.
_NEIGHBOURS = dt.timedelta(hours=1)
_SHOWN = {"on": "have supply", "part": "on some phases", "off": "without supply", "none": "silent", "refused": "cannot be asked",
          "unknown": "not reached"}  # fmt: skip


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Take facts in; of several about one outage the last decides.

    Nothing new is asked while too many questions wait, or for a minute after meters could not be reached.
    """
    changed: dict[int, OutageChanged] = {}
    for recorded in batch:
        if isinstance(recorded.event, OutageChanged) and _is_turn(recorded.event):
            changed[recorded.event.outage_id] = recorded.event
    sets = chosen_rules.in_force() if changed else None
    outages = list(Outage.objects.select_related("area").filter(pk__in=changed).order_by("pk"))
    is_back = {pk: fact.what in {"restored", "partly restored"} for pk, fact in changed.items()}
    _plan_checks([one for one in outages if is_back[one.pk]], at, sets)
    if not (pings.is_full() or pings.is_unreachable(at=at)):
        calls = [recorded.event.call_id for recorded in batch if isinstance(recorded.event, CallRecorded)]
        ask_callers(call_ids=calls, at=at)
        for outage in outages:
            if not is_back[outage.pk]:
                ask_about_prediction(outage=outage, at=at, sets=sets)
    for recorded in batch:
        if isinstance(recorded.event, PingsAnswered) and recorded.event.is_complete:
            _note_answers(recorded.event, at)
    pings.release(at=at)  # once for all questions of the batch


def _is_turn(fact: OutageChanged) -> bool:
    return fact.verb == "created" or fact.what in {"moved", "restored", "partly restored"}


# Calls


def ask_callers(*, call_ids: Sequence[int], at: dt.datetime) -> None:
    """Ask the meters of single callers: those known to be in an outage, or among others, are verified with it."""
    calls = Call.objects.select_related("area").filter(pk__in=call_ids).exclude(usage_point=None)
    reports = {
        row.reference: row
        for row in Evidence.objects.filter(
            kind="call", reference__in=[f"call:{pk}" for pk in call_ids], settled_at=None
        )
    }
    single = _single(list(reports.values()))
    for call in calls.order_by("pk"):
        report = reports.get(f"call:{call.pk}")
        if report is None or report.pk not in single or call.usage_point_id is None:
            continue
        if not runtime_settings.get(CALLS, call.area.key):
            continue
        weight = float(runtime_settings.get(SILENCE, call.area.key))
        question = Question("verify_call", f"call:{call.pk}", "the caller's own meter", "a single call", weight)
        pings.request_pings(
            actor=CALL_RULE, question=question, usage_points=[call.usage_point_id], at=at, is_released=False
        )


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


def ask_about_prediction(*, outage: Outage, at: dt.datetime, sets: Sets | None = None) -> None:
    """Ask a sample of those a prediction counts as out: the silent ones, whose word would change something."""
    rules = (sets or chosen_rules.in_force()).of(outage.area_id)
    sample = rules.get("ask_on_prediction")
    if outage.confidence != "predicted" or outage.state not in lifecycle.RUNNING or sampling.is_nobody(sample):
        return
    rows = list(ledger.live().filter(outage=outage, ended_at=None).order_by("node", "pk"))
    witnesses = set(
        Evidence.objects.filter(outage=outage, kind__in=("gasp", "ping_off", "crew_off")).values_list(
            "usage_point_id", flat=True
        )
    )
    known = set[int]() if outage.kind == "single" else witnesses
    chosen = sampling.choose(_places(rows, without=known), sample)
    if chosen:
        weight = float(runtime_settings.get(SILENCE, outage.area.key))
        rule, reason = f"{sampling.words(sample)}, not those who reported", f"predicted at {outage.device_name}"
        question = Question("verify_prediction", f"outage:{outage.pk}", rule, reason, weight)
        pings.request_pings(
            actor=PREDICTION_RULE,
            question=question,
            usage_points=chosen,
            at=at,
            not_again_s=rules.get("ask_not_again_s"),
            is_released=False,
            most=rules.get("ask_most"),
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
    with events.deferred():
        for outage in Outage.objects.select_related("area").filter(pk__in=due).order_by("pk"):
            _ask_whether_back(outage, at)
        pings.release(at=at)
    RestorationCheck.objects.filter(pk__in=due).delete()
    return len(due)


def _ask_whether_back(outage: Outage, at: dt.datetime) -> None:
    rules = chosen_rules.in_force().of(outage.area_id)
    sample = rules.get("ask_after_restoration")
    rows = list(ledger.live().filter(~Q(ended_at=None), outage=outage).order_by("node", "pk"))
    ended = {point: row.ended_at for row in rows for point in row.usage_points if row.ended_at}
    spoken = {
        point for point, (power, since) in supply.power_of(ended).items() if power == "on" and since >= ended[point]
    }
    chosen = sampling.choose(_places(rows, without=spoken), sample)
    if chosen:
        tries = int(runtime_settings.get(RESTORATION_TRIES, outage.area.key))
        rule = f"{sampling.words(sample)}, not those whose meters said so themselves"
        reason = f"{outage.device_name} has supply again"
        question = Question("verify_restoration", f"outage:{outage.pk}", rule, reason, 1.0 if tries < 2 else 0.0)
        pings.request_pings(
            actor=RESTORATION_RULE,
            question=question,
            usage_points=chosen,
            at=at,
            not_again_s=0.0,
            is_released=False,
            most=rules.get("ask_most"),
        )


# Answers


def _note_answers(fact: PingsAnswered, at: dt.datetime) -> None:
    """A line on the timeline; after a restoration the silent ones are asked again, and then silence counts."""
    kind, _, number = fact.reference.partition(":")
    if kind != "outage" or not number.isdecimal():
        return
    outage = Outage.objects.select_related("area").filter(pk=int(number)).first()
    if outage is None:
        return
    told = asked.summary(fact.ping)
    if told is None or (told.is_automatic and told.counts["unknown"] == told.meters):
        return  # a rule's question that reached nobody is on the list of pings; it is no turn of this outage
    counts = ", ".join(f"{told.counts[key]} {words}" for key, words in _SHOWN.items() if told.counts[key])
    text = f"{told.meters} meters asked ({told.rule or 'by hand'}): {counts}"
    asker, data = actors.system(told.asked_by), {"ping": fact.ping}
    incidents.remark(outage, "ping", text, asker, occurred_at=told.asked_at, at=at, data=data)
    if told.purpose == "verify_restoration":
        _ask_the_silent_again(outage, fact.ping, at)


def _ask_the_silent_again(outage: Outage, ping: str, at: dt.datetime) -> None:
    tries = int(runtime_settings.get(RESTORATION_TRIES, outage.area.key))
    so_far = asked.tries_since(f"outage:{outage.pk}", "verify_restoration", outage.restored_at)
    silent = asked.silent_of(ping)
    if not silent or so_far >= tries:
        return
    question = Question(
        "verify_restoration",
        f"outage:{outage.pk}",
        f"those who were silent, try {so_far + 1} of {tries}",
        f"{outage.device_name} has supply again",
        1.0 if so_far + 1 >= tries else 0.0,
    )
    pings.request_pings(
        actor=RESTORATION_RULE, question=question, usage_points=silent, at=at, not_again_s=0.0, is_released=False
    )
