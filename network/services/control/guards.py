"""What two people may pass: a position that is not good enough, an operation of great size, many opened by one person in minutes.

A stolen session can do little: beyond the guard it needs the password again, which it does not know, and another person's word.
"""

import datetime as dt
import uuid

from django.db import connection
from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.actors import Actor
from adms.core.services import approvals, step_up
from network.domain.phrases import phrase
from network.models import Operation
from network.services.control.checks import Ask, quality
from network.services.control.requests import Refusal

BEYOND, BAD_QUALITY = "operate_beyond_guard", "operate_bad_quality"
CUSTOMERS = runtime_settings.declare(
    "control.customers_at_once",
    2000,
    unit=gettext_noop("customers"),
    help_=gettext_noop(
        "An operation that takes supply from more needs the password again and a second person; 0: no limit."
    ),
)
POWER = runtime_settings.declare(
    "control.mw_at_once",
    20.0,
    unit="MW",
    help_=gettext_noop("An operation that drops more load needs the password again and a second person; 0: no limit."),
)
OPENS = runtime_settings.declare(
    "control.opens_in_window",
    2,
    help_=gettext_noop(
        "So many live switches a person opens within the window; the next needs the password again and a second person; 0: no limit."
    ),
)
WINDOW = runtime_settings.declare(
    "control.opens_window_s", 300, unit="s", help_=gettext_noop("The window in which opened switches are counted.")
)


def lock(actor: Actor) -> None:
    """One person's operations go one after the other, so that each counts those before it; taken before any area's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"operate:{actor.identity}"])


def reached(ask: Ask) -> list[str]:
    """Which guards this movement reaches. Automation is counted apart (`automation`)."""
    found = ["quality"] if quality(ask) else []
    if ask.actor.is_system:
        return found
    area = ask.equipment.area.key
    customers, power = runtime_settings.get(CUSTOMERS, area), runtime_settings.get(POWER, area)
    is_many = 0 < customers < ask.ahead["lost_customers"]
    if is_many or 0 < power * 1000 < ask.ahead["lost_kw"]:
        found.append("size")
    most = runtime_settings.get(OPENS, area)
    if most > 0 and ask.ahead["opens_live"] and _opened(ask.actor, area, ask.at) >= most:
        found.append("rate")
    return found


def refusal(ask: Ask, guards: list[str]) -> Refusal | None:
    """Why the guards that are reached do not let it pass yet; `needs` says what would."""
    if not guards:
        return None
    if ask.actor.is_system:
        return Refusal(quality(ask), "blocked-by-health", phrase("by_person"))
    if "quality" in guards and not ask.actor.may(BAD_QUALITY, ask.equipment.area.key):
        return Refusal(quality(ask), "blocked-by-health", phrase("by_senior_with_reason"))
    missing = ["second_person"] if given(ask, guards) is None else []
    if guards != ["quality"] and not step_up.is_fresh(actor=ask.actor, at=ask.at):
        missing.insert(0, "step_up")
    if not missing:
        return None
    told = phrase(
        "guarded", device=ask.name, guards=[quality(ask) if one == "quality" else phrase(one) for one in guards]
    )
    cause = "blocked-by-health" if guards == ["quality"] else "blocked-by-process"
    return Refusal(told, cause, phrase("by_password_and_second"), tuple(missing))


def object_of(ask: Ask) -> str:
    """What a second person's word is about."""
    return f"{ask.present.model}/{ask.equipment.mrid}"


def given(ask: Ask, guards: list[str]) -> uuid.UUID | None:
    """The second person's word on just this movement, covering these guards."""
    found = approvals.given(actor=ask.actor, action=BEYOND, object_=object_of(ask), at=ask.at)
    if found is None or found.details.get("wanted") != ask.wanted:
        return None
    return found.pk if set(guards) <= set(found.details.get("guards", ())) else None


def spend(ask: Ask) -> str:
    """Use up the second person's word; who gave it.

    Raises:
        NoApproval: it is gone.
    """
    return approvals.use(actor=ask.actor, action=BEYOND, object_=object_of(ask), at=ask.at).decided_by


def _opened(actor: Actor, area: str, at: dt.datetime) -> int:
    since = at - dt.timedelta(seconds=runtime_settings.get(WINDOW, area))
    found = Operation.objects.filter(person=actor.identity, executed_at__gt=since, look_ahead__opens_live=True)
    return found.count()
