"""The network as it was: any second equals the journal replayed from scratch, quickly."""

import datetime as dt

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adms.core.errors import Invalid
from network.domain import temporary as domain
from network.models import JournalEntry, JournalSnapshot
from network.selectors import history, state
from network.services import positions, snapshots, temporary
from network.services.positions import PositionReport
from network.services.temporary import NewElement
from tests.cast import ANNA, GATEWAY, NOON, after, publish

pytestmark = pytest.mark.django_db
SWITCHES = ("CB1", "SW1", "F1", "F2", "TIE")
LATE = after(10**8)


@pytest.fixture(autouse=True)
def network():
    state.forget()
    return publish()


def report(mrid: str, *, closed: bool, occurred: float, recorded: float) -> None:
    told = PositionReport("story", mrid, after(occurred), is_closed=closed)
    positions.record_positions(actor=GATEWAY, source="scada", reports=[told], at=after(recorded))


def replayed(at: dt.datetime, clock: str) -> tuple[dict[str, int], domain.Overlay]:
    """From the first entry on, in plain Python, with no snapshot."""
    grid = state.present("story").fitted.base
    stood = {mrid: int(grid.initial_closed[grid.branch_index(mrid)]) for mrid in SWITCHES}
    over = domain.Overlay()
    for entry in JournalEntry.objects.filter(model__key="story").order_by("pk"):
        if getattr(entry, clock) > at:
            continue
        if entry.kind == "position":
            stood[entry.equipment_mrid] = entry.closed_after or 0
        over = over.after(entry.kind, entry.data, entry.equipment_mrid)
    return stood, over


def test_what_was_true_and_what_was_known_differ_by_the_delay_of_the_word():
    report("SW1", closed=False, occurred=60, recorded=300)
    true = history.then("story", after(100), as_known=False, now=LATE)
    known = history.then("story", after(100), as_known=True, now=LATE)
    assert (true.customers_out, known.customers_out) == (11, 0)
    assert (true.previous, true.next) == (after(60), None)
    assert (known.previous, known.next) == (None, after(300))


def test_a_temporary_element_is_there_only_while_it_stood():
    cut = temporary.place(actor=ANNA, new=NewElement("story", "cut", "L2"), at=after(60))
    temporary.remove(actor=ANNA, mrid=cut.mrid, at=after(120))
    out = [history.then("story", after(at), as_known=False, now=LATE).customers_out for at in (59, 60, 119, 120)]
    assert out == [0, 11, 11, 0]


def test_before_the_journal_and_in_the_future_nothing_is_told():
    with pytest.raises(Invalid, match="nothing is known"):
        history.then("story", after(-1), as_known=False, now=LATE)
    with pytest.raises(Invalid, match="future"):
        history.then("story", after(10), as_known=False, now=after(5))


def test_rows_of_a_model_and_of_its_version_are_not_mixed_up():
    publish()
    present = state.present("story")
    assert present.version == 2
    assert state.published_model_id("story") == present.model_id
    assert state.published_version_id("story") == present.version_id


def test_ticks_count_the_changes_of_each_part_of_the_span():
    report("SW1", closed=False, occurred=10, recorded=10)
    report("SW1", closed=True, occurred=3590, recorded=3591)
    counted = history.ticks("story", NOON, after(3600), as_known=False)
    assert (len(counted), sum(counted), counted[0], counted[-1]) == (history.BINS, 2, 1, 1)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_past_second_is_what_a_replay_from_scratch_gives(data: st.DataObject):
    state.forget()
    publish()
    JournalSnapshot.objects.all().delete()
    at = 0.0
    standing: list[str] = []
    for _ in range(data.draw(st.integers(1, 12))):
        at += data.draw(st.integers(1, 100))
        what = data.draw(st.sampled_from(["report", "report", "place", "remove"]))
        if what == "report":
            delay = data.draw(st.sampled_from([0, 0, 30, 250]))
            report(
                data.draw(st.sampled_from(SWITCHES)), closed=data.draw(st.booleans()), occurred=at - delay, recorded=at
            )
        elif what == "place" and not standing:
            new = NewElement("story", "cut", data.draw(st.sampled_from(["L1", "L2"])))
            standing.append(temporary.place(actor=ANNA, new=new, at=after(at)).mrid)
        elif what == "remove" and standing:
            temporary.remove(actor=ANNA, mrid=standing.pop(), at=after(at))
    if data.draw(st.booleans()):
        snapshots_every(2)
    for clock in ("occurred_at", "recorded_at"):
        second = after(data.draw(st.integers(0, int(at) + 10)))
        stood, over = replayed(second, clock)
        then = state.past_state("story", second, clock)  # type: ignore[arg-type]
        grid = then.fitted.base
        assert {mrid: int(then.positions[grid.branch_index(mrid)]) for mrid in SWITCHES} == stood
        assert {one.mrid for one in then.fitted.overlay.elements} == {one.mrid for one in over.elements}
        fresh = domain.energise(then.grid, then.closed)
        assert np.array_equal(fresh.live, then.energisation.live)
    for mrid in standing:
        temporary.remove(actor=ANNA, mrid=mrid, at=after(at + 1))


def snapshots_every(count: int) -> int:
    whole, snapshots.EVERY = snapshots.EVERY, count
    try:
        return snapshots.take_due(at=LATE)
    finally:
        snapshots.EVERY = whole


FILL = """
    INSERT INTO network_journalentry (area_id, number, model_id, kind, equipment_mrid, closed_before, closed_after, quality,
                                      occurred_at, recorded_at, source, actor, reason, data)
    SELECT area_id, 1000 + n, model_id, 'position', (%s::text[])[1 + (n * 7919) %% 5], 0, (n %% 2) * 7, 'good',
           %s + n * interval '1 second', %s + (n + 1) * interval '1 second', 'scada', 'scada', '', '{}'
    FROM generate_series(0, %s) AS n, (SELECT area_id, model_id FROM network_journalentry ORDER BY id LIMIT 1) AS one
"""


def test_any_second_of_a_hundred_thousand_entries_is_near_a_snapshot():
    rows = 100_000
    with connection.cursor() as cursor:
        cursor.execute(FILL, [list(SWITCHES), NOON, NOON, rows - 1])
    assert snapshots.take_due(at=LATE) == rows // snapshots.EVERY
    for second in [5, *np.random.default_rng(7).integers(5, rows, 8).tolist(), rows - 1]:
        for as_known in (False, True):
            with CaptureQueriesContext(connection) as asked:
                then = history.then("story", after(second), as_known=as_known, now=LATE)
            assert len(asked) <= 8, [one["sql"][:90] for one in asked]
            reach = second - (1 if as_known else 0)
            for number in range(reach, max(reach - 5, -1), -1):  # each switch moves once in five entries
                branch = then.state.grid.branch_index(SWITCHES[number * 7919 % 5])
                assert then.state.positions[branch] == (number % 2) * 7
