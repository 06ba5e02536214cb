"""Crews' progress moves the outage they work on."""

import datetime as dt
from collections.abc import Sequence

from adms.core.actors import Actor
from adms.core.events import Recorded
from network.domain.phrases import phrase
from outages.domain import lifecycle
from outages.models import Outage, OutageEntry
from outages.services import incidents
from outages.services.incidents import Round
from workforce.events import AssignmentChanged
from workforce.selectors import crews


def follow(*, batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Each step of a crew is a line on its outage's timeline; the state is that of the crew furthest on."""
    steps = [(int(number), recorded) for recorded in batch for number in _outage(recorded)]
    known = Outage.objects.filter(pk__in=[number for number, _ in steps]).values_list("pk", "model_key")
    models = dict(known)
    with incidents.begin(models=models.values(), at=at) as now:
        for number, recorded in steps:
            if number in models:
                _step(now, now.get(number), recorded.event, recorded.reference)


def _outage(recorded: Recorded) -> list[str]:
    """The number of the outage that an assignment is for; none for other work."""
    kind, _, number = recorded.event.subject.partition(":")
    return [number] if kind == "outage" else []


def _step(now: Round, outage: Outage, progress: AssignmentChanged, reference: str) -> None:
    if OutageEntry.objects.filter(outage=outage, data__event=reference).exists():
        return
    words = progress.state.replace("_", " ")
    told = phrase(
        "crew_note" if progress.note else "crew", crew=progress.crew_name, state=phrase(f"crew_{progress.state}")
    )
    if progress.note:
        told["note"] = progress.note
    data = {"crew": progress.crew, "event": reference}
    now.note(outage, f"crew_{progress.state}", told, Actor(name=progress.actor), occurred_at=progress.at, data=data)
    subject = f"outage:{outage.pk}"
    assignments = crews.assignments_for([subject]).get(subject, [])
    following = lifecycle.after_work(outage.state, [one.state for one in assignments])
    if following != outage.state:
        now.step(outage, following)
    now.tell(outage, words)
