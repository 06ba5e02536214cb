"""One outage becomes part of another."""

from adms.core.actors import Actor
from network.domain.phrases import Phrase, phrase
from outages.domain import lifecycle
from outages.models import Evidence, Outage
from outages.services import ledger
from outages.services.incidents import Round


def merge(now: Round, *, outage: Outage, into: Outage, reason: Phrase | str, actor: Actor) -> None:
    """Interruptions, evidence, calls, nested outages and crews of an outage go over to another; the first one is cancelled."""
    is_provisional = into.confidence != "confirmed"
    ledger.live().filter(outage=outage).update(outage=into, is_provisional=is_provisional)
    Evidence.objects.filter(outage=outage).update(outage=into)
    outage.calls.update(outage=into)
    _adopt(now, outage, into)
    now.change(
        into,
        started_at=min(into.started_at, outage.started_at),
        confidence=lifecycle.combine([into.confidence, outage.confidence]),
    )
    if into.kind == "planned":
        now.drop_work(outage)  # nobody is sent for what was switched off on purpose
    else:
        now.hand_over_work(outage, into)
    now.cancel(outage, reason=reason, actor=actor)
    told = phrase("took_over", outage=str(outage.pk), device=outage.device_name)
    now.note(into, "merged", told, actor, data={"outage": outage.pk})
    now.tell(into, "merged")


def _adopt(now: Round, outage: Outage, into: Outage) -> None:
    """What was nested in the one is nested in the other."""
    if into.parent_id == outage.pk:
        now.change(into, parent_id=outage.parent_id)
    for child in now.find(parent=outage):
        now.change(child, parent_id=into.pk)
