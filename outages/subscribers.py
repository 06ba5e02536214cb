"""Reactions to events of lower apps; each one line of work."""

import datetime as dt
from collections.abc import Sequence

from adms.core import topics
from adms.core.events import Recorded
from adms.core.models import ControlArea
from adms.core.subscriptions import subscribe
from adms.core.sweeping import sweep
from metering.events import MetersLostPower, MetersRegainedPower
from network.events import (
    EnergisationChanged,
    MeasurementsChanged,
    ModelPublished,
    OperationEnded,
    SwitchPositionChanged,
    TagChanged,
)
from network.selectors import state
from outages.events import CallRecorded, OutageChanged
from outages.services import lifecycle, meter_evidence, prediction, restoration
from workforce.events import AssignmentChanged, CrewChanged

topics.touch(OutageChanged, "outages", "kpi")
topics.touch(CallRecorded, "calls", "kpi")
topics.touch(AssignmentChanged, "crews", "outages")
topics.touch(CrewChanged, "crews")
topics.touch(SwitchPositionChanged, "devices", "kpi")
topics.touch(EnergisationChanged, "devices", "kpi")
topics.touch(OperationEnded, "devices")
topics.touch(TagChanged, "devices")
topics.touch(MeasurementsChanged, "devices")
topics.touch(ModelPublished, "devices", "outages")


@subscribe("outages", MetersLostPower, MetersRegainedPower, CallRecorded, EnergisationChanged)
def follow_evidence(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Take evidence in order, then predict once per model for the whole batch."""
    models = set()
    for recorded in batch:
        fact = recorded.event
        models.add(fact.model)
        if isinstance(fact, EnergisationChanged):
            restoration.energisation_changed(change=fact, reference=recorded.reference, at=at)
        elif not isinstance(fact, CallRecorded):
            area_id = ControlArea.objects.values_list("pk", flat=True).get(key=recorded.area)
            meter_evidence.take(fact=fact, area_id=area_id, at=at)
    for model in sorted(models - {""}):
        prediction.run(model=model, at=at)


@subscribe("outages.work", AssignmentChanged)
def follow_work(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Crews' progress moves the outage they work on."""
    for recorded in batch:
        kind, _, number = recorded.event.subject.partition(":")
        if kind == "outage":
            lifecycle.work_progressed(outage_id=int(number), progress=recorded.event, at=at)


@sweep("predictions")
def predict_what_is_due(at: dt.datetime) -> int:
    """Evidence whose hold time has passed becomes a prediction without a new message."""
    return sum(
        len(prediction.run(model=model, at=at)) for model in state.models() if prediction.waits(model=model, at=at)
    )
