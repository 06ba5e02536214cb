"""What the simulated meters have counted, and the head-end that is asked for it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from integration.cim import schemas, xml
from integration.simulators.consumption import ENERGY, Meters
from integration.simulators.delivery import Message
from integration.simulators.incoming import Incoming, Question
from integration.simulators.pens import Pen
from integration.simulators.questions import Questions, Reach

NOON = dt.datetime(2026, 3, 1, 12, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def test_a_meter_counts_the_same_whenever_one_asks_and_now_and_then_not_at_all() -> None:
    whole = list(Meters().intervals("MTR-1", NOON - 30 * DAY, NOON))
    assert whole[: 5 * 96 + 7] == list(Meters().intervals("MTR-1", NOON - 30 * DAY, whole[5 * 96 + 6][0]))
    assert 0.98 < len(whole) / (30 * 96) < 1.0
    assert len(list(Meters(missing=0.0).intervals("MTR-1", NOON - DAY, NOON))) == 96
    assert 2.0 < sum(kwh for _, kwh in whole) / 30 < 30.0


def test_quarters_end_on_the_quarter() -> None:
    off = NOON + dt.timedelta(minutes=7)
    ends = [at for at, _ in Meters(missing=0.0).intervals("MTR-1", off, off + dt.timedelta(hours=1))]
    assert [one.minute for one in ends] == [15, 30, 45, 0]


@pytest.mark.parametrize("is_parted", [False, True])
def test_the_head_end_answers_a_question_for_energy_by_blocks(is_parted: bool) -> None:
    sent: list[Message] = []
    timeline = SimpleNamespace(at=NOON, started_at=NOON, after=lambda _, action: action())
    meters = [SimpleNamespace(number="MTR-1"), SimpleNamespace(number="MTR-2")]
    world = SimpleNamespace(meters=meters, is_lit=np.zeros(2, bool))
    head_end = Questions(
        timeline=cast("Any", timeline),
        world=cast("Any", world),
        put=sent.append,
        rng=np.random.default_rng(1),
        pen=Pen("HES-SIM", cast("Any", timeline)),
        reach=Reach(failing=0.0, parted=float(is_parted)),
    )
    wanted = Question(("MTR-1", "NONE"), NOON + DAY, NOON - DAY, (ENERGY,))
    asked = Incoming("get", "MeterReadings", "q", "", correlation_id="q", question=wanted)
    assert head_end.take(asked)[0] == "0.3"
    assert len(sent) == 1 + is_parted
    namespace = "{http://iec.ch/TC57/2011/MeterReadings#}"
    read = xml.parse_message(sent[0].body, schema=schemas.schema("message"))
    (payload,) = read.iter(f"{namespace}MeterReadings")
    schemas.validate_payload(payload, "MeterReadings")
    assert [one.findtext(f"{namespace}Meter/{namespace}Names/{namespace}name") for one in payload] == ["MTR-1"]
    assert 90 <= len(list(payload.iter(f"{namespace}IntervalReadings"))) <= 96
    assert b"<code>2.4</code>" in sent[-1].body
