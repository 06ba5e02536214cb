"""One-line diagrams: what a diagram of a station or feeder shows, and where on the sheet it stands. Knows no state and no colours.

contents (branches of a grid) -> spread (trees of bays) -> hanging | branching (cells) -> sheet (Drawing in pixels)

Laid out by normal positions alone: a switch that moves changes its look, never its place.
"""

from network.domain.diagram.contents import LOW_VOLTAGE, Contents, feeder, substation
from network.domain.diagram.drawing import Drawing, Mark, Symbol, Wire
from network.domain.diagram.given import draw_given
from network.domain.diagram.layout import draw
from network.domain.diagram.names import with_room

__all__ = [
    "LOW_VOLTAGE",
    "Contents",
    "Drawing",
    "Mark",
    "Symbol",
    "Wire",
    "draw",
    "draw_given",
    "feeder",
    "substation",
    "with_room",
]
