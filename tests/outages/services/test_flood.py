"""The number of queries does not grow with the number of meters, transformers or outages in a batch."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core.models import ControlArea
from adms.core.services import dispatch
from adms.core.subscriptions import subscribers
from network.domain.draft import ModelDraft
from outages.models import Outage
from outages.services import prediction
from tests.builders.network import NetworkBuilder
from tests.cast import NOON, after, gasp, meters_at, power_back, publish

pytestmark = pytest.mark.django_db
#: For a batch of gasps, a run that opens outages, a batch of restorations. Measured; fewer are welcome.
GASPS, OPENING, ENDING = 44, 41, 57


def wide(laterals: int, customers: int) -> ModelDraft:
    """A feeder of so many laterals, each with a fuse and two transformers."""
    builder = NetworkBuilder("story").source("S").breaker("CB1").line("L1").mark("trunk")
    for number in range(laterals):
        builder.back_to("trunk").fuse(f"F{number}").mark(f"f{number}")
        for letter in "ab":
            builder.back_to(f"f{number}").transformer(f"T{number}{letter}").customers(customers)
    return builder.draft()


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def take(at: float) -> None:
    """Deliver to the outages alone."""
    mine = next(one for one in subscribers() if one.name == "outages")
    for area in ControlArea.objects.all():
        dispatch._deliver(mine, area.pk, area.key, lambda: after(at))


def flood(laterals: int, customers: int) -> tuple[int, int, int]:
    """Queries to take everybody's gasp, to open the outages, and to end them."""
    publish(wide(laterals, customers))
    names = [f"T{number}{letter}" for number in range(laterals) for letter in "ab"]
    take(0)
    gasp(meters_at(*names), NOON)
    taken = queries(lambda: take(1))
    opened = queries(lambda: prediction.run(model="story", at=after(31)))
    assert Outage.objects.count() == laterals
    power_back(meters_at(*names), after(600))
    ended = queries(lambda: take(601))
    assert not Outage.objects.exclude(state="restored").exists()
    return taken, opened, ended


@pytest.mark.parametrize(("laterals", "customers"), [(3, 1), (40, 5)])
def test_a_flood_takes_no_more_queries_than_a_few_meters(laterals, customers):
    """Only an outage that changes its state is a query of its own: they are few beside the meters."""
    taken, opened, ended = flood(laterals, customers)
    assert taken <= GASPS
    assert opened <= OPENING
    assert ended <= ENDING + laterals
