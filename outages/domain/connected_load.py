"""Connected load of customers, for ASIFI and ASIDI (IEEE 1366): what is connected, not what is used, in kVA.

The load of a service transformer is its rated power; where customers hang on a load of the model directly, that load's apparent
power. Customers of one piece of equipment share it equally, because a model knows no more of them.

>>> of_equipment({"rated_kva": 100.0}), of_equipment({"p_kw": 3.0, "q_kvar": -4.0}), of_equipment({})
((100.0, 'transformer'), (5.0, 'load'), None)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRANSFORMER, LOAD = "transformer", "load"


def of_equipment(power: Mapping[str, float]) -> tuple[float, str] | None:
    """Connected kVA of a piece of equipment and where it is from; None where the model does not say."""
    if power.get("rated_kva", 0.0) > 0:
        return power["rated_kva"], TRANSFORMER
    apparent = math.hypot(power.get("p_kw", 0.0), power.get("q_kvar", 0.0))
    return (apparent, LOAD) if apparent > 0 else None
