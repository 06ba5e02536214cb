"""What the control gate says when it refuses, and who can lift it: words of the phrases that its refusals carry."""

import re

from django.utils.translation import gettext_lazy as _

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase, phrase

BOOK = Phrasebook(
    {
        # freeze, authority, automation
        "frozen": _("remote control is frozen by %(who)s since %(since)s: %(why)s"),
        "no_plan_begun": _("%(who)s acts by no plan that has begun"),
        "acted": _("%(by)s acted on %(feeder)s and nobody has acknowledged it yet"),
        "acted_by_event": _("%(by)s acted on %(feeder)s (event %(event)s) and nobody has acknowledged it yet"),
        "by_acknowledging": _("an operator who acknowledges it"),
        "flisr": _("FLISR"),
        "load_shed": _("Load shedding"),
        "vvo": _("Voltage control"),
        "two_people": _("two people"),
        "all_frozen": _("remote control is frozen"),
        # the device
        "tagged": _("%(device)s carries a tag of %(who)s: %(text)s"),
        "moved": _("%(device)s has moved since it was shown"),
        "not_commissioned": _("%(device)s is not commissioned"),
        "stands_so": _("%(device)s stands so already"),
        "in_local": _("%(device)s is in local"),
        "way_down": _("%(way)s does not answer since %(since)s: no command would reach %(device)s"),
        "live_earthing": _("%(device)s is an earthing switch and its place is live"),
        "onto_earthing": _("it would energise onto the closed earthing switch %(device)s"),
        "open_first": _("%(other)s must be open first"),
        "closed_first": _("%(other)s must be closed first"),
        "open_first_because": _("%(other)s must be open first: %(why)s"),
        "closed_first_because": _("%(other)s must be closed first: %(why)s"),
        "held": _("%(device)s is held by %(who)s"),
        "held_by_somebody": _("%(device)s is held by somebody else"),
        # guards
        "bad_quality": _("the position of %(device)s is %(quality)s"),
        "never_told": _("telemetry has not told the position of %(device)s yet"),
        "old": _("the last word on the position of %(device)s is %(age_s)s s old"),
        "guarded": _("%(device)s: %(guards)s"),
        "size": _("more customers or load at once than the guard allows"),
        "rate": _("more switches opened in a few minutes than the guard allows"),
        "no_second_person": _("%(device)s needs no second person"),
        # the operation
        "not_selected": _("the operation is %(state)s"),
        "ran_out": _("the selection ran out; select again"),
        "other_digits": _("the typed digits are not those of the device"),
        "no_reason": _("a reason is needed"),
        "selected_by": _("selected by %(who)s"),
        # what a second person is asked
        "ask_close": _("close %(device)s: %(guards)s; %(customers)s customers lose supply"),
        "ask_open": _("open %(device)s: %(guards)s; %(customers)s customers lose supply"),
        "quality": _("bad or old telemetry"),
        # who can lift it
        "by_senior_and_second": _("a senior operator and a second person"),
        "by_you": _("you"),
        "by_holder": _("who holds the area"),
        "by_operator": _("an operator"),
        "by_owner_or_senior": _("%(who)s, or a senior operator and a second person"),
        "by_looking_again": _("you, by looking again"),
        "by_engineer": _("an engineer"),
        "by_who_stands_there": _("who stands at the device"),
        "by_who_mends": _("whoever mends the way to the field"),
        "by_nobody": _("nobody"),
        "by_opening_earthing": _("who opens the earthing switch first"),
        "by_parting_machine": _("who parts the machine first, or synchronises at the switch"),
        "by_document": _("the holder of %(document)s"),
        "by_removing_ground": _("who removes the ground first"),
        "by_bringing": _("whoever brings %(other)s there"),
        "by_person": _("a person"),
        "by_senior_with_reason": _("a senior operator with a reason and a second person"),
        "by_password_and_second": _("your password again and a second person"),
    }
)
said = BOOK.said
_OF_EVENT = re.compile(r"flisr-(\d+)")


def automation(origin: str) -> str:
    """What acts without a person, as people call it.

    >>> automation("flisr"), automation("load_shed")
    ('FLISR', 'Load shedding')
    """
    return said(phrase(origin))


def event_of(plan: str) -> str:
    """The number of the event that a plan of FLISR belongs to; empty where it belongs to none.

    >>> event_of("flisr-12"), event_of("rotation 3")
    ('12', '')
    """
    found = _OF_EVENT.fullmatch(plan)
    return found[1] if found else ""


def acted(origin: str, plan: str, feeder: str) -> Phrase:
    """An automation has acted on a feeder by a plan that waits for a person.

    >>> said(acted("flisr", "flisr-12", "Feeder 04"))
    'FLISR acted on Feeder 04 (event 12) and nobody has acknowledged it yet'
    """
    by, event = phrase(origin), event_of(plan)
    return (
        phrase("acted_by_event", by=by, feeder=feeder, event=event) if event else phrase("acted", by=by, feeder=feeder)
    )
