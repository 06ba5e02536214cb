"""mRIDs of what no file names: star points, auxiliary nodes, synthetic devices. The same parts give the same mRID."""

from __future__ import annotations

import uuid

_NAMESPACE = uuid.UUID("6f1d5b1e-7c0a-5c0e-9b6e-2f0b6c1f7a11")


def derived_mrid(*parts: str) -> str:
    """An mRID made of words.

    >>> derived_mrid("mv_oberrhein", "bus", "17") == derived_mrid("mv_oberrhein", "bus", "17")
    True
    """
    return str(uuid.uuid5(_NAMESPACE, "\x1f".join(parts)))
