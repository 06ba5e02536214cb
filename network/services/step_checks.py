"""Whether switches may be moved in the state as it is now: what positions say against it, and what the power flow does."""

from collections.abc import Iterable, Sequence

import numpy as np

from network.domain.grid.arrays import Byte
from network.domain.phrases import Phrase, phrase
from network.domain.restoration import sequence
from network.domain.restoration.sequence import Move
from network.domain.restoration.worsening import Before
from network.selectors import state
from network.services import what_if
from network.services.what_if import Ahead

#: What a sequence says of a step by its number, of the steps at hand.
_WOULD = {
    "step_feeds_fault": "would_feed_fault",
    "step_makes_loop": "would_make_loop",
    "step_takes_supply": "would_take_supply",
    "step_leaves_loop": "would_leave_loop",
}


def moved(present: state.NetworkState, moves: Iterable[Move]) -> Byte:
    """What conducts after some moves."""
    closed = present.closed.copy()
    for one in moves:
        wanted = int(present.grid.branch_phases[one.branch]) if one.close else 0
        closed[one.branch] = present.fitted.conducting_at(one.branch, wanted)
    return closed


def unsafe_moves(*, present: state.NetworkState, moves: Sequence[Move], faulted: frozenset[int]) -> Phrase:
    """Why supply may not be brought in or moved so in the state as it is now, as far as positions tell; empty where it may."""
    nodes = np.array(sorted(faulted), np.int32)
    told = sequence.unsafe(present.grid, present.energisation, nodes, moves)
    return phrase(_WOULD[told["code"]]) if told else {}


def beyond_limits(
    *, present: state.NetworkState, moves: Sequence[Move], ahead: Ahead, before: Before | None = None
) -> Phrase:
    """What a power flow has against these moves in the state as it is now; empty where all limits hold."""
    closed, changed = moved(present, moves), np.array([move.branch for move in moves], np.int32)
    checked = what_if.check(present=present, closed=closed, changed=changed, ahead=ahead, before=before)
    if not checked.converged:
        return phrase("no_power_flow", why=checked.reason)
    return what_if.beyond(checked.violations) if checked.violations else {}
