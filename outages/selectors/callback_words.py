"""Why a customer is to be called back, and what came of it, in the reader's language: words of the phrases that callbacks keep.

Rows of old keep words; they, and what people wrote, are told as they are.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from adms.core.phrasebooks import Phrasebook
from network.domain.phrases import Phrase
from outages.models import Callback, Outage

#: Words by code; where there are words for one and for many, with the parameter that counts.
_TEXTS: dict[str, Any] = {
    "asked_for": _("asked for by %(actor)s"),
    "meter_on": _("the meter has supply"),
    "restored": _("supply was restored"),
    "outage_over": _("outage %(outage)s: %(state)s"),
    "has_supply": _("has supply"),
    "no_supply": _("still without supply"),
    "dark_again": _("without supply again before being reached"),
    "not_reached": _("not reached"),
    "not_reached_in": (
        ngettext_lazy("not reached in %(tries)s try", "not reached in %(tries)s tries", "n"),
        "tries",
    ),
    **{f"state_{state.value}": state.label for state in Outage.State},
}

_BOOK = Phrasebook(_TEXTS)
#: Every code that has words; what the words of a code take.
codes, parameters = _BOOK.codes, _BOOK.parameters


def said(told: Phrase | str) -> str:
    """The words of a phrase; what is words already as it is.

    >>> said({"code": "not_reached_in", "tries": 3}), said("he came by")
    ('not reached in 3 tries', 'he came by')
    """
    return _BOOK.said(told)


def reason(one: Callback) -> str:
    """Why the customer is to be called now."""
    return said(one.reason_told) or one.reason


def answer(one: Callback) -> str:
    """What came of it."""
    return said(one.answer_told) or one.answer
