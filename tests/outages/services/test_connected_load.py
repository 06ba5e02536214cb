"""ASIFI and ASIDI of the ledger: connected load from the model, kept by day, with figures computed by hand.

T1 5 customers, 100 kVA    T2 4, 80 kVA    T3 6, 60 kVA    T4 3, 60 kVA    T5 2, a load of 30 kW and 40 kvar: 50 kVA
"""

import datetime as dt

import pytest

from network.models import Equipment
from outages.selectors import connected_load, customer_figures, periods, served_days
from outages.services import daily_figures
from tests.outages.views.ledger_rows import MARCH, outage, row
from tests.people import Person, text

pytestmark = pytest.mark.django_db
BEGIN, END = dt.datetime(2026, 3, 1, tzinfo=dt.UTC), dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
DAYS = {"first": dt.date(2026, 3, 1), "last": dt.date(2026, 3, 31)}
RATED = {"T1": 100.0, "T2": 80.0, "T3": 60.0, "T4": 60.0}


@pytest.fixture
def rated():
    for name, kva in RATED.items():
        Equipment.objects.filter(mrid=name).update(attributes={"rated_kva": kva})
    Equipment.objects.filter(mrid="T5").update(attributes={"p_kw": 30.0, "q_kvar": 40.0})
    connected_load._loads.cache_clear()
    yield
    connected_load._loads.cache_clear()


def figures(load: float | None):
    span = periods.span(begin=BEGIN, end=END)
    rows = span.within(BEGIN, END, with_major=True)
    return customer_figures.of_rows(rows, customers=20, begin=BEGIN, end=END, border_min=5.0, connected_kva=load)


def test_the_load_served_is_that_of_transformers_and_of_loads_where_there_is_none(rated):
    assert connected_load.of_model("story").by_equipment == {"T1": 20.0, "T2": 20.0, "T3": 10.0, "T4": 20.0, "T5": 25.0}
    assert connected_load.sources() == {"transformer": 18, "load": 2}
    assert served_days.load_of(**DAYS) == 350.0
    assert served_days.load_of(**DAYS, feeder="nowhere") is None


def test_indices_of_load_are_as_computed_by_hand(rated):
    of = outage()
    row(of, "T1", 4, 60)  # 4 of 5 customers: 80 kVA for an hour, 4800 kVA-minutes
    row(of, "T2", 3, 120)  # 60 kVA for two hours, 7200
    row(outage("brief"), "T5", 2, 3)  # momentary: no interruption of load
    found = figures(350.0)
    assert found.asifi == pytest.approx((80 + 60) / 350)
    assert found.asidi_min == pytest.approx((4800 + 7200) / 350)
    row(outage("own"), "T3", 6, 30, connected_kva=35.0)  # what a row says itself goes before the model
    found = figures(350.0)
    assert found.asifi == pytest.approx(175 / 350)
    assert found.asidi_min == pytest.approx((12_000 + 1_050) / 350)


def test_a_past_period_is_related_to_the_load_of_its_days(rated):
    daily_figures.keep_served(day=MARCH.date())
    Equipment.objects.filter(mrid="T1").update(attributes={"rated_kva": 200.0})
    connected_load._loads.cache_clear()
    assert served_days.load_of(**DAYS) == 350.0
    assert served_days.load_of(first=dt.date(2026, 4, 1), last=dt.date(2026, 4, 30)) == 450.0


def test_where_the_model_says_no_load_of_somebody_nothing_is_made_up(rated):
    Equipment.objects.filter(mrid="T4").update(attributes={})
    connected_load._loads.cache_clear()
    row(outage(), "T1", 4, 60)
    assert served_days.load_of(**DAYS) is None
    assert figures(served_days.load_of(**DAYS)).asifi is None
    page = text(Person("MGR").fetch("/reliability/indices/", month="2026-03"))
    assert "connected load served: not known" in page
    assert "of 3 customers the model says neither" in page


def test_the_page_of_all_indices_says_what_the_load_is(rated):
    row(outage(), "T1", 4, 60)
    page = text(Person("MGR").fetch("/reliability/indices/", month="2026-03"))
    assert "connected load served: 350 kVA, shared equally by the customers of each" in page
    assert "rated power of service transformers for 18 customers, loads of the model for 2 customers" in page
    assert '<td class="number">34.286</td>' not in page
    assert '<td class="number">13.714</td>' in page  # 80 kVA x 60 min / 350 kVA
