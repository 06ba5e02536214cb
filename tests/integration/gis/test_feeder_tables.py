"""Tables of an unbalanced feeder become the same circuit as its CIM: wires, tanks, regulators, capacitors, loads, inverters, places."""

import math
from pathlib import Path

import pytest

from integration.cim.models import read_model
from integration.gis import feeder
from integration.gis.feeder.rows import read
from integration.gis.rows import TableRefused
from integration.services import sources
from network.domain import gate
from network.domain import phases as ph
from network.engines import port
from tests.paths import CIM, needs_shared

TABLES = {
    "Source": "Name,FdrName,Bus,kV,pu,ang,R1,X1,R0,X0\nsource,hill,sub,69.0,1.0,0,0.5,5,1,10\n",
    "Transformers": (
        "Name,NumPhases,NumWindings,Bus1,kV1,Conn1,kVA1,R1,Grnd1,Rg1,Xg1,ClockAng1,Bus2,kV2,Conn2,kVA2,R2,Grnd2,Rg2,Xg2,ClockAng2,"
        "Bus3,kV3,Conn3,kVA3,R3,Grnd3,Rg3,Xg3,ClockAng3,%x12,%x13,%x23,%loadloss,%imag,%noloadloss\n"
        "t1,3,2,sub,69.0,d,5000,4.761,false,0,0,0,n0,12.47,w,5000,0.1555,true,0,0,1,,,,,8.0,0,0,1.0,0.5,0.1\n"
    ),
    "XfmrCodes": (
        "Name,NumWindings,NumPhases,Wdg1kV,Wdg1kVA,Wdg1Conn,Wdg1R,Wdg1ClockAng,Wdg2kV,Wdg2kVA,Wdg2Conn,Wdg2R,Wdg2ClockAng,"
        "Wdg3kV,Wdg3kVA,Wdg3Conn,Wdg3R,Wdg3ClockAng,%x12,%x13,%x23,%imag,%NoLoadLoss\n"
        "ct25,3,1,7.2,25.0,w,0.6,0,0.12,25.0,w,1.2,0,0.12,25.0,w,1.2,6,2.04,2.04,1.36,0.5,0.2\n"
        "cimxfmrcode_reg_a,2,1,7.2,5000.0,w,0.005,0,7.2,5000.0,w,0.005,0,,,,0.1,0,0,0,0\n"
    ),
    "XfmrTanks": (
        "Name,Wdg1Bus,Phases,Grnd,Rg,Xg,Wdg2Bus,Phases,Grnd,Rg,Xg,Wdg3Bus,Phases,Grnd,Rg,Xg,XfmrCode,VectorGroup,BankName\n"
        "pole1,n2,BN,true,0,0,low,s1N,true,0,0,low,Ns2,true,0,0,ct25,Iii,pole1\n"
    ),
    "Regulators": (
        "Name,Bus1,Phases,Bus2,Phases,Vreg,PTRatio,CTRating,CTRatio,Band,R,X,Step,lowStep,highStep,neutralStep,normalStep,initDelay,subDelay,"
        "vLimit,vMin,Increment,neutralU,Wdg,CtlMode,MonPhs,Enabled,LDC,LTC,reversible,reverseToNeutral,revR,revX,revDelay,revKWThreshold,CtlEnabled\n"
        "reg_a,n0,AN,n1,AN,123,60,300,1500,2,3,4,5,-16,16,0,0,30,2,132,108,0.625,7200,2,voltage,A,true,true,true,true,false,1,2,10,50,true\n"
    ),
    "LinesSpacingZ": 'Name,Bus1,Phases,Bus2,Phases,Spacing,WireTypes,WireNames,Length,Units\nl1,n0,ABC,n2,ABC,pole,"OHD,OHD,OHD,OHD","big,big,big,small",1000,ft\n',
    "Spacings": "Name,Ncond,Nphase,Units,Xvals,Yvals\npole_ABC,4,3,m,[-0.6,0.1,0.6,0.1],[9.7,10.3,9.7,8.2]\n",
    "Wires": "Name,GMR,Radius,Rac25,Rac50,Rac75,Rdc,NormAmps,Units\nbig,0.007315,0.009436,0.00016,0.00016,0.00016,0.000157,630,m\nsmall,0.001554,0.005677,0.00053,0.00053,0.00053,0.00052,300,m\n",
    "PhaseLineCodes": (
        "Name,NumPhases,Units,r11,r21,r22,r31,r32,r33,x11,x21,x22,x31,x32,x33,c11,c21,c22,c31,c32,c33\n"
        "triplex,2,mi,2.16,0.62,2.16,0,0,0,0.88,0.67,0.88,0,0,0,15.84,-12.672,15.84,0,0,0\n"
    ),
    "TriplexLines": "Name,Bus1,Phases,Bus2,Phases,LineCode,Length,Units\ndrop,low,s1s2,house,s1s2,triplex,50,ft\n",
    "Switches": "Name,Bus1,Phases,Bus2,Phases,Type,RatedAmps,BreakingAmps,Status\ntie,n1,A,n3,A,LoadBreakSwitch,400,400,Open\n",
    "Capacitors": "Name,Bus,Phases,kV,kVAR,NumPhases,Connection,kVARon\ncap,n2,C,7.2,300,1,w,300\n",
    "CapControls": (
        "Name,Capacitor,MonitoredElement,ElementTerminal,MonitoredBus,Type,PTRatio,CTRatio,ONSetting,OFFSetting,Delay\n"
        "cap,cap,line.l1,1,n0,kvar,1,1,150,-225,100\n"
    ),
    "Loads": (
        "Name,NumPhases,Bus,Phases,kV,Model,Connection,kW,pf,pz,pi,pp,qz,qi,qp,pe,qe\n"
        "home,2,house,s1s2,0.208,1,w,6,0.8,0,0,1,0,0,1,0,0\nmill,3,n2,ABC,12.47,1,d,300,0.9,0.2,0.3,0.5,0.2,0.3,0.5,0,0\n"
    ),
    "Solar": (
        "Name,NumPhases,Bus,Phases,kV,kVA,Connection,kW,kVAR,pf,ctrlMode,kWmax,kWmin,kVARmax,kVARmin,IfaultPU\n"
        "roof,2,house,s1s2,0.208,5,w,4,0,1,CONSTANT_PF,4,1,1,-1,1.11\n"
    ),
    "Storage": (
        "Name,NumPhases,Bus,Phases,kV,kVArated,kWrated,kWhCapacity,Connection,kW,kVAR,pf,ctrlMode,kWhStored,State,kWmax,kWmin,kVARmax,kVARmin,IfaultPU\n"
        "cell,3,n2,ABC,12.47,250,250,500,w,-2499,0,-1,CONSTANT_PF,500,idling,250,-250,250,-250,1.1\n"
    ),
    "Buscoords": "Busname,X,Y\nn0,10.0,50.0\nn2,10.01,50.0\nhouse,10.011,50.001\n",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for table, text in TABLES.items():
        (tmp_path / f"hill_{table}.csv").write_text(text)
    return tmp_path


@pytest.fixture
def circuit(folder):
    found = read_model([feeder.as_cim(folder)]).circuit
    assert found is not None
    assert found.findings == []
    return found


def test_the_tables_are_one_model_without_errors(folder):
    draft = sources.read_files([str(folder)])
    assert draft.name == "hill"
    assert [one.text for one in [*draft.findings, *gate.check(draft)] if one.severity == "error"] == []
    (tie,) = [one for one in draft.branches.values() if one.is_switch]
    assert (tie.name, tie.phases, tie.normal_closed_phases) == ("tie", ph.A, 0)
    assert draft.crs == "EPSG:4326"


def test_a_line_of_wires_has_their_impedance_and_length(circuit):
    (line,) = [one for one in circuit.lines if one.name == "l1"]
    assert line.phases == ("A", "B", "C")
    assert line.length == pytest.approx(304.8)
    assert circuit.line_codes[line.code].r[0] > 0.00016
    assert line.rated_a == 630.0


def test_a_triplex_has_its_matrix_per_metre(circuit):
    (line,) = [one for one in circuit.lines if one.name == "drop"]
    code = circuit.line_codes[line.code]
    assert line.phases == ("s1", "s2")
    assert code.r == pytest.approx([2.16 / 1609.344, 0.62 / 1609.344, 2.16 / 1609.344])
    assert code.b[1] == pytest.approx(-12.672e-9 * 2 * math.pi * 60 / 1609.344)


def test_a_split_phase_tank_takes_percent_of_its_code(circuit):
    (tank,) = [one for one in circuit.transformers if one.name == "pole1"]
    high, first, second = tank.windings
    assert high.phases == ("B", "N")
    assert (first.phases, second.phases) == (("s1", "N"), ("N", "s2"))
    assert high.r_ohm == pytest.approx(0.006 * 7200**2 / 25e3)
    x12 = next(x for i, j, x, _ in tank.leakage if (i, j) == (0, 1))
    assert x12 == pytest.approx(0.0204 * 7200**2 / 25e3, rel=1e-6)


def test_a_regulator_stands_at_its_step_with_its_control(circuit):
    (tank,) = [one for one in circuit.transformers if one.name == "reg_a"]
    taps = tank.windings[1].taps
    assert (taps.step, taps.high, taps.step_percent) == (5.0, 16.0, 0.625)
    control = taps.control
    assert (control.target_v, control.band_v, control.pt_ratio, control.ldc_r_v, control.ldc_x_v) == (
        123.0,
        2.0,
        60.0,
        3.0,
        4.0,
    )


def test_loads_shunts_and_inverters_are_what_the_tables_say(circuit):
    loads = {one.name: one for one in circuit.loads}
    assert loads["home"].phases == ("s1", "s2")
    assert (sum(loads["home"].p_w), sum(loads["home"].q_var)) == pytest.approx((6000.0, 4500.0))
    assert loads["mill"].connection == "D"
    assert loads["mill"].response.p_zip == pytest.approx((0.2, 0.3, 0.5))
    (shunt,) = circuit.shunts
    assert (shunt.phases, shunt.b) == (("C",), pytest.approx(300e3 / 7200**2))
    assert (shunt.control.low, shunt.control.high) == (-225e3, 150e3)
    made = {one.name: sum(one.p_w) for one in circuit.generators}
    assert made == {"roof": 4000.0, "cell": 0.0}  # an idle battery delivers nothing


def test_the_power_flow_of_the_tables_balances(circuit):
    result = port.solve(circuit, fix_taps=True)
    assert result.engine == "opendss"
    assert result.converged
    assert result.source_kw == pytest.approx(302.0 + result.loss_kw, rel=0.02)
    assert {one.phase for one in result.buses if one.name == "house"} == {"s1", "s2"}


def test_the_same_row_is_the_same_object_in_every_version(folder):
    first = read_model([feeder.as_cim(folder)])
    table = folder / "hill_Loads.csv"
    table.write_text(table.read_text().replace("home,2,house,s1s2,0.208,1,w,6,", "home,2,house,s1s2,0.208,1,w,9,"))
    second = read_model([feeder.as_cim(folder)])
    assert first.mrid == second.mrid
    assert set(first.injections) == set(second.injections)
    assert first.injections != second.injections


@pytest.mark.parametrize(
    ("table", "old", "new", "said"),
    [
        ("Loads", "home,2,house", "home,2,nowhere", None),
        ("Loads", ",w,6,0.8", ",w,six,0.8", "hill_Loads.csv, line 2: kW: 'six' is not a number"),
        ("Loads", "kW,pf", "kVA,pf", "hill_Loads.csv, line 2: no column kW"),
        ("LinesSpacingZ", "pole,", "mast,", "hill_LinesSpacingZ.csv, line 2: line l1: no spacing mast"),
        ("LinesSpacingZ", "big,big,big", "big,big,huge", "line l1: no wire huge"),
        ("LinesSpacingZ", "1000,ft", "1000,furlong", "Units: 'furlong' is no known unit"),
        ("TriplexLines", "triplex,", "duplex,", "hill_TriplexLines.csv, line 2: line drop: no line code duplex"),
        ("XfmrTanks", "ct25", "ct99", "transformer pole1: no transformer code ct99"),
        ("Switches", "Open", "Ajar", "hill_Switches.csv, line 2: switch tie: LoadBreakSwitch, Ajar is no kind and state"),
        ("Switches", "n1,A,n3", "n8,A,n9", "hill_Switches.csv, line 2: bus n8: nothing joins it with the source"),
        ("CapControls", "line.l1", "line.l9", "control cap: it watches line.l9, which is not there"),
        ("Source", "\nsource,hill,sub,69.0,1.0,0,0.5,5,1,10", "", "hill_Source.csv: no source"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_file_and_line(folder, table, old, new, said):
    path = folder / f"hill_{table}.csv"
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    if said is None:  # a load on a bus of its own: an island, told by the gate
        draft = sources.read_files([str(folder)])
        assert any(one.code == "unreachable_customer" for one in gate.check(draft))
        return
    with pytest.raises(TableRefused) as refusal:
        sources.read_files([str(folder)])
    assert said in str(refusal.value)


def test_a_row_of_another_length_is_refused(folder):
    path = folder / "hill_Switches.csv"
    path.write_text(path.read_text().replace(",Open", ",Open,really"))
    with pytest.raises(TableRefused, match=r"hill_Switches.csv, line 2: 10 cells under 9 columns"):
        read(path)


@needs_shared
def test_the_9500_node_feeder_is_read_whole():
    draft = sources.read_files([str(CIM / "ieee9500_csv")])
    expected = {"ACLineSegment": 3912, "EnergyConsumer": 1275, "LoadBreakSwitch": 110, "PowerElectronicsConnection": 180,
                "PhotovoltaicUnit": 178, "BatteryUnit": 2, "SynchronousMachine": 12, "TransformerTank": 1293}  # fmt: skip
    assert {cls: draft.classes[cls] for cls in expected} == expected
    assert [one for one in [*draft.findings, *gate.check(draft)] if one.severity == "error"] == []
    assert sum(branch.is_switch and not branch.normal_closed_phases for branch in draft.branches.values()) == 9


@needs_shared
@pytest.mark.parametrize("fix_taps", [True, False])
def test_the_9500_node_feeder_agrees_with_the_result_published_with_its_tables(fix_taps):
    """CIMHub's comparison of the tables, by OpenDSS: 460.981 kW lost, lowest 0.93377 p.u.; regulators of feeders fed from
    the other side have to follow the turned flow, or they run to their last step."""
    circuit = sources.read_files([str(CIM / "ieee9500_csv")]).circuit
    result = port.solve(circuit, fix_taps=fix_taps)
    assert len(result.buses) == 9_549
    assert result.loss_kw == pytest.approx(460.981, rel=5e-4)
    assert result.source_kw == pytest.approx(9970.35, rel=1e-3)  # 5 kW of it idle batteries draw there
    assert (result.v_min_pu, result.v_max_pu) == pytest.approx((0.93377, 1.05), abs=1e-4)
