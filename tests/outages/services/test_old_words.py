"""Words of life leave what is open when no report is held against them any more."""

import pytest

from outages.models import Evidence
from outages.services import evidence
from tests.cast import after, meters_at, power_back
from tests.outages.services.acting import MODEL, call, going, settle

pytestmark = pytest.mark.django_db
DAY = 86_400.0


def settled(seconds: float) -> int:
    return evidence.settle_old_words(model=MODEL, at=after(seconds))


def test_words_that_nobody_can_ask_for_any_more_are_settled_once():
    power_back(meters_at("T1", "T2"), after(0))
    settle(10)
    words = Evidence.objects.filter(kind="restore")
    told = words.count()
    assert told
    assert settled(DAY) == 0
    assert settled(2 * DAY + 1) == told
    assert not words.filter(settled_at=None).exists()
    assert settled(3 * DAY) == 0


def test_words_from_about_the_time_of_an_outage_that_goes_on_stay_open():
    power_back(meters_at("T1", "T2"), after(0))
    call("T3", at=DAY)
    settle(DAY + 400)
    assert going()
    assert settled(4 * DAY) == 0
    assert Evidence.objects.filter(kind="restore", settled_at=None).exists()
