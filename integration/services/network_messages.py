"""Tell records and energy accounting what is operated: created(NetworkChanges) when a version is published, else changed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from adms.core.errors import NotFound
from adms.core.events import Recorded
from integration.cim.nouns import network_changes as noun
from integration.cim.nouns.items import Identified, Name
from integration.cim.nouns.network_changes import CHANGED, CREATED, NOUN, NetworkChange, SwitchChange, TransformerChange
from integration.services import outbox, routing
from metering.selectors import supply
from network.domain import phases as ph
from network.events import ModelPublished
from network.selectors import abnormal, equipment, refed, state
from network.selectors.state import NetworkState

#: Beyond so many of a kind a message names none: the model is fetched instead.
MOST = 5_000


def announce(*, batch: Sequence[Recorded], at: dt.datetime) -> int:
    """One message for each model that a batch of ModelPublished and SwitchPositionChanged is about; the number written."""
    partners = routing.subscribers_of(NOUN)
    if not partners:
        return 0
    latest = {one.event.model: one for one in batch}
    published = {one.event.model for one in batch if isinstance(one.event, ModelPublished)}
    written = 0
    for model, recorded in sorted(latest.items()):
        try:
            payload = noun.build(translate(state.present(model), at=at))
        except NotFound:
            continue  # withdrawn since
        verb = CREATED if model in published else CHANGED
        cause = f"{recorded.reference}:network"
        if verb == CREATED:  # each control area is told of it: one message is enough
            cause = f"published:{model}:{recorded.event.version}"
        draft = outbox.Draft(verb, payload, f"network:{model}", cause, _areas(batch, model))
        written += outbox.enqueue_all(partners=partners, noun=NOUN, drafts=[draft], at=at)
    return written


def _areas(batch: Sequence[Recorded], model: str) -> frozenset[str]:
    """Control areas in which something of the model changed."""
    return frozenset(one.area for one in batch if one.event.model == model)


def translate(present: NetworkState, *, at: dt.datetime) -> NetworkChange:
    """The difference between what is operated and what was built, as it stands now."""
    switches, transformers = _switches(present), _transformers(present.model)
    is_complete = max(len(switches), len(transformers)) <= MOST
    return NetworkChange(
        model=present.model,
        version=present.version,
        sequence=present.sequence,
        occurred_at=at,
        full_model=f"/cim/v1/models/{present.model}/export",
        switches=switches if is_complete else (),
        transformers=transformers if is_complete else (),
        is_complete=is_complete,
    )


def _switches(present: NetworkState) -> list[SwitchChange]:
    found = [one for one in abnormal.listed(present) if one.kind == "switch"]
    told = []
    for one in sorted(found, key=lambda one: one.mrid):
        away = int(present.positions[one.branch]) ^ int(present.fitted.base.normal_closed[one.branch])
        is_open = not int(present.positions[one.branch]) & away
        told.append(
            SwitchChange(Identified(one.mrid, (Name(one.name),)), is_open, one.feeder, one.since, ph.text(away))
        )
    return told


def _transformers(model: str) -> list[TransformerChange]:
    """By the equipment that supplies the customers at the places that are fed otherwise."""
    places = {one.node: one for one in refed.refed(model)}
    if not places:
        return []
    points = supply.supply_at(model, sorted(places))
    at: dict[str, int] = dict(zip(points.equipment.tolist(), points.nodes.tolist(), strict=True))
    names = dict(equipment.published(model).filter(mrid__in=sorted(at)).values_list("mrid", "name"))
    return [
        TransformerChange(
            Identified(mrid, (Name(names[mrid]),) if names.get(mrid) else ()),
            places[node].feeder,
            places[node].normal_feeder,
        )
        for mrid, node in sorted(at.items())
    ]
