"""Networks other packages ship, and names for pandapower nets that give none."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import Any

from integration.cim.models import pandapower_files
from integration.netfiles import plain
from integration.netfiles.refusals import NetFileRefused

SIMBENCH = "simbench:"
_CODE = re.compile(r"[\w.-]+$")


def read(source: str) -> Any:
    """The net of "pandapower:NAME" or "simbench:CODE".

    Raises:
        NetFileRefused: there is no such network.
    """
    if source.startswith(SIMBENCH):
        return named(_simbench(source.removeprefix(SIMBENCH)))
    return named(pandapower_files.load(source))


def _simbench(code: str) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own use of its libraries
        import simbench  # noqa: PLC0415 - takes seconds

        if not _CODE.match(code) or code not in simbench.collect_all_simbench_codes():
            raise NetFileRefused(f"SimBench has no network {code!r}")
        return simbench.get_simbench_net(code)


def named(net: Any) -> Any:
    """The net with a name for every bus and branch: what it has, else a bus's number and FROM-TO."""
    names = [_text(name) or f"{index}" for index, name in zip(net.bus.index, net.bus["name"], strict=True)]
    net.bus["name"] = _unique(names, net.bus.index)
    by_index = dict(zip(net.bus.index, net.bus["name"], strict=True))
    for table, start, end in (("line", "from_bus", "to_bus"), ("trafo", "hv_bus", "lv_bus")):
        frame = net[table]
        if not len(frame):
            continue
        pairs = [
            (by_index.get(a, str(a)), by_index.get(b, str(b))) for a, b in zip(frame[start], frame[end], strict=True)
        ]
        given = [_text(name) for name in frame["name"]]
        frame["name"] = [own or pair for own, pair in zip(given, plain.pair_names(pairs), strict=True)]
    return net


def _text(name: Any) -> str:
    """The name as text; empty for none, NaN and blanks."""
    if name is None or name != name:  # noqa: PLR0124 - only NaN differs from itself
        return ""
    return f"{name:g}" if isinstance(name, float) else str(name).strip()


def _unique(names: list[str], indices: Any) -> list[str]:
    """A name borne by two buses is told apart by the bus's number, for results are found by name."""
    counts = Counter(names)
    return [f"{name} ({index})" if counts[name] > 1 else name for name, index in zip(names, indices, strict=True)]
