"""Every key of an outage's page means one thing: two buttons of one key would leave the second one without any."""

import re
from collections import Counter

import pytest

from tests.people import Person, text

pytestmark = pytest.mark.django_db


def test_no_key_of_an_outage_is_bound_twice_with_what_the_page_fetches(outage):
    anna = Person("OPR", name="anna")
    page = text(anna.get(f"/outages/{outage.pk}/"))
    fetched = re.findall(r'hx-get="([^"]+)" hx-trigger="load"', page)
    assert f"/outages/{outage.pk}/pings/" in fetched
    parts = [page, *(text(anna.get(address)) for address in fetched)]
    keys = Counter(key for part in parts for key in re.findall(r'data-key="([^"]+)"', part))
    assert {"v", "p", "h", "l", "u", "d", "s"} <= keys.keys()
    assert [key for key, count in keys.items() if count > 1] == []
