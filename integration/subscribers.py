"""Reactions to events of lower apps, and what the door does by itself, round by round."""

import datetime as dt
from collections.abc import Sequence

from adms.core import clock
from adms.core.events import Recorded
from adms.core.services import backlog
from adms.core.subscriptions import subscribe
from adms.core.sweeping import sweep
from integration.services import (
    alarming,
    billing_messages,
    breaker_messages,
    callback_messages,
    circuits,
    controls,
    customer_questions,
    delivery,
    energy_messages,
    gap_messages,
    generation_messages,
    index_messages,
    jobs,
    message_words,
    meter_event_messages,
    network_messages,
    outage_messages,
    pings,
    planned_messages,
    reading_questions,
    switching_messages,
    work_messages,
)
from metering.events import (
    MetersLostPower,
    MetersRegainedPower,
    MetersReported,
    PingsRequested,
    ReadingGapsJudged,
    ReadingsRequested,
)
from network.events import FeederEnergyClosed, ModelPublished, SwitchPositionChanged
from network.events.commands import CommandRequested
from outages.events import (
    CallbackChanged,
    IndicesComputed,
    OutageChanged,
    PlannedNoticeMade,
    PlannedOutageChanged,
    SwitchingOrderChanged,
)
from workforce.events import AssignmentChanged

#: While evidence waits longer, nobody writes down by which words the messages are found that brought it.
WORDS_WAIT = dt.timedelta(seconds=2)


@subscribe("integration.outage_messages", OutageChanged, is_across=True)
def tell_partners(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write the messages to partners into the outbox."""
    outage_messages.announce(batch=batch, at=at)


@subscribe("integration.index_messages", IndicesComputed)
def tell_indices(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write the indices of days into the outbox."""
    index_messages.announce(batch=batch, at=at)


@subscribe("integration.energy_messages", FeederEnergyClosed)
def tell_energy(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write the energy of feeders into the outbox."""
    energy_messages.announce(batch=batch, at=at)


@subscribe("integration.callback_messages", CallbackChanged, is_across=True)
def call_customers_back(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write whom to call into the outbox."""
    callback_messages.announce(batch=batch, at=at)


@subscribe("integration.planned_messages", PlannedOutageChanged)
def tell_of_planned_outages(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write the messages to partners into the outbox."""
    planned_messages.announce(batch=batch, at=at)


@subscribe("integration.planned_notices", PlannedNoticeMade)
def notify_customers(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write whom to tell into the outbox."""
    planned_messages.notify(batch=batch, at=at)


@subscribe("integration.generation_messages", MetersLostPower, MetersRegainedPower, is_across=True)
def tell_of_generation(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write who must know that a meter lost or regained supply."""
    generation_messages.announce(batch=batch, at=at)


@subscribe("integration.meter_event_messages", MetersReported, is_across=True)
def tell_of_meter_events(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write who must know at once what a meter reported."""
    meter_event_messages.announce(batch=batch, at=at)


@sweep("meter events", pause_s=5)
def tell_of_routine_events(at: dt.datetime) -> int:
    """What meters reported that can wait goes out when its hour is over; it is no work another round would find more of."""
    meter_event_messages.announce_routine(at=at)
    return 0


@subscribe("integration.gap_messages", ReadingGapsJudged, is_across=True)
def tell_of_gaps(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write what became of readings that were missing."""
    gap_messages.announce(batch=batch, at=at)


@subscribe("integration.switching_messages", SwitchingOrderChanged)
def tell_switching(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write switching orders that are in the field into the outbox."""
    switching_messages.announce(batch=batch, at=at)


@subscribe("integration.work_messages", OutageChanged, AssignmentChanged, is_across=True)
def tell_field_force(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write work orders and what became of them into the outbox."""
    work_messages.announce(batch=batch, at=at)


@subscribe("integration.customer_questions", OutageChanged, is_across=True)
def ask_for_customers(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Ask the customer system who is behind a new outage."""
    customer_questions.ask(batch=batch, at=at)


@subscribe("integration.breaker_messages", SwitchPositionChanged, OutageChanged, is_across=True)
def tell_breakers(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write how breakers stand into the outbox."""
    breaker_messages.announce(batch=batch, at=at)


@subscribe("integration.network_messages", ModelPublished, SwitchPositionChanged)
def tell_network(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Write what is operated, against what was built, into the outbox."""
    network_messages.announce(batch=batch, at=at)


@subscribe("integration.controls", CommandRequested)
def command_the_field(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Send each command on."""
    for recorded in batch:
        controls.send(recorded=recorded, at=at)


@subscribe("integration.pings", PingsRequested, is_across=True)
def ask_the_meters(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Send each question to the head-end of its meters."""
    pings.send_all(facts=[recorded.event for recorded in batch], at=at)


@subscribe("integration.reading_questions", ReadingsRequested, is_across=True)
def ask_for_readings(batch: Sequence[Recorded], at: dt.datetime) -> None:
    """Send each question for readings to the head-end of its meters."""
    reading_questions.send_all(facts=[recorded.event for recorded in batch], at=at)


@sweep("billing profiles", pause_s=60)
def tell_billing_profiles(at: dt.datetime) -> int:
    """What prosumers' registers stood at, when a billing period is over."""
    billing_messages.announce(at=at)
    return 0


@sweep("outbox", pause_s=1)
def deliver_messages(_: dt.datetime) -> int:
    """What is due goes out."""
    return delivery.deliver(clock=clock.now)


@sweep("words of messages", pause_s=1)
def write_words(at: dt.datetime) -> int:
    """By which words messages are found; what is left is for the next round, and all of it while evidence waits."""
    if not backlog.is_behind(subscriber="outages", at=at, by=WORDS_WAIT):
        message_words.write()
    return 0


_watched: list[dt.datetime] = []


@sweep("partner alarms", pause_s=2)
def watch_for_alarms(at: dt.datetime) -> int:
    """Who does not answer; looked at every ten seconds."""
    if _watched and dt.timedelta() <= at - _watched[0] < dt.timedelta(seconds=10):
        return 0
    _watched[:] = [at]
    return alarming.watch(at=at)


@sweep("jobs", pause_s=5)
def ring_for_jobs(_: dt.datetime) -> int:
    """Ring again for jobs whose ring was lost or whose worker died; done here, an import would hold up all other sweeps."""
    jobs.ring_for_waiting()
    return 0


@sweep("circuits", pause_s=5)
def ring_for_circuits(_: dt.datetime) -> int:
    """A version that was published needs its circuit; a worker builds it."""
    circuits.ring_for_missing()
    return 0
