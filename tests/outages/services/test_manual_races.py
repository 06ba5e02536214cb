"""Two people, or a person and the machine, change outages at the same moment: real processes, PostgreSQL decides who comes first."""

import pytest

from adms.core.errors import Refused
from adms.core.models import AuditEntry
from network.selectors import state
from outages.models import Evidence, Interruption, ManualAction, Outage
from outages.services import lifecycle, prediction, regrouping
from tests import cast
from tests.cast import TOM, after, gasp, meters_at
from tests.outages.services.acting import going, outage_at, settle
from tests.races import Racers

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 6


def tried(attempt) -> str:
    """won, or the word of the refusal."""
    try:
        attempt()
    except Refused as refused:
        return refused.message
    return "won"


def merge_or_cancel(number: int, turn: int) -> str:
    """One merges the outage at F2 into that at F1, the other says that there is none at F1."""
    at = after(100 * turn + 60)
    if number == 0:
        upper, lower = outage_at("F1").pk, outage_at("F2").pk
        return tried(lambda: regrouping.merge(actor=TOM, outage_id=lower, into_id=upper, at=at))
    outage_id = outage_at("F1").pk
    return tried(lambda: lifecycle.cancel(actor=TOM, outage_id=outage_id, reason="none", at=at))


def confirm_or_predict(number: int, turn: int) -> str:
    """One confirms what the other moves: by new reports the outage at T1 is one at F1."""
    at = after(100 * turn + 60)
    if number == 0:
        outage_id = Outage.objects.get(state="new").pk
        return tried(lambda: lifecycle.confirm(actor=TOM, outage_id=outage_id, at=at))
    return tried(lambda: prediction.run(model="story", at=at))


def take_back_or_deliver(number: int, turn: int) -> str:
    """One confirms an outage and cancels it at once, the bell rings for the other one at any moment of it."""
    at = after(100 * turn + 60)
    if number == 1:
        return tried(lambda: cast.deliver(at))
    outage_id = Outage.objects.get(state="new").pk
    lifecycle.confirm(actor=TOM, outage_id=outage_id, at=at)
    return tried(lambda: lifecycle.cancel(actor=TOM, outage_id=outage_id, reason="a mistake", at=at))


@pytest.fixture
def race():
    """Start two racers; they end with the test."""
    started: list[Racers] = []

    def start(attempt):
        state.present("story")
        started.append(Racers(attempt, 2))
        return started[-1].round

    yield start
    for racers in started:
        racers.end()


def everybody_is_out_once() -> None:
    rows = Interruption.objects.filter(superseded_at=None, ended_at=None).values_list("usage_points", flat=True)
    out = [one for members in rows for one in members]
    assert len(out) == len(set(out))
    for outage in Outage.objects.filter(state="new"):
        assert outage.customers_out == sum(row.customers for row in outage.interruptions.filter(superseded_at=None))


def test_merged_or_cancelled_nobody_vanishes_between_the_two(race):
    run = race(merge_or_cancel)
    for turn in range(ROUNDS):
        gasp(meters_at("T1", "T2", "T3", "T4"), after(100 * turn))
        settle(100 * turn + 31)
        one, other = outage_at("F1"), outage_at("F2")
        merged, cancelled = run(turn)
        one.refresh_from_db()
        other.refresh_from_db()
        assert (merged, cancelled) in {("won", "won"), ("it is cancelled", "won")}
        # merged first, its customers were cancelled with the rest; cancelled first, the other outage stands as it did
        assert (one.state, other.state) == ("cancelled", "cancelled" if merged == "won" else "new")
        assert going() == (set() if merged == "won" else {("F2", "new", 9)})
        everybody_is_out_once()
        actions = 2 if merged == "won" else 1
        assert ManualAction.objects.filter(touched__overlap=[one.pk, other.pk]).count() == actions
        assert AuditEntry.objects.filter(action="cancel_outage", object=f"outage:{one.pk}").count() == 1
        assert not Evidence.objects.filter(outage=one, settled_at=None).exists()
        if merged != "won":
            lifecycle.cancel(actor=TOM, outage_id=other.pk, reason="again", at=after(100 * turn + 70))


def test_what_is_confirmed_prediction_does_not_move_any_more(race):
    run = race(confirm_or_predict)
    for turn in range(ROUNDS):
        gasp(meters_at("T1"), after(100 * turn))
        settle(100 * turn + 31)
        outage = outage_at("T1")
        gasp(meters_at("T2"), after(100 * turn + 1))
        cast.deliver(after(100 * turn + 1))
        assert run(turn) == ["won", "won"]
        outage.refresh_from_db()
        assert (outage.confidence, outage.device_mrid) in {("confirmed", "T1"), ("confirmed", "F1")}
        prediction.run(model="story", at=after(100 * turn + 61))
        out = {(device, customers) for device, _, customers in going()}
        assert out == ({("T1", 5), ("T2", 4)} if outage.device_mrid == "T1" else {("F1", 9)})
        assert not Interruption.objects.filter(outage=outage, superseded_at=None, is_provisional=True).exists()
        everybody_is_out_once()
        for one in Outage.objects.filter(state="new"):
            lifecycle.cancel(actor=TOM, outage_id=one.pk, reason="again", at=after(100 * turn + 70))
        cast.deliver(after(100 * turn + 71))


def test_what_is_confirmed_and_cancelled_leaves_nothing_whenever_the_bell_rings(race):
    run = race(take_back_or_deliver)
    for turn in range(ROUNDS):
        gasp(meters_at("T1", "T2"), after(100 * turn))
        settle(100 * turn + 31)
        assert run(turn) == ["won", "won"]
        cast.deliver(after(100 * turn + 61))
        assert going() == set()
        assert not Interruption.objects.filter(superseded_at=None).exists()
        assert set(Outage.objects.values_list("state", flat=True)) == {"cancelled"}
