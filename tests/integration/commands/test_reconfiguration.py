"""`manage.py reconfigure` and `restore`: the keys of the contract, networks of any kind, and refusals (P02, P04)."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pandapower
import pytest
from django.core.management import CommandError, call_command

PLAN = {
    "close", "open", "loss_kw", "v_min_pu", "v_min_bus", "served_kw", "unserved_kw", "operations", "converged",
}  # fmt: skip


def answer(command: str, *arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


@pytest.fixture
def ring(tmp_path: Path) -> list[str]:
    """S --- a --- b --- c - -(open)- - T, and a second way from a to b that stands open."""
    (tmp_path / "buses.csv").write_text(
        "bus,type,load_kW,load_kvar\nS,source,0,0\nT,source,0,0\na,load,50,10\nb,load,50,10\nc,load,50,10\n"
    )
    (tmp_path / "branches.csv").write_text(
        "branch,from_bus,to_bus,r_ohm,x_ohm,normally\n"
        "1,S,a,1,1,closed\n2,a,b,1,1,closed\n3,b,c,1,1,closed\n4,c,T,1,1,open\n5,a,b,1,1,open\n"
    )
    return [str(tmp_path), "--kv", "10"]


def test_reconfigure_answers_with_the_keys_of_the_contract(ring: list[str]) -> None:
    document = answer("reconfigure", *ring)
    assert {
        "base_loss_kw", "base_v_min_pu", "loss_kw", "v_min_pu", "v_min_bus", "open_branches", "converged",
    } <= set(document)  # fmt: skip
    assert document["converged"] is True
    assert document["loss_kw"] < document["base_loss_kw"]
    assert len(document["open_branches"]) == 2  # five branches, three buses to be fed
    assert ["c", "T"] not in document["open_branches"]


def test_restore_lists_plans_best_first_with_both_parallel_branches_apart(ring: list[str]) -> None:
    for fault in ("a-b", "b-a"):
        document = answer("restore", *ring, "--fault", fault)
        assert document["dead_buses"] == ["b", "c"]
        assert document["dead_kw"] == pytest.approx(100.0)
        assert all(set(plan) == PLAN for plan in document["plans"])
        assert sorted(plan["close"] for plan in document["plans"] if plan["operations"] == 1) == [
            [["a", "b"]],
            [["c", "T"]],
        ]
        assert [plan["open"] for plan in document["plans"] if plan["operations"] == 3] == [[["b", "c"]]]
    assert answer("restore", *ring, "--fault", "a-b#2")["dead_buses"] == []


def test_every_single_tie_is_listed_in_the_order_of_loss(ring: list[str]) -> None:
    plans = answer("restore", *ring, "--fault", "S-a", "--single-ties")["plans"]
    assert [plan["close"] for plan in plans] == [[["c", "T"]]]


def test_nothing_within_the_limit_is_an_answer_not_an_error(ring: list[str]) -> None:
    document = answer("restore", *ring, "--fault", "a-b", "--v-min", "1.0")
    assert document["plans"] == []
    assert len(document["beyond_limits"]) == 3
    assert answer("restore", *ring, "--fault", "a-b", "--max-ties", "0")["plans"] == []


def test_a_network_with_switches_is_switched_by_them_alone(tmp_path: Path) -> None:
    """S ===t=== a --/-- b ------- c        with a switch a-b, and an open one c-a: the lines have none."""
    net = pandapower.create_empty_network()
    buses = [pandapower.create_bus(net, 10.0, name=name) for name in "Sabc"]
    pandapower.create_ext_grid(net, buses[0])
    for start, end in ((0, 1), (2, 3)):
        pandapower.create_line_from_parameters(net, buses[start], buses[end], 1.0, 0.1, 0.1, 0.0, 1.0)
    pandapower.create_switch(net, buses[1], buses[2], et="b", closed=True)
    pandapower.create_switch(net, buses[3], buses[1], et="b", closed=False)
    pandapower.create_load(net, buses[2], 0.1)
    pandapower.create_load(net, buses[3], 0.2)
    pandapower.to_json(net, str(tmp_path / "net.json"))
    document = answer("restore", str(tmp_path / "net.json"), "--fault", "a-b")
    assert [(plan["close"], plan["open"]) for plan in document["plans"]] == [([["c", "a"]], [])]
    assert answer("reconfigure", str(tmp_path / "net.json"))["open_branches"] == [["a", "b"]]


def test_a_network_without_a_solution_answers_not_converged(tmp_path: Path) -> None:
    (tmp_path / "buses.csv").write_text("bus,type,load_kW,load_kvar\nS,source,0,0\na,load,50000,0\n")
    (tmp_path / "branches.csv").write_text("branch,from_bus,to_bus,r_ohm,x_ohm,normally\n1,S,a,10,10,closed\n")
    document = answer("reconfigure", str(tmp_path), "--kv", "10")
    assert (document["converged"], document["loss_kw"], document["open_branches"]) == (False, None, [])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--fault", "a-z"], "no branch 'a-z'; branches are called FROM-TO, as 'S-a'"),
        (["--fault", "S-a", "--v-min", "2"], "--v-min 2: a voltage in p.u."),
        (["--fault", "S-a", "--max-ties", "-1"], "--max-ties -1: not below 0"),
        (["--fault", "S-a", "--time-limit", "0"], "--time-limit 0: more than no time"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(ring: list[str], arguments: list[str], text: str) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("restore", *ring, *arguments)
    assert refused.value.returncode == 2
    assert text in str(refused.value)


def test_a_network_without_source_or_with_generators_is_refused(tmp_path: Path) -> None:
    net = pandapower.create_empty_network()
    buses = [pandapower.create_bus(net, 10.0, name=name) for name in "ab"]
    pandapower.create_line_from_parameters(net, *buses, 1.0, 0.1, 0.1, 0.0, 1.0)
    path = str(tmp_path / "net.json")
    for text in ("no source", "1 generators hold a voltage"):
        pandapower.to_json(net, path)
        with pytest.raises(CommandError, match=text):
            call_command("reconfigure", path)
        pandapower.create_ext_grid(net, buses[0])
        pandapower.create_gen(net, buses[1], p_mw=0.1)


def test_what_no_source_reaches_is_left_out_and_said(ring: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """x --- y hangs on nothing."""
    folder = Path(ring[0])
    with (folder / "buses.csv").open("a") as buses, (folder / "branches.csv").open("a") as branches:
        buses.write("x,load,5,1\ny,load,5,1\n")
        branches.write("6,x,y,1,1,closed\n")
    assert answer("restore", *ring, "--fault", "a-b")["dead_buses"] == ["b", "c"]
    assert "no source reaches these buses, left out: x, y" in capsys.readouterr().err
    with pytest.raises(CommandError, match="branch 'x-y': no source reaches bus 'x', whatever is closed") as refused:
        call_command("restore", *ring, "--fault", "x-y")
    assert refused.value.returncode == 2
