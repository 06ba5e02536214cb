"""IEEE 1366 indices against published and hand-made figures."""

from __future__ import annotations

import csv
import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outages.domain import indices, interruptions
from outages.domain.indices import Base, compute
from outages.domain.interruptions import Steps
from tests.paths import REFERENCE, needs_shared

RELIABILITY = REFERENCE / "reliability"


def one(duration_min, customers=100, **more):
    return Steps.of(event=[1], duration_min=[duration_min], customers=[customers], **more)


@needs_shared
def test_the_sample_of_the_standard_comes_out_to_the_last_digit():
    rows = list(csv.DictReader((RELIABILITY / "ieee1366_sample_events.csv").read_text().splitlines()))
    expected = json.loads((RELIABILITY / "ieee1366_sample_expected.json").read_text())
    steps = Steps.of(
        event=[int(row["event"]) for row in rows],
        duration_min=[float(row["duration_min"]) for row in rows],
        customers=[int(row["customers"]) for row in rows],
        kva=[float(row["load_kVA"]) for row in rows],
    )
    found = compute(steps, Base(customers_served=2000, connected_kva=4000, period_h=8760, customers_affected=1800))
    kinds = ["S" if lasting else "M" for lasting in interruptions.is_sustained(steps.duration_min)]
    assert kinds == [row["type_S_sustained_M_momentary"] for row in rows]
    assert found.ci == expected["CI"]
    assert found.cmi == pytest.approx(expected["CMI"], rel=1e-12)
    for ours, theirs in {
        "saifi": "SAIFI",
        "saidi_min": "SAIDI_min",
        "caidi_min": "CAIDI_min",
        "ctaidi_min": "CTAIDI_min",
        "caifi": "CAIFI",
        "asai": "ASAI",
        "asifi": "ASIFI",
        "asidi_min": "ASIDI_min",
        "maifi": "MAIFI",
        "maifi_e": "MAIFIE",
    }.items():
        assert getattr(found, ours) == pytest.approx(expected[theirs], rel=1e-12), ours


@needs_shared
def test_the_monthly_figures_of_an_indian_utility_come_out_as_printed():
    rows = list(csv.DictReader((RELIABILITY / "india_pgvcl_urban_2010Q1.csv").read_text().splitlines()))
    assert len(rows) == 3
    for row in rows:
        sustained, brief = int(row["customer_interruptions_sustained"]), int(row["customer_interruptions_momentary"])
        minutes = float(row["customer_hours_interrupted"]) * 60 / sustained
        steps = Steps.of(event=[1, 2], duration_min=[minutes, 1.0], customers=[sustained, brief])
        found = compute(steps, Base(customers_served=int(row["customers_served"])))
        assert round(found.saifi, 2) == float(row["SAIFI_printed"])
        assert round(found.saidi_min / 60, 2) == float(row["SAIDI_h_printed"])
        assert round(found.maifi, 2) == float(row["MAIFI_printed"])


@pytest.mark.parametrize(
    ("duration", "border", "ci"), [(5.0, 5.0, 0), (5.0001, 5.0, 100), (4.0, 3.0, 100), (3.0, 3.0, 0)]
)
def test_what_lasts_exactly_as_long_as_the_border_is_momentary(duration, border, ci):
    found = compute(one(duration), Base(customers_served=1000, momentary_min=border))
    assert found.ci == ci
    assert found.maifi == (100 - ci) / 1000


def test_of_a_sustained_event_those_back_in_time_were_interrupted_momentarily():
    steps = Steps.of(event=[1, 1, 1], duration_min=[3.0, 45.0, 90.0], customers=[500, 300, 200], began_at=[0.0] * 3)
    found = compute(steps, Base(customers_served=1000))
    assert (found.ci, found.cmi) == (500, 300 * 45 + 200 * 90)
    assert (found.maifi, found.maifi_e) == (0.5, 0.5)


def test_reclosing_is_one_momentary_event_and_several_momentary_interruptions():
    steps = Steps.of(event=[1, 1, 2], duration_min=[0.5, 0.5, 1.0], customers=[1000] * 3, began_at=[0.0, 40.0, 9000.0])
    found = compute(steps, Base(customers_served=1000))
    assert (found.maifi, found.maifi_e) == (3.0, 2.0)


def test_reclosing_before_a_lock_out_belongs_to_the_sustained_interruption():
    who = [list(range(10)), list(range(10)), [0, 1, 2]]
    steps = Steps.of(event=[1, 1, 1], duration_min=[0.5, 0.5, 60.0], began_at=[0.0, 40.0, 90.0], who=who)
    counted = Steps.of(
        event=[1, 1, 1], duration_min=[0.5, 0.5, 60.0], began_at=[0.0, 40.0, 90.0], customers=[10, 10, 3]
    )
    assert compute(steps, Base(customers_served=10)).maifi_e == 0.7
    assert compute(counted, Base(customers_served=10)).maifi_e == 0.7


def test_who_was_out_gives_the_indices_of_customers():
    """Customer 1: 90 and 400 min; 2: 90 min; 3: a momentary one; 4 of 4 served: nothing."""
    steps = Steps.of(event=[1, 2, 3], duration_min=[90.0, 400.0, 2.0], who=[[1, 2], [1], [3, 1]])
    found = compute(steps, Base(customers_served=4))
    assert (found.caifi, found.ctaidi_min) == (3 / 2, (90 * 2 + 400) / 2)
    assert [found.cemi[n] for n in "012"] == [0.5, 0.25, 0.0]
    assert [found.cemi_or_more[n] for n in "123"] == [0.5, 0.25, 0.0]
    assert [found.cemsmi[n] for n in "0123"] == [0.75, 0.25, 0.25, 0.0]
    assert [found.celid_s[n] for n in "1267"] == [0.5, 0.25, 0.25, 0.0]
    assert [found.celid_t[n] for n in ("1", "8", "9")] == [0.5, 0.25, 0.0]


def test_what_the_input_cannot_give_is_none():
    found = compute(one(60.0), Base(customers_served=1000))
    for name in (
        "ctaidi_min",
        "caifi",
        "asai",
        "asifi",
        "asidi_min",
        "cemi",
        "cemi_or_more",
        "cemsmi",
        "celid_s",
        "celid_t",
    ):
        assert getattr(found, name) is None
    assert compute(one(1.0), Base(customers_served=1000)).caidi_min is None


def test_a_single_unknown_load_makes_the_load_indices_unknown():
    steps = Steps.of(event=[1, 2], duration_min=[60.0, 60.0], customers=[1, 1], kva=[100.0, np.nan])
    assert compute(steps, Base(customers_served=10, connected_kva=1000)).asifi is None


def test_no_interruptions_are_no_interruptions():
    found = compute(
        Steps.of(event=[], duration_min=[], who=[]), Base(customers_served=10, connected_kva=5, period_h=24)
    )
    assert (found.saifi, found.saidi_min, found.maifi, found.maifi_e, found.asai, found.asifi) == (0, 0, 0, 0, 1, 0)
    assert found.cemi["0"] == 0


@pytest.mark.parametrize(
    "bad", [{"duration_min": [-1.0]}, {"duration_min": [np.nan]}, {"customers": [-1]}, {"duration_min": []}]
)
def test_impossible_steps_are_refused(bad):
    with pytest.raises(ValueError, match=r"step|negative"):
        Steps.of(**{"event": [1], "duration_min": [1.0], "customers": [1], **bad})


def test_nobody_served_is_refused():
    with pytest.raises(ValueError, match="positive"):
        Base(customers_served=0)


rows = st.lists(
    st.tuples(st.integers(1, 4), st.floats(0, 600), st.lists(st.integers(1, 9), max_size=5, unique=True)), max_size=12
)


@given(rows)
def test_counts_and_names_of_customers_give_the_same_sums(found):
    named = Steps.of(event=[r[0] for r in found], duration_min=[r[1] for r in found], who=[r[2] for r in found])
    counted = dataclasses.replace(named, who=None)
    one, other = (compute(steps, Base(customers_served=9)) for steps in (named, counted))
    for name in ("ci", "cmi", "saifi", "saidi_min", "maifi"):
        assert getattr(one, name) == getattr(other, name)
    assert sum((one.cemi[n] for n in one.cemi), 0.0) == pytest.approx(one.saifi)


@given(rows, st.integers(0, 11))
def test_indices_of_parts_add_up_to_those_of_the_whole(found, cut):
    steps = Steps.of(
        event=[r[0] for r in found], duration_min=[r[1] for r in found], customers=[len(r[2]) for r in found]
    )
    first = np.arange(steps.size) < cut
    parts = [compute(steps.take(chosen), Base(customers_served=9)) for chosen in (first, ~first)]
    whole = indices.compute(steps, Base(customers_served=9))
    assert whole.saidi_min == pytest.approx(parts[0].saidi_min + parts[1].saidi_min)
    assert whole.saifi == pytest.approx(parts[0].saifi + parts[1].saifi)
