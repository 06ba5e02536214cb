"""What the network and the meters tell about supply, taken into outages and ledger.

A telemetered trip is a confirmed outage at once; a close ends interruptions at field time, phase by phase, for those who are live
again. Not for those whom an outage of their own holds out that the network does not show (a blown fuse further down), nor for
those who say after the close that they are dark: they are nested.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext_noop
from numpy.typing import NDArray

from adms.core import actors, runtime_settings
from adms.core.actors import Actor
from network.domain.phases import ABC
from network.domain.phrases import phrase
from network.events import EnergisationChanged
from network.selectors import equipment, state
from outages.domain import lifecycle, sampling
from outages.domain.restoration import Points, Settlement, Supply, pieces, settle
from outages.models import Evidence, Interruption, Outage, PlannedOutage
from outages.selectors import rule_sets as chosen_rules
from outages.selectors import trees
from outages.selectors.figure_rules import MOMENTARY
from outages.services import evidence, ledger, merging, planned_execution, showing
from outages.services.incidents import Round

SAME_EVENT = runtime_settings.declare(
    "restoration.same_event_s",
    90.0,
    unit="s",
    help_=gettext_noop("Predictions that began no more than this before a device tripped were about the trip."),
)
ENOUGH_METERS = runtime_settings.declare(
    "restoration.enough_meters",
    2,
    unit=gettext_noop("meters"),
    help_=gettext_noop(
        "So many meters of a transformer with supply mean that the transformer has it; one alone may be linked wrongly."
    ),
)
NETWORK = actors.system("network")
METERS = actors.system("meters")
#: How sure an outage is that ends by what its meters say: of what is confirmed, people or telemetry say when it is over.
RETURNING = ("predicted", "probable")


def energisation_changed(now: Round, *, change: EnergisationChanged, reference: str) -> None:
    """Take one movement of a switch into the outages of its model."""
    if change.lost:
        _lost(now, change, reference)
    if change.regained and not showing.is_undone(change):
        _regained(now, change)


# Lost


def _lost(now: Round, change: EnergisationChanged, reference: str) -> None:
    """Customers lost supply because a switch opened; told twice, taken once."""
    lost = _supply(change.lost)
    affected = ledger.affected_at(ledger.supplied_at(change.model, lost.node.tolist()), lost)
    if not affected.ids.size:
        return
    found = equipment.find(change.equipment_mrid, change.model)
    trip = evidence.record(pieces=[_trip(change, found.area_id, lost, reference)], at=now.at)
    over = _over_since(now, change)
    if not trip or over is not None:
        evidence.join(outage_of={report: over.pk for report in trip if over})
        return
    outage = _outage_at(now, change)
    if outage is None and (none := showing.cancelled_by(change)) is not None:
        evidence.join(outage_of=dict.fromkeys(trip, none.pk))
        evidence.settle(rows=Q(pk__in=trip), reason=f"cancelled: {none.cancelled_reason}", at=now.at)
        return
    outage = outage or _open_outage(now, change, found, lost)
    evidence.join(outage_of=dict.fromkeys(trip, outage.pk))
    rows = ledger.open_at(change.model, lost.node.tolist())
    _widen(rows, affected)
    plan = _plan_of(now, outage, change)
    _absorb(now, outage, change, {row.outage_id for row in rows})
    _date(now, outage, change.occurred_at)
    opening = ledger.Opening(outage, affected, change.occurred_at)
    ledger.open_rows(model=change.model, openings=[opening])
    if plan is not None:
        planned_execution.tell_beyond_scope(outage=outage, plan=plan, at=now.at)
    now.tell(outage, "confirmed")


def _plan_of(now: Round, outage: Outage, change: EnergisationChanged) -> PlannedOutage | None:
    """The planned outage this opening carries out. Not where the device was known to be open before."""
    if outage.confirmed_at != change.occurred_at:
        return None
    plan = planned_execution.plan_for(change.model, change.equipment_mrid, change.occurred_at)
    if plan is not None:
        planned_execution.carry_out(now, outage=outage, plan=plan, occurred_at=change.occurred_at)
    return plan


def _trip(change: EnergisationChanged, area_id: int, lost: Supply, reference: str) -> evidence.Piece:
    bits = int(np.bitwise_or.reduce(lost.phases))
    node = int(lost.node[0])
    mrid = change.equipment_mrid
    return evidence.Piece("trip", reference, area_id, change.model, None, mrid, node, bits, change.occurred_at)


def _over_since(now: Round, change: EnergisationChanged) -> Outage | None:
    """The outage this opening belongs to where that has been restored since: it opens nothing again."""
    border = change.occurred_at + dt.timedelta(seconds=runtime_settings.get(SAME_EVENT))
    over = now.find(
        model_key=change.model,
        device_mrid=change.equipment_mrid,
        started_at__lte=border,
        restored_at__gt=change.occurred_at,
    )
    return over[0] if over else None


def _outage_at(now: Round, change: EnergisationChanged) -> Outage | None:
    """The outage of this very device, confirmed now: a going one, or one that was over only a moment ago (reclosing)."""
    same = {"model_key": change.model, "device_mrid": change.equipment_mrid, "state__in": lifecycle.RUNNING}
    here = now.find(~Q(kind="single"), **same)
    outage = here[0] if here else _resumed(now, change)
    if outage is not None and outage.confidence != "confirmed":
        now.change(outage, confidence="confirmed", confirmed_at=change.occurred_at)
        now.note(outage, "confirmed", phrase("is_open", name=change.name), NETWORK, occurred_at=change.occurred_at)
    return outage


def _resumed(now: Round, change: EnergisationChanged) -> Outage | None:
    """What closed and opened again within the border of momentary interruptions is one event, and goes on."""
    over = now.find(
        ~Q(kind__in=("single", "planned")),
        model_key=change.model,
        device_mrid=change.equipment_mrid,
        state="restored",
        restored_at__lte=change.occurred_at,
    )
    outage = max(over, key=lambda one: (one.restored_at, one.pk), default=None)
    if outage is None or outage.restored_at is None:
        return None
    if change.occurred_at - outage.restored_at > dt.timedelta(minutes=now.setting(MOMENTARY, outage)):
        return None
    now.step(outage, "acknowledged")
    now.change(outage, kind="outage", restored_at=None)
    now.note(outage, "resumed", phrase("opened_again", name=change.name), NETWORK, occurred_at=change.occurred_at)
    return outage


def _open_outage(now: Round, change: EnergisationChanged, found: Any, lost: Supply) -> Outage:
    present = state.present(change.model)
    node = _downstream_end(present, change.branch)
    outage = Outage(
        area=found.area,
        model_key=change.model,
        kind="outage",
        confidence="confirmed",
        device_mrid=found.mrid,
        device_name=found.name,
        feeder=found.feeder,
        phases=int(np.bitwise_or.reduce(lost.phases)),
        node=node,
        x=_number(present.grid.node_x[node]),
        y=_number(present.grid.node_y[node]),
        started_at=change.occurred_at,
        confirmed_at=change.occurred_at,
        explanation=_explanation(change, lost),
    )
    now.create(rows=[outage])
    code = "opened_by_command" if change.is_commanded else "opened_by_itself"
    told = phrase(code, name=found.name, source=change.source)
    now.note(outage, "created", told, NETWORK, occurred_at=change.occurred_at)
    return outage


def _downstream_end(present: state.NetworkState, branch: int) -> int:
    """The end of a switch that hangs, or last hung, on it."""
    ends = int(present.grid.branch_from[branch]), int(present.grid.branch_to[branch])
    fed = present.energisation.laid.parent_branch
    return next((node for node in ends if fed[node] == branch), ends[1])


def _explanation(change: EnergisationChanged, lost: Supply) -> dict[str, Any]:
    """Telemetry needs no threshold."""
    return {
        "engine": "telemetry",
        "device": change.equipment_mrid,
        "places": int(lost.node.size),
        "source": change.source,
        "is_commanded": change.is_commanded,
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _widen(rows: Sequence[Interruption], affected: ledger.Affected) -> None:
    """Who is out already on some phases is out on more."""
    dark = dict(zip(affected.ids.tolist(), affected.phases.tolist(), strict=True))
    parts = {}
    for row in rows:
        wider = {member: row.phases | dark.get(member, 0) for member in row.usage_points}
        changes = {member: {"phases": bits} for member, bits in wider.items() if bits != row.phases}
        if changes:
            parts[row] = ledger.split(row, changes)
    ledger.rewrite(parts)


def _absorb(now: Round, outage: Outage, change: EnergisationChanged, holders: Collection[int]) -> None:
    """Predictions about the same event become part of it; older outages below it are nested in it."""
    border = change.occurred_at - dt.timedelta(seconds=runtime_settings.get(SAME_EVENT))
    others = [one for one in now.get_all(holders) if one.pk != outage.pk and one.state in lifecycle.RUNNING]
    for inner in _below(outage, others):
        if inner.confidence != "confirmed" and inner.started_at >= border:
            reason = phrase("part_of", outage=str(outage.pk), name=change.name)
            merging.merge(now, outage=inner, into=outage, reason=reason, actor=NETWORK)
        elif inner.parent_id is None:
            now.change(inner, parent_id=outage.pk)
            told = phrase("nested_below", outage=str(outage.pk))
            now.note(inner, "nested", told, NETWORK, occurred_at=change.occurred_at)
            now.tell(inner, "nested")


def _below(outage: Outage, others: Sequence[Outage]) -> list[Outage]:
    """Of other outages those below this one: a device may also open below an outage that has taken one phase only."""
    if not others:
        return []
    devices = trees.current(state.present(outage.model_key))
    nodes = set(trees.nodes_of(devices, outage).tolist())
    return [one for one in others if one.node in nodes]


def _date(now: Round, outage: Outage, opened_at: dt.datetime) -> None:
    """What is now known to be of this device rests on no prediction, and began no later than it opened."""
    ledger.begin_earlier(outage=outage, since=opened_at)
    ledger.live().filter(outage=outage, is_provisional=True).update(is_provisional=False)
    now.change(outage, started_at=min(outage.started_at, opened_at))


# Regained


def _regained(now: Round, change: EnergisationChanged) -> None:
    """Customers are live again: their interruptions end, except where an outage the network does not show holds them out.

    Such an outage holds them on its own phases only.
    """
    regained = _supply(change.regained)
    grid = state.present(change.model).grid
    found = [row for row in ledger.open_at(change.model, regained.node.tolist()) if row.began_at <= change.occurred_at]
    by_phases: dict[int, list[Interruption]] = defaultdict(list)
    holders = {one.pk: one for one in now.get_all({row.outage_id for row in found})}
    for row in found:
        holder = holders[row.outage_id]
        by_phases[holder.phases & ABC if trees.is_hidden(grid, holder) else 0].append(row)
    for held, rows in sorted(by_phases.items()):
        supply = Supply(regained.node, regained.phases & np.uint8(ABC & ~held))
        reason = f"{change.name} closed"
        give_back(now, rows=rows, supply=supply, ended_at=change.occurred_at, reason=reason, denied=True)
    changed = {row.outage_id for row in found if row.ended_at is not None}
    progress(now, outage_ids=changed, occurred_at=change.occurred_at)


def give_back(
    now: Round, *, rows: Sequence[Interruption], supply: Supply, ended_at: dt.datetime, reason: str, denied: bool
) -> Settlement:
    """These places have supply again: end the interruptions of whoever misses no phase any more.

    Reports from before are settled. Reports from after it are free for prediction to find out why; with `denied` who made them
    stays out meanwhile.
    """
    points = ledger.members_of(rows)
    denials = _denials(points, ended_at)
    settled = settle(points, supply, list(denials.values()) if denied else ())
    parts: dict[Interruption, list[ledger.Part]] = defaultdict(list)
    for piece in pieces(points, settled):
        row = rows[piece.row]
        parts[row].append(
            ledger.Part(piece.usage_points, _fate(row, piece.phases, ended_at if piece.is_back else None))
        )
    ledger.rewrite(parts)
    own = Q(outage__in={row.outage_id for row in rows}) | Q(outage=None)
    there = Q(model_key=rows[0].model_key if rows else "", node__in=np.unique(points.node[settled.is_back]).tolist())
    dark = Q(kind__in=(*evidence.DARK, "trip"), occurred_at__lte=ended_at)
    evidence.settle(rows=own & there & dark, reason=reason, at=now.at)
    live = set(points.usage_point[settled.is_back | settled.is_nested].tolist())
    evidence.join(outage_of={report: None for report, point in denials.items() if point in live})
    return settled


def _denials(points: Points, ended_at: dt.datetime) -> dict[int, int]:
    """Reports of darkness after the restoration, and whose they are."""
    ids = points.usage_point.tolist()
    rows = Evidence.objects.filter(usage_point__in=ids, kind__in=evidence.DARK, settled_at=None)
    return dict(rows.filter(occurred_at__gt=ended_at).values_list("pk", "usage_point_id"))


def _fate(row: Interruption, phases: int, ended_at: dt.datetime | None) -> Mapping[str, Any]:
    """The columns that change for a part of a row."""
    if ended_at is not None:
        return {"ended_at": max(ended_at, row.began_at)}
    return {"phases": phases} if phases != row.phases else {}


def progress(now: Round, *, outage_ids: Collection[int], occurred_at: dt.datetime, actor: Actor = NETWORK) -> None:
    """Outages some of whose customers came back: partly restored, or restored when nobody is left."""
    figures = ledger.figures(outage_ids)
    running = [outage for outage in now.get_all(outage_ids) if outage.state in lifecycle.RUNNING]
    over = {one.pk: figures[one.pk].ended_at or occurred_at for one in running if figures[one.pk].out == 0}
    evidence.let_go(ended_at=over, at=now.at)
    for outage in running:
        found = figures[outage.pk]
        if found.out == 0 and not found.affected and outage.confidence != "confirmed":
            now.cancel(outage, reason=phrase("all_answered"), actor=actor)
        elif found.out == 0:
            now.end(outage, restored_at=over[outage.pk], actor=actor)
        elif found.out < found.affected:
            _partly(now, outage, found.affected - found.out, occurred_at, actor)


def _partly(now: Round, outage: Outage, back: int, occurred_at: dt.datetime, actor: Actor) -> None:
    """A lone meter says little of a mere prediction: that one is not partly restored, it will move."""
    is_known = outage.confidence == "confirmed" or outage.state != "new" or not actor.is_system
    if is_known and lifecycle.may_become(outage.state, "partly_restored"):
        now.step(outage, "partly_restored")
    now.note(outage, "partly_restored", phrase("partly_back", customers=back), actor, occurred_at=occurred_at)
    now.tell(outage, "partly restored")


# Meters


class Word(NamedTuple):
    """A meter said that its usage point has supply; an answer to a question says so too, but not that it had none."""

    usage_point: int
    node: int
    at: dt.datetime
    is_answer: bool


def meters_regained(now: Round, *, model: str, words: Sequence[Word]) -> None:
    """Meters have supply: their rows end at that time, wherever they are counted.

    Who answers, was only thought to be out by a prediction and never said so himself, never was.
    """
    rows = ledger.open_at(model, {word.node for word in words})
    heard: dict[int, list[Word]] = defaultdict(list)
    for word in sorted(words, key=lambda word: word.at):
        heard[word.usage_point].append(word)
    said = _said_dark({word.usage_point for word in words if word.is_answer})
    parts = {}
    for row in rows:
        first = {member: _first(heard[member], row.began_at) for member in row.usage_points if member in heard}
        changes = {
            member: _never(now)
            if word.is_answer and row.is_provisional and member not in said
            else {"ended_at": word.at}
            for member, word in first.items()
            if word is not None
        }
        if changes:
            parts[row] = ledger.split(row, changes)
    ledger.rewrite(parts)
    if parts:
        outage_ids = {row.outage_id for row in parts}
        enough = int(runtime_settings.get(ENOUGH_METERS))
        _speak_for_the_silent(now, outage_ids, {row.node for row in parts}, enough)
        progress(now, outage_ids=outage_ids, occurred_at=max(word.at for word in words))
        _hold(now, outage_ids, words)


def _hold(now: Round, outage_ids: Collection[int], words: Sequence[Word]) -> None:
    """Those who said they were dark come back one by one: while they do, who is still dark tells nothing of the device.

    A meter that has supply and never said otherwise does tell something.
    """
    said = _said_dark({word.usage_point for word in words if not word.is_answer})
    if not said:
        return
    for outage in now.get_all(outage_ids):
        if outage.confidence in RETURNING and outage.state in lifecycle.RUNNING:
            now.change(outage, returning_at=now.at)


def returned(now: Round, outages: Sequence[Outage]) -> None:
    """From these no meter has come back for a while: now one of a transformer speaks for its silent others.

    It may be linked wrongly, so that this holds only where those who did not speak are asked after a restoration: who is dark then
    becomes nested. Elsewhere whoever said that he is dark, and not that he is back, is left to prediction.
    """
    rules = chosen_rules.in_force()
    ids = [one.pk for one in outages if not sampling.is_nobody(rules.of(one.area_id).get("ask_after_restoration"))]
    spoken = _speak_for_the_silent(now, ids, None, 1)
    for outage in now.get_all(spoken):
        told = phrase("spoken_for", customers=spoken[outage.pk])
        now.note(outage, "spoken_for", told, METERS, occurred_at=now.at)
    if spoken:
        progress(now, outage_ids=spoken, occurred_at=now.at)


def _speak_for_the_silent(
    now: Round, outage_ids: Collection[int], nodes: Collection[int] | None, enough: int
) -> dict[int, int]:
    """Enough meters of one transformer have supply: so have its others, whose word got lost, unless they deny it since.

    Restoration messages get lost like last gasps do; without this rule the silent third of a street stays out on paper.
    Of the outages (None for `nodes`: everywhere in them), for how many of each was spoken.
    """
    if not outage_ids:
        return {}
    rows_of = ledger.live().filter(outage_id__in=outage_ids)
    rows_of = rows_of if nodes is None else rows_of.filter(node__in=nodes)
    groups: dict[tuple[int, int], list[Interruption]] = defaultdict(list)
    for row in rows_of.order_by("pk"):
        groups[row.outage_id, row.node].append(row)
    since: dict[Interruption, dt.datetime] = {}
    for rows in groups.values():
        back = sorted(row.ended_at for row in rows if row.ended_at is not None for _ in row.usage_points)
        if len(back) >= enough:
            since |= {row: max(back[enough - 1], row.began_at) for row in rows if row.ended_at is None}
    silent = {member: at for row, at in since.items() for member in row.usage_points}
    for point in _deny(silent):
        del silent[point]
    changes = {member: {"ended_at": at} for member, at in silent.items()}
    ledger.rewrite({row: ledger.split(row, changes) for row in since})
    evidence.settle_until(until=silent, reason=gettext_noop("meters at the same transformer have supply"), at=now.at)
    counts = Counter(row.outage_id for row in since for member in row.usage_points if member in silent)
    return dict(sorted(counts.items()))


def _deny(since: Mapping[int, dt.datetime]) -> set[int]:
    """Who said since then that he is dark."""
    found = Evidence.objects.filter(usage_point__in=list(since), kind__in=evidence.DARK)
    rows = (
        found.filter(occurred_at__gt=min(since.values())).values_list("usage_point_id", "occurred_at") if since else ()
    )
    return {point for point, at in rows if at > since[point]}


def _first(words: Sequence[Word], after: dt.datetime) -> Word | None:
    return next((word for word in words if word.at > after), None)


def _never(now: Round) -> dict[str, Any]:
    return {"superseded_at": now.at, "superseded_reason": "the meter answered that it has supply"}


def _said_dark(usage_points: Collection[int]) -> set[int]:
    found = Evidence.objects.filter(usage_point__in=usage_points, kind__in=evidence.DARK)
    return set(found.values_list("usage_point_id", flat=True)) if usage_points else set()


def _supply(pairs: Sequence[Sequence[int]]) -> Supply:
    """Of the [node, phases] of an event."""
    columns: NDArray[np.int64] = np.array(pairs, np.int64).reshape(-1, 2)
    return Supply.of(columns[:, 0], columns[:, 1])
