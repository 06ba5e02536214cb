"""What operators call a piece of equipment, by its CIM class."""

from __future__ import annotations

import re

from network.domain.phrases import gettext_noop

_WORDS = {
    "ACLineSegment": gettext_noop("Line"),
    "BusbarSection": gettext_noop("Busbar"),
    "EnergyConsumer": gettext_noop("Consumer"),
    "EnergySource": gettext_noop("Source"),
    "LinearShuntCompensator": gettext_noop("Capacitor"),
    "LoadBreakSwitch": gettext_noop("Load-break switch"),
    "PowerElectronicsConnection": gettext_noop("Inverter"),
    "PowerTransformer": gettext_noop("Transformer"),
    "SynchronousMachine": gettext_noop("Generator"),
}


def word(cim_class: str) -> str:
    """The word for a class; what has none is the class's own name in words.

    >>> word("ACLineSegment"), word("Breaker"), word("StaticVarCompensator")
    ('Line', 'Breaker', 'Static var compensator')
    """
    return _WORDS.get(cim_class) or re.sub(r"(?<=[a-z])(?=[A-Z])", " ", cim_class).capitalize()
