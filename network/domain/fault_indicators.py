"""Where a fault lies by the fault indicators of a feeder: after the last that operated, before the next that did not.

    SRC --FP1--+--FP2--FP3          FP1 and FP4 operated, the others not:
               +--FP4--FP5          the fault lies after FP4 and before FP5

An indicator that operated behind one that did not contradicts it: one of the two is wrong. The nearer to the source is believed,
the other is told as inconsistent, and the reading in which it is the other way round is given beside it.

>>> feeder = Feeder.of({"FP1": "SRC", "FP2": "FP1", "FP3": "FP2", "FP4": "FP1", "FP5": "FP4"})
>>> [str(section) for section in locate(feeder, {"FP1": True, "FP2": False, "FP4": True, "FP5": False, "FP3": False}).sections]
['after FP4 and before FP5']
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass


class FeederError(ValueError):
    """What was given is no feeder of indicators."""


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of the feeder: behind one indicator, or the source, as far as the next ones; none: to the end of the line."""

    after: str
    before: tuple[str, ...]
    is_at_source: bool = False

    def __str__(self) -> str:
        bounds = " / ".join(self.before)
        if self.is_at_source and bounds:
            return f"between {self.after} and {bounds}"
        return f"after {self.after} and before {bounds}" if bounds else f"after {self.after} to the end of the line"


@dataclass(frozen=True, slots=True)
class Location:
    """Where the fault may be: several sections where indicators of several branches operated.

    Attributes:
        sections: in the order of the feeder.
        inconsistent: indicators that operated although one nearer to the source did not.
        otherwise: (indicators that must then have failed, sections) where the inconsistent ones are believed instead.
    """

    sections: tuple[Section, ...]
    inconsistent: tuple[str, ...] = ()
    otherwise: tuple[tuple[str, ...], tuple[Section, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Feeder:
    """Indicators, each under the next one towards its source."""

    parent: Mapping[str, str]
    children: Mapping[str, tuple[str, ...]]
    sources: tuple[str, ...]

    @classmethod
    def of(cls, parent: Mapping[str, str]) -> Feeder:
        """The feeder of indicators with the name of what stands next towards the source.

        Raises:
            FeederError: the parents go round in a circle, or there are none.
        """
        children: dict[str, list[str]] = {}
        for one, above in parent.items():
            children.setdefault(above, []).append(one)
        sources = tuple(name for name in children if name not in parent)
        reached = list(sources)
        for name in reached:  # grows while it is read
            reached.extend(children.get(name, ()))
        if lost := [name for name in parent if name not in reached]:
            raise FeederError(f"{lost[0]!r} is under no source: the parents go round in a circle")
        if not parent:
            raise FeederError("no indicator")
        return cls(dict(parent), {name: tuple(below) for name, below in children.items()}, sources)

    def above(self, name: str) -> Iterator[str]:
        """The indicators above one, nearest first."""
        while (name := self.parent[name]) in self.parent:
            yield name


def locate(feeder: Feeder, operated: Mapping[str, bool]) -> Location:
    """The sections where the fault may be; an indicator that is not in `operated` says nothing and is looked through.

    1. From the source down, as long as an indicator operated, the fault lies behind it.
    2. Where none of the next ones operated, it lies before them.
    3. What operated behind one that did not is inconsistent.
    """
    inconsistent = tuple(
        name
        for name in feeder.parent
        if operated.get(name) and any(operated.get(one) is False for one in feeder.above(name))
    )
    sections = tuple(_sections(feeder, operated))
    if not inconsistent:
        return Location(sections)
    failed = {one for name in inconsistent for one in feeder.above(name) if operated.get(one) is False}
    believed = {**operated, **dict.fromkeys(failed, True)}
    return Location(
        sections,
        inconsistent,
        (tuple(name for name in feeder.parent if name in failed), tuple(_sections(feeder, believed))),
    )


def _sections(feeder: Feeder, operated: Mapping[str, bool]) -> Iterator[Section]:
    """Depth first in the order of the feeder; sources none of whose indicators operated only if nothing did anywhere."""
    starts = [name for name in feeder.sources if any(operated.get(one) for one in _next(feeder, name, operated))]
    for source in starts or feeder.sources:
        yield from _behind(feeder, source, operated)


def _behind(feeder: Feeder, name: str, operated: Mapping[str, bool]) -> Iterator[Section]:
    bounds = tuple(_next(feeder, name, operated))
    onward = [one for one in bounds if operated[one]]
    for one in onward:
        yield from _behind(feeder, one, operated)
    if not onward:
        yield Section(name, bounds, is_at_source=name not in feeder.parent)


def _next(feeder: Feeder, name: str, operated: Mapping[str, bool]) -> Iterator[str]:
    """The next indicators below that say something."""
    for one in feeder.children.get(name, ()):
        if one in operated:
            yield one
        else:
            yield from _next(feeder, one, operated)
