"""A street map below the stage: one tile of zoom 10 that holds all of it, with a lake, a motorway, a street and a town."""

from tests.builders.street_map import AREA, EXTENT, LINE, POINT, Feature, archive, vector_tile

#: The tile east of Greenwich and north of the equator; its side in degrees.
TILE = (10, 512, 511)
SIDE = 360 / 1024
Place = tuple[float, float]
LAKE: list[Place] = [(0.02, 0.02), (0.06, 0.02), (0.06, 0.05), (0.02, 0.05)]
MOTORWAY: list[Place] = [(-0.01, 0.071), (0.34, 0.071)]
STREET: list[Place] = [(0.091, -0.005), (0.091, 0.34)]
CREDIT = "Survey of the stage"


def drawn_by_hand() -> bytes:
    """The file."""
    tile = vector_tile(
        water=[Feature(AREA, [[_unit(place) for place in LAKE]])],
        roads=[
            Feature(LINE, [[_unit(place) for place in MOTORWAY]], {"kind": "highway", "name": "M 1"}),
            Feature(LINE, [[_unit(place) for place in STREET]], {"kind": "minor_road", "name": "Long Street"}),
        ],
        places=[Feature(POINT, [[_unit((0.04, 0.06))]], {"kind": "locality", "kind_detail": "town", "name": "Marsh"})],
        unknown=[Feature(POINT, [[(1, 1)]], {"kind": "what nobody draws"})],
    )
    return archive({TILE: tile}, (0, 0, SIDE, SIDE), credit=CREDIT)


def _unit(place: Place) -> tuple[int, int]:
    """Degrees to units of the tile; so near the equator Mercator is flat."""
    return round(place[0] / SIDE * EXTENT), round((1 - place[1] / SIDE) * EXTENT)
