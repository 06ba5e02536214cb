"""Messages are found by any word of them, whichever way they went."""

from __future__ import annotations

import pytest
from django.db import connection

from integration.models import OutboxMessage
from integration.selectors import inspector
from integration.services import message_words
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, MillLane, make_partner, post


@pytest.fixture
def traffic(mill_lane: MillLane) -> None:
    hes = make_partner("HES", ["created EndDeviceEvents"])
    strange = compose.GASP.replace("MTR-1", "MTR-99")
    post(hes, compose.gasps(compose.GASP, compose.header(message_id="good-1")))
    post(hes, compose.gasps(compose.GASP + strange, compose.header(message_id="partly-1")))
    post(hes, b"<EventMessage><name>O'Brien")
    OutboxMessage.objects.create(
        partner=hes, cause="event:north/7", object_key="outage:8c3c-77", verb="created", noun="UnplannedOutages",
        body=b"<a><name>Fuse 3</name></a>", next_attempt_at=AT, created_at=AT,
    )  # fmt: skip


def found(text: str) -> list[str]:
    rows = inspector.load(list(inspector.listed("all", inspector.Wanted(text))))
    assert inspector.count("all", inspector.Wanted(text)) == len(rows)
    return sorted(getattr(row, "object_key", "") or str(row.message_id) or row.code for _, row in rows)


def test_a_message_is_found_by_what_stands_in_it(traffic: None) -> None:
    assert message_words.write() == 4
    assert message_words.write() == 0
    assert found("mtr-99") == ["partly-1"]
    assert found("MTR") == ["good-1", "partly-1"]
    assert found("8c3c") == ["outage:8c3c-77"]
    assert found("fuse north") == ["outage:8c3c-77"]
    assert found("fuse south") == []
    assert found("o'brien") == ["1.8"]
    assert found("hes mtr-99") == ["partly-1"]
    assert found("%") == []
    assert found("'') | ('a") == []


def test_before_its_words_are_written_it_is_found_by_its_number_and_partner(traffic: None) -> None:
    assert found("good") == ["good-1"]
    assert found("mtr-99") == []
    assert len(found("HES")) == 4


def test_the_latest_are_gone_over_first_and_some_at_a_time(traffic: None) -> None:
    message_words.write(most=1)
    assert found("mtr-99") == ["partly-1"]
    assert found("26.0.85") == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM integration_inboxmessage WHERE words IS NULL")
        assert cursor.fetchone() == (1,)
