"""The table of docs/permissions.md, asked of the code: every cell by role and area, and what controls the network by every way in."""

import re
from pathlib import Path

import pytest

from adms.core import permissions
from adms.core.actors import Actor
from adms.core.models import AuditEntry
from network.models import ControlFreeze, Operation, Tag
from network.services import operations
from tests.people import Person
from tests.rest import NORTH, SOUTH, Api, publish

TABLE = Path(__file__).resolve().parents[1] / "docs" / "permissions.md"
ROLES = list(permissions.ROLES)


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
