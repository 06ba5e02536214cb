"""One feeder with a defect of each kind, written for this test; and what a reader must survive."""

from pathlib import Path

import pytest

from integration.cim.models import identity, read_model
from integration.cim.xml import XmlRefused
from network.domain import gate
from network.domain import phases as ph

SAMPLES = Path(__file__).resolve().parents[3] / "samples"
HEAD = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="http://iec.ch/TC57/CIM100#" '
    'xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#">\n'
)


@pytest.fixture(scope="module")
def draft():
    return read_model([SAMPLES / "feeder_with_defects.xml"])


def read(body, **options):
    return read_model([("sample.xml", f"{HEAD}{body}</rdf:RDF>".encode())], **options)


@pytest.mark.parametrize(
    ("severity", "code", "object_", "line"),
    [
        ("error", "duplicate_id", "breaker", 70),
        ("error", "terminal_without_node", "fuse-t2", 79),
        ("error", "negative_length", "Line (negative)", 31),
        ("error", "not_two_terminals", "fuse", 73),
        ("error", "transformer_one_end", "transformer", 83),
        ("warning", "dangling_reference", "Line (bare)", 51),
        ("warning", "sequence_number", "breaker-t1", 22),
        ("warning", "zero_impedance", "Line (bare)", 51),
        ("info", "class_skipped", "", None),
    ],
)
def test_each_defect_is_found_where_it_is(draft, severity, code, object_, line):
    found = [one for one in draft.findings if one.code == code]
    assert [(one.severity, one.object, one.line) for one in found] == [(severity, object_, line)]


@pytest.mark.parametrize(
    ("code", "object_", "line"),
    [
        ("unreachable_customer", "alone (alone)", 107),
        ("phase_conflict", "on-c (on-c)", 94),
        ("duplicate_name", "Line (bare)", 51),
    ],
)
def test_the_gate_gives_the_lines_of_the_file(draft, code, object_, line):
    found = [one for one in gate.check(draft) if one.code == code]
    assert [(one.severity, one.object, one.line) for one in found] == [("warning", object_, line)]


def test_what_is_unknown_is_counted_as_skipped(draft):
    assert draft.skipped == {"WeatherStation": 1}
    assert draft.classes["WeatherStation"] == 1


def test_a_list_of_like_defects_ends_with_how_many_more():
    lines = "".join(f'<cim:ACLineSegment rdf:ID="_{n}"/>' for n in range(250))
    found = [one for one in read(lines).findings if one.code == "not_two_terminals"]
    assert len(found) == 101
    assert found[-1].text == "and 150 more of this kind"


@pytest.mark.parametrize(
    "namespace",
    [
        "http://iec.ch/TC57/2007/CIM-schema-cim12#",
        "http://iec.ch/TC57/2013/CIM-schema-cim16#",
        "http://iec.ch/TC57/2016/CIM-schema-cim17#",
        "http://iec.ch/TC57/CIM100#",
        "http://cim.ucaiug.io/CIM101/draft#",
        "https://cim.ucaiug.io/ns#",
    ],
)
def test_a_class_is_known_by_its_local_name_in_every_year_of_cim(namespace):
    body = (SAMPLES / "feeder_with_defects.xml").read_text().replace("http://iec.ch/TC57/CIM100#", namespace)
    assert len(read_model([("s.xml", body.encode())]).branches) == 3


def test_upper_case_dashes_and_prefixes_do_not_make_another_object():
    written = [
        "_6c62c905-6fc7-653d-9f1e-1340f974a587",
        "#_6C62C905-6FC7-653D-9F1E-1340F974A587",
        "urn:uuid:6C62C905-6FC7-653D-9F1E-1340F974A587",
        "#6c62c9056fc7653d9f1e1340f974a587",
        "http://example.org/model#_6c62c905-6fc7-653d-9f1e-1340f974a587",
    ]
    assert len({identity.key(one) for one in written}) == 1
    assert identity.stripped(written[1]) == "6C62C905-6FC7-653D-9F1E-1340F974A587"
    assert identity.key("_Tie-A") != identity.key("_tie-a")


def test_the_second_b0ch_of_an_exporter_is_g0ch():
    draft = read(
        '<cim:ConnectivityNode rdf:ID="_a"/><cim:ConnectivityNode rdf:ID="_b"/><cim:ACLineSegment rdf:ID="_l">'
        "<cim:ACLineSegment.b0ch>1</cim:ACLineSegment.b0ch><cim:ACLineSegment.b0ch>2</cim:ACLineSegment.b0ch></cim:ACLineSegment>"
        + terminal("l", 1, "a") + terminal("l", 2, "b")
    )  # fmt: skip
    assert draft.branches["l"].attributes == {"ACLineSegment.b0ch": "1", "ACLineSegment.g0ch": "2"}


def test_a_switch_open_on_one_phase_is_closed_on_the_others():
    parts = "".join(
        f'<cim:SwitchPhase rdf:ID="_s{phase}"><cim:SwitchPhase.Switch rdf:resource="#_s"/>'
        f'<cim:SwitchPhase.phaseSide1 rdf:resource="x:CIM100#SinglePhaseKind.{phase}"/>'
        f"<cim:SwitchPhase.closed>{closed}</cim:SwitchPhase.closed></cim:SwitchPhase>"
        for phase, closed in (("A", "True"), ("B", "false"), ("C", "1"))
    ).replace("x:CIM100", "http://iec.ch/TC57/CIM100")
    draft = read(
        '<cim:ConnectivityNode rdf:ID="_a"/><cim:ConnectivityNode rdf:ID="_b"/><cim:Recloser rdf:ID="_s"/>'
        + parts + terminal("s", 1, "a") + terminal("s", 2, "b")
    )  # fmt: skip
    switch = draft.branches["s"]
    assert (ph.text(switch.phases), ph.text(switch.closed_phases), ph.text(switch.normal_closed_phases)) == (
        "ABC",
        "AC",
        "ABC",
    )


def test_a_customer_with_agreement_meter_and_address_is_taken_whole():
    draft = read(
        '<cim:ConnectivityNode rdf:ID="_a"/><cim:EnergyConsumer rdf:ID="_c"/>' + terminal("c", 1, "a") + """
        <cim:UsagePoint rdf:ID="_u"><cim:UsagePoint.Equipments rdf:resource="#_c"/>
          <cim:UsagePoint.ServiceLocation rdf:resource="#_sl"/></cim:UsagePoint>
        <cim:Meter rdf:ID="_m"><cim:Asset.serialNumber>4711</cim:Asset.serialNumber>
          <cim:EndDevice.UsagePoint rdf:resource="#_u"/></cim:Meter>
        <cim:Customer rdf:ID="_p"><cim:IdentifiedObject.name>Ada Sample</cim:IdentifiedObject.name>
          <cim:Customer.specialNeed>life support</cim:Customer.specialNeed></cim:Customer>
        <cim:CustomerAgreement rdf:ID="_g"><cim:IdentifiedObject.name>AC-1</cim:IdentifiedObject.name>
          <cim:CustomerAgreement.Customer rdf:resource="#_p"/>
          <cim:CustomerAgreement.UsagePoints rdf:resource="#_u"/></cim:CustomerAgreement>
        <cim:ServiceLocation rdf:ID="_sl"><cim:Location.mainAddress><cim:StreetAddress><cim:StreetAddress.streetDetail>
          <cim:StreetDetail><cim:StreetDetail.name>Example Street</cim:StreetDetail.name>
          <cim:StreetDetail.number>7</cim:StreetDetail.number></cim:StreetDetail></cim:StreetAddress.streetDetail>
          </cim:StreetAddress></cim:Location.mainAddress></cim:ServiceLocation>"""
    )  # fmt: skip
    (point,) = draft.usage_points.values()
    assert (point.equipment_mrid, point.meter_mrid, point.meter_number) == ("c", "m", "4711")
    assert (point.customer_name, point.account_number, point.critical) == ("Ada Sample", "AC-1", "life_support")
    assert point.address == "Example Street 7"


def test_what_is_xml_but_no_rdf_is_refused():
    with pytest.raises(XmlRefused, match="not rdf:RDF"):
        read_model([("page.xml", b"<html><body/></html>")])


def test_an_empty_document_is_a_model_without_a_source():
    draft = read("")
    assert [one.code for one in gate.check(draft)] == ["no_source"]


def terminal(equipment, number, node):
    return (
        f'<cim:Terminal rdf:ID="_{equipment}-{number}"><cim:ACDCTerminal.sequenceNumber>{number}</cim:ACDCTerminal.sequenceNumber>'
        f'<cim:Terminal.ConductingEquipment rdf:resource="#_{equipment}"/>'
        f'<cim:Terminal.ConnectivityNode rdf:resource="#_{node}"/></cim:Terminal>'
    )
