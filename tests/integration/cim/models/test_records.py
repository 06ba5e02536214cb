"""Records made of drafts: networks that came as something else, and what completion added, come back as they were."""

import math
from dataclasses import asdict

import pytest

from integration.cim.models import packing, read_model, records
from integration.cim.models.pandapower import read_pandapower
from integration.cim.models.reader import draft_of
from network.domain import completion, phases
from network.domain.draft import TelemetryPoint
from network.domain.findings import Findings
from tests.integration.cim.export.sets import files_of
from tests.paths import needs_shared
from tests.samples.where import SAMPLES

KINDS = ("containers", "nodes", "branches", "injections", "usage_points", "telemetry_points")


def assert_same(draft, other):
    """Object by object; numbers up to the rounding of a unit's change."""
    for kind in KINDS:
        mine, theirs = getattr(draft, kind), getattr(other, kind)
        assert mine.keys() == theirs.keys(), kind
        for mrid, one in mine.items():
            assert_alike(asdict(one), asdict(theirs[mrid]), (kind, mrid))


def assert_alike(one, other, where):
    for name, value in one.items():
        if isinstance(value, float) and other[name] is not None:
            assert math.isclose(value, other[name], rel_tol=1e-12, abs_tol=1e-12), (where, name, value, other[name])
        elif name == "points":
            assert [tuple(point) for point in value] == [tuple(point) for point in other[name]], where
        else:
            assert value == other[name], (where, name)


def again(draft):
    kept = packing.unpack(packing.pack(records.of_draft(draft)))
    return records.completed(kept)


@pytest.mark.parametrize("name", ["mv_oberrhein", "create_cigre_network_mv", "example_multivoltage", "case33bw"])
def test_a_pandapower_network_comes_back_from_its_records(name):
    draft = read_pandapower(f"pandapower:{name}")
    _, back = again(draft)
    assert_same(draft, back)
    assert back.crs == draft.crs
    assert back.errors == []


@needs_shared
@pytest.mark.parametrize("name", ["IEEE13.xml", "IEEE34_derived.xml", "cgmes3_minigrid", "maple10nodebreaker.xml"])
def test_what_completion_added_is_in_the_records_and_comes_back(name):
    draft = read_model(files_of(name), name="m")
    before = {key: (one.text, one.refs) for key, one in draft.kept.objects.items()}
    completion.complete(draft, 7, customers=40)
    store, rebuilt = again(draft)
    assert_same(draft, rebuilt)
    assert_same(draft, draft_of(store, name="m", mrid=draft.mrid))
    assert {key: (one.text, one.refs) for key, one in draft.kept.objects.items()} == before


def test_a_completed_pandapower_network_comes_back_too():
    draft = read_pandapower("pandapower:mv_oberrhein")
    completion.complete(draft, 3, customers=500)
    store, rebuilt = again(draft)
    assert_same(draft, rebuilt)
    assert_same(draft, draft_of(store, name=draft.name, mrid=draft.mrid))


def test_a_point_of_fault_currents_comes_back_with_its_phase():
    draft = read_pandapower("pandapower:create_cigre_network_mv")
    draft.kept = None  # records are made of the draft
    draft.telemetry_points["seen"] = TelemetryPoint("seen", "fault A", min(draft.branches), "fault_current", phases.A)
    _, back = again(draft)
    assert back.telemetry_points["seen"] == draft.telemetry_points["seen"]


def test_nothing_of_what_stands_only_for_others_is_seen_by_us():
    store = records.of_draft(read_pandapower("pandapower:create_cigre_network_mv")).store
    made = {one.cls for one in store.objects.values() if "Tieline.isMade" in one.text}
    assert made == {"GeographicalRegion", "SubGeographicalRegion", "Substation", "VoltageLevel"}


def test_records_of_a_later_release_are_refused():
    import zlib

    with pytest.raises(ValueError, match="format 99"):
        packing.unpack(zlib.compress(b'{"format": 99}'))
    assert Findings().listed() == []
    assert SAMPLES.is_dir()
