"""What is wrong with files of a model: each kind with the finding it must give, and nothing of it applied."""

import gzip
import io
import zipfile

import pytest

from integration.cim import xml
from integration.cim.models import read_model, store
from integration.cim.xml import XmlRefused
from network.domain import gate
from network.domain.findings import Findings
from tests.integration.cim.models.test_findings import HEAD
from tests.paths import CIM, needs_shared
from tests.samples.where import SAMPLES

WHOLE = (SAMPLES / "small_feeder.xml").read_text()


def edited(*changes):
    text = WHOLE
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return read_model([("net.xml", text.encode())])


def findings(draft):
    return {(one.severity, one.code, one.object) for one in [*draft.findings, *gate.check(draft)]}


def terminal(mrid, equipment, node, number):
    return (
        f'<cim:Terminal rdf:ID="_{mrid}"><cim:ACDCTerminal.sequenceNumber>{number}</cim:ACDCTerminal.sequenceNumber>'
        f'<cim:Terminal.ConductingEquipment rdf:resource="#_{equipment}"/>'
        f'<cim:Terminal.ConnectivityNode rdf:resource="#_{node}"/></cim:Terminal>\n'
    )


def test_the_sample_itself_has_no_error_and_no_warning():
    assert {one for one in findings(edited()) if one[0] != "info"} == set()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (WHOLE[:3000].encode(), "malformed"),
        (b"<rdf:RDF", "malformed"),
        (WHOLE.encode("utf-16"), "not_utf8"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE rdf:RDF [<!ENTITY x "y">]>\n<a/>', "doctype"),
        (b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "doctype"),
        (WHOLE.replace("Village", "&village;").encode(), "malformed"),  # an entity nobody declared
        (f"{HEAD}{'<cim:a>' * 80}{'</cim:a>' * 80}</rdf:RDF>".encode(), "too_deep"),
        (b"<html><body/></html>", "not_rdf"),
        (b"id,name\n1,a\n", "unknown_kind"),
        (gzip.compress(WHOLE.encode())[:-40], "truncated_archive"),
    ],
)
def test_what_is_no_model_is_refused_as_a_whole(content, code):
    with pytest.raises(XmlRefused) as caught:
        read_model([("net.xml", content)])
    assert (caught.value.code, caught.value.file) == (code, "net.xml")


def zipped(content):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("net.xml", content)
    return packed.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, zipped])
def test_a_bomb_is_refused_before_it_expands(pack):
    bomb = HEAD.encode() + b" " * 60_000_000 + b"</rdf:RDF>"
    with pytest.raises(XmlRefused) as caught:
        read_model([("bomb", pack(bomb))])
    assert caught.value.code in ("expands_too_far", "object_too_large")


def test_a_byte_order_mark_and_a_zip_are_read_like_the_plain_file():
    plain = edited()
    for content in (b"\xef\xbb\xbf" + WHOLE.encode(), zipped(WHOLE)):
        assert read_model([("net.xml", content)], name=plain.name).branches == plain.branches


def test_what_a_desktop_puts_into_a_zip_by_itself_is_passed_over():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("net.xml", WHOLE)
        for beside in ("__MACOSX/._net.xml", ".DS_Store", "cim/Thumbs.db"):
            archive.writestr(beside, b"\0\5\x16\7")
    assert read_model([("net.zip", packed.getvalue())], name="net").branches == edited().branches


def test_what_a_person_put_into_a_zip_is_named_where_it_is_no_model():
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("net.xml", WHOLE)
        archive.writestr("readme.txt", "how to read this")
    with pytest.raises(XmlRefused) as caught:
        read_model([("net.zip", packed.getvalue())])
    assert (caught.value.code, caught.value.file) == ("unknown_kind", "net.zip/readme.txt")


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ([('#_n3"/>\n    <cim:Terminal.phases', '#_n9"/>\n    <cim:Terminal.phases')], ("error", "dangling_reference", "line-t2")),
        ([('rdf:ID="_tie-t2"', 'rdf:ID="_tie-t1"')], ("error", "duplicate_id", "tie-t1")),
        ([(">400</cim:Conductor.length>", ">-400</cim:Conductor.length>")], ("error", "negative_length", "Line 1 (line)")),
        ([(">400</cim:Conductor.length>", ">4oo</cim:Conductor.length>")], ("error", "not_a_number", "Line 1 (line)")),
        ([(">400</cim:Conductor.length>", ">NaN</cim:Conductor.length>")], ("warning", "not_a_number", "Line 1 (line)")),
        ([("<cim:ACLineSegment.r>0.1<", "<cim:ACLineSegment.r>0,1<")], ("error", "not_a_number", "Line 1 (line)")),
        (
            [("<cim:ACLineSegment.r>0.1<", "<cim:ACLineSegment.r>0<"), ("<cim:ACLineSegment.x>0.12<", "<cim:ACLineSegment.x>0<")],
            ("warning", "zero_impedance", "Line 1 (line)"),
        ),
        (
            [("<cim:Switch.normalOpen>true", "<cim:Switch.normalOpen>false")],
            ("warning", "loop", "Tie (tie)"),
        ),
        (
            [("<cim:Switch.normalOpen>false", "<cim:Switch.normalOpen>true")],
            ("warning", "unreachable_customer", "Village (load)"),
        ),
        ([("cim:EnergySource rdf:ID", "cim:WeatherStation rdf:ID"), ("</cim:EnergySource>", "</cim:WeatherStation>")], ("error", "no_source", "")),
        ([("PhaseCode.ABC", "PhaseCode.AB"), ("PhaseCode.ABC", "PhaseCode.AB"), ("cim:LoadBreakSwitch rdf:ID", "cim:Gone rdf:ID"), ("</cim:LoadBreakSwitch>", "</cim:Gone>")], ("warning", "phase_conflict", "Village (load)")),
    ],
)  # fmt: skip
def test_each_defect_gives_its_finding(changes, finding):
    assert finding in findings(edited(*changes))


def test_an_island_without_a_way_to_a_source_is_said():
    island = (
        '<cim:ConnectivityNode rdf:ID="_n7"/><cim:EnergyConsumer rdf:ID="_far">'
        "<cim:EnergyConsumer.p>1</cim:EnergyConsumer.p></cim:EnergyConsumer>" + terminal("far-t", "far", "n7", 1)
    )
    draft = edited(("</rdf:RDF>", f"{island}</rdf:RDF>"))
    texts = [one.text for one in gate.check(draft) if one.code == "unreachable_customer"]
    assert texts == ["without supply in the normal state; no switch could reach it"]


def test_two_voltages_without_a_transformer_are_an_error():
    other = (
        '<cim:BaseVoltage rdf:ID="_bv2"><cim:BaseVoltage.nominalVoltage>400</cim:BaseVoltage.nominalVoltage></cim:BaseVoltage>'
        '<cim:VoltageLevel rdf:ID="_vl2"><cim:VoltageLevel.BaseVoltage rdf:resource="#_bv2"/></cim:VoltageLevel>'
    )
    node = 'rdf:ID="_n3"><cim:ConnectivityNode.ConnectivityNodeContainer rdf:resource="#_vl'
    draft = edited((node, f"{node}2"), ("</rdf:RDF>", f"{other}</rdf:RDF>"))
    assert ("error", "voltage_conflict", "Line 1 (line)") in findings(draft)


def test_kilovolts_without_a_header_and_volts_with_one_are_seen_by_the_base_voltage():
    small = edited((">11000</cim:BaseVoltage.nominalVoltage>", ">11</cim:BaseVoltage.nominalVoltage>"))
    assert {node.nominal_v for node in small.nodes.values()} == {11_000.0}
    header = (
        '<md:FullModel xmlns:md="http://iec.ch/TC57/61970-552/ModelDescription/1#" rdf:about="urn:uuid:m">'
        "<md:Model.profile>http://iec.ch/TC57/ns/CIM/CoreEquipment/4.0</md:Model.profile></md:FullModel>"
    )
    big = edited(("</rdf:RDF>", f"{header}</rdf:RDF>"))
    assert {node.nominal_v for node in big.nodes.values()} == {11_000.0}
    for draft in (small, big):
        (evidence,) = [one.text for one in draft.findings if one.code == "units"]
        assert "highest base voltage" in evidence


@needs_shared
def test_a_set_without_its_equipment_says_what_is_missing():
    folder = CIM / "cgmes24_minigrid_nb"
    without = [path for path in sorted(folder.iterdir()) if "_EQ_v" not in path.name]
    draft = read_model(without)
    said = {(one.code, one.cim_class): one.text for one in draft.findings if one.code == "undefined_object"}
    assert said["undefined_object", "Breaker"] == "30 objects are spoken about, but no file defines them"
    assert ("error", "no_source", "") in findings(draft)
    assert len(draft.branches) == 0


@needs_shared
def test_a_set_without_its_steady_state_stands_as_it_is_normally():
    folder = CIM / "cgmes24_minigrid_nb"
    draft = read_model([path for path in sorted(folder.iterdir()) if "_SSH_" not in path.name])
    assert draft.errors == []
    assert all(one.closed_phases == one.normal_closed_phases for one in draft.branches.values())


@needs_shared
def test_the_defects_of_telemark_are_findings_with_file_line_and_object_and_never_a_crash():
    folder = CIM / "telemark120"
    with pytest.raises(XmlRefused) as caught:
        read_model(sorted(folder.iterdir()))
    assert (caught.value.file, caught.value.line) == ("Telemark-120-LV1_SSH.xml", 129)
    draft = read_model([path for path in sorted(folder.iterdir()) if "LV1_SSH" not in path.name])
    repeated = [one for one in draft.findings if one.code == "duplicate_id"]
    assert {one.line for one in repeated} == {156, 168, 238}
    assert all("_RD.xml]" in one.text and one.object for one in repeated)
    dangling = [one for one in draft.findings if one.code == "dangling_reference"]
    assert {(one.cim_class, one.line) for one in dangling} == {("SvVoltage", 1387), ("SvVoltage", 1392)}
    misspelt = draft.skipped_attributes["UsagePoint"]
    assert {"usagepoint.checkBilling", "UsagePoint.isSdq"} <= set(misspelt)
    assert {one.code for one in draft.findings} >= {"length_in_metres", "units", "attributes_skipped"}


def test_the_files_behind_a_refused_one_are_closed_as_well(tmp_path):
    for name, text in (("a.xml", "<a><b></a>"), ("b.xml", WHOLE), ("c.xml", WHOLE)):
        (tmp_path / name).write_text(text)
    files = xml.open_model_files(sorted(tmp_path.iterdir()))
    with pytest.raises(XmlRefused):
        store.load(files, Findings())
    assert [file.stream.closed for file in files] == [True] * 3
