"""The network as it was: state, customers without supply, and the changes before and after a second."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from django.db.models import Max, Min, QuerySet
from django.utils.translation import gettext

from adms.core.errors import Invalid
from network.domain import supply
from network.models import JournalEntry, Tag
from network.selectors import past, state
from network.selectors.past import Clock
from network.selectors.state import FOLLOWED, NetworkState

#: Ticks of a time line.
BINS = 240


@dataclass(frozen=True, slots=True)
class Then:
    """The network at a past second, in the arrays of the version published now.

    `since` is when the journal of the model begins; `previous` and `next` are the nearest changes on either side.
    """

    state: NetworkState
    at: dt.datetime
    as_known: bool
    since: dt.datetime
    previous: dt.datetime | None
    next: dt.datetime | None
    customers: int
    customers_out: int


def then(model: str, at: dt.datetime, *, as_known: bool, now: dt.datetime) -> Then:
    """The network as it was.

    Raises:
        NotFound: the model is not published.
        Invalid: in the future, or before anything was known.
    """
    clock = past.clock_of(as_known=as_known)
    since = first_change(model)
    if at > now:
        raise Invalid(gettext("that is in the future"), field="at", now=now.isoformat())
    if at < since:
        raise Invalid(
            gettext("nothing is known of this network before %(at)s") % {"at": since.isoformat()},
            field="at",
            since=since.isoformat(),
        )
    was = state.past_state(model, at, clock)
    before, after = _around(was.model_id, at, clock)
    out = supply.customers_out(was.grid, was.energisation)
    return Then(was, at, as_known, since, before, after, int(was.grid.group_customers.sum()), out)


def known_at(model: str, moves: Collection[tuple[str, dt.datetime]]) -> dict[tuple[str, dt.datetime], dt.datetime]:
    """When movements of switches, as (mRID, field time), were known first; those that the journal has."""
    mrids, moments = {mrid for mrid, _ in moves}, {at for _, at in moves}
    rows = JournalEntry.objects.filter(model__key=model, equipment_mrid__in=mrids, occurred_at__in=moments)
    told = rows.order_by("-recorded_at").values_list("equipment_mrid", "occurred_at", "recorded_at")
    return {(mrid, at): recorded_at for mrid, at, recorded_at in told if (mrid, at) in moves}


def first_change(model: str) -> dt.datetime:
    """When the journal of a model begins.

    Raises:
        NotFound: the model is not published.
    """
    model_id = state.published_model_id(model)
    entries = JournalEntry.objects.filter(model_id=model_id)
    first: dt.datetime | None = entries.order_by("recorded_at").values_list("recorded_at", flat=True).first()
    if first is None:
        raise Invalid(gettext("the journal of %(model)s is empty") % {"model": model}, field="model")
    return first


def dead_branches(was: NetworkState) -> int:
    """Branches of the version neither of whose ends was live."""
    grid, live = was.fitted.base, was.energisation.live
    return int(np.count_nonzero((live[grid.branch_from] | live[grid.branch_to]) == 0))


def tags_then(was: Then) -> list[int]:
    """Branches that carried a tag."""
    hung = Tag.objects.filter(model_id=was.state.model_id, placed_at__lte=was.at).exclude(removed_at__lte=was.at)
    found = (was.state.grid.branch_index(mrid) for mrid in hung.values_list("equipment_mrid", flat=True))
    return [branch for branch in found if branch >= 0]


def ticks(model: str, start: dt.datetime, end: dt.datetime, *, as_known: bool) -> list[int]:
    """How many changes fell into each of `BINS` equal parts of a span."""
    clock = past.clock_of(as_known=as_known)
    moments = _changes(state.published_model_id(model), clock).filter(**{f"{clock}__gt": start, f"{clock}__lte": end})
    seconds = [(moment - start).total_seconds() for moment in moments.values_list(clock, flat=True)[:200_000]]
    span = max((end - start).total_seconds(), 1.0)
    return [int(count) for count in np.histogram(seconds, BINS, (0, span))[0]]


def changes_known(model: str, start: dt.datetime, end: dt.datetime) -> list[dt.datetime]:
    """When the operated network was known to change, in order: between two of these `state.past_state` by what was known stays."""
    rows = _changes(state.published_model_id(model), "recorded_at").filter(recorded_at__gt=start, recorded_at__lte=end)
    return sorted(set(rows.values_list("recorded_at", flat=True)))


def _around(model_id: int, at: dt.datetime, clock: Clock) -> tuple[dt.datetime | None, dt.datetime | None]:
    changes = _changes(model_id, clock)
    before = changes.filter(**{f"{clock}__lt": at}).aggregate(found=Max(clock))["found"]
    after = changes.filter(**{f"{clock}__gt": at}).aggregate(found=Min(clock))["found"]
    return before, after


def _changes(model_id: int, clock: Clock) -> QuerySet[JournalEntry]:
    return JournalEntry.objects.filter(model_id=model_id, kind__in=FOLLOWED).order_by(clock)
