"""What the engine that weighs decides in the trees a batch touches is what it decides in all together."""

import numpy as np
import pytest

from metering.models import UsagePoint
from network.selectors import state
from outages.domain.prediction import engine
from outages.models import Outage
from outages.selectors import known_evidence, learned, pool, rule_sets, trees, verdicts
from outages.services import prediction
from outages.services import rule_sets as writing
from tests.builders.network import NetworkBuilder
from tests.cast import NOON, after, deliver, gasp, meters_at, person, publish

pytestmark = pytest.mark.django_db
FEEDERS = 10


@pytest.fixture(autouse=True)
def network(db) -> None:
    """Ten feeders, each of a source of its own, with two transformers of thirty customers; the engine that weighs acts."""
    state.forget()
    builder = NetworkBuilder("story")
    for n in range(FEEDERS):
        builder.source(f"S{n}").breaker(f"CB{n}").line(f"L{n}").mark(f"m{n}")
        for side in "ab":
            builder.back_to(f"m{n}").fuse(f"F{n}{side}").transformer(f"T{n}{side}").customers(30)
    publish(builder.draft())
    values = {"engine": "likelihood", "ask_on_prediction": "none"}
    writing.write(actor=person("mia", "MGR"), area=None, name="normal", values=values, reason="try", at=NOON)


def storm() -> None:
    """At every feeder but the first a transformer is dark, and 25 of its 30 meters say so."""
    gasp([meter for n in range(1, FEEDERS) for meter in meters_at(f"T{n}a")[:25]], NOON)
    deliver(after(5))


def nodes_of(transformer: str) -> set[int]:
    return set(UsagePoint.objects.filter(equipment_mrid=transformer).values_list("node", flat=True))


def going_at(transformer: str) -> list[str]:
    return sorted(Outage.objects.filter(device_mrid=transformer, state="new").values_list("kind", flat=True))


def alone(transformer: str, at: float) -> set[str]:
    """What a run would see that learns from this tree only."""
    whole = trees.current(state.present("story"))
    devices = whole.within(whole.roots(np.array(sorted(nodes_of(transformer)))))
    reports = pool.dark("story", list(Outage.objects.values_list("pk", flat=True)), None)
    known = known_evidence.of(devices, reports.take(devices.at_nodes(reports.node) >= 0), None, [])
    rules = rule_sets.in_force().general
    made = engine.predict(devices.tree, known, rules.rules, rules.chooser(), at=after(at).timestamp())
    return {one.kind for one in made}


def test_where_meters_gasp_well_elsewhere_two_gasps_of_thirty_are_no_dark_transformer():
    storm()
    gasp(meters_at("T0a")[:2], after(1))
    prediction.run(model="story", at=after(60), nodes=nodes_of("T1a"))
    deliver(after(61))
    prediction.run(model="story", at=after(62), nodes=nodes_of("T0a"))
    assert alone("T0a", 62) == {"transformer"}
    assert (going_at("T0a"), going_at("T1a")) == (["single"] * 2, ["outage"])
    prediction.run(model="story", at=after(63))
    assert (going_at("T0a"), going_at("T1a")) == (["single"] * 2, ["outage"])


def test_the_verdict_of_the_engine_that_weighs_rests_on_all_trees_too():
    storm()
    gasp(meters_at("T0a")[:2], after(1))
    deliver(after(2))
    prediction.run(model="story", at=after(62), nodes=nodes_of("T0a"))
    one = Outage.objects.filter(device_mrid="T0a", state="new").first()
    assert one is not None
    told = {verdict.engine: verdict for verdict in verdicts.of(one, after(63)).all}
    assert told["likelihood"].agrees


def chosen(at: float) -> object:
    """What is known of all trees, as the engine that acts is given it."""
    whole, sets = trees.current(state.present("story")), rule_sets.in_force()
    return learned.chooser(whole, sets, sets.general, after(at)).learned


@pytest.mark.parametrize(("first_at", "kept_until"), [(100, 110), (3600, 3660)])
def test_it_is_learned_anew_when_a_tenth_more_time_or_a_minute_has_passed(first_at, kept_until):
    storm()
    first = chosen(first_at)
    assert chosen(kept_until) is first
    assert chosen(kept_until + 1) is not first


def test_and_when_a_tenth_more_was_said():
    storm()
    first = chosen(1000)
    gasp(meters_at("T0a")[:22], after(900))  # beside 225
    deliver(after(1001))
    assert chosen(1002) is first
    gasp(meters_at("T0a")[22:24], after(900))
    deliver(after(1003))
    assert chosen(1004) is not first


def test_nothing_said_teaches_nothing():
    assert chosen(60) is None
