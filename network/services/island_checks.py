"""Islands that a machine of their own may carry: whether the power flow bears it, and whether switches and readings say so."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from network.domain import temporary
from network.domain.energisation import energise
from network.domain.phases import ABC
from network.domain.phrases import Phrase, phrase
from network.domain.restoration.sequence import Move
from network.domain.temporary import GENERATION, Element, Fitted, Place
from network.selectors import generation, state
from network.services import what_if
from network.services.what_if import Ahead, Checked


def checked(*, present: state.NetworkState, machine: str, moves: Sequence[Move], ahead: Ahead) -> Checked:
    """The power flow of the island that a machine (mRID) carries alone, once the fault is held off by these moves."""
    fitted, slot = _with(present, machine)
    before = fitted.conducting(present.positions).copy()
    for move in moves:
        before[move.branch] = int(present.grid.branch_phases[move.branch]) if move.close else 0
    closed = before.copy()
    before[slot] = 0
    held = replace(present, grid=fitted.grid, fitted=fitted, closed=before, energisation=energise(fitted.grid, before))
    carried = replace(ahead, pickup=1.0)  # its customers were not without supply
    return what_if.check(present=held, closed=closed, changed=np.array([slot], np.int32), ahead=carried)


def refusal(*, present: state.NetworkState, machine: str, faulted: frozenset[int]) -> Phrase:
    """Why a machine may not be said to carry what hangs on it as switches stand now; empty where it may."""
    node = temporary.node_of(present.grid, Place(machine))
    if node < 0:
        return phrase("machine_gone")
    if int(present.energisation.live[node]) & ABC:
        return phrase("machine_has_supply")
    fitted, _ = _with(present, machine)
    after = energise(fitted.grid, fitted.conducting(present.positions))
    if after.live[list(faulted)].any():
        return phrase("machine_feeds_fault")
    return {}


def makes_kw(*, present: state.NetworkState, machine: str, since: dt.datetime) -> float | None:
    """What a machine makes by readings of good quality since a moment; None where there is none."""
    return generation.made_kw(present.version_id, machine, since)


def _with(present: state.NetworkState, machine: str) -> tuple[Fitted, int]:
    """The network with a source at a machine, and the branch by which it feeds."""
    overlay = present.fitted.overlay
    node = temporary.node_of(present.grid, Place(machine))
    place = Place(machine, 1, present.grid.node_mrid_text(node))
    element = Element(f"island-{machine}", GENERATION, machine, ABC, place, slot=overlay.free_slot())
    return temporary.fit(present.fitted.base, overlay.placed(element)), present.fitted.base.branch_count + element.slot
