"""What meters have counted: energy by the quarter hour, the same whenever one asks.

A household rises in the morning and in the evening; each meter is larger or smaller than that, steadily so. Now and then a meter
did not count a quarter, and says so when asked only by leaving it out.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from integration.simulators import messages
from integration.simulators.incoming import Question
from integration.simulators.messages import Reading, Sender

ENERGY = "0.0.2.4.1.1.12.0.0.0.0.0.0.0.0.3.72.0"  # delivered, 15 min, kWh
STEP = dt.timedelta(minutes=15)
_KW = (0.22, 0.18, 0.16, 0.16, 0.17, 0.22, 0.42, 0.68, 0.61, 0.46, 0.41, 0.43,
       0.52, 0.48, 0.40, 0.38, 0.44, 0.66, 0.92, 1.04, 0.96, 0.74, 0.50, 0.32)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Meters:
    """How well they count: the share of quarters that is not there."""

    missing: float = 0.004

    def intervals(self, number: str, begins: dt.datetime, ends: dt.datetime) -> Iterator[tuple[dt.datetime, float]]:
        """End and kWh of each quarter hour that ended after `begins` and not after `ends`."""
        seconds = int(STEP.total_seconds())
        first = dt.datetime.fromtimestamp((int(begins.timestamp()) // seconds + 1) * seconds, dt.UTC)
        size = 0.4 + 1.6 * _chance(number)
        moment = first
        while moment <= ends:
            told = f"{number} {moment:%Y%m%d%H%M}"
            if _chance(f"missing {told}") >= self.missing:
                yield moment, round(_KW[(moment - STEP).hour] / 4 * size * (0.7 + 0.6 * _chance(told)), 3)
            moment += STEP


def answer(sender: Sender, question: Question, known: Collection[str], *, correlation_id: str, is_last: bool) -> bytes:
    """Reply MeterReadings: what the known ones of these meters counted; the future is not counted yet."""
    until = min(question.until or sender.at, sender.at)
    since, meters = question.since or until, Meters()
    blocks = "".join(written(one, meters.intervals(one, since, until)) for one in question.meters if one in known)
    missing = [
        Reading(one, sender.at, code="2.4", reason="no such meter here") for one in question.meters if one not in known
    ]
    return messages.counted(sender, blocks, missing, correlation_id=correlation_id, is_last=is_last)


def written(number: str, intervals: Iterator[tuple[dt.datetime, float]]) -> str:
    """A MeterReading with one block."""
    told = "".join(
        f"<IntervalReadings><timeStamp>{messages.time(at)}</timeStamp><value>{value}</value>"
        '<ReadingQualities><ReadingQualityType ref="2.0.0"/></ReadingQualities></IntervalReadings>'
        for at, value in intervals
    )
    block = f'<IntervalBlocks>{told}<ReadingType ref="{ENERGY}"/></IntervalBlocks>'
    return f"<MeterReading>{block}<Meter>{messages.names(number, 'MeterNumber')}</Meter></MeterReading>"


def _chance(text: str) -> float:
    """Between 0 and 1, the same for the same text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=4).digest(), "big") / 2**32
