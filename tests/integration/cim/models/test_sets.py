"""Every set of the reference data is read, with the numbers of objects its description states."""

import re
from collections import Counter
from pathlib import Path

import pytest

from integration.cim.models import attributes, reading
from network.domain import gate
from network.domain.draft import CONSUMER_CLASSES, SWITCH_CLASSES
from tests.integration.cim.export.sets import read_set
from tests.paths import CIM, needs_shared

# Set: ConnectivityNodes, lines, switches, transformers, consumers in the files (data/cim/README.md), then what they become:
# star points (three windings), transformer branches beyond one per transformer (tanks on other nodes, windings of a star),
# customers (usage points, else what the consumers state).
SETS = {
    "ACEP_PSIL.xml": (8, 5, 0, 2, 2, 0, 0),
    "IEEE13.xml": (22, 11, 5, 4, 16, 1, 2),
    "IEEE13_meas.xml": (22, 11, 5, 4, 16, 1, 2),
    "IEEE13_Assets.xml": (16, 11, 1, 3, 15, 0, 0),
    "IEEE34_derived.xml": (37, 32, 0, 4, 68, 0, 0),
    "IEEE123.xml.gz": (130, 118, 8, 5, 91, 0, 0),
    "IEEE123_meas.xml.gz": (130, 118, 8, 5, 91, 0, 0),
    "IEEE123_PV.xml.gz": (214, 118, 8, 87, 91, 0, 0),
    "maple10nodebreaker.xml": (22, 2, 12, 8, 13, 0, 0),
    "cgmes24_minigrid_nb": (103, 9, 90, 6, 0, 2, 4),  # 101 and 2 of the boundary; two transformers of three windings
    "cgmes3_minigrid": (103, 9, 90, 6, 1, 2, 4),
    "telemark120": (
        97,
        35,
        60,
        4,
        16,
        0,
        0,
    ),  # 45 MV + 52 LV; 13 + 22 lines; 29 + 31 switches; 15 loads, 1 station supply
}


@needs_shared
@pytest.mark.parametrize("name", [*SETS, pytest.param("IEEE8500bal_derived.xml.gz", marks=pytest.mark.slow)])
def test_a_set_is_read_whole(name):
    nodes, lines, switches, transformers, consumers, stars, windings = SETS.get(
        name, (4876, 3660, 38, 1182, 1177, 0, 0)
    )
    draft = read_set(name)
    found = Counter(branch.cim_class for branch in draft.branches.values())
    assert len(draft.nodes) == nodes + stars
    assert found["ACLineSegment"] == lines
    assert sum(found[cls] for cls in SWITCH_CLASSES) == switches
    assert found["PowerTransformer"] == transformers + windings
    assert sum(one.cim_class in CONSUMER_CLASSES for one in draft.injections.values()) == consumers
    assert draft.errors == []
    assert [one for one in gate.check(draft) if one.severity == "error"] == []


@needs_shared
@pytest.mark.parametrize("name", SETS)
def test_nothing_of_a_set_goes_uncounted(name):
    """Every object is of a class that is taken or counted; every property is used, counted, or on a counted class."""
    draft = read_set(name)
    assert sum(draft.classes.values()) == len(draft.kept.objects)
    assert set(draft.skipped) <= set(draft.classes)
    used = {name for counts in draft.skipped_attributes.values() for name in counts}
    every = {name for one in draft.kept.objects.values() for name in (*one.text, *one.refs)}
    assert used <= every


def test_simbench_networks_are_read_by_code():
    draft = reading.read_files(["simbench:1-LV-rural1--0-sw"])
    found = Counter(branch.cim_class for branch in draft.branches.values())
    assert (draft.name, found["ACLineSegment"], found["PowerTransformer"]) == ("1-LV-rural1--0-sw", 13, 1)
    assert sum(found[cls] for cls in SWITCH_CLASSES) == 28
    assert sum(one.cim_class == "EnergyConsumer" for one in draft.injections.values()) == 13
    with pytest.raises(Exception, match="SimBench has no network 'nope'"):
        reading.read_files(["simbench:nope"])


def test_the_folder_of_sets_is_complete():
    if not CIM.is_dir():
        pytest.skip("the reference data is not here")
    known = {*SETS, "IEEE8500bal_derived.xml.gz"}
    there = {path.name for path in (CIM / "gridappsd").iterdir()} | {
        path.name for path in CIM.iterdir() if path.is_dir()
    }
    assert there - {"gridappsd", "diff_samples", "ieee9500_csv"} == known


def test_what_a_builder_names_counts_as_used():
    """A builder that asks for a property says so in `attributes`; else it would be reported as not used."""
    folder = Path(attributes.__file__).parent
    apart = (
        "making",
        "maker",
        "own",
        "generated",
        "pandapower",
        "packing",
        "differences",
        "records",
        "attributes",
        "store",
    )
    sources = [path for path in folder.glob("*.py") if not path.stem.startswith(apart)]
    named = {
        name
        for path in sources
        for name in re.findall(r'"([A-Z][A-Za-z0-9]+\.[A-Za-z][A-Za-z0-9]+)"', path.read_text())
    }
    assert named - attributes.USED == set()
