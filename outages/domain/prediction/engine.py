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
from typing import TYPE_CHECKING, Literal

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
        evidence: ids of the reports it explains, ascending.
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
    evidence: tuple[int, ...]
    started_at: float
    due_at: float
    basis: Scores = dataclasses.field(repr=False)
    choice: Choice = dataclasses.field(repr=False)

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
    rules = rules or RuleSet()
    named = dataclasses.replace(evidence, id=np.where(evidence.id < 0, np.arange(evidence.size), evidence.id))
    found, explained = _confirmed(tree, named, rules)
    groups = time_groups(tree, named, rules.window_s)
    for group in range(int(groups.max(initial=-1)) + 1):
        found.extend(_predict_together(tree, named.take((groups == group) & ~explained), rules, choose, at))
    return sorted(found, key=lambda one: (-one.customers, one.device, one.usage_point, one.evidence))


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
    basis = scores.score(tree, evidence, rules)
    found = []
    for device in np.unique(owner_of[facts.device]).tolist():
        rows = np.flatnonzero(explained & (owner == device))
        since = float(opened_at[device])
        found.append(_device(basis, Choice.none(tree.size), device, int(phases[device]), evidence, rows, since))
    return found, explained


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
    for device, rows in _rows_by(owner, np.flatnonzero(explained)):
        yield _device(basis, choice, device, int(phases[device]), evidence, rows)
    left = (owner >= 0) & ~explained
    alone = owner < 0 if explained.any() else owner < tree.size  # what nothing explains goes round no further
    yield from _transformers_and_services(basis, choice, evidence, np.flatnonzero(alone))
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


def _rows_by(key: NDArray[np.generic], rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """The rows with each key, keys ascending."""
    order = rows[np.argsort(key[rows], kind="stable")]
    values, starts = np.unique(key[order], return_index=True)
    yield from zip(values.tolist(), np.split(order, starts[1:]), strict=False)


def _transformers_and_services(
    basis: Scores, choice: Choice, evidence: Evidence, uncovered: NDArray[np.int64]
) -> Iterator[Prediction]:
    """Each transformer that is out by itself, else each of its usage points."""
    for device, rows in _rows_by(evidence.device, uncovered):
        if choice.is_out[device]:
            yield _device(basis, choice, device, int(basis.phases[device]), evidence, rows)
            continue
        for _, own in _rows_by(basis.usage_points.row, rows):
            yield _single(basis, choice, device, evidence, own)


def _device(
    basis: Scores,
    choice: Choice,
    device: int,
    phases: int,
    evidence: Evidence,
    rows: NDArray[np.int64],
    opened_at: float | None = None,
) -> Prediction:
    tree = basis.tree
    started_at, due_at = _times(evidence, rows, basis.rules)
    return Prediction(
        kind="transformer" if tree.is_transformer[device] else "device",
        device=device,
        usage_point=-1,
        phases=phases,
        customers=tree.customers_by_phases.at(device, phases),
        transformers=tree.transformers.at(device, phases),
        confidence="predicted" if opened_at is None else "confirmed",
        evidence=tuple(np.sort(evidence.id[rows]).tolist()),
        started_at=started_at if opened_at is None else min(started_at, opened_at),
        due_at=due_at if opened_at is None else -np.inf,
        basis=basis,
        choice=choice,
    )


def _single(basis: Scores, choice: Choice, device: int, evidence: Evidence, rows: NDArray[np.int64]) -> Prediction:
    started_at, due_at = _times(evidence, rows, basis.rules)
    bits = int(np.bitwise_or.reduce(evidence.phases[rows])) & ph.ABC
    return Prediction(
        kind="single",
        device=device,
        usage_point=int(evidence.usage_point[rows[0]]),
        phases=bits or int(basis.tree.live_phases[device]),
        customers=1,
        transformers=0,
        confidence="predicted",
        evidence=tuple(np.sort(evidence.id[rows]).tolist()),
        started_at=started_at,
        due_at=due_at,
        basis=basis,
        choice=choice,
    )


def _times(evidence: Evidence, rows: NDArray[np.int64], rules: RuleSet) -> tuple[float, float]:
    """When the first report was, and when the first report has been held long enough."""
    if rows.size == 0:
        return np.inf, np.inf
    at = evidence.at[rows]
    hold = np.where(evidence.kind[rows] == CALL, rules.hold_time_calls_s, rules.hold_time_gasps_s)
    return float(at.min()), float((at + hold).min())
