"""Crews and calls as the map shows them: where they were seen, at which transformer nobody explains them, and for whom."""

import uuid

import pytest

from adms.core import clock
from metering.models import UsagePoint
from network.selectors import state
from outages.models import Evidence
from outages.services import calls
from outages.services.calls import CallReport
from tests import cast
from tests.outages.views import scene
from tests.people import Person, text
from workforce.services import crews

pytestmark = pytest.mark.django_db
FIELD = "/outages/field/story/"


@pytest.fixture
def room() -> Person:
    state.forget()
    draft = scene.named_feeder()
    for number, node in enumerate(draft.nodes.values()):
        node.x, node.y = 100.0 * number, 50.0
    cast.publish(draft)
    scene.crew()
    return Person("OPR")


def place_crew(node: int) -> None:
    grid = state.present("story").grid
    x, y = float(grid.node_x[node]), float(grid.node_y[node])
    crews.move_crew(actor=cast.SYSTEM, key="c12", x=x + 0.1, y=y, at=clock.now())


def test_a_crew_stands_at_the_element_nearest_to_where_it_was_seen(room):
    assert "C12" not in text(room.fetch(FIELD))  # it has told no place yet
    node = 2
    place_crew(node)
    grid = state.present("story").grid
    shown = text(room.fetch(FIELD))
    near = {int(b) for b in grid.adj_branch[grid.indptr[node] : grid.indptr[node + 1]]}
    assert 'data-word="C12"' in shown
    assert any(f'data-branch="{branch}"' in shown for branch in near)
    assert "Trouble 12" in shown


def test_calls_that_no_outage_explains_stand_at_their_transformer(room):
    point = UsagePoint.objects.order_by("pk").first()
    assert point is not None
    for number in range(2):
        report = CallReport(point.pk, clock.now(), caller_name=f"Caller {number}", mrid=str(uuid.uuid4()))
        calls.record_call(actor=cast.ANNA, report=report, at=clock.now())
    waiting = Evidence.objects.filter(kind="call", outage=None, settled_at=None)
    (node,) = set(waiting.values_list("node", flat=True))
    shown = text(room.fetch(FIELD))
    assert 'data-word="☎ 2"' in shown
    assert f'data-branch="{state.present("story").grid.normal_branch[node]}"' in shown
    waiting.update(settled_at=clock.now())
    assert "☎" not in text(room.fetch(FIELD))


def test_who_may_not_see_the_network_sees_no_crews():
    assert Person("").fetch(FIELD).status_code == 403
