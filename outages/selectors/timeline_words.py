"""What the timeline of an outage says, in the reader's language: words of the phrases that its lines keep.

Lines of old keep words; they, and what people wrote, are told as they are. Lines of FLISR are in its own words.
"""

from typing import Any, Protocol

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase
from outages.domain.codes import CAUSES
from outages.models import OutageEntry
from outages.selectors import flisr_words


class Line(Protocol):
    """A line of a timeline: `told` is the phrase it keeps, `text` words where it keeps none."""

    kind: str
    text: str
    told: Phrase


#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    "predicted": (
        ngettext_lazy(
            "Predicted at %(device)s from %(reports)s report", "Predicted at %(device)s from %(reports)s reports", "n"
        ),
        "reports",
    ),
    "moved": _("Moved from %(before)s to %(device)s"),
    "kept": _("Kept as it is from now on"),
    "withdrawn": _("The evidence was withdrawn"),
    "all_answered": _("Every meter answered that it has supply"),
    "one_device": _("Part of outage %(outage)s: one device explains both"),
    "part_of": _("Part of outage %(outage)s: %(name)s opened"),
    "is_open": _("%(name)s is open"),
    "opened_again": _("%(name)s opened again"),
    "opened_by_itself": _("%(name)s opened by itself (%(source)s)"),
    "opened_by_command": _("%(name)s opened by command (%(source)s)"),
    "nested_below": _("Nested below outage %(outage)s"),
    "nested_apart": _("Nested: these customers are out of outage %(outage)s, but not by its device"),
    "taken_in": _("Whom outage %(outage)s counted out is out with this one: it was none"),
    "took_over": _("Took over outage %(outage)s at %(device)s"),
    "partly_back": (
        ngettext_lazy("%(customers)s customer has supply again", "%(customers)s customers have supply again", "n"),
        "customers",
    ),
    "unreachable": (
        ngettext_lazy(
            "%(meters)s meter is silent beside neighbours that have supply: taken for a fault of its communication",
            "%(meters)s meters are silent beside neighbours that have supply: taken for a fault of their communication",
            "n",
        ),
        "meters",
    ),
    "spoken_for": (
        ngettext_lazy(
            "%(customers)s customer is taken to be back: another meter at the same transformer is; its own is asked",
            "%(customers)s customers are taken to be back: another meter at the same transformer is; their own are asked",
            "n",
        ),
        "customers",
    ),
    "all_back": _("Everybody has supply again"),
    "planned_outage": _("Planned outage %(plan)s: %(purpose)s"),
    "window_over": _("The window of the planned work is over"),
    "etr": _("Expected back at %(at)s"),
    "etr_area": _("Expected back at %(at)s, as all of %(area)s"),
    "asked": (
        ngettext_lazy(
            "%(meters)s meter asked (%(rule)s): %(answers)s", "%(meters)s meters asked (%(rule)s): %(answers)s", "n"
        ),
        "meters",
    ),
    "by_hand": _("by hand"),
    "answer_on": _("%(meters)s have supply"),
    "answer_part": _("%(meters)s on some phases"),
    "answer_off": _("%(meters)s without supply"),
    "answer_none": _("%(meters)s silent"),
    "answer_refused": _("%(meters)s cannot be asked"),
    "answer_unknown": _("%(meters)s not reached"),
    "acknowledged": _("Acknowledged by %(actor)s"),
    "confirmed": _("Confirmed: %(device)s is open"),
    "completed_cause": _("Completed: %(cause)s"),
    "cause": _("Cause: %(cause)s"),
    "reopened": _("Reopened: %(why)s"),
    "crew_wanted": _("A crew is wanted all the same: %(why)s"),
    "caller_has_supply": _(
        "The caller's meter answers that it has supply: a fault in the house. No crew is sent; call the customer"
    ),
    "undone": _("Taken back by %(actor)s: %(what)s"),
    "was_undone": _("“%(what)s” was taken back"),
    "corrected": _("Ledger row %(rows)s corrected: %(why)s"),
    "corrected_by_two": _("Ledger row %(rows)s corrected (drafted by %(by)s, agreed by %(agreed_by)s): %(why)s"),
    "and_more": _("%(names)s and %(more)s more"),
    "merged_by": _("Merged into outage %(outage)s by %(actor)s"),
    "merged_in": _("Outage %(outage)s at %(device)s merged into this one"),
    "cancelled_by": _("Cancelled by %(actor)s: %(why)s"),
    "phases": _("Phases %(before)s became %(phases)s"),
    "no_phase": _("none"),
    "split_off": _("Split off from %(before)s: %(outages)s"),
    "moved_down": _("Moved down from %(before)s to %(device)s"),
    "moved_down_and": _("Moved down from %(before)s to %(device)s and %(outages)s"),
    "outage_at": _("%(device)s (outage %(outage)s)"),
    "given": (
        ngettext_lazy(
            "%(reports)s report given from outage %(outage)s to outage %(to)s at %(device)s",
            "%(reports)s reports given from outage %(outage)s to outage %(to)s at %(device)s",
            "n",
        ),
        "reports",
    ),
    "set_aside": (
        ngettext_lazy(
            "%(reports)s report given from outage %(outage)s to no outage",
            "%(reports)s reports given from outage %(outage)s to no outage",
            "n",
        ),
        "reports",
    ),
    "by": _("%(what)s by %(actor)s"),
    "by_why": _("%(what)s by %(actor)s: %(why)s"),
    "still_out": _("Still out: %(name)s says so when called back"),
    "still_out_call": _("Still out: %(name)s says so when called back; call %(call)s opens it again"),
    "a_customer": _("a customer"),
    "crew": _("%(crew)s: %(state)s"),
    "crew_note": _("%(crew)s: %(state)s · %(note)s"),
    **{f"cause_{code}": _(label) for code, label in CAUSES.items()},
    "crew_assigned": _("assigned"),
    "crew_accepted": _("accepted"),
    "crew_en_route": _("en route"),
    "crew_on_site": _("on site"),
    "crew_made_safe": _("made safe"),
    "crew_suspended": _("suspended"),
    "crew_completed": _("completed"),
    "crew_released": _("released"),
}

_BOOK = Phrasebook(_TEXTS)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "moved", "before": "CB 1", "device": "F 7"}), said("as it was written")
    ('Moved from CB 1 to F 7', 'as it was written')
    """
    return _BOOK.said(told)


def line(one: Line) -> str:
    """What a line says."""
    if not one.told:
        return one.text
    return flisr_words.said(one.told) if one.kind == "flisr" else said(one.told)


def turn(one: Line) -> str:
    """The same where nothing else says what kind of line it is."""
    return str(_("Cancelled: %(why)s")) % {"why": line(one)} if one.kind == "cancelled" else line(one)


def latest(outage_id: int) -> str:
    """What the latest line of an outage's timeline says; empty where there is none."""
    found = OutageEntry.objects.filter(outage=outage_id).order_by("-pk").first()
    return line(found) if found else ""
