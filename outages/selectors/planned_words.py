"""What the timeline of a planned outage says, in the reader's language: words of the phrases that its lines keep.

Lines of old keep words; they are told as they are.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase
from outages.models import PlannedEntry, PlannedNotice, PlannedOutage

#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    "requested": _("Requested by %(actor)s: %(purpose)s"),
    "approved": _("Approved by %(actor)s"),
    "despite": _("Approved despite %(against)s: %(why)s"),
    "rejected": _("Rejected: %(why)s"),
    "cancelled": _("Cancelled: %(why)s"),
    "completed": _("Completed by %(actor)s"),
    "window": _("Window moved from %(before)s: %(why)s"),
    "opened": _("%(device)s opened: outage %(outage)s"),
    "unknown": (
        ngettext_lazy(
            "%(customers)s customer lost supply who was not known in advance",
            "%(customers)s customers lost supply who were not known in advance",
            "n",
        ),
        "customers",
    ),
    "carried_out": _("%(order)s is carried out"),
    "order_ended": _("%(order)s has ended and nobody lost supply"),
    "all_back": _("Everybody has supply again"),
    "still_out": (
        ngettext_lazy("%(customers)s customer is still out", "%(customers)s customers are still out", "n"),
        "customers",
    ),
    "overrun": _("The window ended at %(at)s and the work goes on"),
    "expired": _("Its window is over and nothing was done; until then: %(state)s"),
    "scope": (
        ngettext_lazy(
            "The network changed: %(more)s more and %(fewer)s fewer customers will lose supply, %(customers)s in all",
            "The network changed: %(more)s more and %(fewer)s fewer customers will lose supply, %(customers)s in all",
            "n",
        ),
        "customers",
    ),
    "notice": _("%(kind)s: %(who)s"),
    "notice_late": _("%(kind)s: %(who)s, later than the notice period asks"),
    "to_be_told": (
        ngettext_lazy("%(customers)s customer to be told", "%(customers)s customers to be told", "n"),
        "customers",
    ),
    "to_be_told_change": (
        ngettext_lazy(
            "%(customers)s customer to be told of the change", "%(customers)s customers to be told of the change", "n"
        ),
        "customers",
    ),
    "to_be_told_not": (
        ngettext_lazy(
            "%(customers)s customer to be told that it does not happen",
            "%(customers)s customers to be told that it does not happen",
            "n",
        ),
        "customers",
    ),
    **{f"kind_{kind.value}": kind.label for kind in PlannedNotice.Kind},
    **{f"state_{state.value}": state.label for state in PlannedOutage.State},
}

_BOOK = Phrasebook(_TEXTS)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "opened", "device": "F 7", "outage": "12"})
    'F 7 opened: outage 12'
    """
    return _BOOK.said(told)


def line(one: PlannedEntry) -> str:
    """What a line says."""
    return said(one.told) or one.text
