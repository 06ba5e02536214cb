"""Whether switches may be moved in the state as it is now: what positions say against it, and what the power flow does."""

from collections.abc import Iterable, Sequence

import numpy as np

from network.domain.energisation import reenergise
from network.domain.grid.arrays import Byte
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.sequence import Move
from network.domain.restoration.worsening import Before
from network.selectors import state
from network.services import what_if
from network.services.what_if import Ahead


def moved(present: state.NetworkState, moves: Iterable[Move]) -> Byte:
    """What conducts after some moves."""
    closed = present.closed.copy()
    for one in moves:
        wanted = int(present.grid.branch_phases[one.branch]) if one.close else 0
        closed[one.branch] = present.fitted.conducting_at(one.branch, wanted)
    return closed


def unsafe_move(*, present: state.NetworkState, moves: Sequence[Move], faulted: frozenset[int]) -> Phrase:
    """Why supply may not be brought in by these moves in the state as it is now, as far as positions tell; empty where it may."""
    closed, changed = moved(present, moves), np.array([move.branch for move in moves], np.int32)
    after = reenergise(present.grid, present.energisation, closed, changed)
    if after.live[list(faulted)].any():
        return phrase("would_feed_fault")
    if after.loops.size > present.energisation.loops.size:
        return phrase("would_make_loop")
    return {}


def beyond_limits(
    *, present: state.NetworkState, moves: Sequence[Move], ahead: Ahead, before: Before | None = None
) -> Phrase:
    """What a power flow has against these moves in the state as it is now; empty where all limits hold."""
    closed, changed = moved(present, moves), np.array([move.branch for move in moves], np.int32)
    checked = what_if.check(present=present, closed=closed, changed=changed, ahead=ahead, before=before)
    if not checked.converged:
        return phrase("no_power_flow", why=checked.reason)
    return what_if.beyond(checked.violations) if checked.violations else {}
