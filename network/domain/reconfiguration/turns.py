"""From the positions as they are to better ones: exchanges one after the other, the one that saves the most first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from network.domain.reconfiguration.case import Bool, Case
from network.domain.reconfiguration.flow import Workshop


@dataclass(frozen=True, slots=True)
class Exchange:
    """A branch to close and one of its ring to open; the loss once that is done."""

    close: int
    open: int
    loss_kw: float


def in_turn(case: Case, wanted: Bool) -> list[Exchange]:
    """The exchanges that lead from the normal positions of a radial case to others that are radial, too.

    Every branch that is to be closed makes a ring in which one that is to be opened lies, so that an exchange is always left. One after
    which no power flow converges is taken last.
    """
    shop, closed = Workshop(case), case.closed.copy()
    close, open_ = (set(np.flatnonzero(change).tolist()) for change in (wanted & ~closed, closed & ~wanted))
    found = []
    while close and open_:
        best = min(
            (_tried(shop, closed, one, other) for one in sorted(close) for other in sorted(open_)),
            key=lambda exchange: exchange.loss_kw,
        )
        if not np.isfinite(best.loss_kw):
            break
        closed[best.close], closed[best.open] = True, False
        close.discard(best.close)
        open_.discard(best.open)
        found.append(best)
    return found


def _tried(shop: Workshop, closed: Bool, close: int, open_: int) -> Exchange:
    trial = closed.copy()
    trial[close], trial[open_] = True, False
    flow = shop.flow(trial)  # a loop where the one does not lie in the ring of the other
    return Exchange(close, open_, flow.loss_kw if flow.converged else np.inf)
