"""Fault location, isolation and service restoration on the operated grid, as arithmetic.

contract(grid, closed, area, terms) -> Blocks            the dead area in parts between switches
locate(blocks, tripped, indicators) -> Suspects          in which of them the fault may lie
isolation(blocks, suspects, may_use) -> Isolation        which switches hold it off, and what is healthy behind them
search.candidates(blocks, isolation, spare) -> plans     how the healthy part may be supplied, best first by arithmetic alone
sequence.order(blocks, plan) -> steps                    in which order, so that every prefix is safe

A plan that this package makes is a proposal: whether voltages and ratings hold is said by a power flow only
(`network.services.what_if`).
"""

from network.domain.restoration.blocks import Blocks, Edge, Terms, contract
from network.domain.restoration.location import Suspects, locate
from network.domain.restoration.search import Candidate, Isolation, candidates, isolation
from network.domain.restoration.sequence import Move, order, unsafe

__all__ = [
    "Blocks",
    "Candidate",
    "Edge",
    "Isolation",
    "Move",
    "Suspects",
    "Terms",
    "candidates",
    "contract",
    "isolation",
    "locate",
    "order",
    "unsafe",
]
