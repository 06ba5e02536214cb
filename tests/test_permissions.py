"""The table of docs/permissions.md, asked of the code: every cell by role and area, and what controls the network by every way in."""

import json
import re
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from channels.routing import URLRouter
from django.contrib.sessions.backends.base import SessionBase

from adms.core import clock, permissions
from adms.core.actors import Actor
from adms.core.models import AuditEntry, User
from adms.core.routing import websocket_urlpatterns as core_sockets
from integration.cim import registry
from integration.models import Partner
from network.models import ControlFreeze, Operation, SwitchState, Tag
from network.routing import websocket_urlpatterns as network_sockets
from network.selectors import state
from network.services import operations
from tests.integration.cim.messages import compose
from tests.people import Person
from tests.rest import NORTH, SOUTH, Api, publish

TABLE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
ROLES = list(permissions.ROLES)
SOCKETS = [*core_sockets, *network_sockets]


def rows() -> dict[str, dict[str, str]]:
    """action -> role -> cell."""
    found = {}
    for line in TABLE.read_text().splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if match := re.fullmatch(r"`(\w+)`", cells[0]):
            found[match[1]] = dict(zip(ROLES, cells[1:], strict=True))
    return found


CELLS = [(action, role, cell) for action, row in rows().items() for role, cell in row.items()]


def test_the_table_names_the_roles_and_knows_no_action_that_is_none():
    assert f"| action | {' | '.join(ROLES)} |" in TABLE.read_text()
    assert rows().keys() <= permissions.ACTIONS.keys()
    assert {cell for _, _, cell in CELLS} <= {"A", "X", "A 2", "X 2", "-"}


@pytest.mark.parametrize("area", ["own", "other", "nowhere"])
def test_every_cell_holds_in_the_own_another_and_no_area(area):
    wrong = []
    for action, role, cell in CELLS:
        grants = frozenset() if area == "nowhere" else frozenset({(role, "north")})
        asked = "south" if area == "other" else "north"
        expected = {"own": cell != "-", "other": cell[0] == "X", "nowhere": False}[area]
        if Actor("somebody", grants).may(action, asked) is not expected:
            wrong.append(f"{action} {role} {cell}")
    assert wrong == []


# What controls the network, by every way in

BROWSER = {
    "operate_switch": lambda who: who.post("/network/twin/select/FN/open/", seen_number=0),
    "place_tag": lambda who: who.post("/network/twin/tag/FN/", kind="inhibit", text="men at work"),
    "place_note": lambda who: who.post("/network/twin/tag/FN/", kind="note", text="a bird nest"),
    "take_area": lambda who: who.post(f"/control/areas/{NORTH}/take/"),
    "freeze_control": lambda who: who.post("/control/freeze/", reason="wrong line"),
}
REST = {
    "operate_switch": lambda who: who.post("operations", {"device": "FN", "action": "open", "seen_number": 0}),
    "place_tag": lambda who: who.post("devices/FN/tags", {"kind": "inhibit", "text": "men at work"}),
    "place_note": lambda who: who.post("devices/FN/tags", {"kind": "note", "text": "a bird nest"}),
    "place_clearance": lambda who: who.post("devices/FN/tags", {"kind": "clearance", "text": "crew 4"}),
    "take_area": lambda who: who.post(f"areas/{NORTH}/lease"),
    "break_glass": lambda who: who.post(f"areas/{NORTH}/break-glass", {"reason": "no answer"}),
    "freeze_control": lambda who: who.post("control/freeze", {"reason": "wrong line"}),
    "edit_interlocks": lambda who: who.post(
        "interlocks", {"model": "twin", "device": "FN", "close": True, "other": "CBN", "other_closed": True}
    ),
}
AREAS = {"own": NORTH, "other": SOUTH}


def happened() -> int:
    """Operations, tags, freezes, leases and interlocks there are, as one number."""
    from adms.core.models import AreaLease
    from network.models import Interlock

    return sum(table.objects.count() for table in (Operation, Tag, ControlFreeze, AreaLease, Interlock))


def clear() -> None:
    """As before the try."""
    from adms.core.models import AreaLease
    from network.models import Interlock

    for table in (Operation, Tag, ControlFreeze, AreaLease, Interlock):
        table.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize(("way", "ways"), [("browser", BROWSER), ("rest", REST)])
def test_what_controls_the_network_is_allowed_by_the_table_whichever_way_it_comes(way, ways):
    publish()
    table, wrong = rows(), []
    for role in ROLES:
        for area, key in AREAS.items():
            who = Person(role, key) if way == "browser" else Api(role, key)
            for action, attempt in ways.items():
                cell = table[action][role]
                expected = cell != "-" if area == "own" else cell[0] == "X"
                attempt(who)
                if (happened() > 0) is not expected:
                    wrong.append(f"{action} {role} {area}: {cell}")
                clear()
    assert wrong == []


@pytest.mark.django_db
def test_refusals_are_on_the_audit_trail_by_their_way_in():
    publish()
    for who in (Person("OPR", SOUTH), Api("OPR", SOUTH)):
        ways = BROWSER if isinstance(who, Person) else REST
        ways["operate_switch"](who)
    trail = AuditEntry.objects.filter(action="select", result="refused").order_by("pk").values_list("way", flat=True)
    assert list(trail) == ["browser", "rest"]


@pytest.mark.django_db
def test_a_tagged_device_is_refused_whichever_way_it_is_asked_for():
    publish()
    from adms.core import actors, clock
    from network.services.control import automation
    from tests.cast import person

    at, asked = clock.now(), operations.Request("twin", "FN", close=False, seen_number=0)
    anna = person("anna", "OPR")
    operations.place_tag(actor=anna, model="twin", equipment_mrid="FN", kind="inhibit", text="men at work", at=at)
    BROWSER["operate_switch"](Person("OPR"))
    REST["operate_switch"](Api("OPR"))
    for number, origin in enumerate(("flisr", "vvo", "load_shed")):
        machine, feeder = actors.system(origin), f"feeder {number}"
        automation.begin(
            actor=machine, model="twin", area=NORTH, feeder=feeder, origin=origin, plan=f"plan {number}", at=at
        )
        wanted = operations.Request("twin", "FN", close=False, seen_number=0, origin=origin, plan=f"plan {number}")
        with pytest.raises(operations.OperationRefused, match="carries a tag"):
            operations.request_operation(actor=machine, request=wanted, at=at)
    for origin in ("order", "message", "simulator"):
        wanted = operations.Request("twin", "FN", close=False, seen_number=0, origin=origin)
        with pytest.raises(operations.OperationRefused, match="carries a tag"):
            operations.request_operation(actor=anna, request=wanted, at=at)
    assert asked.origin == "person"
    assert not Operation.objects.exists()
    assert AuditEntry.objects.filter(action="select", result="refused", reason__contains="carries a tag").count() == 8


# Messages and websockets: what they may do, and that neither operates anything


def _message(noun: str, verb: str, items: str, number: int) -> bytes:
    head = compose.header(verb, noun, source="FIELD", message_id=f"p-{number}")
    return compose.message(f'<{noun} xmlns="urn:tieline:cim:2026:{noun}#">{items}</{noun}>', head)


def _position(area: str) -> str:
    """Of the breaker of the area, open: seen so in the field."""
    device = {NORTH: "CBN", SOUTH: "CBS"}[area]
    return (
        "<DiscreteValue><timeStamp>2026-03-01T10:15:00Z</timeStamp><value>0</value>"
        "<MeasurementValueQuality><validity>GOOD</validity></MeasurementValueQuality>"
        f"<Switch><mRID>{device}</mRID></Switch></DiscreteValue>"
    )


def _soap(message: bytes) -> bytes:
    body = message.decode()
    return (
        f'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{body}</s:Body></s:Envelope>'.encode()
    )


MESSAGE_WAYS = {
    "cim": lambda message: ("/cim/v1/messages", message, "application/xml"),
    "soap": lambda message: ("/cim/v1/soap", _soap(message), "text/xml"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("way", MESSAGE_WAYS)
def test_a_message_does_what_the_table_says_of_its_account_and_operates_nothing(way):
    """S07: who may tell positions by message, by role and area; create(Controls) goes out only."""
    publish()
    table, wrong, number = rows(), [], 0
    for role in ROLES:
        who = Api(role, NORTH)
        Partner.objects.update_or_create(
            source="FIELD",
            defaults={
                "name": "Field",
                "user": who.user,
                "allowed": [row.name for row in registry.ROWS] + ["create Controls"],
                "created_at": clock.now(),
            },
        )
        may_post = table["post_cim"][role] != "-"
        for area in (NORTH, SOUTH):
            cell = table["report_position"][role]
            expected = may_post and cell != "-" and (area == NORTH or cell[0] == "X")
            for noun, verb, items, is_expected in (
                ("MeasurementValues", "changed", _position(area), expected),
                ("Controls", "create", _control(area), False),
            ):
                number += 1
                address, body, kind = MESSAGE_WAYS[way](_message(noun, verb, items, number))
                who.client.post(address, body, content_type=kind)
                if (happened() + SwitchState.objects.count() > 0) is not is_expected:
                    wrong.append(f"{noun} {role} {area}: {cell}")
                clear()
                SwitchState.objects.all().delete()
                state.forget()
    assert wrong == []


def _control(area: str) -> str:
    device = {NORTH: "CBN", SOUTH: "CBS"}[area]
    return (
        "<Control><mRID>11111111-1111-4111-8111-111111111111</mRID><timeStamp>2026-03-01T10:15:00Z</timeStamp><value>0</value>"
        f"<validUntil>2036-03-01T10:15:00Z</validUntil><Switch><mRID>{device}</mRID></Switch></Control>"
    )


@pytest.mark.django_db(transaction=True)
def test_whatever_is_said_over_a_websocket_nothing_is_done_whoever_says_it():
    publish()
    people = [Person(role, NORTH) for role in ROLES]

    async def say(user: User, session: SessionBase, address: str) -> list[dict]:
        scope = {"type": "websocket", "path": address, "query_string": b"model=twin", "headers": [], "subprotocols": []}
        socket = ApplicationCommunicator(URLRouter(SOCKETS), scope | {"user": user, "session": session})
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(timeout=60))["type"] == "websocket.accept"
        for action in rows():
            told = {"type": action, "action": action, "device": "FN", "area": NORTH, "close": False, "reason": "x"}
            await socket.send_input({"type": "websocket.receive", "text": json.dumps(told)})
        await socket.send_input({"type": "websocket.receive", "text": "ping"})
        answers: list[dict] = []
        while not answers or answers[-1].get("type") not in ("pong", "closed"):
            frame = await socket.receive_output(timeout=60)
            is_end = frame["type"] == "websocket.close"
            answers.append({"type": "closed"} if is_end else json.loads(frame.get("text") or "{}"))
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(timeout=60)
        return answers

    for person_ in people:
        assert async_to_sync(say)(person_.user, person_.client.session, "/ws/ui/")[-1] == {"type": "pong"}
        sees = rows()["see_network"][person_.name.split("-")[0].upper()] != "-"
        assert async_to_sync(say)(person_.user, person_.client.session, "/ws/grid/")[-1] == {
            "type": "pong" if sees else "closed"
        }
    assert happened() == 0
    assert not AuditEntry.objects.filter(action__in=["select", "operate", "take_area", "place_tag"]).exists()
