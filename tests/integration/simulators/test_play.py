"""Scenarios played as fast as they can be, every message caught: what the systems make of what happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest

from integration.cim import envelope, payloads, registry
from integration.cim.nouns.measurement_values import AnalogReading
from integration.simulators import chart as charts
from integration.simulators import short_circuit
from integration.simulators.crews import Crews
from integration.simulators.delivery import Message
from integration.simulators.headend import MAX_EVENTS, HeadEnd, Radio
from integration.simulators.incoming import Control
from integration.simulators.play import Play
from integration.simulators.scada import Field
from integration.simulators.scenarios import SCENARIOS
from integration.simulators.timeline import Timeline
from integration.simulators.world import Change
from tests.integration.simulators import streets

BEGIN = dt.datetime(2026, 3, 1, 10, tzinfo=dt.UTC)


@dataclass
class Caught:
    """Messages in the order they were put, with the second they were put at."""

    timeline: Timeline
    messages: list[tuple[float, Message]] = field(default_factory=list)

    def put(self, message: Message) -> None:
        self.messages.append((self.timeline.now, message))

    def items(self) -> list[Any]:
        """What the product would take from them, repeats left out."""
        found: list[Any] = []
        for body in dict.fromkeys(message.body for _, message in self.messages):
            read = envelope.read(body)
            parsed = payloads.parse(
                read, registry.incoming(read.verb, read.noun), received_at=BEGIN + dt.timedelta(days=1)
            )
            assert not parsed.errors
            found += parsed.items
        return found


def timeline(tempo: float = 1.0) -> Timeline:
    return Timeline(started_at=BEGIN, tempo=tempo, waits=False)


def played(name: str, *, seed: int = 1, minutes: float = 30, per_home: int = 5) -> tuple[Play, dict[str, Caught]]:
    line = timeline()
    caught = {system: Caught(line) for system in ("hes", "scada", "cis")}
    chart = charts.read(streets.document(per_home))
    play = Play(SCENARIOS[name], chart, line, {system: one.put for system, one in caught.items()}, seed)
    play.begin()
    line.run(minutes * 60)
    return play, caught


def test_the_same_seed_plays_the_same_day_and_another_seed_another() -> None:
    def bodies(seed: int) -> list[tuple[float, bytes]]:
        _, caught = played("demo", seed=seed)
        return [(at, message.body) for one in caught.values() for at, message in one.messages]

    assert bodies(5) == bodies(5)
    assert bodies(5) != bodies(6)


def with_impedances(document: dict[str, Any]) -> dict[str, Any]:
    """The town with lines of 0.01 pu, a source of 0.002 pu (both on 1 MVA), and protection of CB that tells fault currents."""
    for one in document["branches"]:
        one["z"] = [0.0, 0.0] if one["is_switch"] else [0.006, 0.008]
    point = {"mrid": "fault-CB", "branch": "CB", "nominal_v": 20_000.0}
    return document | {"source_z": [[0, 0.0, 0.002]], "fault_currents": [point]}


def test_a_device_that_trips_tells_the_current_that_the_impedances_leave() -> None:
    line, drawn = timeline(), with_impedances(streets.document())
    caught = {system: Caught(line) for system in ("hes", "scada", "cis")}
    play = Play(
        SCENARIOS["feeder_trip"], charts.read(drawn), line, {name: one.put for name, one in caught.items()}, seed=1
    )
    play.begin()
    line.run(120)
    (fault,) = play.summary()["faults"]
    assert fault["device"] in {"CB", "CB2"}
    told = [one for one in caught["scada"].items() if isinstance(one, AnalogReading)]
    values = [one.value for one in told if one.analog.mrid == "fault-CB"]
    if fault["device"] == "CB2":
        assert values == []
        return
    z = {"L1": 0.005, "L2": 0.015}[fault["branch"]]
    assert values == [pytest.approx(1e6 / abs(0.002j + z * (0.6 + 0.8j)) / (3.0**0.5 * 20_000.0), rel=0.03)]


def test_where_an_impedance_is_not_known_nobody_tells_a_current() -> None:
    told = with_impedances(streets.document())
    chart = charts.read(told)
    at = chart.world.branch_at
    assert short_circuit.mva(chart, at["L2"]) == pytest.approx(1 / abs(0.002j + 0.015 * (0.6 + 0.8j)))
    del told["branches"][at["L1"]]["z"]
    blind = charts.read(told)
    assert short_circuit.mva(blind, at["L2"]) is None
    assert short_circuit.mva(blind, at["L4"]) is not None
    chart.world.move(at["CB"], is_closed=False)
    assert short_circuit.mva(chart, at["L2"]) is None
    assert short_circuit.mva(charts.read(streets.document()), at["L1"]) is None


def test_a_lateral_fault_blows_a_fuse_that_only_meters_and_callers_tell_of() -> None:
    play, caught = played("lateral", per_home=40)
    (fault,) = play.summary()["faults"]
    assert fault["device"] in {"F1", "F2"}
    assert fault["repaired_at_s"] == pytest.approx(92)
    events = caught["hes"].items()
    lost, back = (len({e.meter for e in events if e.code == code}) for code in ("26.0.85", "26.0.216"))
    assert 0 < lost < fault["meters"]
    assert lost < back <= fault["meters"]
    assert not [item for item in caught["scada"].items() if hasattr(item, "is_closed")]
    assert play.chart.world.is_lit.all()


def test_a_feeder_trip_is_told_by_scada_within_a_second_and_its_closing_too() -> None:
    play, caught = played("feeder_trip")
    (fault,) = play.summary()["faults"]
    positions = [item for item in caught["scada"].items() if hasattr(item, "is_closed")]
    assert [(one.discrete.mrid, one.is_closed) for one in positions] == [
        (f"pos-{fault['device']}", False),
        (f"pos-{fault['device']}", True),
    ]
    assert [one.occurred_at for one in positions] == [BEGIN + dt.timedelta(seconds=s) for s in (2, 122)]
    first = next(at for at, message in caught["scada"].messages if b"DiscreteValue" in message.body)
    assert 2.1 <= first <= 2.6


def test_seven_of_ten_last_gasps_arrive_most_of_them_in_seconds_a_few_in_minutes() -> None:
    line, caught, world = far_town(2000)
    headend = HeadEnd(timeline=line, world=world, put=caught.put, rng=np.random.default_rng(11))
    headend.see(world.strike(world.branch_at["L3"]))
    line.run(3600)
    gasps = caught.items()
    assert headend.gasps_made == 6000
    assert headend.gasps_heard == len(gasps)
    assert len(gasps) / 6000 == pytest.approx(0.70, abs=0.02)
    on_time = sum(message.items for at, message in caught.messages if at < 10) / 6000
    assert 0.66 < on_time < 0.70
    assert {item.occurred_at for item in gasps} <= {BEGIN + dt.timedelta(milliseconds=ms) for ms in range(801)}
    assert max(message.items for _, message in caught.messages) == MAX_EVENTS


def test_a_message_sent_twice_is_the_same_message() -> None:
    line, caught, world = far_town(2000)
    headend = HeadEnd(
        timeline=line, world=world, put=caught.put, rng=np.random.default_rng(1), radio=Radio(doubled=0.5)
    )
    headend.see(world.strike(world.branch_at["L3"]))
    line.run(3600)
    ids = [message.id for _, message in caught.messages]
    assert len(ids) - len(set(ids)) == headend.doubled > 5
    assert len({message.body for _, message in caught.messages}) == len(set(ids))


def test_false_gasps_come_at_the_rate_of_the_radio_from_meters_that_have_supply() -> None:
    play, caught = played("false_gasps", minutes=60, per_home=200)
    assert play.summary()["faults"] == []
    assert play.headend.false_gasps == pytest.approx(180, rel=0.25), "180 an hour per thousand meters"
    assert len([one for one in caught["hes"].items() if one.code == "26.0.85"]) == play.headend.false_gasps


def test_a_storm_is_many_faults_and_ends_with_everybody_supplied() -> None:
    play, _ = played("storm", minutes=60)
    faults = play.summary()["faults"]
    assert len(faults) >= 4, "a town of four protective switches"
    assert all(one["repaired_at_s"] is not None for one in faults)
    assert play.summary()["meters_dark"] == 0


def test_the_demo_shows_an_outage_within_the_first_half_minute_and_goes_on() -> None:
    play, caught = played("demo", minutes=60, per_home=40)
    first = next(at for at, message in caught["hes"].messages if b"3.26.0.85" in message.body)
    assert first < 30
    assert len(play.happenings) > 8


def test_a_demo_in_which_nobody_repairs_does_not_end_in_a_storm() -> None:
    line = timeline()
    chart = charts.read(streets.document(40))
    forever = (1e9, 1e9)
    never = tuple((share, replace(strike, lasts_s=forever)) for share, strike in SCENARIOS["demo"].mix)
    scenario = replace(SCENARIOS["demo"], strikes=(), mix=never, most_waiting=2)
    play = Play(scenario, chart, line, dict.fromkeys(("hes", "scada", "cis"), Caught(line).put), 1)
    play.begin()
    line.run(7200)
    assert len(play.happenings) == 2


def test_callers_call_after_minutes_while_it_is_dark_about_the_place_the_records_have_them_at() -> None:
    play, caught = played("demo", minutes=120, per_home=100)
    calls = caught["cis"].items()
    assert len(calls) == play.callers.calls > 20
    known = {meter.usage_point for meter in play.chart.world.meters}
    assert {item.usage_point.names[0].name for item in calls} <= known
    assert len({item.mrid for item in calls}) == len(calls)


def test_the_mislinked_meter_goes_dark_with_the_street_where_it_really_is() -> None:
    chart = charts.read(streets.document())
    world = chart.world
    world.relocate(0, 11)  # M-3-0, recorded at node 3
    assert 0 in world.strike(world.branch_at["L6"]).lost


def test_after_an_interruption_meters_thought_dark_say_that_they_are_not() -> None:
    line, caught, world = far_town(5)
    headend = HeadEnd(timeline=line, world=world, put=caught.put, rng=np.random.default_rng(1))
    world.strike(world.branch_at["L6"])
    headend.resume(["M-3-1", "M-11-1", "M-unknown"])
    line.run(3600)
    assert [(item.code, item.meter.names[0].name) for item in caught.items()] == [("26.0.216", "M-3-1")]


def test_a_sweep_measures_the_current_in_the_feeder_head() -> None:
    _, caught = played("false_gasps", minutes=1)
    analogs = [item for item in caught["scada"].items() if hasattr(item, "analog")]
    assert len(analogs) == 6
    assert analogs[0].analog.mrid == "amp-CB"
    assert analogs[0].value == pytest.approx(40_000 / (3**0.5 * 20_000 * 0.95), rel=0.1)


def commanded(field_: Field, seed: int = 1) -> tuple[Play, Caught]:
    line = timeline()
    caught = {system: Caught(line) for system in ("hes", "scada", "cis")}
    chart = charts.read(streets.document())
    play = Play(SCENARIOS["lateral"], chart, line, {system: one.put for system, one in caught.items()}, seed)
    play.scada.field = field_
    return play, caught["scada"]


def test_a_command_is_executed_within_seconds_once_and_reported() -> None:
    play, caught = commanded(Field(refused=0, delayed=0))
    control = Control("op-1", "TIE", is_closed=True)
    assert play.scada.command(control) == play.scada.command(control) == ("0.0", "")
    play.timeline.run(10)
    (position,) = caught.items()
    assert (position.discrete.mrid, position.is_closed) == ("pos-TIE", True)
    assert 1.0 <= caught.messages[0][0] <= 4.7
    assert play.scada.commands == 1


def test_a_command_to_where_the_switch_stands_already_is_reported_all_the_same() -> None:
    play, caught = commanded(Field(refused=0, delayed=0))
    play.scada.command(Control("op-1", "TIE", is_closed=False))
    play.timeline.run(10)
    assert [(item.discrete.mrid, item.is_closed) for item in caught.items()] == [("pos-TIE", False)]


def test_the_field_refuses_in_words_and_nothing_moves() -> None:
    play, caught = commanded(Field(refused=1))
    code, reason = play.scada.command(Control("op-1", "TIE", is_closed=True))
    assert (code, "TIE" in reason) == ("6.1", True)
    play.timeline.run(60)
    assert caught.messages == []


def test_a_command_that_comes_too_late_is_not_carried_out() -> None:
    play, caught = commanded(Field(refused=0, delayed=0))
    late = BEGIN - dt.timedelta(seconds=1)
    assert play.scada.command(Control("op-1", "TIE", is_closed=True, until=late))[0] == "4.1"
    play.timeline.run(60)
    assert caught.messages == []


def test_the_field_may_take_half_a_minute_longer() -> None:
    play, caught = commanded(Field(refused=0, delayed=1))
    play.scada.command(Control("op-1", "TIE", is_closed=True))
    play.timeline.run(60)
    assert 31 <= caught.messages[0][0] <= 34.7


@pytest.mark.parametrize("switch", ["F1", "L1", "nothing"])
def test_what_is_not_remote_controlled_is_refused(switch: str) -> None:
    play, _ = commanded(Field())
    assert play.scada.command(Control("op-1", switch, is_closed=False))[0] == "2.15"


def test_about_three_commands_in_a_hundred_are_refused_and_as_many_delayed() -> None:
    play, _ = commanded(Field())
    for number in range(2000):
        play.scada.command(Control(f"op-{number}", "TIE", is_closed=True))
    assert 35 <= play.scada.commands_refused <= 85
    assert 35 <= play.scada.commands_delayed <= 85


def test_a_fuse_that_a_crew_reports_closed_is_closed_and_its_fault_repaired() -> None:
    play, _ = commanded(Field())
    world, seen = play.chart.world, list[Change]()
    crews = Crews(timeline=play.timeline, world=world, model="town", version=1, apply=seen.append)
    world.strike(world.branch_at["L3"])
    crews.learn({"F1": True})
    assert seen == [], "the picture has not changed: nobody was there yet"
    crews.learn({"F1": False})
    crews.learn({"F1": True})
    assert not world.faults
    assert world.is_lit.all()
    assert seen[-1].regained or seen[-2].regained


def test_a_switch_opened_by_hand_darkens_what_is_behind_it() -> None:
    play, _ = commanded(Field())
    world, seen = play.chart.world, list[Change]()
    crews = Crews(timeline=play.timeline, world=world, model="town", version=1, apply=seen.append)
    crews.learn({"D1": False, "CB": False, "unknown": False})
    assert [len(change.lost) for change in seen] == [10], "D1 is moved by hand; CB only by SCADA"


def test_twice_the_tempo_takes_half_the_time() -> None:
    line = timeline(tempo=2.0)
    seen: list[float] = []
    line.after(10, lambda: seen.append(line.now))
    line.run()
    assert seen == [5.0]


def far_town(per_home: int) -> tuple[Timeline, Caught, charts.World]:
    line = timeline()
    return line, Caught(line), charts.read(streets.document(per_home)).world
