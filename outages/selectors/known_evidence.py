"""What is known of some trees, as an engine takes it: reports, words of life, telemetry, devices known to be open."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from network.domain.phases import ABC
from outages.domain.prediction.evidence import Evidence, Fact, Facts
from outages.models import Outage
from outages.selectors import indicators, pool
from outages.selectors.pool import Pool
from outages.selectors.runs import Region
from outages.selectors.trees import Devices


def of(devices: Devices, placed: Pool, region: Region | None, going: Sequence[Outage]) -> Evidence:
    """Reports that have a device above them, with all that speaks for and against them in this region (None: anywhere).

    `going` are the outages that go on there: the devices of confirmed ones that stand open are known to be.
    """
    words = pool.live(devices.state.model, placed, region)
    seen = indicators.of(devices, devices.at_nodes(placed.node), placed.at)
    return dataclasses.replace(together(devices, placed, words, going), indicators=seen)


def together(devices: Devices, reports: Pool, words: Pool, going: Sequence[Outage]) -> Evidence:
    """The same of reports and words of life that are at hand, without fault indicators."""
    answers = words.as_facts(devices)
    opened = _opened(devices, going)
    live = _together(answers, devices.telemetered_live(), opened)  # what opened was live until then
    return reports.as_evidence(devices, live=live, opened=opened)


def _opened(devices: Devices, going: Sequence[Outage]) -> Facts:
    """Devices of confirmed outages that stand open now, since the outage began."""
    found = []
    for outage in going:
        device = devices.of_outage(outage) if outage.confidence == "confirmed" else -1
        if device >= 0:
            branch = int(devices.places.branch[device])
            is_switch = branch >= 0 and devices.state.grid.is_switch[branch]
            phases = outage.phases & ~int(devices.state.closed[branch]) if is_switch else outage.phases
            if phases & ABC:
                found.append(Fact(device, phases, at=outage.started_at.timestamp()))
    return Facts.of(found)


def _together(*facts: Facts) -> Facts:
    columns = [[getattr(one, column.name) for one in facts] for column in dataclasses.fields(Facts)]
    return Facts(*(np.concatenate(column) for column in columns))
