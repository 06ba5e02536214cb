"""A published network after a hard year and in the middle of a storm: thousands of outages, hundreds of thousands of ledger rows.

    crowded.fill(at=clock.now(), past=5000, rows_each=40, going=5000)

Rows are made directly, as many as asked, always the same ones (the same seed); usage points, transformers and feeders are those of
the network that is published. Past outages lie evenly over twelve months; a tenth of their rows is momentary.
"""

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from adms.core.models import ControlArea
from metering.models import Ping, UsagePoint
from network.selectors import equipment
from outages.domain.codes import CAUSES
from outages.models import Call, Callback, Evidence, Interruption, Outage

A_YEAR = dt.timedelta(days=364)
BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Place:
    """A transformer with the customers behind it."""

    mrid: str
    name: str
    feeder: str
    model: str
    area: ControlArea
    node: int
    points: list[int]


def places() -> list[Place]:
    """Where customers are, in order of the transformers."""
    points: dict[str, list[UsagePoint]] = {}
    for point in UsagePoint.objects.select_related("area").filter(node__gte=0).order_by("equipment_mrid", "pk"):
        points.setdefault(point.equipment_mrid, []).append(point)
    named = dict(equipment.published().filter(mrid__in=points).values_list("mrid", "name"))
    feeders = dict(equipment.published().filter(mrid__in=points).values_list("mrid", "feeder"))
    return [
        Place(mrid, named.get(mrid, mrid), feeders.get(mrid, ""), own[0].model_key, own[0].area, own[0].node, [p.pk for p in own])
        for mrid, own in points.items()
    ]  # fmt: skip


def fill(*, at: dt.datetime, past: int, rows_each: int, going: int, seed: int = 1) -> None:
    """So many outages that are over with so many ledger rows each, and so many that go on with a call, a callback and a ping each."""
    dice, known = random.Random(seed), places()
    _past(dice, known, at, past, rows_each)
    _going(dice, known, at, going)


def _past(dice: random.Random, known: list[Place], at: dt.datetime, number: int, rows_each: int) -> None:
    made = []
    for count in range(number):
        began = at - A_YEAR + A_YEAR * count / max(number, 1)
        place = dice.choice(known)
        made.append(
            _outage(place, began, "completed", cause=dice.choice([*CAUSES]), restored_at=began + dt.timedelta(hours=3))
        )
    outages = Outage.objects.bulk_create(made, batch_size=BATCH)
    rows: list[Interruption] = []
    for outage in outages:
        own = dice.sample(known, min(rows_each, len(known)))
        own += dice.choices(known, k=rows_each - len(own))
        for place in own:
            minutes = dice.uniform(0.2, 5) if dice.random() < 0.1 else dice.lognormvariate(3.9, 1.0) + 5
            rows.append(_row(outage, place, outage.started_at, dt.timedelta(minutes=minutes), dice))
        if len(rows) >= BATCH:
            Interruption.objects.bulk_create(rows, batch_size=BATCH)
            rows = []
    Interruption.objects.bulk_create(rows, batch_size=BATCH)


def _going(dice: random.Random, known: list[Place], at: dt.datetime, number: int) -> None:
    states = ("new", "acknowledged", "assigned", "en_route", "on_site", "partly_restored")
    places_ = dice.choices(known, k=number)
    began = [at - dt.timedelta(minutes=dice.uniform(1, 600)) for _ in places_]
    outages = Outage.objects.bulk_create(
        [
            _outage(place, moment, dice.choice(states), customers_out=len(place.points), critical_out=int(dice.random() < 0.1),
                    priority=dice.randrange(1000))
            for place, moment in zip(places_, began, strict=True)
        ],
        batch_size=BATCH,
    )  # fmt: skip
    together = list(zip(outages, places_, strict=True))
    Interruption.objects.bulk_create(
        [_row(one, place, one.started_at, None, dice) for one, place in together], batch_size=BATCH
    )
    calls = Call.objects.bulk_create([_call(one, place) for one, place in together], batch_size=BATCH)
    Evidence.objects.bulk_create([_evidence(one) for one in calls], batch_size=BATCH)
    Callback.objects.bulk_create([_callback(one) for one in calls], batch_size=BATCH)
    Ping.objects.bulk_create([_ping(one) for one in outages], batch_size=BATCH)


def _outage(place: Place, at: dt.datetime, state: str, **more: object) -> Outage:
    return Outage(
        mrid=str(uuid.uuid4()), area=place.area, model_key=place.model, kind="outage", state=state, confidence="predicted", phases=7,
        device_mrid=place.mrid, device_name=place.name, feeder=place.feeder, node=place.node, customers_affected=len(place.points),
        started_at=at, predicted_at=at, **more,
    )  # fmt: skip


def _row(
    outage: Outage, place: Place, at: dt.datetime, length: dt.timedelta | None, dice: random.Random
) -> Interruption:
    return Interruption(
        outage=outage, area=place.area, model_key=place.model, equipment_mrid=place.mrid, node=place.node, feeder=place.feeder, phases=7,
        usage_points=place.points, customers=len(place.points), connected_kva=50, began_at=at, ended_at=length and at + length,
        is_provisional=length is None or dice.random() < 0.02,
    )  # fmt: skip


def _call(outage: Outage, place: Place) -> Call:
    return Call(
        mrid=str(uuid.uuid4()), source="tieline", area=place.area, usage_point_id=place.points[0], caller_name="Somebody",
        trouble_codes=["dark"], wants_callback=True, reported_at=outage.started_at, recorded_at=outage.started_at, taken_by="anna",
        outage=outage,
    )  # fmt: skip


def _evidence(call: Call) -> Evidence:
    outage = call.outage
    assert outage is not None
    return Evidence(
        kind="call", reference=f"call:{call.pk}", area=call.area, model_key=outage.model_key, usage_point_id=call.usage_point_id,
        equipment_mrid=outage.device_mrid, node=outage.node, phases=7, occurred_at=call.reported_at, recorded_at=call.recorded_at,
        outage=outage, joined_at=call.recorded_at,
    )  # fmt: skip


def _callback(call: Call) -> Callback:
    return Callback(
        mrid=str(uuid.uuid4()), area=call.area, usage_point_id=call.usage_point_id, outage=call.outage, call=call, calls=1,
        name=call.caller_name, state="due", requested_at=call.reported_at, latest_at=call.reported_at, requested_by="anna", tries=1,
        due_at=call.reported_at, is_by_hand=True,
    )  # fmt: skip


def _ping(outage: Outage) -> Ping:
    return Ping(
        asked_by="rule", is_automatic=True, purpose="verify_prediction", reference=f"outage:{outage.pk}", area=outage.area,
        model_key=outage.model_key, asked_at=outage.started_at, ended_at=outage.started_at,
    )  # fmt: skip
