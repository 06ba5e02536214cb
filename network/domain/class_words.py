"""What operators call a piece of equipment, by its CIM class."""

from __future__ import annotations

import re

_WORDS = {
    "ACLineSegment": "Line",
    "BusbarSection": "Busbar",
    "EnergyConsumer": "Consumer",
    "EnergySource": "Source",
    "LinearShuntCompensator": "Capacitor",
    "LoadBreakSwitch": "Load-break switch",
    "PowerElectronicsConnection": "Inverter",
    "PowerTransformer": "Transformer",
    "SynchronousMachine": "Generator",
}


def word(cim_class: str) -> str:
    """The word for a class; what has none is the class's own name in words.

    >>> word("ACLineSegment"), word("Breaker"), word("StaticVarCompensator")
    ('Line', 'Breaker', 'Static var compensator')
    """
    return _WORDS.get(cim_class) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cim_class).capitalize()
