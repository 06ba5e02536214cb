"""How many queries each page asks, on record in query_counts.json: a change shows in review, an N+1 fails here.

QUERY_COUNTS=refresh writes the file anew.
"""

import json
import os
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.people import Person, text

RECORD = Path(__file__).with_suffix("").with_name("query_counts.json")
PAGES = (
    "/",
    "/outages/",
    "/outages/?show=all",
    "/outages/{outage}/",
    "/outages/side/",
    "/outages/intake/",
    "/outages/kpis/",
    "/outages/field/story/",
    "/find/?q=F1",
    "/find/?q=we",
    "/summary/",
    "/telemetry/?show=all",
    "/dispatch/",
    "/dispatch/{outage}/crews/",
    "/dispatch/lanes/",
    "/calls/",
    "/calls/customers/?q=we",
    "/calls/new/",
    "/orders/",
    "/orders/suggest/",
    "/orders/load-shed/",
    "/planned/",
    "/planned/calendar/",
    "/planned/new/",
    "/planned/{planned}/",
    "/planned/{planned}/customers/",
    "/reliability/",
    "/reliability/rows/?index=saidi",
    "/reliability/trend/",
    "/reliability/restated/",
    "/reliability/reports/",
    "/reliability/file/",
    "/flisr/",
    "/flisr/feeders/",
    "/messages/",
    "/meters/{meter}/readings/",
    "/rules/",
    "/rules/replays/",
    "/models/",
    "/models/upload/",
    "/models/story/1/",
    "/models/story/1/?tab=difference",
    "/models/story/1/?tab=map",
    "/network/story/one-line/SW1/",
    "/network/story/one-line/SW1/live.json",
)


@pytest.fixture
def outage(db):
    """The scene of the pages, with a second outage and crew, so that what grows with their number is seen."""
    from network.selectors import state
    from tests import cast
    from tests.outages.views import scene

    state.forget()
    cast.publish(scene.named_feeder())
    scene.crew()
    scene.crew("c11", "Trouble 11")
    found = scene.outage()
    scene.second_outage()
    return found


@pytest.fixture
def plan(outage):
    """A planned outage whose customers were told, and another one at the same time."""
    import datetime as dt

    from adms.core import clock
    from outages.services import planned, planned_announcing
    from tests import cast

    at = clock.now()
    window = {"begins_at": at + dt.timedelta(days=5), "ends_at": at + dt.timedelta(days=5, hours=2)}
    rows = [
        planned.request(
            actor=cast.ANNA, model="story", devices=[planned.Wanted(device)], purpose="Pole", at=at, **window
        )
        for device in ("SW1", "F2")
    ]
    planned.approve(actor=cast.person("sue", "SOP"), planned_id=rows[0].pk, at=at)
    planned_announcing.announce(actor=cast.ANNA, planned_id=rows[0].pk, at=at)
    return rows[0]


@pytest.fixture
def meter(outage):
    """A meter with two days of readings, judged, and a question for more."""
    import datetime as dt

    from adms.core import clock
    from metering.models import Meter
    from metering.services import reading_requests, readings, validating
    from tests import cast

    at, kind = clock.now(), "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"
    found = Meter.objects.order_by("pk").first()
    quarters = [at.replace(minute=0, second=0, microsecond=0) - dt.timedelta(minutes=15 * n) for n in range(192)]
    readings.record_readings(readings=[readings.Reading(found.pk, kind, one, 0.2) for one in quarters], at=at)
    validating.judge_due(before=at.date(), at=at)
    wanted = reading_requests.Wanted((kind,), quarters[-1], quarters[0])
    reading_requests.request_readings(actor=cast.ANNA, meters=[found.pk], wanted=wanted, at=at)
    return found.number


def test_no_page_asks_more_queries_than_on_record(outage, plan, meter):
    person = Person("SOP", name="counted")
    counted = {page: _count(person, page.format(outage=outage.pk, planned=plan.pk, meter=meter)) for page in PAGES}
    if os.environ.get("QUERY_COUNTS") == "refresh":
        RECORD.write_text(json.dumps(counted, indent=2) + "\n")
    known = json.loads(RECORD.read_text())
    assert counted.keys() == known.keys()
    assert {page: (n, known[page]) for page, n in counted.items() if n > known[page]} == {}


def _count(person: Person, address: str) -> int:
    """Queries of the second visit: caches of the process are warm, as they are in operation."""
    text(person.get(address))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        text(person.get(address))
    return len(queries)
