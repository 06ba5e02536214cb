"""The ledger as columns follows the table: what is committed, changed, rolled back and emptied, whoever wrote it."""

import datetime as dt

import pytest
from django.db import transaction

from adms.core import clock
from outages.models import Interruption
from outages.selectors import ledger_columns as columns
from outages.selectors import reliability
from tests import cast
from tests.outages.views.ledger_rows import MARCH, outage, row

SINCE = MARCH - dt.timedelta(days=30)


@pytest.fixture
def network(transactional_db):
    from network.selectors import state

    columns.forget()
    state.forget()
    cast.publish(cast.feeder())


def minutes() -> list[tuple[int, float]]:
    rows = columns.read(SINCE)
    return sorted(zip(rows["customers"].tolist(), columns.minutes(rows, clock.now()).tolist(), strict=True))


def test_committed_rows_are_kept_and_changed_ones_read_again(network):
    of = outage()
    first = row(of, "T1", 4, 60)
    assert minutes() == [(4, 60.0)]
    row(of, "T2", 3, 90.5)
    assert minutes() == [(3, 90.5), (4, 60.0)]
    Interruption.objects.filter(pk=first.pk).update(ended_at=MARCH + dt.timedelta(minutes=20))
    assert minutes() == [(3, 90.5), (4, 20.0)]
    assert reliability.counted(begin=SINCE, end=clock.now())["customers"].sum() == 7


def test_what_is_rolled_back_was_never_there(network):
    of = outage()
    first = row(of, "T1", 4, 60)
    assert minutes() == [(4, 60.0)]
    with transaction.atomic():
        row(of, "T2", 3, 30)
        Interruption.objects.filter(pk=first.pk).update(customers=9)
        assert minutes() == [(3, 30.0), (9, 60.0)]
        transaction.set_rollback(True)
    assert minutes() == [(4, 60.0)]


def test_an_earlier_beginning_reads_further_back(network):
    old = outage("old", at=MARCH - dt.timedelta(days=200))
    row(old, "T1", 2, 10, at=MARCH - dt.timedelta(days=200))
    row(outage(), "T2", 3, 30)
    assert minutes() == [(3, 30.0)]
    assert len(columns.read(MARCH - dt.timedelta(days=300))) == 2
    row(old, "T3", 1, 30)  # the old outage reaches into the period: all its rows come with it
    columns.forget()
    assert minutes() == [(1, 30.0), (2, 10.0), (3, 30.0)]


def test_an_outage_that_reaches_into_the_period_later_comes_whole(network):
    old = outage("old", at=MARCH - dt.timedelta(days=200))
    row(old, "T1", 2, 10, at=MARCH - dt.timedelta(days=200))
    assert minutes() == []
    row(old, "T3", 1, 30)
    assert minutes() == [(1, 30.0), (2, 10.0)]


def test_names_are_the_same_names_again_and_open_rows_are_open(network):
    made = row(outage(), "T1", 4, 60, cause="animal")
    Interruption.objects.filter(pk=made.pk).update(ended_at=None)
    (found,) = columns.read(SINCE)
    assert (columns.name_of(found["feeder"]), columns.name_of(found["cause"])) == ("CB1", "animal")
    assert (found["ended"], columns.when(found["began"])) == (columns.OPEN, MARCH)
