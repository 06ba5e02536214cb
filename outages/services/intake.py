"""Take the facts of one batch into outages: meters' words as evidence, movements of switches as they happened."""

import datetime as dt
import itertools
from collections import defaultdict
from collections.abc import Sequence

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


def take(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Take facts in their order, then predict once for each model about which they told something new."""
    models = {recorded.event.model for recorded in batch} - {""}
    if not models:
        return
    area_id = ControlArea.objects.values_list("pk", flat=True).get(key=batch[0].area)
    with incidents.begin(models=models, at=at) as now:
        changed = set()
        for is_meters, run in itertools.groupby(batch, key=lambda one: isinstance(one.event, Meters)):
            facts = list(run)
            changed |= _meters(now, [one.event for one in facts], area_id) if is_meters else _others(now, facts)
        for model in sorted(changed & models):
            prediction.predict(now, model)


def _others(now: Round, facts: Sequence[Recorded]) -> set[str]:
    for recorded in facts:
        if isinstance(recorded.event, EnergisationChanged):
            restoration.energisation_changed(now, change=recorded.event, reference=recorded.reference)
    return {
        recorded.event.model for recorded in facts if isinstance(recorded.event, EnergisationChanged | CallRecorded)
    }


def _meters(now: Round, facts: Sequence[Meters], area_id: int) -> set[str]:
    """Keep one piece of evidence per word; who has supply again leaves the ledger. The models of what was new."""
    places = supply.places({point for fact in facts for point in fact.usage_point_ids})
    pieces = [piece for fact in facts for piece in _pieces(fact, places, area_id)]
    if not evidence.record(pieces=pieces, at=now.at):
        return set()
    verifying.take_answers(now, pieces=pieces)
    evidence.settle_answered(usage_points=places, at=now.at)
    words: dict[str, list[restoration.Word]] = defaultdict(list)
    for piece in pieces:
        if piece.kind in evidence.LIVE and piece.usage_point_id is not None and _is_whole(piece, places):
            is_answer = piece.kind == "ping_on"
            words[piece.model].append(restoration.Word(piece.usage_point_id, piece.node, piece.occurred_at, is_answer))
    for model, heard in words.items():
        restoration.meters_regained(now, model=model, words=heard)
    return {fact.model for fact in facts}


def _is_whole(piece: evidence.Piece, places: dict[int, supply.Place]) -> bool:
    """Whether it has supply on all its phases: on some only, its interruption goes on."""
    return not places[piece.usage_point_id or 0].phases & ABC & ~piece.phases


def _pieces(fact: Meters, places: dict[int, supply.Place], area_id: int) -> list[evidence.Piece]:
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
                )
            )
    return found
