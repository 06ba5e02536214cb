"""Suggested switching, for whoever may write orders where it was asked."""

import uuid

from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from outages.models import SwitchingSuggestion


def one(actor: Actor, suggestion: uuid.UUID) -> SwitchingSuggestion:
    """One question and its answer.

    Raises:
        NotFound: there is none, or not in an area where the actor writes orders.
    """
    found = SwitchingSuggestion.objects.select_related("area").filter(pk=suggestion).first()
    if found is None or not actor.may("draft_order", found.area.key):
        raise NotFound(_("no suggestion %(suggestion)s") % {"suggestion": suggestion}, suggestion=str(suggestion))
    return found
