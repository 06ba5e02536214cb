"""A second engine: not thresholds but the likeliest set of open devices.

Of customers without supply a share (the reporting rate) reports, of the others hardly anybody. Every device gains, as an
explanation, the logarithm of how much likelier the reports below it are with it open than without:

    gain(d) = reports * ln(rate / stray) + silent * ln((1 - rate) / (1 - stray)) - ln(1 / prior)
    best(d) = max(0, gain(d), sum of best over the children)

One pass from the leaves up finds the best set. The rate is not known; it is taken as the one that explains the evidence best.

>>> from outages.domain.prediction import engine, evidence, tree
>>> network = tree.DeviceTree.of([-1, 0, 0, 0], [False, True, True, True], [0, 12, 8, 20])
>>> calls = evidence.Evidence.of([evidence.Report(1, 10), evidence.Report(1, 11), evidence.Report(3, 30), evidence.Report(2, 20)])
>>> [(p.kind, p.device, p.explanation.engine) for p in engine.predict(network, calls, choose=by_likelihood)]
[('device', 0, 'likelihood')]
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from outages.domain.prediction import kernels
from outages.domain.prediction.choice import Choice

if TYPE_CHECKING:
    from outages.domain.prediction.scores import Scores

#: Share of customers with supply who report all the same (a fault of their own, a mistake), within the window.
STRAY = 0.0005
#: How likely a device is to be open at all, within the window.
PRIOR = 0.01
#: Reporting rates tried.
RATES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)


def by_likelihood(counted: Scores) -> Choice:
    """The likeliest set of open devices and transformers; what is ruled out or has no reports gains nothing."""
    size, reports = counted.tree.size, counted.customers_reported
    silent = np.maximum(counted.customers - reports, 0)
    allowed = (counted.phases != 0) & (reports > 0)
    best, result = -math.inf, Choice.none(size)
    for rate in RATES:
        gain, rival, chosen = np.empty(size), np.zeros(size), np.zeros(size, np.bool_)
        weights = (math.log(rate / STRAY), math.log((1 - rate) / (1 - STRAY)), math.log(PRIOR))
        total = kernels.best_up(counted.tree.parent, reports, silent, allowed, weights, gain, rival, chosen)
        if total > best:
            best, result = total, Choice("likelihood", chosen, np.zeros(size, np.bool_), gain, rival)
    return result
