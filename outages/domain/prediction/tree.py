r"""The devices that can lose supply for others, as a forest in arrays.

Only protective devices and service transformers are in it (what lies between two of them is lost together), each under the
next one towards its source. Names stay outside: a device is its index.

        CB            0  parent -1
       /  \
      R1   F3         1, 2  parent 0
     /  \    \
    F1   T2   T3      3, 4  parent 1; 5  parent 2
    |
    T1                6  parent 3
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np

from network.domain import phases as ph
from outages.domain.prediction import kernels

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from outages.domain.prediction.hazards import Hazards

Kind = TypeVar("Kind", bound=np.generic)


class TreeError(ValueError):
    """What was given is no forest of devices."""


class Groups(NamedTuple):
    """Customers of one set of phases at one device: arrays of one length, in a tree ascending by device."""

    device: NDArray[np.int32]
    phases: NDArray[np.uint8]
    customers: NDArray[np.int32]

    def within(self, runs: Sequence[tuple[int, int]]) -> Groups:
        """Those of devices in these runs [first, end), which are numbered on from 0."""
        parts = [np.arange(*np.searchsorted(self.device, run)) for run in runs]
        begins = np.cumsum([0, *(end - first for first, end in runs)])
        moved = [self.device[rows] + begin - run[0] for rows, run, begin in zip(parts, runs, begins[:-1], strict=True)]
        rows = np.concatenate([*parts, np.zeros(0, np.int64)])
        device = np.concatenate([*moved, np.zeros(0, np.int64)])
        return Groups(device.astype(np.int32), self.phases[rows], self.customers[rows])


@dataclass(frozen=True, slots=True, eq=False)
class ByPhases:
    """Sums at or below each device, a column for each set of phases that occurs: so that they can be taken on any phases.

    Attributes:
        masks: the sets, as bits.
        sums: (devices, sets).
    """

    masks: NDArray[np.uint8]
    sums: NDArray[np.int32]

    @classmethod
    def of(cls, parent: NDArray[np.int32], values: NDArray[Any], phases: NDArray[np.uint8]) -> ByPhases:
        """The sums of values that stand at the devices, each on its phases."""
        held = np.flatnonzero(values)
        masks, column = np.unique(phases[held], return_inverse=True)
        sums = np.zeros((parent.size, masks.size), np.int32)
        sums[held, column] = values[held]
        kernels.sum_up(parent, sums)
        return cls(masks, sums)

    @classmethod
    def of_groups(cls, parent: NDArray[np.int32], groups: Groups, counts: NDArray[np.int32]) -> ByPhases:
        """The sums of these counts of groups that stand at devices."""
        masks, column = np.unique(groups.phases, return_inverse=True)
        sums = np.zeros((parent.size, masks.size), np.int32)
        np.add.at(sums, (groups.device, column), counts)
        kernels.sum_up(parent, sums)
        return cls(masks, sums)

    def on(self, phases: NDArray[np.uint8]) -> NDArray[np.int32]:
        """The sum of each device on the phases given for it."""
        total = np.empty(phases.size, np.int32)
        kernels.sum_meeting(self.sums, self.masks, phases, total)
        return total

    def at(self, device: int, phases: int) -> int:
        """The sum of one device on these phases."""
        return int(self.sums[device, (self.masks & phases) != 0].sum())


@dataclass(frozen=True, eq=False)
class DeviceTree:
    """Devices in topological order. Every array has one element a device; build it with `of`, which fills in what is usual.

    Attributes:
        parent: index of the next device towards the source, -1 at a source; always smaller than the device's own index.
        is_transformer: a service transformer (or a consumer without one), where reports and customers are.
        customers: customers connected to this very device; 0 at protective devices.
        is_telemetered: its position is known from SCADA, fresh and of good quality.
        is_closed: its present position.
        phases: phase bits it carries.
        groups: the same customers by the phases they are on; None: not known, taken as on those of their transformer.
        metered: customers at this very device whose meter tells when it loses supply; None: not known, taken as all.
        hazard: how much oftener than the average device it opens, by its kind and the length it protects; None: not known.
        kind, sections: what each device is (`hazards`), and how many line sections it protects; None: not known.
    """

    parent: NDArray[np.int32]
    is_transformer: NDArray[np.bool_]
    customers: NDArray[np.int32]
    is_telemetered: NDArray[np.bool_]
    is_closed: NDArray[np.bool_]
    phases: NDArray[np.uint8]
    groups: Groups | None = None
    metered: NDArray[np.int32] | None = None
    hazard: NDArray[np.float64] | None = None
    kind: NDArray[np.uint8] | None = None
    sections: NDArray[np.int32] | None = None

    @classmethod
    def of(
        cls,
        parent: ArrayLike,
        is_transformer: ArrayLike,
        customers: ArrayLike,
        *,
        is_telemetered: ArrayLike | None = None,
        is_closed: ArrayLike | None = None,
        phases: ArrayLike | None = None,
        metered: ArrayLike | None = None,
        hazard: ArrayLike | None = None,
    ) -> DeviceTree:
        """A tree of these arrays; nothing telemetered, all closed and on all phases unless said.

        >>> tree = DeviceTree.of([-1, 0, 0], [False, True, True], [0, 12, 8])
        >>> tree.customers_below.tolist(), tree.transformers_below.tolist()
        ([20, 12, 8], [2, 1, 1])

        Raises:
            TreeError: lengths differ, or a parent does not stand before its child.
        """
        above = np.ascontiguousarray(parent, np.int32)
        if above.ndim != 1 or (above >= np.arange(above.size)).any() or (above < -1).any():
            raise TreeError("every parent must stand before its child, -1 at a source")
        return cls(
            parent=above,
            is_transformer=_column(is_transformer, above.size, np.bool_),
            customers=_column(customers, above.size, np.int32),
            is_telemetered=_column(False if is_telemetered is None else is_telemetered, above.size, np.bool_),
            is_closed=_column(True if is_closed is None else is_closed, above.size, np.bool_),
            phases=_column(ph.ABC if phases is None else phases, above.size, np.uint8),
            metered=None if metered is None else _column(metered, above.size, np.int32),
            hazard=None if hazard is None else _column(hazard, above.size, np.float64),
        )

    def with_groups(self, groups: Groups) -> DeviceTree:
        """The same tree with its customers by their own phases; groups at no device (-1) are left out.

        Raises:
            TreeError: a group is at a device that is not there.
        """
        return dataclasses.replace(self, groups=_checked(groups, self.size))

    @property
    def size(self) -> int:
        """How many devices."""
        return int(self.parent.size)

    @functools.cached_property
    def live_phases(self) -> NDArray[np.uint8]:
        """Phase bits without the neutral; a device that names none is taken to carry all three."""
        bits = self.phases & ph.ABC
        return np.where(bits == 0, ph.ABC, bits).astype(np.uint8)

    @functools.cached_property
    def transformers(self) -> ByPhases:
        """Transformers at or below each device."""
        return ByPhases.of(self.parent, self.is_transformer, self.live_phases)

    @functools.cached_property
    def customers_by_phases(self) -> ByPhases:
        """Customers at or below each device, on their phases, or those of their transformer."""
        if self.groups is not None:
            return ByPhases.of_groups(self.parent, self.groups, self.groups.customers)
        return ByPhases.of(self.parent, self.customers, self.live_phases)

    @functools.cached_property
    def metered_by_phases(self) -> ByPhases:
        """Customers with a meter that tells, likewise; its sets of phases are those of `customers_by_phases`."""
        if self.metered is None:
            return self.customers_by_phases
        groups = self.groups
        if groups is None:
            held = np.flatnonzero(self.customers)
            groups = Groups(held.astype(np.int32), self.live_phases[held], self.customers[held])
        share = self.metered[groups.device] / np.maximum(self.customers[groups.device], 1)
        counts = np.rint(groups.customers * np.minimum(share, 1)).astype(np.int32)
        return ByPhases.of_groups(self.parent, groups, counts)

    def with_kinds(self, kind: NDArray[np.uint8], sections: NDArray[np.int32]) -> DeviceTree:
        """The same tree with what each device is and how many line sections it protects."""
        return dataclasses.replace(self, kind=kind, sections=sections)

    def log_hazard(self, hazards: Hazards, mean: float | None = None) -> NDArray[np.float64]:
        """Logarithm of how much oftener than the average device each opens: as the tree says, else by kind.

        `mean` is the average of all trees (`mean_hazard`), where this one is a part of them.
        """
        found = self._hazard(hazards)
        if found is None:
            return np.zeros(self.size)
        return np.asarray(np.log(np.maximum(found / (mean or found.mean()), 1e-3)), np.float64)

    def mean_hazard(self, hazards: Hazards) -> float:
        """How often the average device opens; only proportions count."""
        found = self._hazard(hazards)
        return 1.0 if found is None else float(found.mean())

    def _hazard(self, hazards: Hazards) -> NDArray[np.float64] | None:
        """How often each device opens; None: every one as often as any other."""
        found = self.hazard
        if found is None and self.kind is not None and self.sections is not None and not hazards.is_even:
            found = hazards.of(self.kind, self.sections)
        return found if found is not None and found.size else None

    @property
    def transformers_below(self) -> NDArray[np.int64]:
        """Transformers at or below each device."""
        return np.asarray(self.transformers.sums.sum(1), np.int64)

    @property
    def customers_below(self) -> NDArray[np.int64]:
        """Customers at or below each device."""
        return np.asarray(self.customers_by_phases.sums.sum(1), np.int64)

    @functools.cached_property
    def is_backbone(self) -> NDArray[np.bool_]:
        """Protective devices with another protective device below them; the others are laterals."""
        result = np.zeros(self.size, np.bool_)
        has_parent = (self.parent >= 0) & ~self.is_transformer
        result[self.parent[has_parent]] = True
        return result

    @functools.cached_property
    def root(self) -> NDArray[np.int32]:
        """The topmost device above each: what belongs to one source's tree."""
        result = np.empty(self.size, np.int32)
        kernels.first_down(self.parent, self.parent < 0, result)
        return result

    @functools.cached_property
    def order(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """(place, size): whatever is at or below a device has its place in [place, place + size)."""
        size = np.ones((self.size, 1), np.int32)
        kernels.sum_up(self.parent, size)
        place = np.empty(self.size, np.int32)
        kernels.preorder(self.parent, size[:, 0], place)
        return place, size[:, 0]

    @functools.cached_property
    def _by_parent(self) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        order = np.argsort(self.parent, kind="stable")
        return order, self.parent[order]

    def children(self, device: int) -> NDArray[np.int64]:
        """The devices directly below this one."""
        order, parents = self._by_parent
        first, end = np.searchsorted(parents, [device, device + 1])
        return order[first:end]

    def below(self, device: int) -> NDArray[np.bool_]:
        """Which devices lie at or below this one."""
        place, size = self.order
        return np.asarray((place >= place[device]) & (place < place[device] + size[device]), np.bool_)

    def above(self, device: int) -> list[int]:
        """The devices above this one, nearest first."""
        result = []
        while (device := int(self.parent[device])) >= 0:
            result.append(device)
        return result


def _checked(groups: Groups, size: int) -> Groups:
    """The groups that have a device and customers; a group without phases is on all."""
    device = np.asarray(groups.device, np.int32)
    if device.size and (device.min() < -1 or device.max() >= size):
        raise TreeError("a group of customers is at no device")
    customers = np.asarray(groups.customers, np.int32)
    held = np.flatnonzero((device >= 0) & (customers > 0))
    held = held[np.argsort(device[held], kind="stable")]
    bits = np.asarray(groups.phases, np.uint8)[held] & ph.ABC
    return Groups(device[held], np.where(bits == 0, ph.ABC, bits).astype(np.uint8), customers[held])


def _column(values: ArrayLike, size: int, kind: type[Kind]) -> NDArray[Kind]:
    given = np.asarray(values)
    if given.shape not in {(), (size,)}:
        raise TreeError(f"{size} devices, but an array of shape {given.shape}")
    return np.ascontiguousarray(np.broadcast_to(given, size), kind)


def from_names(parent: Mapping[str, str], customers: Mapping[str, int]) -> tuple[DeviceTree, list[str]]:
    """A tree of names, each with the name of its parent; whoever is only a parent is a source, whoever has customers a transformer.

    Where nobody has a parent, every transformer is fed by itself.

    >>> tree, names = from_names({"T1": "F1", "F1": "CB"}, {"T1": 12})
    >>> names, tree.parent.tolist(), tree.is_transformer.tolist()
    (['CB', 'F1', 'T1'], [-1, 0, 1], [False, False, True])

    Raises:
        TreeError: the parents go round in a circle, or customers are at a device that has no place.
    """
    children: dict[str, list[str]] = {}
    for child, above in parent.items():
        children.setdefault(above, []).append(child)
    names = [name for name in children if name not in parent] if parent else list(customers)
    for name in names:  # grows while it is read: breadth first
        names.extend(children.get(name, ()))
    if lost := (set(parent) | set(customers)) - set(names):
        raise TreeError(f"{min(lost)} is under no source{_circle(min(lost), parent)}")
    index = {name: i for i, name in enumerate(names)}
    tree = DeviceTree.of(
        [index[parent[name]] if name in parent else -1 for name in names],
        [name in customers for name in names],
        [customers.get(name, 0) for name in names],
    )
    return tree, names


def _circle(name: str, parent: Mapping[str, str]) -> str:
    """How the parents of a device go round, if they do."""
    way = [name]
    while (above := parent.get(way[-1])) is not None:
        if above in way:
            return f": {' < '.join([*way[way.index(above) :], above][:9])} go round in a circle"
        way.append(above)
    return ""
