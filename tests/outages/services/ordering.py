"""Switching orders in a test's words; times are seconds after noon."""

from __future__ import annotations

from adms.core.actors import Actor
from outages.domain.switching import steps
from outages.models import SwitchingOrder, SwitchingStep
from outages.services.switching import approving, drafting, executing
from outages.services.switching.drafting import NewOrder, NewStep
from tests.cast import ANNA, after, person

SUE = person("sue", "SOP")
HOUR = 3600
ISOLATE = ("open SW1", "tag SW1", "tag TIE", "test_dead L2", "ground L2")
BACK = ("unground L2", "untag TIE", "untag SW1", "close SW1")


def new_steps(*told: str, crew: str = "") -> list[NewStep]:
    """Steps as "open SW1"; of others than devices as "verify all are well"."""
    found = []
    for words in told:
        kind, _, rest = words.partition(" ")
        is_text = kind in steps.TOLD
        found.append(NewStep(kind, "" if is_text else rest, text=rest if is_text else "", crew=crew))
    return found


def written(*told: str, kind: str = "planned", by: Actor = ANNA, **other: object) -> SwitchingOrder:
    """An order of these steps, for the hour after next."""
    new = NewOrder("story", kind, "Replace L2", new_steps(*told or (*ISOLATE, *BACK)), after(HOUR), after(3 * HOUR))
    return drafting.write(actor=by, new=new, at=after(0), **other)


def to_state(row: SwitchingOrder, state: str) -> SwitchingOrder:
    """Along the usual way to a state."""
    way = [
        ("requested", lambda: drafting.request(actor=ANNA, order_id=row.pk, at=after(1))),
        ("prepared", lambda: approving.prepare(actor=ANNA, order_id=row.pk, at=after(2))),
        ("checked", lambda: approving.check(actor=ANNA, order_id=row.pk, at=after(3))),
        ("approved", lambda: approving.approve(actor=SUE, order_id=row.pk, at=after(4))),
        ("scheduled", lambda: approving.schedule(actor=ANNA, order_id=row.pk, at=after(5))),
        ("issued", lambda: approving.issue(actor=ANNA, order_id=row.pk, at=after(6))),
    ]
    for following, go in way:
        go()
        if following == state:
            break
    return SwitchingOrder.objects.get(pk=row.pk)


def step(row: SwitchingOrder, number: int) -> SwitchingStep:
    """A step by its number."""
    return SwitchingStep.objects.get(order=row, position=number)


def done_by_hand(row: SwitchingOrder, *numbers: int, at: float = 100) -> None:
    """Steps that the control room does without a command."""
    for count, number in enumerate(numbers):
        executing.do(actor=ANNA, order_id=row.pk, step=step(row, number).key, at=after(at + count))
