"""What may raise an alarm: declared here by the apps, like settings. An alarm needs a response; what needs none is for a journal.

    TRIPPED = alarms.declare("switch_opened", priority=1, title="Unexpected OPEN", response="...")

Priorities, the right to be silent and the limits of a flood follow ISA-18.2 and EEMUA 191, as far as they are quoted in public
(the numbers stand beside the settings); a utility changes each.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from adms.core.events import event
from adms.core.phrasebooks import Phrasebook

HIGH, MEDIUM, LOW = PRIORITIES = (1, 2, 3)

FLOOD_FROM = runtime_settings.declare(
    "alarms.flood_from",
    10,
    help_=gettext_noop("More new alarms than this within ten minutes are a flood (ISA-18.2: 10)."),
)
FLOOD_UNTIL = runtime_settings.declare(
    "alarms.flood_until",
    5,
    help_=gettext_noop("A flood is over when fewer alarms than this came within ten minutes (ISA-18.2: 5)."),
)
SHELVED_AT_MOST = runtime_settings.declare(
    "alarms.shelved_at_most_h", 8, unit="h", help_=gettext_noop("The longest an alarm may be shelved.")
)
STALE_AFTER = runtime_settings.declare(
    "alarms.stale_after_h",
    24,
    unit="h",
    help_=gettext_noop("An alarm that stands longer than this is stale (ISA-18.2: 24 h)."),
)
CHATTERS_FROM = runtime_settings.declare(
    "alarms.chatters_from", 3, help_=gettext_noop("An alarm that came so often within a minute chatters (ISA-18.2: 3).")
)


@dataclass(frozen=True, slots=True)
class Declared:
    """One kind of alarm: how urgent, what it is called, what whoever sees it is to do."""

    key: str
    priority: int
    title: str
    response: str
    says: Phrasebook


@dataclass(frozen=True, slots=True)
class Raised:
    """An alarm that came. `source` is what it is about; (definition, source) is one alarm however often it comes.

    Attributes:
        area: key of the control area whose operators answer it.
        text: what happened, beside the title: a phrase in the codes of its kind (`says`), or words where nothing is to be translated.
        cause: what it has in common with others, by which they are grouped; its own source where it stands alone.
        link: the page where one acts on it.
        branch: the element of `model`'s map, where there is one.
        priority: instead of that of its kind.
        is_momentary: it has no end of its own and stands until somebody acknowledges it.
    """

    definition: str
    source: str
    area: str
    text: dict[str, Any] | str
    cause: str = ""
    link: str = ""
    model: str = ""
    branch: int | None = None
    priority: int | None = None
    is_momentary: bool = False


_declared: dict[str, Declared] = {}


def declare(
    key: str,
    *,
    priority: int,
    title: Any,
    response: Any,
    says: Mapping[str, Any] | None = None,
    places: Mapping[str, int] | None = None,
) -> str:
    """Declare a kind of alarm, with the texts of its phrases (`phrasebooks.Phrasebook`); returns its key."""
    _declared[key] = Declared(key, priority, title, response, Phrasebook(says or {}, places))
    return key


def declared() -> list[Declared]:
    """All of them, the most urgent first."""
    return sorted(_declared.values(), key=lambda one: (one.priority, one.key))


def kind(key: str) -> Declared:
    """The declaration of a kind; of one that is no longer declared, what is left to say.

    >>> kind("gone").title
    'gone'
    """
    return _declared.get(key) or Declared(key, LOW, key, "", Phrasebook({}))


@event
@dataclass(frozen=True, slots=True)
class AlarmsChanged:
    """Alarms of an area came, returned to normal, were acknowledged or shelved: numbers of the alarms."""

    raised: list[int]
    returned: list[int]
    acknowledged: list[int]
    shelved: list[int]
    at: dt.datetime
