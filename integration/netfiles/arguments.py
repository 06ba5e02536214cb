"""The network file on a command line, the same for every study: NET... or --file NET..., --kv, --source-pu."""

from __future__ import annotations

import logging
import math
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from adms.core.commands import BadInput
from adms.core.errors import Refused
from integration.netfiles import reading


def add_net(parser: CommandParser) -> None:
    """What a study needs to find its network."""
    parser.add_argument(
        "net",
        nargs="*",
        metavar="NET",
        help="pandapower JSON, MATPOWER .m, a folder with buses.csv and branches.csv, CIM files, pandapower:NAME",
    )
    parser.add_argument("--file", nargs="+", metavar="NET", help="the same, named")
    add_voltages(parser)


def add_voltages(parser: CommandParser) -> None:
    """What tables do not say by themselves."""
    parser.add_argument("--kv", type=_above_zero, help="nominal voltage of tables that do not say it, kV")
    parser.add_argument("--source-pu", type=_above_zero, default=1.0, help="voltage of their sources, p.u.")


def _above_zero(text: str) -> float:
    """A number that can be a voltage."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 0):
        raise ArgumentTypeError(f"{text!r} is no number above zero")
    return value


def read_net(options: dict[str, Any]) -> Any:
    """The net of the command line.

    Raises:
        BadInput: none is named, or it cannot be read.
    """
    if not (paths := paths_of(options)):
        raise BadInput("name a network file")
    logging.getLogger("pandapower").setLevel(logging.WARNING)
    try:
        return reading.read_net(paths, kv=options["kv"], source_pu=options["source_pu"])
    except Refused as refusal:
        raise BadInput(str(refusal)) from None


def paths_of(options: dict[str, Any]) -> list[str]:
    """The files of the command line; a folder of CIM files as its files."""
    return reading.in_folders([*(options["net"] or ()), *(options["file"] or ())])


def in_short(paths: list[str]) -> str:
    """The first file, and how many more there are."""
    return paths[0] if len(paths) == 1 else f"{paths[0]} and {len(paths) - 1} more"


def master_of(paths: list[str]) -> Path | None:
    """The OpenDSS master among the words, if there is one.

    Raises:
        BadInput: it does not come alone, or is not there.
    """
    if not any(path.lower().endswith(".dss") for path in paths):
        return None
    if len(paths) > 1:
        raise BadInput(f"{len(paths)} files are given; an OpenDSS master comes alone and names the others itself")
    if not (path := Path(paths[0])).is_file():
        raise BadInput(f"{path}: no such file")
    return path


def is_model(word: str) -> bool:
    """Whether a word can only be the name of a running model: no path, no ending, no prefix of shipped networks."""
    return not Path(word).exists() and not Path(word).suffix and ":" not in word and "/" not in word
