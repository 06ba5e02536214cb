"""`manage.py power_flow_batch`: a day of quarter-hours on a network file."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command


@pytest.fixture
def feeder(tmp_path: Path) -> list[str]:
    (tmp_path / "buses.csv").write_text("bus,type,load_kW,load_kvar\nS,source,0,0\na,load,50,10\nb,load,80,20\n")
    (tmp_path / "branches.csv").write_text(
        "branch,from_bus,to_bus,r_ohm,x_ohm,normally\n1,S,a,1,1,closed\n2,a,b,1,1,closed\n"
    )
    return [str(tmp_path), "--kv", "10"]


def answer(*arguments: str, command: str = "power_flow_batch") -> dict[str, Any]:
    out = StringIO()
    call_command(command, *arguments, "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def test_a_day_agrees_with_single_solutions_and_names_its_worst_moment(feeder: list[str], tmp_path: Path) -> None:
    table = tmp_path / "day.csv"
    table.write_text(
        "time,scale\n" + "".join(f"{n // 4:02}:{15 * (n % 4):02},{1.0 if n == 76 else 0.5}\n" for n in range(96))
    )
    document = answer(*feeder, "--profiles", str(table))
    assert (len(document["rows"]), document["converged"], document["engine"]) == (96, True, "power-grid-model")
    single = answer("--file", *feeder, command="power_flow")
    assert document["rows"][76]["loss_kw"] == pytest.approx(single["loss_kw"], rel=1e-6)
    assert document["worst"]["time"] == "19:00"
    assert document["worst"]["v_min_pu"] == pytest.approx(single["v_min_pu"], abs=1e-8)
    assert document["worst"]["bus"] == "b"


def test_loads_by_name_are_in_kw_and_keep_their_power_factor(feeder: list[str], tmp_path: Path) -> None:
    table = tmp_path / "two.csv"
    table.write_text("time,a\nnight,25\nday,50\n")
    night, day = answer(*feeder, "--profiles", str(table))["rows"]
    assert day["source_kw"] - night["source_kw"] == pytest.approx(25.0, rel=0.01)
    assert day["source_kvar"] - night["source_kvar"] == pytest.approx(5.0, rel=0.02)


def test_what_has_no_solution_is_said_and_the_rest_is_answered(feeder: list[str], tmp_path: Path) -> None:
    table = tmp_path / "heavy.csv"
    table.write_text("time,scale\nnow,1\nlater,5000\n")
    document = answer(*feeder, "--profiles", str(table))
    assert [row["converged"] for row in document["rows"]] == [True, False]
    assert (document["converged"], document["unsolved"]) == (False, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("time,c\n0,1\n", "'c' is neither scale nor a load"),
        ("time,scale\n", "no row"),
        ("time,scale\n0,much\n", "scale"),
        ("hour,scale\n0,1\n", "time"),
    ],
)
def test_a_wrong_table_is_refused_in_one_line(feeder: list[str], tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "bad.csv").write_text(text)
    with pytest.raises(CommandError) as refused:
        call_command("power_flow_batch", *feeder, "--profiles", str(tmp_path / "bad.csv"))
    assert refused.value.returncode == 2
    assert words in str(refused.value)
