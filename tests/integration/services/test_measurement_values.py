"""changed(MeasurementValues) becomes positions in the journal and values of points.

SOURCE --n1-- CB-1 --n2-- LBS-2 --n3-- LOAD
"""

from __future__ import annotations

import datetime as dt

import pytest

from adms.core.actors import system
from integration.cim import xml
from integration.models import InboxMessage, Partner
from integration.services import inbox
from network.domain.draft import Branch, Injection, ModelDraft, Node, TelemetryPoint
from network.models import JournalEntry, SwitchState
from network.models import TelemetryPoint as StoredPoint
from network.selectors import breakers, equipment
from network.services import models as network_models
from tests.integration.cim.messages import compose
from tests.integration.services.cast import AT, Post, make_partner

NS = "{http://iec.ch/TC57/2011/schema/message}"
GOOD = "<MeasurementValueQuality><validity>GOOD</validity><source>PROCESS</source></MeasurementValueQuality>"


@pytest.fixture
def scada(transactional_db: None) -> Partner:
    nodes = {key: Node(key, key, nominal_v=20_000) for key in ("n1", "n2", "n3")}
    branches = {
        "cb-1": Branch("cb-1", "CB-1", "Breaker", "n1", "n2"),
        "lbs-2": Branch("lbs-2", "LBS-2", "LoadBreakSwitch", "n2", "n3"),
    }
    injections = {
        "source": Injection("source", "SOURCE", "EnergySource", "n1"),
        "load": Injection("load", "LOAD", "EnergyConsumer", "n3", p_kw=100),
    }
    points = {
        "p-1": TelemetryPoint("p-1", "CB-1 position", "cb-1", "position"),
        "a-1": TelemetryPoint("a-1", "CB-1 current", "cb-1", "current"),
    }
    draft = ModelDraft("Demo", nodes=nodes, branches=branches, injections=injections, telemetry_points=points)
    network_models.publish_draft(actor=system("test"), draft=draft, source="test", at=AT - dt.timedelta(days=1))
    return make_partner("SCADA", ["changed MeasurementValues"])


def values(*items: str, message_id: str = "v-1") -> bytes:
    return compose.values(
        "".join(items), compose.header("changed", "MeasurementValues", source="SCADA", message_id=message_id)
    )


def position(
    value: int, what: str = "<Discrete><mRID>p-1</mRID></Discrete>", *, quality: str = GOOD, second: int = 28
) -> str:
    return f"<DiscreteValue><timeStamp>2026-03-01T10:15:{second}Z</timeStamp><value>{value}</value>{what}{quality}</DiscreteValue>"


def said(answer: inbox.Answer, name: str) -> list[str]:
    return [one.text or "" for one in xml.parse_message(answer.body).iter(NS + name)]


def positions() -> list[tuple[str, int | None, str]]:
    rows = JournalEntry.objects.filter(kind="position").order_by("number")
    return list(rows.values_list("equipment_mrid", "closed_after", "quality"))


@pytest.mark.parametrize(
    "what",
    [
        "<Discrete><mRID>p-1</mRID></Discrete>",
        "<Switch><mRID>cb-1</mRID></Switch>",
        "<Switch><Names><name>CB-1</name></Names></Switch>",
    ],
)
def test_0_opens_and_1_closes_whatever_names_the_switch(scada: Partner, post: Post, what: str) -> None:
    assert post(scada, values(position(0, what))).status == 200
    assert post(scada, values(position(1, what, second=29), message_id="v-2")).status == 200
    assert [closed for _, closed, _ in positions()] == [0, SwitchState.objects.get().closed_phases]
    assert SwitchState.objects.get().closed_phases > 0
    assert InboxMessage.objects.get(message_id="v-1").effects == {"moved": 1, "switches": ["cb-1"]}


def test_values_are_kept_at_their_points(scada: Partner, post: Post) -> None:
    current = f"<AnalogValue><timeStamp>2026-03-01T10:15:29Z</timeStamp><value>181.5</value><Analog><mRID>a-1</mRID></Analog>{GOOD}</AnalogValue>"
    assert post(scada, values(position(0), current)).status == 200
    assert set(StoredPoint.objects.values_list("mrid", "value", "quality")) == {
        ("p-1", 0.0, "good"),
        ("a-1", 181.5, "good"),
    }


def test_what_tripped_it_is_kept_with_the_movement(scada: Partner, post: Post) -> None:
    """X02: the cause of a trip, in the journal, in the breaker table and with what an outage was concluded from."""
    tripped = position(0).replace("<value>", "<reason>51N earth fault, phase C</reason><value>")
    assert post(scada, values(tripped)).status == 200
    entry = JournalEntry.objects.get(kind="position")
    assert entry.reason == "51N earth fault, phase C"
    moment = ("cb-1", entry.occurred_at)
    assert equipment.movements({moment}) == {moment: equipment.Movement("", "scada", "51N earth fault, phase C")}
    assert [one.tripped_by for one in breakers.breakers()[0]] == ["51N earth fault, phase C"]
    assert post(scada, values(position(1, second=29), message_id="v-2")).status == 200
    assert [one.tripped_by for one in breakers.breakers()[0]] == [""]


def test_unknown_points_and_switches_are_named(scada: Partner, post: Post) -> None:
    answer = post(
        scada,
        values(
            position(0),
            position(0, "<Discrete><mRID>p-9</mRID></Discrete>"),
            position(1, "<Switch><mRID>cb-9</mRID></Switch>"),
        ),
    )
    assert (answer.status, said(answer, "Result"), said(answer, "code"), said(answer, "ID")) == (
        200,
        ["PARTIAL"],
        ["2.15", "2.15"],
        ["p-9", "cb-9"],
    )
    assert len(positions()) == 1


@pytest.mark.parametrize(
    ("quality", "expected"),
    [
        (GOOD, ["good"]),
        ("", ["suspect"]),
        (GOOD.replace("GOOD", "QUESTIONABLE"), ["suspect"]),
        (GOOD.replace("<source>", "<oldData>true</oldData><source>"), ["stale"]),
        (GOOD.replace("PROCESS", "SUBSTITUTED"), ["manual"]),
        (GOOD.replace("GOOD", "INVALID"), []),
        (GOOD.replace("<source>", "<test>true</test><source>"), []),
    ],
)
def test_quality_goes_with_the_position_and_what_is_invalid_moves_nothing(
    scada: Partner, post: Post, quality: str, expected: list[str]
) -> None:
    assert post(scada, values(position(0, quality=quality))).status == 200
    assert [word for _, _, word in positions()] == expected


def test_late_news_does_not_undo_later_ones(scada: Partner, post: Post) -> None:
    post(scada, values(position(0, second=28)))
    post(scada, values(position(1, second=20), message_id="v-2"))
    assert SwitchState.objects.get().closed_phases == 0
    assert InboxMessage.objects.get(message_id="v-2").effects["outdated"] == 1


def test_a_repeat_moves_nothing_twice(scada: Partner, post: Post) -> None:
    first = post(scada, values(position(0)))
    assert post(scada, values(position(0))) == first
    assert len(positions()) == 1
