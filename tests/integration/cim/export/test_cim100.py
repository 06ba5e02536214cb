"""import(export(x)) is x: the same grid and the same attributes, as one CIM100 file."""

import io

import pytest

from integration.cim.export.cim100 import write_cim100
from integration.cim.models import packing, read_model
from tests.integration.cim.export.sets import FOLDERS, GRIDAPPSD, NOON, assert_same_grid, files_of, read_set, said
from tests.paths import SHARED, needs_shared
from tests.samples.where import SAMPLES

QUICK = [name for name in GRIDAPPSD if not name.startswith("IEEE8500")]
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in GRIDAPPSD if name.startswith("IEEE8500")]


def exported(store, name="m"):
    stream = io.BytesIO()
    counts = write_cim100(store, stream, name=name, at=NOON)
    return stream.getvalue(), counts


@needs_shared
@pytest.mark.parametrize("name", [*QUICK, *FOLDERS, *SLOW])
def test_every_set_comes_back_as_it_was(name):
    draft = read_set(name)
    content, counts = exported(draft.kept, name)
    again = read_model([("again.xml", content)], name=name)
    assert said(again.kept) == said(draft.kept)
    assert again.kept.extras == draft.kept.extras
    assert_same_grid(draft, again)
    assert {mrid: one.attributes for mrid, one in again.branches.items()} == {
        mrid: one.attributes for mrid, one in draft.branches.items()
    }
    assert (again.nodes, again.injections, again.usage_points) == (draft.nodes, draft.injections, draft.usage_points)
    assert {cls: count for cls, count in again.classes.items() if cls != "FullModel"}.items() <= counts.items()


@needs_shared
def test_stored_records_are_written_like_fresh_ones():
    draft = read_set("cgmes3_minigrid")
    stored = packing.unpack(packing.pack(packing.Kept(draft.kept, draft.name, draft.mrid))).store
    assert exported(stored)[0] == exported(draft.kept)[0]


def test_extensions_repeated_literals_compounds_and_empty_properties_are_kept():
    draft = read_model([SAMPLES / "small_feeder.xml"])
    text = exported(draft.kept)[0].decode()
    assert 'xmlns:x3="http://example.org/extension#"' in text or "http://example.org/extension#" in text
    assert text.count("Switch.makersMark>") == 4
    assert "Sample &amp; Sons" in text
    assert "<cim:IdentifiedObject.description/>" in text
    assert (
        "<cim:Location.mainAddress><cim:StreetAddress><cim:StreetAddress.streetDetail><cim:StreetDetail>"
        "<cim:StreetDetail.name>Example Street</cim:StreetDetail.name>"
    ) in text
    assert 'rdf:resource="http://iec.ch/TC57/CIM100#PhaseCode.ABC"' in text
    assert 'rdf:ID="_breaker"' in text


@needs_shared
def test_identifiers_stay_in_the_form_they_were_written_in():
    path = files_of("IEEE13.xml")[0]
    feeder = read_model([path])
    text = exported(feeder.kept)[0].decode()
    assert text.count("rdf:about=") == path.read_text().count("rdf:about=")
    assert "rdf:ID=" not in text


@needs_shared
def test_one_header_supersedes_those_of_the_files():
    assert SHARED.is_dir()
    text = exported(read_set("cgmes3_minigrid").kept)[0].decode()
    assert text.count("<md:FullModel ") == 1
    assert text.count("md:Model.Supersedes") == 6
    assert "<md:Model.profile>http://iec.ch/TC57/ns/CIM/StateVariables-EU/3.0</md:Model.profile>" in text
