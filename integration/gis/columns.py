"""The tables and their columns. What is not listed here is kept as an attribute of the equipment and counted.

nodes         id kv [name x y substation]                       kv between lines
lines         id from to [name phases length_m r_ohm_per_km x_ohm_per_km c_nf_per_km rated_a]
switches      id from to [name type phases normal_open open rated_a telemetered]
transformers  id from to kva [name phases vk_percent vkr_percent]           from is the side of the higher voltage
loads         id node [name phases kw kvar customers]
sources       id node [name phases vm_pu]
customers     id equipment [name phases account address phone critical meter]   a load or a transformer
"""

from __future__ import annotations

#: By table: the columns that must be there, and those that may.
TABLES: dict[str, tuple[str, str]] = {
    "nodes": ("id kv", "name x y substation"),
    "lines": ("id from to", "name phases length_m r_ohm_per_km x_ohm_per_km c_nf_per_km rated_a"),
    "switches": ("id from to", "name type phases normal_open open rated_a telemetered"),
    "transformers": ("id from to kva", "name phases vk_percent vkr_percent"),
    "loads": ("id node", "name phases kw kvar customers"),
    "sources": ("id node", "name phases vm_pu"),
    "customers": ("id equipment", "name phases account address phone critical meter"),
}
#: Kinds of switches as people write them; what is not listed can break load.
SWITCH_TYPES = {
    "breaker": "Breaker",
    "cb": "Breaker",
    "recloser": "Recloser",
    "fuse": "Fuse",
    "sectionaliser": "Sectionaliser",
    "sectionalizer": "Sectionaliser",
    "disconnector": "Disconnector",
    "isolator": "Disconnector",
    "ds": "Disconnector",
    "load break switch": "LoadBreakSwitch",
    "lbs": "LoadBreakSwitch",
    "jumper": "Jumper",
}
_YES = ("1", "true", "yes", "y", "open", "t")


def required(table: str) -> list[str]:
    """Columns without which a row means nothing."""
    return TABLES[table][0].split()


def known(table: str) -> frozenset[str]:
    """All columns that are understood."""
    return frozenset(" ".join(TABLES[table]).split())


def switch_class(said: str) -> str:
    """The CIM class of a kind of switch.

    >>> switch_class("Recloser"), switch_class("LBS"), switch_class("")
    ('Recloser', 'LoadBreakSwitch', 'LoadBreakSwitch')
    """
    return SWITCH_TYPES.get(said.strip().lower(), "LoadBreakSwitch")


def is_yes(said: str) -> bool:
    """Whether a cell says yes.

    >>> is_yes("Yes"), is_yes("0"), is_yes("")
    (True, False, False)
    """
    return said.strip().lower() in _YES
