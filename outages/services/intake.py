"""Take the facts of one batch into outages: meters' words as evidence, movements of switches as they happened.

A batch may hold facts of several areas; calls were evidence before, so they only say where to predict.
"""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Mapping, Sequence

from adms.core.events import Recorded
from adms.core.models import ControlArea
from metering.events import MetersLostPower, MetersRegainedPower
from metering.selectors import supply
from network.domain.phases import ABC
from network.events import EnergisationChanged
from outages.events import CallRecorded
from outages.services import evidence, incidents, prediction, restoration, verifying
from outages.services.incidents import Round

Meters = MetersLostPower | MetersRegainedPower
Nodes = dict[str, set[int]]  # of the grid, by model


def take(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Take facts in their order, then predict once for each model about which they told something new."""
    models = {recorded.event.model for recorded in batch} - {""}
    if not models:
        return
    area_ids = dict(ControlArea.objects.filter(key__in={one.area for one in batch}).values_list("key", "pk"))
    calls = [one for one in batch if isinstance(one.event, CallRecorded)]
    others = [one for one in batch if not isinstance(one.event, CallRecorded)]
    with incidents.begin(models=models, at=at) as now:
        touched: Nodes = defaultdict(set, _calls(calls))
        for is_meters, run in itertools.groupby(others, key=lambda one: isinstance(one.event, Meters)):
            facts = list(run)
            found = _meters(now, facts, area_ids) if is_meters else _moves(now, facts)
            for model, nodes in found.items():
                touched[model] |= nodes
        for model in sorted(touched.keys() & models):
            prediction.predict(now, model, touched[model])


def weight(fact: object) -> int:
    """How much work a fact is, in meters."""
    return len(fact.usage_point_ids) if isinstance(fact, MetersLostPower | MetersRegainedPower) else 1


def _moves(now: Round, facts: Sequence[Recorded]) -> Nodes:
    """Take movements of switches; the places they may have changed."""
    touched: Nodes = defaultdict(set)
    for recorded in facts:
        change: EnergisationChanged = recorded.event
        restoration.energisation_changed(now, change=change, reference=recorded.reference)
        touched[change.model] |= {node for node, _ in (*change.lost, *change.regained)}
    return touched


def _calls(facts: Sequence[Recorded]) -> Nodes:
    """Where callers are: calls became evidence when they were taken."""
    ids: dict[str, list[int]] = defaultdict(list)
    for recorded in facts:
        ids[recorded.event.model].append(recorded.event.call_id)
    return {model: set(evidence.places_of_calls(some)) for model, some in ids.items()}


def _meters(now: Round, told: Sequence[Recorded], area_ids: Mapping[str, int]) -> Nodes:
    """Keep one piece of evidence per word; who has supply again leaves the ledger. The places of what was new."""
    facts = [recorded.event for recorded in told]
    places = supply.places({point for fact in facts for point in fact.usage_point_ids})
    pieces = [piece for recorded in told for piece in _pieces(recorded, places, area_ids[recorded.area])]
    if not evidence.record(pieces=pieces, at=now.at):
        return {}
    verifying.take_answers(now, pieces=pieces)
    evidence.settle_answered(usage_points=places, at=now.at)
    words: dict[str, list[restoration.Word]] = defaultdict(list)
    for piece in pieces:
        if piece.kind in evidence.LIVE and piece.usage_point_id is not None and _is_whole(piece, places):
            is_answer = piece.kind == "ping_on"
            words[piece.model].append(restoration.Word(piece.usage_point_id, piece.node, piece.occurred_at, is_answer))
    for model, heard in words.items():
        restoration.meters_regained(now, model=model, words=heard)
    touched: Nodes = defaultdict(set)
    for piece in pieces:
        touched[piece.model].add(piece.node)
    return touched


def _is_whole(piece: evidence.Piece, places: dict[int, supply.Place]) -> bool:
    """Whether it has supply on all its phases: on some only, its interruption goes on."""
    return not places[piece.usage_point_id or 0].phases & ABC & ~piece.phases


def _pieces(recorded: Recorded, places: dict[int, supply.Place], area_id: int) -> list[evidence.Piece]:
    fact: Meters = recorded.event
    found = []
    phases = fact.phases or [0] * len(fact.meter_ids)
    weights = (isinstance(fact, MetersLostPower) and fact.weights) or [1.0] * len(fact.meter_ids)
    told = zip(fact.usage_point_ids, fact.meter_ids, fact.occurred_at, phases, weights, strict=True)
    for point, meter, seconds, bits, weight in told:
        place = places.get(point)
        if place is not None and place.node >= 0:
            reference, occurred_at = f"meter:{meter}:{seconds}", dt.datetime.fromtimestamp(seconds, dt.UTC)
            found.append(
                evidence.Piece(
                    fact.kind,
                    reference,
                    area_id,
                    fact.model,
                    point,
                    place.equipment_mrid,
                    place.node,
                    (bits & place.phases) or place.phases,
                    occurred_at,
                    weight,
                    recorded_at=recorded.recorded_at,
                )
            )
    return found
