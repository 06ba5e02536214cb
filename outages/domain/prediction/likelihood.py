"""A second engine: not thresholds but the likeliest set of open devices, given all that is said and all that is not.

Every device gains, as an explanation, the logarithm of how much likelier the evidence below it is with it open than without:

    gain(d) = calls, gasps, crews, unanswered pings     each ln(1 + how often supply lost brings it / how often it comes anyway), by age
            - customers who have not called or gasped   each ln(1 - share that would have by now)
            - price                                     ln(how often such a device opens)
    best(d) = max(0, gain(d), sum of best over the children)      + what fault indicators at d say, if anything below is open

One pass from the leaves up finds the best set. A device is weighed for every time at which it may have opened and for every set
of its phases. How many customers call, how many meters gasp, how many do so with supply and how often devices open is not known:
the shares begin where `Sources` says and are learned from the evidence, in turns with the choice, from several beginnings; the one
that explains the evidence best is taken.

>>> from outages.domain.prediction import engine, evidence, tree
>>> network = tree.DeviceTree.of([-1, 0, 0, 0], [False, True, True, True], [0, 12, 8, 20])
>>> calls = evidence.Evidence.of([evidence.Report(1, 10), evidence.Report(1, 11), evidence.Report(3, 30), evidence.Report(2, 20)])
>>> [(p.kind, p.device, p.explanation.engine) for p in engine.predict(network, calls, choose=by_likelihood)]
[('device', 0, 'likelihood')]
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from outages.domain.prediction import weighing
from outages.domain.prediction.choice import Choice, Contribution
from outages.domain.prediction.evidence import UNIT
from outages.domain.prediction.hazards import EVEN, Hazards
from outages.domain.prediction.layout import Frame, Layout
from outages.domain.prediction.sources import USUAL, Sources

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from outages.domain.prediction.scores import Scores
    from outages.domain.prediction.sources import Volunteered

#: Call rates from which learning begins, beside the one of the sources.
BEGINNINGS = (0.05, 0.6)
#: Multiples of the usual delay that are tried.
DELAYS = (0.25, 0.5, 1.0, 2.0, 4.0)
#: Beginnings that are followed to their end, after two turns of choosing and learning; and how many turns at most.
KEPT, MOST_TURNS = 2, 10
#: Of openings on some of three phases, the share on one: a fault of one phase to earth is by far the most frequent one.
ONE_OF_THREE = 0.8


@dataclass(frozen=True, slots=True)
class Rates:
    """What is learned: shares of calls and of gasps.

    Attributes:
        rate: of customers without supply who report in the end.
        stray: of customers with supply who report all the same.
        prior: of devices that are open.
        delay_s: mean times from the loss of supply to the report.
        partial: of the openings of devices of several phases that are not on all of them.
    """

    rate: tuple[float, float]
    stray: tuple[float, float]
    prior: float
    delay_s: tuple[float, float]
    partial: float


class Learned(NamedTuple):
    """What all trees together teach, by which a part of them is decided as all of them would be.

    Attributes:
        rates: the shares.
        frame: what else holds for all trees alike.
    """

    rates: Rates
    frame: Frame


@dataclass(frozen=True, slots=True)
class Likelihood:
    """The engine, with what it believes of its sources; `predict` takes it as `choose`.

    Attributes:
        sources, hazards: what is believed before anything is seen.
        learned: what the evidence of all trees has taught; None: what is looked at is all there is to learn from.
    """

    sources: Sources = USUAL
    hazards: Hazards = EVEN
    learned: Learned | None = None

    def __call__(self, counted: Scores) -> Choice:
        """The likeliest set of open devices and transformers; what is ruled out gains nothing."""
        if self.learned is not None:
            return self.at_rates(self.learned.rates, counted, self.learned.frame)
        search = self._search(counted)
        return search.at_rates(search.learn())

    def learn(self, counted: Scores) -> Learned:
        """What this evidence teaches."""
        search = self._search(counted)
        return Learned(search.learn(), search.layout.frame)

    def at_rates(self, rates: Rates, counted: Scores, frame: Frame | None = None) -> Choice:
        """The same at rates that are known: of what one choice leaves over there is too little to learn from."""
        return self._search(counted, frame).at_rates(rates)

    def _search(self, counted: Scores, frame: Frame | None = None) -> _Search:
        return _Search(Layout.of(counted, self.sources.indicator, self.hazards, frame), self)


by_likelihood = Likelihood()


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """One way to explain the evidence, arrays over the devices of a layout."""

    rates: Rates
    total: float
    gain: NDArray[np.float64]
    below: NDArray[np.float64]
    phases: NDArray[np.uint8]
    start: NDArray[np.int8]
    chosen: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class _Search:
    """Choosing and learning in turns."""

    layout: Layout
    engine: Likelihood

    @property
    def sources(self) -> Sources:
        """What is believed of them."""
        return self.engine.sources

    def learn(self) -> Rates:
        """The best of what is reached from several beginnings."""
        turned = [self._turn(self._turn(self._explain(rates))) for rates in self._beginnings()]
        turned.sort(key=lambda found: -found.total)
        best = max((self._settle(found) for found in turned[:KEPT]), key=lambda found: found.total)
        return best.rates

    def at_rates(self, rates: Rates) -> Choice:
        """The choice at these rates, with what every device gains."""
        return self._choice(self._explain(rates, least=-math.inf))

    # What is believed before anything is seen, over the time looked at

    @property
    def _kinds(self) -> tuple[Volunteered, Volunteered]:
        return self.sources.calls, self.sources.gasps

    def _stray(self, source: Volunteered) -> float:
        return min(source.stray * self.layout.ages.span_s / 3600, 0.3)

    @property
    def _prior(self) -> float:
        return min(self.sources.prior * max(self.layout.ages.span_s, 300) / 3600, 0.3)

    @property
    def _before_s(self) -> float:
        """How long before the oldest report a device may have opened: one usual delay of who reports here."""
        return self.sources.calls.delay_s if self.layout.frame.tells[0] else self.sources.gasps.delay_s

    def _begin(self, rate: tuple[float, float], stray: tuple[float, float]) -> Rates:
        delays = self.sources.calls.delay_s, self.sources.gasps.delay_s
        return Rates(rate, stray, self._prior, delays, self.sources.partial)

    def _beginnings(self) -> list[Rates]:
        """Low, usual and high rates with usual strays, and with as many as if every report were one."""
        calls, gasps = self._kinds
        usual = self._stray(calls), self._stray(gasps)
        all_stray = [
            min(max(told / max(everybody, 1), least), 0.3)
            for told, everybody, least in zip(self.layout.reports, self.layout.everybody, usual, strict=True)
        ]
        seen = all_stray[0], all_stray[1]
        begins = [self._begin((rate, gasps.rate), usual) for rate in (calls.rate, *BEGINNINGS)]
        begins.append(self._begin((calls.rate, gasps.rate), seen))
        if self.layout.reports[1] > 0:
            begins += [self._begin((calls.rate, 0.02), usual), self._begin((calls.rate, 0.25), seen)]
        return begins

    # The turns

    def _turn(self, found: _Found) -> _Found:
        """Learn from what was chosen and choose again; the better of the two."""
        again = self._explain(self._learn(found))
        return again if again.total > found.total else found

    def _settle(self, found: _Found) -> _Found:
        for _ in range(MOST_TURNS):
            again = self._turn(found)
            if again.total - found.total < 0.01:
                return again
            found = again
        return found

    def _explain(self, rates: Rates, least: float = 0.0) -> _Found:
        """The best set of open devices at these rates; devices that cannot gain more than `least` are passed over."""
        layout, size = self.layout, self.layout.size
        gain, phases, start = np.empty(size), np.empty(size, np.uint8), np.empty(size, np.int8)
        floor = -math.inf if layout.bonus.any() else least
        weighing.weigh(layout.laid, self._worth(rates), floor, gain, phases, start)
        below, best, short = np.zeros(size), np.empty(size), np.empty(size)
        total = weighing.best_up(layout.parent, gain, layout.bonus, below, best, short)
        chosen = np.zeros(size, np.bool_)
        weighing.pick_down(layout.parent, gain, below, best, short, chosen)
        return _Found(rates, total + self._plausible(rates), gain, below, phases, start, chosen)

    def _worth(self, rates: Rates) -> weighing.Worth:
        """What each piece of evidence and each silence is worth, and what devices cost."""
        ages = self.layout.ages
        weights, silence = np.empty((2, ages.count, ages.count)), np.zeros((2, ages.count))
        for s, source in enumerate(self._kinds):
            come = ages.arriving(rates.delay_s[s], source.late)
            weights[s] = np.log1p(rates.rate[s] * come / (rates.stray[s] * ages.elsewhere))
            if self.layout.frame.tells[s]:  # else nobody reports this way here, and silence says nothing
                silence[s] = np.log1p(-rates.rate[s] * np.minimum(come.sum(1), 1))
        asked = np.array([math.log(one.hit / one.false) for one in (self.sources.crew, self.sources.ping_off)])
        some, one = rates.partial, ONE_OF_THREE
        price = math.log(rates.prior) + self.layout.hazard
        partial = np.log([1 - some, some / 2, some * one / 3, some * (1 - one) / 3])
        return weighing.Worth(weights, silence, asked, price, partial, np.log(ages.opening(self._before_s)))

    def _learn(self, found: _Found) -> Rates:
        """The rates that what is chosen shows, drawn to those of the sources as far as there is little of it."""
        bins = self.layout.ages.count
        reported, dark = np.empty((2, bins, bins)), np.empty((2, bins))
        weighing.learn(np.flatnonzero(found.chosen), self.layout.laid, found.phases, found.start, reported, dark)
        rate, stray, delay, weight = [], [], [], self.sources.stray_strength
        for s, source in enumerate(self._kinds):
            delay.append(self._learn_delay(source, found.rates.rate[s], reported[s], dark[s]))
            exposed = float(dark[s] @ np.minimum(self.layout.ages.arriving(delay[s], source.late).sum(1), 1))
            explained = float(reported[s].sum())
            share = (explained + source.strength * source.rate) / (exposed + source.strength)
            rate.append(min(max(share, source.least), 0.999))
            lit = max(self.layout.everybody[s] - float(dark[s].sum()), 0.0) + weight / self._stray(source)
            stray.append(min(max((self.layout.reports[s] - explained + weight) / lit, 1e-7), 0.3))
        weight, devices = self.sources.prior_strength, self.layout.counted.tree.size
        prior = (int(found.chosen.sum()) + weight) / (devices + weight / self._prior)
        rates = (rate[0], rate[1]), (stray[0], stray[1])
        return Rates(*rates, min(prior, 0.3), (delay[0], delay[1]), self._learn_partial(found))

    def _learn_partial(self, found: _Found) -> float:
        """The share of chosen devices of several phases that are open on some of them."""
        possible = self.layout.laid.possible[found.chosen].astype(np.int64)
        several = possible & (possible - 1) != 0
        some = (found.phases[found.chosen] != possible) & several
        weight = self.sources.partial_strength
        return float((some.sum() + weight * self.sources.partial) / (several.sum() + weight))

    def _learn_delay(
        self, source: Volunteered, rate: float, reported: NDArray[np.float64], dark: NDArray[np.float64]
    ) -> float:
        """The delay, of some multiples of the usual one, under which the reports came likeliest."""
        best, found = -math.inf, source.delay_s
        silent = np.maximum(dark - reported.sum(1), 0)
        for multiple in DELAYS:
            come = self.layout.ages.arriving(multiple * source.delay_s, source.late)
            total = float((reported * np.log(np.maximum(come, 1e-9))).sum())
            total += float(silent @ np.log1p(-rate * np.minimum(come.sum(1), 1))) - abs(math.log(multiple))
            if total > best:
                best, found = total, multiple * source.delay_s
        return found

    def _plausible(self, rates: Rates) -> float:
        """Logarithm of how likely the rates are by themselves, and the evidence if no device were open."""
        weight = self.sources.prior_strength
        total = weight * _usual(rates.prior / self._prior)
        total -= self.layout.counted.tree.size * rates.prior
        some, share = self.sources.partial_strength, self.sources.partial
        total += some * (share * math.log(rates.partial) + (1 - share) * math.log1p(-rates.partial))
        weight = self.sources.stray_strength
        for s, source in enumerate(self._kinds):
            rate, stray, told = rates.rate[s], rates.stray[s], self.layout.reports[s]
            if told:
                total += source.strength * (source.rate * math.log(rate) + (1 - source.rate) * math.log1p(-rate))
                total += told * math.log(stray) + (self.layout.everybody[s] - told) * math.log1p(-stray)
                total += weight * _usual(stray / self._stray(source))
        return total

    # The answer

    def _choice(self, found: _Found) -> Choice:
        size, device = self.layout.counted.tree.size, self.layout.device
        is_open, phases = np.zeros(size, np.bool_), self.layout.counted.phases.copy()
        gain, rival = np.full(size, -np.inf), np.zeros(size)
        is_open[device], phases[device] = found.chosen, found.phases
        gain[device], rival[device] = found.gain, found.below
        account = functools.partial(self._account, found)
        again = functools.partial(self.engine.at_rates, found.rates, frame=self.layout.frame)
        return Choice("likelihood", is_open, np.zeros(size, np.bool_), gain, rival, phases, account, again)

    def _account(self, found: _Found, device: int) -> tuple[Contribution, ...]:
        """What the gain of a device is made of; nothing where it is ruled out or nothing is below it."""
        i = self.layout.position(device)
        if i < 0 or not np.isfinite(found.gain[i]):
            return ()
        laid, worth, phases = self.layout.laid, self._worth(found.rates), int(found.phases[i])
        x, parts = np.empty(laid.sums.shape[2]), np.empty(6)
        weighing.counts_on(laid.sums[i], laid.masks, phases, x)
        below = weighing.customers_on(laid.customers[i], laid.customer_masks, phases)
        with_meter = weighing.customers_on(laid.metered[i], laid.customer_masks, phases)
        weighing.likelihood(x, below, with_meter, int(found.start[i]), worth.weights, worth.silence, worth.asked, parts)
        told = _pieces(x / UNIT, int(found.start[i]), (below, with_meter), parts, found.rates)
        price = float(worth.price[i]) + weighing.cost_of(phases, int(laid.possible[i]), worth.partial)
        price += float(worth.when[found.start[i]])
        return (*told, *self._indicators(i), Contribution("price", price, 1.0, found.rates.prior))

    def _indicators(self, i: int) -> Iterator[Contribution]:
        """What fault indicators at a device and above it say, those that operated first."""
        for name, operated in (("operated", True), ("silent", False)):
            gain, devices = self.layout.indicated(i, operated=operated)
            if devices:
                yield Contribution(name, gain, len(devices), devices=tuple(devices))


def _usual(multiple: float) -> float:
    """How plausible it is that a share is so many times the usual one: ten times happens, a hundred times hardly ever."""
    return math.log(multiple) - multiple / 8


def _pieces(
    x: NDArray[np.float64], start: int, customers: tuple[float, float], parts: NDArray[np.float64], rates: Rates
) -> tuple[Contribution, ...]:
    """The six parts of a likelihood with the numbers behind them, those that say anything."""
    bins = (x.size - 3) // 2
    calls, gasps = x[:bins], x[bins : 2 * bins]
    silent = max(customers[0] - calls.sum(), 0), max(customers[1] - gasps.sum(), 0)
    numbers = (calls[: start + 1].sum(), gasps[: start + 1].sum(), x[2 * bins], x[2 * bins + 1], *silent)
    names = ("calls", "gasps", "crews", "pings", "no_calls", "no_gasps")
    shares = (*rates.rate, None, None, *rates.rate)
    return tuple(
        Contribution(name, float(part), float(number), share)
        for name, part, number, share in zip(names, parts, numbers, shares, strict=True)
        if number and part
    )
