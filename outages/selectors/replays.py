"""Replays of predictions, how far they are, and what they found."""

import uuid

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from outages.domain.replay_comparison import DIFFERENCES
from outages.models import PredictionReplay, ReplayRow

#: Filters of the rows of a replay: all, those that differ in some way, those that are the same.
ALL, DIFFERENT, SAME = "all", "different", "same"
SHOWS = (ALL, DIFFERENT, SAME, *DIFFERENCES)


def one(replay_id: uuid.UUID) -> PredictionReplay:
    """One replay.

    Raises:
        NotFound: there is none.
    """
    found = PredictionReplay.objects.select_related("area", "rules_area").filter(pk=replay_id).first()
    if found is None:
        raise NotFound(_("no such replay"), replay=str(replay_id))
    return found


def latest() -> QuerySet[PredictionReplay]:
    """All of them, the newest first."""
    return PredictionReplay.objects.select_related("area", "rules_area").order_by("-asked_at", "-pk")


def rows(replay_id: uuid.UUID, show: str = ALL) -> QuerySet[ReplayRow]:
    """Its outages, those with most customers first."""
    found = ReplayRow.objects.filter(replay_id=replay_id).order_by("-customers", "number")
    if show == SAME:
        return found.filter(differences=[])
    if show == DIFFERENT:
        return found.exclude(differences=[])
    return found if show == ALL else found.filter(differences__contains=[show])


def rules_label(replay: PredictionReplay) -> str:
    """By what it is played, in words."""
    if replay.by == PredictionReplay.By.THEN:
        return "rules as they were"
    version = f"version {replay.rules_version}" if replay.rules_version else "as built in"
    told = f"{replay.rules_name}, {version}"
    if replay.rules_area:
        told = f"{told} ({replay.rules_area.name})"
    return f"edited copy of {told}" if replay.by == PredictionReplay.By.COPY else told
