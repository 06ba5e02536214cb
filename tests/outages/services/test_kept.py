"""What prediction keeps of reports and outages in its process is what the database says, whoever wrote it and whatever was taken back."""

import numpy as np
import pytest
from django.db import transaction
from django.db.models import Q

from outages.models import Evidence, Outage
from outages.selectors import kept_outages, kept_pool, pool, runs
from outages.services import prediction
from outages.services.evidence import settle
from tests.cast import NOON, after, deliver, gasp, meters_at, publish
from tests.outages.services.test_trees import two_sources

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _begin_anew():
    kept_pool.forget()
    yield
    kept_pool.forget()


def everywhere():
    return runs.Region.of_nodes(np.arange(1000))


def columns(found):
    return [getattr(found, name).tolist() for name in ("id", "kind", "usage_point", "node", "phases", "at", "outage")]


def assert_same():
    movable = list(Outage.objects.filter(confidence="predicted").values_list("pk", flat=True))
    for region in (None, everywhere()):
        assert columns(kept_pool.dark("story", movable, region)) == columns(pool.dark("story", movable, region))
    assert kept_pool.dark("other", [], None).size == 0


def told():
    return {one.pk: (one.state, one.kind, one.priority) for one in kept_outages.going_at("story", everywhere())}


def test_kept_reports_follow_everything_that_is_written():
    publish(two_sources())
    assert_same()
    gasp(meters_at("Ta1", "Tb1"), NOON)
    deliver(after(1))
    assert_same()
    prediction.run(model="story", at=after(31))
    assert Evidence.objects.exclude(outage=None).exists()
    assert_same()
    gasp(meters_at("Ta2"), after(40))
    deliver(after(41))
    assert_same()
    settle(rows=Q(equipment_mrid="Ta1"), reason="for the test", at=after(50))
    assert_same()
    Evidence.objects.filter(settled_at=None).update(outage=None)
    assert_same()


def test_what_is_rolled_back_is_seen_meanwhile_and_not_kept():
    publish(two_sources())
    gasp(meters_at("Ta1"), NOON)
    deliver(after(1))
    assert_same()
    before = columns(kept_pool.dark("story", [], None))
    with transaction.atomic():
        settle(rows=Q(equipment_mrid="Ta1"), reason="for the test", at=after(50))
        assert kept_pool.dark("story", [], None).size == 0
        transaction.set_rollback(True)
    assert columns(kept_pool.dark("story", [], None)) == before != [[]] * 7


def test_reports_of_an_outage_nobody_asked_for_before_are_read_when_it_is():
    publish(two_sources())
    gasp(meters_at("Ta1", "Tb1"), NOON)
    deliver(after(1))
    prediction.run(model="story", at=after(31))
    kept_pool.forget()
    first, second = Outage.objects.order_by("pk")[:2]
    kept_pool.dark("story", [first.pk], None)
    assert columns(kept_pool.dark("story", [second.pk], None)) == columns(pool.dark("story", [second.pk]))


def test_too_many_kept_reports_are_read_anew(monkeypatch):
    publish(two_sources())
    monkeypatch.setattr(kept_pool, "ROOM", 0)
    for seconds, name in enumerate(("Ta1", "Tb1", "Ta2", "Tb2")):
        gasp(meters_at(name), after(seconds))
        deliver(after(seconds + 1))
        assert_same()


def test_kept_outages_follow_what_is_written_and_forget_what_is_taken_back():
    publish(two_sources())
    gasp(meters_at("Ta1", "Tb1"), NOON)
    deliver(after(1))
    prediction.run(model="story", at=after(31))
    before = told()
    assert len(before) == Outage.objects.count() >= 2
    first = min(before)
    with transaction.atomic():
        Outage.objects.filter(pk=first).update(priority=77)
        assert told()[first][2] == 77
        with transaction.atomic():
            Outage.objects.filter(pk=first).update(priority=78)
            assert told()[first][2] == 78
        transaction.set_rollback(True)
    assert told() == before
    Outage.objects.filter(pk=first).update(priority=79)
    assert told()[first][2] == 79
    Outage.objects.filter(pk=first).update(state="cancelled")
    assert told().keys() == before.keys() - {first}


def test_who_asks_for_kept_outages_may_change_them():
    publish(two_sources())
    gasp(meters_at("Ta1"), NOON)
    deliver(after(1))
    prediction.run(model="story", at=after(31))
    told()
    (mine,), (other,) = (kept_outages.going_at("story", everywhere()) for _ in range(2))
    mine.priority, mine.parent = -5, other
    (again,) = kept_outages.going_at("story", everywhere())
    assert (again.priority, again.parent_id, again.explanation) == (other.priority, None, other.explanation)
    assert again.area.key == Outage.objects.get().area.key
