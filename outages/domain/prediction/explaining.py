"""Makes the explanation of one choice out of what was counted: its conditions, what stopped the climb, what else was weighed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from network.domain import phases as ph
from outages.domain.prediction import scores
from outages.domain.prediction.evidence import UNIT
from outages.domain.prediction.explanation import Candidate, Check, Explanation

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.prediction.choice import Choice
    from outages.domain.prediction.engine import Prediction
    from outages.domain.prediction.scores import Scores

#: How much of the neighbourhood is told; more would bury what matters.
MOST_ABOVE, MOST_BELOW, MOST_EVIDENCE = 4, 5, 50


def explain_prediction(counted: Scores, made: Prediction) -> Explanation:
    """The explanation of a prediction made from these scores."""
    device, predicted, decided = made.device, made.confidence == "predicted", made.choice
    above = [candidate(counted, decided, one, "above") for one in counted.tree.above(device)[:MOST_ABOVE]]
    branches = _branches_with_reports(counted, device) if made.kind == "device" else []
    return Explanation(
        kind=made.kind,
        device=device,
        usage_point=made.usage_point,
        phases=made.phases,
        customers=made.customers,
        transformers=made.transformers,
        confidence=made.confidence,
        evidence=made.evidence,
        checks=checks(counted, decided, device) if predicted else _opened(counted, device),
        stopped_by=above[0] if above and predicted else None,
        alternatives=(*above[1:], *(candidate(counted, decided, one, "below") for one in branches)),
        rule_set=counted.rules.name,
        engine=decided.engine,
    )


def candidate(counted: Scores, choice: Choice, device: int, relation: str) -> Candidate:
    """A device as it was weighed."""
    rows = counted.reports.rows(device)
    return Candidate(
        device=device,
        relation=relation,
        reported=float(counted.reported[device] / UNIT),
        transformers=int(counted.transformers[device]),
        share=_share(counted.reported[device], counted.transformers[device] * UNIT),
        customers=int(counted.customers[device]),
        reports=int(counted.customers_reported[device]),
        checks=checks(counted, choice, device),
        evidence=_smallest(counted.evidence.id[rows]),
    )


def checks(counted: Scores, choice: Choice, device: int) -> tuple[Check, ...]:
    """Every condition of this device against its threshold."""
    contradictions = _contradictions(counted, device)
    if choice.gain is not None and choice.rival is not None:
        return (*contradictions, *_likelihood(choice, device, float(choice.gain[device]), float(choice.rival[device])))
    if counted.tree.is_transformer[device]:
        value, threshold = float(counted.own_reports[device] / UNIT), float(counted.rules.min_reports_for_transformer)
        return (*contradictions, Check("reports", value, threshold, value >= threshold))
    return (*contradictions, *_thresholds(counted, device))


def _contradictions(counted: Scores, device: int) -> tuple[Check, ...]:
    """What is known live at or below the device, and whether its own telemetry says closed."""
    tree, facts = counted.tree, counted.evidence.live
    rows = counted.live_facts.rows(device)
    rows = rows[(scores.phases_of(tree, facts)[rows] & tree.live_phases[device]) != 0]
    live = Check(
        "live",
        value=float(rows.size),
        threshold=0.0,
        passed=bool(counted.phases[device]) or not rows.size,
        evidence=_smallest(facts.id[rows]),
        devices=_smallest(np.unique(facts.device[rows])),
    )
    if not tree.is_telemetered[device]:
        return (live,)
    closed = bool(tree.is_closed[device])
    return (live, Check("closed", value=float(closed), threshold=0.0, passed=not closed))


def _thresholds(counted: Scores, device: int) -> tuple[Check, ...]:
    rules, total = counted.rules, int(counted.transformers[device])
    least, _ = rules.asked(is_backbone=bool(counted.tree.is_backbone[device]))
    share = float(counted.share_asked[device])
    reported, fraction = float(counted.reported[device] / UNIT), _share(counted.reported[device], total * UNIT)
    branches = int(counted.branches[device])
    found = [
        Check("transformers", reported, least, reported >= least, of=total),
        Check("fraction", fraction, share, fraction >= share, of=total),
        *_indicator(counted, device, share),
        Check("branches", branches, rules.min_branches, branches >= rules.min_branches),
    ]
    if rules.min_customer_share is not None:
        part = _share(counted.customers_reported[device], counted.customers[device])
        found.append(
            Check("customer_share", part, rules.min_customer_share, part >= rules.min_customer_share, of=int(counted.customers[device]))
        )  # fmt: skip
    return tuple(found)


def _indicator(counted: Scores, device: int, share: float) -> tuple[Check, ...]:
    """What the nearest fault indicator says, where one at or above the device does."""
    at = int(counted.indicator[device])
    if at < 0:
        return ()
    states = counted.evidence.indicators
    operated = bool(states.operated[states.device == at].any())
    return (Check("indicator", float(operated), share, passed=True, devices=(at,)),)


def _likelihood(choice: Choice, device: int, gain: float, rival: float) -> tuple[Check, ...]:
    """What the device gains, piece by piece, against the best below it; one that is ruled out gains nothing and is told by that."""
    if not np.isfinite(gain):
        return ()
    parts = choice.account(device) if choice.account else ()
    told = (
        Check(one.source, one.gain, 0.0, passed=True, of=one.number, devices=one.devices, rate=one.rate)
        for one in parts
    )
    said = sum(one.gain for one in parts if one.devices)  # of fault indicators: as true of what is open below it
    total, best = gain + said, rival + said if rival > 0 else rival
    return (*told, Check("likelihood", total, best, total > best))


def _opened(counted: Scores, device: int) -> tuple[Check, ...]:
    """A device known to be open needs no threshold; who answers below it is told all the same."""
    facts = counted.evidence.opened
    ids = facts.id[facts.device == device]
    known = Check("opened", float(ids.size), 1.0, passed=True, evidence=tuple(np.sort(ids).tolist()), devices=(device,))
    return (known, *_contradictions(counted, device)[:1])


def _branches_with_reports(counted: Scores, device: int) -> list[int]:
    """Direct branches with reports, those with the largest share of transformers reporting first; transformers among them not."""
    tree = counted.tree
    children = tree.children(device)
    children = children[(counted.dark[children] & ph.ABC != 0) & ~tree.is_transformer[children]]
    share = scores.share_of(counted.reported[children], counted.transformers[children] * UNIT)
    order = np.lexsort((children, -share))
    return [int(child) for child in children[order][:MOST_BELOW]]


def _smallest(ids: NDArray[Any]) -> tuple[int, ...]:
    """The first so many, ascending; a list of thousands would tell nobody more."""
    if ids.size > MOST_EVIDENCE:
        ids = np.partition(ids, MOST_EVIDENCE)[:MOST_EVIDENCE]
    return tuple(np.sort(ids).tolist())


def _share(part: float, whole: float) -> float:
    return float(part / whole) if whole else 0.0
