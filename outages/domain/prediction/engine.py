"""The rules engine: the lowest set of devices that explains the reports and that nothing known contradicts.

    reports:  T1 x  T2 .  T3 x      T5 x     T10 answers "on"
    F1 = 2 of its 3 transformers, under 2 branches          -> F1 open
    R1 above F1 would be 3 of 6, but T10 below it is live   -> ruled out
    T5 alone                                                -> one service

>>> from outages.domain.prediction import evidence, tree
>>> network = tree.DeviceTree.of([-1, 0, 0, 0], [False, True, True, True], [0, 12, 8, 20])
>>> calls = evidence.Evidence.of([evidence.Report(1, usage_point=10), evidence.Report(3, usage_point=30)])
>>> [(p.kind, p.device, p.transformers, p.customers) for p in predict(network, calls)]
[('device', 0, 3, 40)]
>>> answered = evidence.Evidence.of([evidence.Report(1, 10), evidence.Report(3, 30)], live=[evidence.Fact(2)])
>>> [(p.kind, p.device, p.usage_point) for p in predict(network, answered)]
[('single', 1, 10), ('single', 3, 30)]
"""

from __future__ import annotations

import dataclasses
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from network.domain import phases as ph
from outages.domain.prediction import explaining, kernels, scores
from outages.domain.prediction.choice import Choice
from outages.domain.prediction.evidence import CALL, UNIT, Evidence
from outages.domain.prediction.rules import RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from outages.domain.prediction.explanation import Explanation
    from outages.domain.prediction.scores import Scores
    from outages.domain.prediction.tree import DeviceTree

Kind = Literal["device", "transformer", "single"]


@dataclass(frozen=True, eq=False)
class Prediction:
    """One outage the engine believes in.

    Attributes:
        kind: "device" (a protective device), "transformer", or "single" (one service at a transformer).
        device: index of the device, for a single service that of its transformer.
        usage_point: of a single service, -1 when unknown or for other kinds.
        phases: phase bits that are out.
        customers: customers out by the model; 1 for a single service.
        transformers: transformers out; 0 for a single service.
        confidence: "predicted", or "confirmed" when the device is known to be open.
        reports: ids of the reports it explains, ascending; `evidence` is the same as a tuple.
        started_at: time of the earliest of them.
        due_at: when the hold time of the group has passed, before which nobody need see it; -inf when confirmed.
        basis, choice: what was counted and how it was decided, from which the explanation is made when it is asked for.
    """

    kind: Kind
    device: int
    usage_point: int
    phases: int
    customers: int
    transformers: int
    confidence: Literal["predicted", "confirmed"]
    reports: NDArray[np.int64] = dataclasses.field(repr=False)
    started_at: float
    due_at: float
    basis: Scores = dataclasses.field(repr=False)
    choice: Choice = dataclasses.field(repr=False)

    @functools.cached_property
    def evidence(self) -> tuple[int, ...]:
        """The ids of the reports it explains; made on demand as the explanation is."""
        return tuple(self.reports.tolist())

    @property
    def order(self) -> tuple[int, int, int, int]:
        """The largest first, then by place, then by the first report: no two predictions share one."""
        first = int(self.reports[0]) if self.reports.size else -1
        return -self.customers, self.device, self.usage_point, first

    @functools.cached_property
    def explanation(self) -> Explanation:
        """Why this and nothing else; made on demand, because a storm's re-runs leave most predictions as they were."""
        return explaining.explain_prediction(self.basis, self)


def by_rules(counted: Scores) -> Choice:
    """The devices that pass every threshold of the rule set, and the transformers with enough reports of their own."""
    enough = counted.own_reports >= counted.rules.min_reports_for_transformer * UNIT
    return Choice("rules", counted.qualifies, counted.tree.is_transformer & enough & (counted.phases != 0))


def predict(
    tree: DeviceTree,
    evidence: Evidence,
    rules: RuleSet | None = None,
    choose: Callable[[Scores], Choice] = by_rules,
    at: float | None = None,
) -> list[Prediction]:
    """Every outage the evidence speaks for, the largest first; the order in which evidence is given changes nothing.

    `choose` is the engine; `at` is when it is asked (seconds since 1970), for engines that weigh how long somebody has been
    silent; without it time says nothing.

    1. Reports of one source's tree that lie further apart in time than the window are taken separately.
    2. Devices known to be open are confirmed, with every report below them.
    3. Protective devices from the largest to the smallest: the topmost that qualifies is open and explains what is below it.
    4. Transformers with enough reports left; then every usage point left is a single service.
    """
    rules, named = rules or RuleSet(), _named(evidence)
    found, explained = _confirmed(tree, named, rules)
    groups = time_groups(tree, named, rules.window_s)
    for group in range(int(groups.max(initial=-1)) + 1):
        found.extend(_predict_together(tree, named.take((groups == group) & ~explained), rules, choose, at))
    return sorted(found, key=lambda one: one.order)


def left_over(tree: DeviceTree, evidence: Evidence, rules: RuleSet, at: float | None = None) -> Scores:
    """What devices known to be open leave unexplained, counted: what an engine learns from."""
    named = _named(evidence)
    _, explained = _confirmed(tree, named, rules)
    return scores.score(tree, named.take(~explained), rules, at)


def _named(evidence: Evidence) -> Evidence:
    """The same with a number for every report."""
    return dataclasses.replace(evidence, id=np.where(evidence.id < 0, np.arange(evidence.size), evidence.id))


def time_groups(tree: DeviceTree, evidence: Evidence, window_s: float) -> NDArray[np.int64]:
    """Number the reports of each source's tree by clusters in time: a silence longer than the window begins the next.

    >>> from outages.domain.prediction.evidence import Report
    >>> from outages.domain.prediction.tree import DeviceTree
    >>> two = DeviceTree.of([-1, 0], [False, True], [0, 5])
    >>> time_groups(two, Evidence.of([Report(1, at=9000.0), Report(1, at=0.0), Report(1, at=60.0)]), 3600.0).tolist()
    [1, 0, 0]
    """
    if evidence.size == 0 or np.ptp(evidence.at) <= window_s:
        return np.zeros(evidence.size, np.int64)
    root = tree.root[evidence.device]
    order = np.lexsort((evidence.at, root))
    begins = np.diff(root[order], prepend=-1) != 0
    silent = np.diff(evidence.at[order], prepend=np.inf) > window_s
    number = np.cumsum(silent & ~begins)
    groups = np.empty(evidence.size, np.int64)
    groups[order] = number - np.maximum.accumulate(np.where(begins, number, 0))
    return groups


def _confirmed(tree: DeviceTree, evidence: Evidence, rules: RuleSet) -> tuple[list[Prediction], NDArray[np.bool_]]:
    """An outage for each device known to be open (the topmost, where one is below another), and which reports these explain.

    A report much older than the opening is not explained by it.
    """
    facts = evidence.opened
    if facts.device.size == 0:
        return [], np.zeros(evidence.size, np.bool_)
    phases = np.zeros(tree.size, np.uint8)
    np.bitwise_or.at(phases, facts.device, scores.phases_of(tree, facts))
    opened_at = np.full(tree.size, np.inf)
    np.minimum.at(opened_at, facts.device, facts.at)
    owner_of = _owner(tree, phases != 0)
    owner = owner_of[evidence.device]
    is_in_time = np.isinf(opened_at[owner]) | (evidence.at >= opened_at[owner] - rules.early_s)
    explained = (owner >= 0) & is_in_time & _is_dark_on(tree, evidence, phases[owner])
    basis, choice = scores.score(tree, evidence, rules), Choice.none(tree.size)
    found = {one.device: one for one in _devices(basis, choice, phases, owner, np.flatnonzero(explained))}
    for device in np.unique(owner_of[facts.device]).tolist():
        made = found.get(device) or _nobody_at(basis, choice, device, int(phases[device]))
        since = min(made.started_at, float(opened_at[device]))
        found[device] = dataclasses.replace(made, confidence="confirmed", started_at=since, due_at=-np.inf)
    return list(found.values()), explained


def _predict_together(
    tree: DeviceTree, evidence: Evidence, rules: RuleSet, choose: Callable[[Scores], Choice], at: float | None
) -> Iterator[Prediction]:
    """Steps 3 and 4 for reports of one time. What lies under an open device but is dark on other phases goes round again."""
    if evidence.size == 0:
        return
    basis = scores.score(tree, evidence, rules, at)
    choice = choose(basis)
    phases = basis.phases if choice.phases is None else choice.phases
    owner = _owner(tree, choice.is_open)[evidence.device]
    explained = (owner >= 0) & _is_dark_on(tree, evidence, phases[owner])
    yield from _devices(basis, choice, phases, owner, np.flatnonzero(explained))
    left = (owner >= 0) & ~explained
    alone = owner < 0 if explained.any() else owner < tree.size  # what nothing explains goes round no further
    rows = np.flatnonzero(alone)
    is_out = choice.is_out[evidence.device[rows]]
    yield from _devices(basis, choice, basis.phases, evidence.device, rows[is_out])
    yield from _singles(basis, choice, rows[~is_out])
    if explained.any():
        yield from _predict_together(tree, evidence.take(left), rules, choice.again or choose, at)


def _owner(tree: DeviceTree, marked: NDArray[np.bool_]) -> NDArray[np.int32]:
    owner = np.empty(tree.size, np.int32)
    kernels.first_down(tree.parent, marked, owner)
    return owner


def _is_dark_on(tree: DeviceTree, evidence: Evidence, phases: NDArray[np.uint8]) -> NDArray[np.bool_]:
    bits = evidence.phases & ph.ABC
    dark = np.where(bits == 0, tree.live_phases[evidence.device], bits)
    return np.asarray((dark & phases) != 0, np.bool_)


class _Groups:
    """Rows of reports in groups with one key each, keys ascending; what predictions say of each group, one element a group.

    Attributes:
        key: of each group.
        reports: ids of the reports of each group, ascending.
        first: the row of one of them.
        started_at: when the earliest was made.
        due_at: when the first of them has been held long enough.
    """

    def __init__(self, basis: Scores, key: NDArray[np.integer], rows: NDArray[np.int64]) -> None:
        given, rules = basis.evidence, basis.rules
        rows = rows[np.argsort(given.id[rows], kind="stable")]  # they are, mostly: then this costs nothing
        self.order = rows[np.argsort(key[rows], kind="stable")]
        self.key, self.begins = np.unique(key[self.order], return_index=True)
        at = given.at[self.order]
        hold = np.where(given.kind[self.order] == CALL, rules.hold_time_calls_s, rules.hold_time_gasps_s)
        self.first = self.order[self.begins]
        self.reports = np.split(given.id[self.order], self.begins[1:]) if self.key.size else []
        self.started_at = self.joined(np.minimum, at)
        self.due_at = self.joined(np.minimum, at + hold)

    def joined(self, join: np.ufunc, values: NDArray[np.generic]) -> NDArray[Any]:
        """The values of the rows in order of the groups, joined for each."""
        return np.asarray(join.reduceat(values, self.begins) if self.key.size else values[:0])


def _devices(
    basis: Scores,
    choice: Choice,
    phases: NDArray[np.uint8],
    owner: NDArray[np.int32],
    rows: NDArray[np.int64],
) -> Iterator[Prediction]:
    """For each device that owns some of these rows that it is open on its phases."""
    tree, groups = basis.tree, _Groups(basis, owner, rows)
    if not groups.key.size:
        return
    device = groups.key
    columns = (
        device, tree.is_transformer[device], phases[device], tree.customers_by_phases.on(phases)[device],
        tree.transformers.on(phases)[device], groups.started_at, groups.due_at,
    )  # fmt: skip
    for reports, one in zip(groups.reports, zip(*(column.tolist() for column in columns), strict=True), strict=True):
        here, is_transformer, bits, customers, transformers, started_at, due_at = one
        kind: Kind = "transformer" if is_transformer else "device"
        yield Prediction(
            kind, here, -1, bits, customers, transformers, "predicted", reports, started_at, due_at, basis, choice
        )


def _nobody_at(basis: Scores, choice: Choice, device: int, phases: int) -> Prediction:
    """That a device is open below which nobody has said so."""
    tree, nobody = basis.tree, np.zeros(0, np.int64)
    kind: Kind = "transformer" if tree.is_transformer[device] else "device"
    customers, transformers = tree.customers_by_phases.at(device, phases), tree.transformers.at(device, phases)
    return Prediction(
        kind, device, -1, phases, customers, transformers, "predicted", nobody, np.inf, np.inf, basis, choice
    )


def _singles(basis: Scores, choice: Choice, rows: NDArray[np.int64]) -> Iterator[Prediction]:
    """For each usage point with reports among these rows that it alone is out."""
    given, points = basis.evidence, basis.usage_points
    place = given.device.astype(np.int64) * (points.device.size + 1) + points.row
    groups = _Groups(basis, place, rows)
    device = given.device[groups.first]
    bits = groups.joined(np.bitwise_or, given.phases[groups.order]) & ph.ABC
    bits = np.where(bits == 0, basis.tree.live_phases[device], bits)
    columns = (device, given.usage_point[groups.first], bits, groups.started_at, groups.due_at)
    for reports, one in zip(groups.reports, zip(*(column.tolist() for column in columns), strict=True), strict=True):
        here, point, phases, started_at, due_at = one
        yield Prediction("single", here, point, phases, 1, 0, "predicted", reports, started_at, due_at, basis, choice)
