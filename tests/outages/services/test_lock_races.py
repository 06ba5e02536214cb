"""Who asks, who answers, who predicts and who looks after restorations, all at the same moment: nobody waits crosswise.

Each turn five processes do what a storm does at once, over three areas whose meters one question names in descending order.
PostgreSQL counts its deadlocks itself.
"""

from __future__ import annotations

import pytest
from django.db import connection, transaction

from adms.core.events import Recorded
from adms.core.models import Checkpoint, ControlArea
from adms.core.services import areas, events
from metering.models import Ping, PingAnswer, PingBatch, UsagePoint
from metering.services import ping_answers, pings
from metering.services.ping_answers import Answer
from metering.services.pings import Question
from network.selectors import state
from outages.events import OutageChanged
from outages.models import Outage, RestorationCheck
from outages.services import incidents, verification
from tests.cast import SYSTEM, after, deliver, gasp, meters_at, publish
from tests.outages.services.acting import settle
from tests.races import Racers

pytestmark = pytest.mark.django_db(transaction=True)
TURNS = 25
DEADLINE = 61  # seconds, of a question


def deadlocks() -> int:
    """How often the server chose a victim in this database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_stat_clear_snapshot(), deadlocks FROM pg_stat_database WHERE datname = current_database()"
        )
        return int(cursor.fetchone()[1])


def end_overdue(turn: int) -> int:
    return ping_answers.end_overdue(at=after(1000 * turn + DEADLINE + 1))


def answer_last(turn: int) -> int:
    """The head-end answers the newest question, which was put last."""
    batch = PingBatch.objects.filter(state=PingBatch.State.SENT).order_by("-queued_at", "-pk").first()
    if batch is None:
        return 0
    asked = PingAnswer.objects.filter(batch=batch).order_by("-meter_id").values_list("meter_id", flat=True)
    told = [Answer(meter, "on", after(1000 * turn + 30)) for meter in asked]
    ping_answers.record_answers(source="", batch_id=batch.pk, answers=told, is_last=True, at=after(1000 * turn + 30))
    return len(told)


def change_all(turn: int) -> int:
    """A round over all outages, the newest first, told in every area."""
    with incidents.begin(models=["story"], at=after(1000 * turn + 40)) as now:
        for outage in reversed(now.going("story")):
            now.note(outage, "note", f"turn {turn}", SYSTEM)
            now.tell(outage, "note")
    return 1


@transaction.atomic
def check_restorations(turn: int) -> int:
    return verification.ask_after_restorations(at=after(1000 * turn + 50))


@transaction.atomic
def verify(turn: int) -> int:
    """What a batch of facts makes the verifier do: checks planned, questions asked and sent."""
    found = Outage.objects.order_by("-pk").values_list("pk", "mrid")
    facts = [OutageChanged(pk, mrid, "story", "changed", 2, "partly restored", after(turn)) for pk, mrid in found]
    batch = [Recorded("area", number, after(turn), fact) for number, fact in enumerate(facts, 1)]
    with events.deferred():
        verification.follow(batch=batch, at=after(1000 * turn))
    return len(batch)


_DOES = (end_overdue, answer_last, change_all, check_restorations, verify)


def act(number: int, turn: int) -> str:
    """One of the five, as real as in a running system; what went wrong, or "done"."""
    try:
        _DOES[number](turn)
    except Exception as error:  # noqa: BLE001 - whatever it was, the test tells it
        return repr(error)
    return "done"


def spread() -> None:
    """The customers lie in three areas, those of one transformer in all of them, the first in the last one."""
    present = UsagePoint.objects.order_by("pk").values_list("area_id", flat=True)[0]
    own = [present, *(areas.ensure(key=f"z{one}", name=f"Z{one}").pk for one in (1, 2))]
    for place, point in enumerate(UsagePoint.objects.order_by("pk")):
        UsagePoint.objects.filter(pk=point.pk).update(area_id=own[2 - place % 3])


def ask(turn: int) -> None:
    """Three questions, one outage each, whose meters lie in all areas."""
    for number, places in enumerate((("T3", "T4"), ("T1",), ("T5", "T2"))):
        points = UsagePoint.objects.filter(equipment_mrid__in=places).values_list("pk", flat=True)
        question = Question("verify_restoration", f"outage:{number}", "a race", silence_weight=1.0)
        pings.request_pings(
            actor=SYSTEM, question=question, usage_points=list(points), at=after(1000 * turn), not_again_s=0
        )


def take_all() -> None:
    """As if the outages had taken all that was published: the verifier asks nothing while evidence waits."""
    for area_id, number in ControlArea.objects.values_list("pk", "event_number"):
        Checkpoint.objects.update_or_create(subscriber="outages", area_id=area_id, defaults={"number": number})


def test_nobody_waits_crosswise_for_areas_questions_and_outages() -> None:
    publish()
    spread()
    for transformer in ("T1", "T3", "T5"):
        gasp(meters_at(transformer)[:2], after(0))
    settle(40)
    assert Outage.objects.count() >= 3
    before = deadlocks()
    state.present("story")
    racers = Racers(act, len(_DOES))
    try:
        for turn in range(1, TURNS + 1):
            ask(turn)
            take_all()
            for outage in Outage.objects.all():
                RestorationCheck.objects.update_or_create(outage=outage, defaults={"due_at": after(1000 * turn)})
            assert racers.round(turn) == ["done"] * len(_DOES)
            Ping.objects.filter(ended_at=None).update(ended_at=after(1000 * turn))
            PingBatch.objects.filter(ended_at=None).update(state="silent", ended_at=after(1000 * turn))
    finally:
        racers.end()
    assert deadlocks() == before
    deliver(after(1000 * (TURNS + 1)))
