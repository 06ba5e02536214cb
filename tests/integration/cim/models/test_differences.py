"""Difference models: applied as a whole to the records of a model, or refused with what does not match."""

from pathlib import Path

import pytest

from integration.cim.models import differences, packing, read_model
from integration.cim.models.differences import DifferenceRefused, apply_difference, is_difference, read_difference
from integration.cim.models.reader import draft_of
from integration.cim.xml import XmlRefused
from network.domain import gate
from tests.paths import CIM, needs_shared

DM = "http://iec.ch/2002/schema/CIM_difference_model#"
HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="http://iec.ch/TC57/CIM100#" '
    f'xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" xmlns:dm="{DM}">\n'
)
SAMPLES = Path(__file__).resolve().parents[3] / "samples"


def difference(reverse="", forward="", preconditions="", header=""):
    sections = "".join(
        f'<dm:{name} rdf:parseType="Statements">\n{content}</dm:{name}>\n'
        for name, content in (
            ("preconditions", preconditions),
            ("reverseDifferences", reverse),
            ("forwardDifferences", forward),
        )
        if content
    )
    text = f'{HEAD}<dm:DifferenceModel rdf:about="urn:uuid:d1">\n{header}{sections}</dm:DifferenceModel></rdf:RDF>'
    return read_difference(("difference.xml", text.encode()))


def says(mrid, properties):
    return f'<rdf:Description rdf:about="#_{mrid}">{properties}</rdf:Description>\n'


@pytest.fixture(scope="module")
def base():
    return read_model([SAMPLES / "small_feeder.xml"])


def changed(base, **sections):
    return apply_difference(base.kept, difference(**sections))


def test_the_sample_is_a_feeder_without_errors(base):
    assert base.errors == []
    assert [one for one in gate.check(base) if one.severity == "error"] == []


def test_a_changed_property_replaces_the_old_value_and_leaves_the_base_alone(base):
    store = changed(
        base,
        reverse=says("tie", "<cim:Switch.normalOpen>True</cim:Switch.normalOpen>"),
        forward=says("tie", "<cim:Switch.normalOpen>false</cim:Switch.normalOpen>"),
    )
    draft = draft_of(store, name=base.name, mrid=base.mrid)
    assert draft.branches["tie"].normal_closed_phases == 7
    assert base.kept.objects["tie"].text["Switch.normalOpen"] == "true"
    assert {mrid for mrid in draft.branches if draft.branches[mrid] != base.branches[mrid]} == {"tie"}


def test_numbers_are_matched_as_numbers(base):
    store = changed(
        base,
        reverse=says("line", "<cim:Conductor.length>400.0</cim:Conductor.length>"),
        forward=says("line", "<cim:Conductor.length>450</cim:Conductor.length>"),
    )
    assert draft_of(store).branches["line"].length_m == 450.0


@pytest.mark.parametrize(
    ("sections", "mismatch"),
    [
        (
            {"reverse": says("line", "<cim:Conductor.length>399</cim:Conductor.length>")},
            "line: Conductor.length should be '399', it is '400'",
        ),
        (
            {"reverse": says("line", "<cim:Conductor.colour>red</cim:Conductor.colour>")},
            "line: Conductor.colour should be 'red', it has none",
        ),
        ({"reverse": says("nobody", "<cim:Switch.open>true</cim:Switch.open>")}, "nobody: is not in the model"),
        ({"forward": says("nobody", "<cim:Switch.open>true</cim:Switch.open>")}, "nobody: is not in the model"),
        (
            {"reverse": '<cim:Breaker rdf:about="#_line"/>'},
            "line: is ACLineSegment, not Breaker",
        ),
        (
            {"forward": says("line", "<cim:Conductor.length>450</cim:Conductor.length>")},
            "line: Conductor.length is '400' already, and the reverse does not take it away",
        ),
        (
            {"forward": says("tie-t1", '<cim:Terminal.ConnectivityNode rdf:resource="#_n1"/>')},
            "tie-t1: Terminal.ConnectivityNode is n2 already, and the reverse does not take it away",
        ),
        (
            {"preconditions": says("line", "<cim:Conductor.length>1</cim:Conductor.length>")},
            "line: Conductor.length should be '1', it is '400'",
        ),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_the_exact_mismatch(base, sections, mismatch):
    with pytest.raises(DifferenceRefused) as caught:
        changed(base, **sections)
    assert caught.value.data["mismatches"] == [f"difference.xml, line 4: {mismatch}"]
    assert len(base.kept.objects["line"].text) == 6  # half of nothing was applied


def test_all_mismatches_are_listed_at_once(base):
    wrong = says("line", "<cim:Conductor.length>1</cim:Conductor.length>") + says(
        "tie", "<cim:Switch.open>true</cim:Switch.open>"
    )
    with pytest.raises(DifferenceRefused, match=r"and 1 more") as caught:
        changed(base, reverse=wrong)
    assert len(caught.value.data["mismatches"]) == 2


def test_equipment_comes_and_goes_with_its_terminals(base):
    new = (
        '<cim:EnergyConsumer rdf:about="#_house"><cim:IdentifiedObject.name>House</cim:IdentifiedObject.name>'
        "<cim:EnergyConsumer.p>2000</cim:EnergyConsumer.p></cim:EnergyConsumer>\n"
        '<cim:Terminal rdf:about="#_house-t"><cim:ACDCTerminal.sequenceNumber>1</cim:ACDCTerminal.sequenceNumber>'
        '<cim:Terminal.ConductingEquipment rdf:resource="#_house"/>'
        '<cim:Terminal.ConnectivityNode rdf:resource="#_n3"/></cim:Terminal>\n'
    )
    gone = '<cim:LoadBreakSwitch rdf:about="#_tie"/><cim:Terminal rdf:about="#_tie-t1"/><cim:Terminal rdf:about="#_tie-t2"/>'
    store = changed(base, forward=new, reverse=gone)
    draft = draft_of(store)
    assert draft.injections["house"].p_kw == 2.0
    assert "tie" not in draft.branches
    assert draft.errors == []
    assert draft.places["house"] == ("difference.xml", 6)


def test_equipment_that_goes_without_its_terminals_leaves_an_error(base):
    draft = draft_of(changed(base, reverse='<cim:LoadBreakSwitch rdf:about="#_tie"/>'))
    assert {(one.code, one.object) for one in draft.errors} == {
        ("dangling_reference", "tie-t1"),
        ("dangling_reference", "tie-t2"),
    }


def test_a_difference_for_another_base_is_said(base):
    header = '<md:Model.Supersedes rdf:resource="urn:uuid:6c62c905-6fc7-653d-9f1e-1340f974a587"/>'
    draft = draft_of(changed(base, header=header))
    assert [one.text for one in draft.findings if one.code == "difference_base"] == [
        "it supersedes 6c62c905-6fc7-653d-9f1e-1340f974a587, which is not the model that was imported"
    ]


def test_a_second_difference_goes_on_the_first_even_when_stored_between(base):
    first = changed(
        base,
        reverse=says("tie", "<cim:Switch.normalOpen>true</cim:Switch.normalOpen>"),
        forward=says("tie", "<cim:Switch.normalOpen>false</cim:Switch.normalOpen>"),
    )
    stored = packing.unpack(packing.pack(packing.Kept(first, "m", "mrid"))).store
    second = difference(
        reverse=says("tie", "<cim:Switch.normalOpen>false</cim:Switch.normalOpen>"),
        forward=says("tie", "<cim:Switch.normalOpen>true</cim:Switch.normalOpen>"),
        header='<md:Model.Supersedes rdf:resource="urn:uuid:d1"/>',
    )
    draft = draft_of(apply_difference(stored, second))
    assert draft.branches == base.branches
    assert [one for one in draft.findings if one.code == "difference_base"] == []


@needs_shared
@pytest.mark.parametrize(("name", "changes"), [("breaker_incremental.xml", 1), ("test_incremental.xml", 3)])
def test_published_samples_are_read_and_refused_where_they_do_not_belong(base, name, changes):
    path = CIM / "diff_samples" / name
    assert is_difference(path)
    found = read_difference(path)
    assert (len(found.forward), len(found.reverse)) == (changes, changes)
    with pytest.raises(DifferenceRefused, match="is not in the model"):
        apply_difference(base.kept, found)


def test_a_model_is_no_difference_and_a_difference_no_model():
    model = SAMPLES / "small_feeder.xml"
    assert not is_difference(model)
    with pytest.raises(XmlRefused, match="one dm:DifferenceModel is needed"):
        read_difference(model)
    text = f'{HEAD}<dm:DifferenceModel rdf:about="urn:uuid:d1"/></rdf:RDF>'.encode()
    with pytest.raises(XmlRefused, match="not a model by itself"):
        read_model([("d.xml", text)])
    assert differences.is_difference(("d.xml", text))
