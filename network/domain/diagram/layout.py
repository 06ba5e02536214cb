"""Where everything of a diagram stands: cells of a sheet, then pixels.

A feeder is a trunk with laterals, each turned a quarter against what it leaves, in a box of its own. Boxes never meet, so
nothing crosses.

    --CB--+--L1--R1--+--L2--        along  : the way the trunk goes
          |          |              across : the way its laterals go
          F1         F2

A station hangs from its sources: bars lie, bays stand side by side below them, bars of one voltage in one row.
"""

from __future__ import annotations

from network.domain.diagram import branching, hanging, spread
from network.domain.diagram.cells import Sheet
from network.domain.diagram.contents import Contents
from network.domain.diagram.drawing import Drawing
from network.domain.grid import Grid

WIDE = 1.6  # width to height of a screen, and nearly of a sheet of paper
LENGTHS = (12, 18, 26, 38, 56, branching.UNBROKEN)  # cells of a trunk before it is broken


def draw(grid: Grid, contents: Contents) -> Drawing:
    """The diagram of a station or feeder. The same network gives the same drawing, wherever its switches stand."""
    trees = spread.trees(grid, contents)
    if contents.is_station:
        return hanging.lay(grid, trees).drawing()
    sheets = [_feeder(trees, longest) for longest in LENGTHS]
    return min(sheets, key=lambda sheet: max(sheet.aspect / WIDE, WIDE / sheet.aspect)).drawing()


def _feeder(trees: list[spread.Tree], longest: int) -> Sheet:
    """Its trees below one another."""
    sheet = Sheet()
    below = 0.0
    for tree in trees:
        block = branching.lay(tree, longest)
        sheet.take(block.pieces, at=(0.0, below))
        below += block.across + 1
    return sheet
