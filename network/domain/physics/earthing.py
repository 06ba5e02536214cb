"""Which parts of a circuit have an earth of their own: behind a delta or an isolated star there is no neutral to connect to."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from scipy import sparse
from scipy.sparse import csgraph

from network.domain.physics.circuit import Circuit, Source
from network.domain.physics.islands import Closed, closed_conductors


def earthed_buses(circuit: Circuit, references: Iterable[Source], closed: Closed | None = None) -> set[str]:
    """Buses that lines and closed switches join with an earthed star, a winding with a neutral, or a source.

    Args:
        circuit: what to look at.
        references: the sources that hold it; they are earthed.
        closed: closed phases (bits) of switches by mRID; the others are as in the file.
    """
    place = {mrid: number for number, mrid in enumerate(circuit.buses)}
    joined = [(line.from_bus, line.to_bus) for line in circuit.lines]
    joined += [(one.from_bus, one.to_bus) for one in circuit.switches if closed_conductors(one, closed)]
    ends = np.array([(place[one], place[other]) for one, other in joined], dtype=np.int64).reshape(-1, 2).T
    shape = (len(place), len(place))
    _, part = csgraph.connected_components(sparse.coo_matrix((np.ones(len(joined)), ends), shape=shape), directed=False)
    earthed = {part[place[source.bus]] for source in references}
    for one in circuit.transformers:
        for winding in one.windings:
            if (winding.connection in ("Y", "Z") and winding.grounded) or (
                winding.connection == "I" and "N" in winding.phases
            ):
                earthed.add(part[place[winding.bus]])
    return {mrid for mrid, number in place.items() if part[number] in earthed}
