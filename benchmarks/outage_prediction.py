"""Outage prediction held against the truth: both engines, on the IEEE 8500 feeder and on a million customers, and how long they take.

    python -m benchmarks.outage_prediction [forests] [ieee8500] [million] [trees] [speed] [--nights 10] [--write]

Nights with known truth are drawn (benchmarks/_outage_truth.py): devices open, some on one phase, some below others; of the customers
who are dark a share calls after minutes and a share of the meters gets its last gasp through after seconds; others call or gasp
though they have supply; some customers are linked to the wrong transformer. Every two minutes both engines are asked what they make of
what has been said so far, with the hold times of the default rule set. A device counts as right if it is the open one, or one that
has the very same customers. "Rates given" is the likelihood engine told the shares instead of learning them: what learning costs.
"Oracle" knows how the nights are made (benchmarks/_outage_oracle.py): the limit of what the evidence says. `trees` asks the
likelihood engine tree by tree, as a running system does. `--write` keeps the tables in benchmarks/results/outage_prediction_*.md.
"""

from __future__ import annotations

import argparse
import functools
import math
import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks import _outage_oracle as oracle
from benchmarks import _outage_trees as by_trees
from benchmarks import _outage_truth as truth
from integration.cim.models import read_model
from network.domain import completion, generation
from network.domain.energisation import energise
from network.domain.grid import Grid, assemble, compile_grid
from network.domain.protection import protection_tree
from outages.domain.prediction import engine, layout, likelihood, scores
from outages.domain.prediction.choice import Choice
from outages.domain.prediction.hazards import EVEN
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.tree import DeviceTree

RESULTS = Path(__file__).parent / "results"
FEEDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "cim" / "gridappsd" / "IEEE8500bal_derived.xml.gz"
EARLY_S, LATE_S = 2700.0, 5400.0
PARTS = ["forests", "ieee8500", "million", "trees", "speed"]
SIZES = (2, 1000)
SCENARIOS = (
    truth.Scenario("5 % call", 0, calls=0.05),
    truth.Scenario("10 % call", 0, calls=0.1),
    truth.Scenario("20 % call", 0, calls=0.2),
    truth.Scenario("40 % call", 0, calls=0.4),
    truth.Scenario("20 % call, 20 % of gasps", 0, gasps=0.2),
    truth.Scenario("20 % call, 50 % of gasps", 0, gasps=0.5),
    truth.Scenario("20 % call, 80 % of gasps", 0, gasps=0.8),
    truth.Scenario("20 % call, 95 % of gasps", 0, gasps=0.95),
    truth.Scenario("20 % call, hardly any noise", 0, stray_calls=0.0005, wrong_links=0.0, partial=0.0, nested=0.0),
    truth.Scenario("20 % call, ten times the stray", 0, stray_calls=0.02, false_gasps=0.005),
    truth.Scenario("20 % call, 5 % wrong links", 0, wrong_links=0.05),
    truth.Scenario("20 % call, half on one phase", 0, partial=0.5),
    truth.Scenario("20 % call, three times as slowly", 0, call_median_s=1440.0),
)


@dataclass(slots=True)
class Tally:
    """What one engine made of some nights."""

    early: list[truth.Score]
    late: list[truth.Score]
    minutes: list[float]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", nargs="*", metavar="PART", default=PARTS, help=", ".join(PARTS))
    parser.add_argument(
        "--nights", type=int, default=10, help="on the feeder; on the million customers a tenth of them"
    )
    parser.add_argument("--write", action="store_true")
    options = parser.parse_args()
    nights = range(max(options.nights // 10, 1))
    for what in options.what:
        before = os.getloadavg()[0]
        if what == "forests":
            text = _forests(range(1, 7))
        elif what == "ieee8500":
            text = _quality("IEEE 8500, 10,000 customers", _feeder(), Round(8, 120.0, range(options.nights)))
        elif what == "million":
            text = _quality("A million customers", _million(), Round(100, 300.0, nights))
        elif what == "trees":
            text = _trees(_million(), nights)
        else:
            text = _speed()
        command = f"python -m benchmarks.outage_prediction {what} --nights {options.nights}"
        head = f"# Outage prediction\n\n`{command}`, {platform.machine()}, Python {platform.python_version()}, "
        text = head + f"load {before:.1f} before and {os.getloadavg()[0]:.1f} after.\n\n" + text
        print(text)
        if options.write:
            (RESULTS / f"outage_prediction_{what}.md").write_text(text)


@dataclass(frozen=True, slots=True)
class Round:
    """How a network is tried: devices that open a night, how often both engines are asked, the seeds of the nights."""

    faults: int
    every_s: float
    seeds: range


# The networks


def _feeder() -> truth.Place:
    draft = read_model([FEEDER])
    completion.complete(draft, 1, customers=10_000)
    return truth.Place.of(_tree(compile_grid(draft)))


def _million() -> truth.Place:
    return truth.Place.of(_tree(assemble(generation.columns(generation.generate(1_000_000, 1)))))


def _tree(grid: Grid) -> DeviceTree:
    places = protection_tree(grid, energise(grid, grid.normal_closed), grid.normal_closed)
    return DeviceTree.of(places.parent, places.is_transformer, places.customers, phases=places.phases)


# Quality


def _quality(title: str, place: truth.Place, tried: Round) -> str:
    tree, rows = place.tree, []
    for scenario in SCENARIOS:
        say(f"{title}: {scenario.name}")
        rows += _scenario(place, replace(scenario, faults=tried.faults, customers=SIZES), tried)
    protective, transformers = int((~tree.is_transformer).sum()), int(tree.is_transformer.sum())
    text = (
        f"## {title}\n\n{protective:,} protective devices, {transformers:,} transformers; {len(tried.seeds)} nights of "
    )
    text += f"{tried.faults} open devices ({SIZES[0]} to {SIZES[1]:,} customers each) within half an hour;\n"
    text += f"asked every {tried.every_s / 60:.0f} minutes. Customers wrong: taken as dark or lit wrongly, by those who are "
    text += "dark; 45 and 90 minutes after the first may open.\nPrecision and recall are those at 45 minutes.\n\n"
    columns = ("evidence", "engine", "devices: precision", "recall", "customers: precision", "recall", "customers wrong at 45 min",
               "at 90 min", "right device, median min", "within 10 min")  # fmt: skip
    return text + table(columns, rows)


def _scenario(place: truth.Place, scenario: truth.Scenario, tried: Round) -> list[tuple[str, ...]]:
    tallies = {name: Tally([], [], []) for name in ("rules", "likelihood", "rates given", "oracle")}
    scored = [EARLY_S, LATE_S]
    often = sorted({*np.arange(tried.every_s, EARLY_S + 601, tried.every_s).tolist(), *scored})
    for seed in tried.seeds:
        night = truth.night(place, scenario, seed)
        given = functools.partial(likelihood.by_likelihood.at_rates, _true_rates(place, scenario, night))
        engines = {"rules": engine.by_rules, "likelihood": likelihood.by_likelihood, "rates given": given}
        for name, choose in engines.items():
            _watch(night, choose, tallies[name], scored if name == "rates given" else often)
        tallies["oracle"].early.append(_oracle(night, scenario, EARLY_S))
        tallies["oracle"].late.append(_oracle(night, scenario, LATE_S))
    return [_row(scenario.name, name, tally) for name, tally in tallies.items()]


def _oracle(night: truth.Night, scenario: truth.Scenario, at: float) -> truth.Score:
    """It names nobody's device, only who is dark."""
    told, dark = oracle.told_dark(night, scenario, at), night.dark_since <= at
    return truth.Score(0, 0, 0, int((told & dark).sum()), int(told.sum()), int(dark.sum()))


def _true_rates(place: truth.Place, scenario: truth.Scenario, night: truth.Night) -> likelihood.Rates:
    hours = LATE_S / truth.HOUR_S
    stray = scenario.stray_calls * hours, max(scenario.false_gasps * hours, 1e-7)
    return likelihood.Rates(
        (scenario.calls, max(scenario.gasps, 1e-4)),
        stray,
        night.device.size / place.tree.size,
        (scenario.call_median_s * 1.6, 20.0),
        max(scenario.partial, 0.005),
    )


def _watch(night: truth.Night, choose: Callable[[scores.Scores], Choice], tally: Tally, moments: list[float]) -> None:
    """Ask at these moments, as far as what is found may be shown by then."""
    place, seen_at = night.place, dict[int, float]()
    for at in moments:
        found = engine.predict(place.tree, night.until(at), choose=choose, at=at)
        shown = [(one.device, one.phases) for one in found if one.kind != "single" and one.due_at <= at]
        for device, _ in shown:
            seen_at.setdefault(int(place.alike[device]), at)
        if at == EARLY_S:
            tally.early.append(truth.score(night, at, shown))
        if at == LATE_S:
            tally.late.append(truth.score(night, at, shown))
    for i in night.open_at(LATE_S):
        at = seen_at.get(int(place.alike[night.device[i]]), np.inf)
        tally.minutes.append(max(at - float(night.began_at[i]), 0.0) / 60)


def _row(scenario: str, name: str, tally: Tally) -> tuple[str, ...]:
    early, late = truth.Score.total(tally.early), truth.Score.total(tally.late)
    minutes = tally.minutes or [math.inf]
    middle, soon = statistics.median(minutes), statistics.fmean(one <= 10 for one in minutes)
    is_timed, is_named = name in {"rules", "likelihood"}, name != "oracle"
    return (
        scenario if name == "rules" else "",
        name,
        f"{early.right / max(early.predicted, 1):.2f}" if is_named else "",
        f"{early.right / max(early.true, 1):.2f}" if is_named else "",
        f"{early.both / max(early.told, 1):.3f}",
        f"{early.both / max(early.dark, 1):.3f}",
        f"{early.wrong:.1%}".replace("%", " %"),
        f"{late.wrong:.1%}".replace("%", " %"),
        (f"{middle:.0f}" if np.isfinite(middle) else "never") if is_timed else "",
        f"{soon:.0%}".replace("%", " %") if is_timed else "",
    )


def _forests(seeds: range) -> str:
    """Larger outages with little noise on random forests, the likelihood engine alone: the goal of the design."""
    rows = []
    for calls in (0.05, 0.1, 0.2, 0.4, 0.9):
        say(f"forests: {calls}")
        clean = truth.Scenario(
            "clean", 20, calls, 0.0, 0.0005, wrong_links=0.0, partial=0.0, nested=0.0, customers=(40, 2000)
        )
        found = []
        for seed in seeds:
            place = truth.Place.of(truth.forest(np.random.default_rng(seed), 6_000, 6_000, 12, sources=20))
            night = truth.night(place, clean, seed)
            made = engine.predict(place.tree, night.until(LATE_S), choose=likelihood.by_likelihood, at=LATE_S)
            found.append(truth.score(night, LATE_S, [(one.device, one.phases) for one in made if one.kind != "single"]))
        total, each = truth.Score.total(found), sorted(one.wrong for one in found)
        rows.append((f"{calls:.0%}", f"{total.dark:,}", f"{total.wrong:.1%}", f"{each[0]:.1%} to {each[-1]:.1%}",
                     f"{total.right / total.predicted:.2f}", f"{total.right / total.true:.2f}"))  # fmt: skip
    text = f"## Random forests\n\n{len(seeds)} forests of 12,000 devices and 72,000 customers, "
    text += "20 open devices of 40 to 2,000 customers in each, "
    text += "0.05 % stray calls an hour;\nthe likelihood engine 90 minutes after the first may open.\n\n"
    return text + table(("call", "dark", "customers wrong", "by forest", "devices: precision", "recall"), rows)


def _trees(place: truth.Place, seeds: range) -> str:
    """Tree by tree against all together, 45 minutes after the first may open."""
    rows = []
    for scenario in (SCENARIOS[1], SCENARIOS[2], SCENARIOS[5], SCENARIOS[9]):
        say(f"trees: {scenario.name}")
        asked = replace(scenario, faults=100, customers=SIZES)
        found = [by_trees.scores(truth.night(place, asked, seed), EARLY_S) for seed in seeds]
        for way in by_trees.WAYS:
            total = truth.Score.total(one[way] for one in found)
            precision, recall = total.right / max(total.predicted, 1), total.right / max(total.true, 1)
            name = scenario.name if way == by_trees.WAYS[0] else ""
            rows.append((name, way, f"{total.wrong:.1%}".replace("%", " %"), f"{precision:.2f}", f"{recall:.2f}"))
    count = int((place.tree.parent < 0).sum())
    text = f"## Tree by tree\n\nA million customers in {count} sources' trees, {len(seeds)} nights of 100 open devices; the likelihood "
    text += "engine 45 minutes after the first may open.\n\n"
    return text + table(("evidence", "decided", "customers wrong", "devices: precision", "recall"), rows)


# Speed


def _speed() -> str:
    """One storm on 100,000 devices: processor time of each step, and of a walk over objects beside it."""
    say("speed")
    tree = truth.forest(np.random.default_rng(1), 50_000, 50_000, 20, sources=500)
    place = truth.Place.of(tree)
    storm = truth.Scenario("storm", 250, calls=0.9, customers=(200, 20_000))
    night = truth.night(place, storm, 1)
    evidence, rules = night.until(LATE_S), RuleSet()
    counted = scores.score(place.tree, evidence, rules, LATE_S)
    learned = likelihood.by_likelihood(counted)
    rates = learned.account.args[0].rates if isinstance(learned.account, functools.partial) else None
    trust = likelihood.by_likelihood.sources.indicator
    walk = functools.partial(_walk, _objects(tree), evidence.device.tolist())
    steps: dict[str, Callable[[], object]] = {
        "walk over Python objects, one call after another (counts only)": walk,
        "counting for the rules (all thresholds, phases, vetoes)": lambda: scores.score(
            place.tree, evidence, rules, LATE_S
        ),
        "laying out for the likelihood": lambda: layout.Layout.of(counted, trust, EVEN),
        "one choice at given rates": lambda: likelihood.by_likelihood.at_rates(rates, counted),
        "choosing and learning the rates": lambda: likelihood.by_likelihood(counted),
        "whole prediction by rules": lambda: engine.predict(place.tree, evidence, rules, engine.by_rules, LATE_S),
        "whole prediction by likelihood": lambda: engine.predict(
            place.tree, evidence, rules, likelihood.by_likelihood, LATE_S
        ),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(7):
        for name, step in steps.items():
            began = time.process_time()
            step()
            times[name].append(time.process_time() - began)
    middle = {name: 1000 * statistics.median(one) for name, one in times.items()}
    floor = next(iter(middle.values()))
    rows = [(name, f"{ms:.1f}", f"{floor / ms:.1f}") for name, ms in middle.items()]
    text = f"## Time\n\n{tree.size:,} devices, a million customers, {evidence.size:,} calls in 90 minutes; "
    text += "processor time, in turns, median of 7.\n\n"
    return text + table(("step", "ms", "times faster than the walk"), rows)


class _Device:
    """A device as an object, as programs that are not made of arrays hold it."""

    __slots__ = ("above", "calls")

    def __init__(self, above: _Device | None) -> None:
        self.above, self.calls = above, 0


def _objects(tree: DeviceTree) -> list[_Device]:
    made: list[_Device] = []
    for above in tree.parent.tolist():
        made.append(_Device(made[above] if above >= 0 else None))
    return made


def _walk(devices: list[_Device], calls: list[int]) -> None:
    for one in devices:
        one.calls = 0
    for at in calls:
        device: _Device | None = devices[at]
        while device is not None:
            device.calls += 1
            device = device.above


# Printing


def table(columns: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    lines = ["| " + " | ".join(row) + " |" for row in (columns, ("---",) * len(columns), *rows)]
    return "\n".join(lines) + "\n"


def say(what: str) -> None:
    """Progress, beside the result."""
    print(what, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
