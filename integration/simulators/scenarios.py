"""What happens in the field, as data. Seconds count from the beginning; an endless scenario goes on with `every_s`."""

from __future__ import annotations

from dataclasses import dataclass, field

from integration.simulators.headend import Radio

#: Where a fault may be: the kind of switch that clears it.
LATERAL, FEEDER, ANYWHERE = "lateral", "feeder", "anywhere"
Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault: when, behind which kind of switch, how long until it is repaired; how much must at least go dark with it."""

    after_s: float
    where: str = ANYWHERE
    lasts_s: Span = (300.0, 900.0)
    fewest_meters: int = 3
    fewest_places: int = 1  # transformers, or other nodes where meters are


@dataclass(frozen=True, slots=True)
class Scenario:
    """A day, or a minute, in the field."""

    name: str
    summary: str
    strikes: tuple[Strike, ...] = ()
    every_s: Span | None = None  # between the faults that go on for ever
    mix: tuple[tuple[float, Strike], ...] = ()  # of those: share and kind
    radio: Radio = field(default_factory=Radio)
    minutes: float | None = None  # None: until it is stopped
    house_faults_per_hour: float = 0.0  # customers who call though their meter has supply
    most_waiting: int | None = None  # nothing more happens by itself while so many faults still keep somebody dark


_USUAL = (
    (0.65, Strike(0, LATERAL, (240, 600))),
    (0.15, Strike(0, ANYWHERE, (300, 900))),
    (0.10, Strike(0, FEEDER, (300, 900))),
    (0.10, Strike(0, FEEDER, (3, 20))),  # a branch touches the line and falls off: the breaker recloses
)
_STORM = tuple(
    Strike(5 + 17 * number, where, (300, 1500), fewest_meters=1)
    for number, where in enumerate((LATERAL, FEEDER, LATERAL, ANYWHERE, LATERAL, LATERAL) * 6)
)

SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario(
            "demo",
            "A utility's quiet day: an outage within the first minute, then one every few minutes.",
            strikes=(Strike(15, LATERAL, (360, 600), fewest_places=2),),
            every_s=(120, 360),
            mix=_USUAL,
            house_faults_per_hour=10,
            most_waiting=4,
        ),
        Scenario(
            "house_faults",
            "Fuses in houses: customers call, their meters have supply.",
            radio=Radio(false_per_hour=0),
            minutes=3,
            house_faults_per_hour=180,
        ),
        Scenario("lateral", "One fuse blows.", strikes=(Strike(2, LATERAL, (90, 90), fewest_places=2),), minutes=2.5),
        Scenario("feeder_trip", "A feeder's breaker trips.", strikes=(Strike(2, FEEDER, (120, 120)),), minutes=3),
        Scenario(
            "storm",
            "A fault every seventeen seconds for ten minutes, and a flood of last gasps.",
            strikes=_STORM,
            radio=Radio(false_per_hour=10),
            minutes=40,
        ),
        Scenario(
            "false_gasps",
            "Nothing happens, but meters say so.",
            radio=Radio(false_per_hour=180, false_then_restored=0.5),
            minutes=3,
        ),
    )
}
#: One system alone, without faults: load that can be measured.
PARTNERS = {
    "ami": Scenario(
        "ami", "The head-end alone: messages of a hundred momentary events.", radio=Radio(false_per_hour=0)
    ),
    "scada": Scenario("scada", "SCADA alone: measured currents, and commands executed.", radio=Radio(false_per_hour=0)),
}
