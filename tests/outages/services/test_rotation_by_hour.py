"""Turns of load shedding are planned by the load expected of their hours: the days before, else the profile of the day."""

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adms.core.models import Setting
from integration.cim.models import read_model
from integration.services import circuits, models
from network.selectors import state
from network.services import telemetry
from network.services.telemetry import Measurement
from outages.domain.switching import rehearsal
from outages.domain.switching.steps import Step
from outages.services.switching import expected_loads, load_shedding, rehearsing, suggesting
from outages.services.switching.load_shedding import Place
from outages.services.switching.suggesting import Wanted
from tests.builders.generating import FEEDERS, SECTION_KW, generating
from tests.cast import NOON, SYSTEM, after

pytestmark = pytest.mark.django_db
KEY = "generating"
TAKES = 2 * SECTION_KW
#: What the feeders took on the days before in the hours from noon on, as multiples of what they take now.
DAYS = {"A": (1.0, 0.5, 0.5), "B": (1.0, 2.0, 2.0), "C": (1.0, 1.0, 1.0)}


@pytest.fixture(autouse=True)
def network(tmp_path: Path) -> None:
    """Overrides the story feeder: three feeders, B in the first group of load shedding, A in the second, C in the third."""
    state.forget()
    path = tmp_path / "generating.xml"
    path.write_text(generating())
    begun = NOON - dt.timedelta(days=5)
    models.publish_draft(actor=SYSTEM, draft=read_model([path], name=KEY), source="test", at=begun)
    circuits.build_missing()
    for key, value in (
        ("orders.cold_load_curve", [[0, 1]]),
        ("flisr.load_profile", [1.0] * 24),
    ):
        Setting.objects.create(key=key, value=value, changed_at=NOON)
    for group, name in enumerate("BAC", start=1):
        load_shedding.put(actor=SYSTEM, model=KEY, head_mrid=f"CB-{name}", place=Place(group), at=NOON)


def days_before(name: str, *, machine: float | None = 2.0) -> None:
    """Readings of four days: part of the load came through the head, part from the machine, if it was read."""
    for back in range(4, 0, -1):
        for hour, multiple in enumerate(DAYS[name]):
            at = NOON - dt.timedelta(days=back) + dt.timedelta(hours=hour)
            kw = {f"CB-{name}-p": TAKES * multiple - (machine or 0.0)}
            if machine is not None:
                kw[f"G-{name}-p"] = -machine
            told = [Measurement(point, value * 1e3, at) for point, value in kw.items()]
            telemetry.record_measurements(measurements=told, at=at)


def rotated(**terms: float) -> dict[str, Any]:
    wanted = Wanted(KEY, "rotate", terms={"target_kw": TAKES, "turn_min": 60, "turns": 3} | terms)
    return suggesting.ways(actor=SYSTEM, wanted=wanted, at=NOON)[0]


def turns(told: dict[str, Any]) -> list[str]:
    return ["".join(name.removeprefix("CB-") for name in one["feeders"]) for one in told["turns"]]


def test_by_a_flat_profile_each_group_has_a_turn_of_its_own() -> None:
    told = rotated()
    assert turns(told) == ["B", "A", "C"]
    assert told["by_profile"] == ["CB-A", "CB-B", "CB-C"]


def test_groups_go_together_in_another_order_where_the_days_before_say_what_they_will_take() -> None:
    for name in FEEDERS:
        days_before(name)
    told = rotated()
    assert turns(told) == ["B", "AC", "B"]
    assert [one["relief_kw"] for one in told["turns"]] == [18.0, 27.0, 36.0]
    assert told["by_profile"] == []
    assert told["is_checked"], told["unchecked"]
    assert told["shortfall_kw"] == 0


def test_a_feeder_whose_machine_nobody_read_follows_the_profile() -> None:
    days_before("A")
    days_before("B", machine=None)
    assert rotated()["by_profile"] == ["CB-B", "CB-C"]


def test_what_ends_within_the_running_hour_is_planned_at_the_load_of_now() -> None:
    for name in FEEDERS:
        days_before(name)
    told = rotated(turn_min=20)
    assert turns(told) == ["B", "A", "C"]
    assert told["by_profile"] is None


def test_a_turn_counts_on_the_least_of_the_hours_it_lasts() -> None:
    days_before("A")
    present = state.present(KEY)
    head = present.grid.branch_index("CB-A")
    ahead = expected_loads.course(present, [head], NOON + dt.timedelta(minutes=30), 120)
    assert ahead.least(head, 0, 20) == 1.0
    assert ahead.least(head, 20, 40) == 0.5
    assert ahead.factor(head, 10_000) == 0.5


def test_the_rehearsal_takes_the_load_of_the_hour_in_which_a_step_comes() -> None:
    for name in FEEDERS:
        days_before(name)
    now = [Measurement("CB-A-p", 0.5 * TAKES * 1e3, NOON), Measurement("G-A-p", 0.0, NOON)]
    telemetry.record_measurements(measurements=now, at=NOON)
    present = state.present(KEY)
    steps = [Step("1", "open", "CB-C"), Step("2", "wait", text="60 min"), Step("3", "close", "CB-C")]
    stands = rehearsal.run(rehearsing.stand_of(present), steps).stands
    found = expected_loads.of_stands(present, stands, after(1))
    assert found[0] is None and found[1] is None  # telemetry tells
    later = found[2]
    assert later is not None
    heads = present.energisation.feeder[: later.size]
    by_feeder = {name: later[heads == present.grid.branch_index(f"CB-{name}")] for name in FEEDERS}
    assert np.unique(by_feeder["B"]).tolist() == [2.0]
    assert np.unique(by_feeder["A"]).tolist() == [0.25]  # half of the model's load now, half of that in the next hour
