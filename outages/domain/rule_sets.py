"""What a rule set holds, in the words of whoever edits it, and which set an area follows at a moment.

>>> check({"min_transformers": "3"})["min_transformers"]
3
>>> fields_changed({"min_fraction": 0.3}, {"min_fraction": 0.2})
[('Share of transformers', 0.3, 0.2)]
"""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from outages.domain import lifecycle
from outages.domain.prediction.engine import by_rules
from outages.domain.prediction.likelihood import by_likelihood
from outages.domain.prediction.rules import RuleSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from outages.domain.prediction.choice import Choice
    from outages.domain.prediction.scores import Scores

#: The engines by the word a rule set names them with.
ENGINES: dict[str, Callable[[Scores], Choice]] = {"rules": by_rules, "likelihood": by_likelihood}
#: How long evidence must have stayed below the lower rate before an area is calm again.
CALM_AFTER_S = 1800


@dataclass(frozen=True, slots=True)
class Field:
    """One number or choice of a rule set: what it is called, what it does, what it may be."""

    name: str
    label: str
    help: str
    kind: Literal["count", "share", "number", "seconds", "choice"]
    least: float = 0
    most: float = math.inf
    is_optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()

    def read(self, value: Any) -> Any:
        """The value as it is kept.

        Raises:
            ValueError: in words: what is wrong with it.
        """
        if value is None or value == "":
            if self.is_optional:
                return None
            raise ValueError("a value is needed")
        if self.kind == "choice":
            if value not in dict(self.choices):
                raise ValueError("choose " + " or ".join(code for code, _ in self.choices))
            return value
        return self._number(value)

    def _number(self, value: Any) -> float | int:
        try:
            number = float(value) if not isinstance(value, bool) else math.nan
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise ValueError("a number is needed")
        if self.kind == "count" and number != int(number):
            raise ValueError("a whole number is needed")
        if not self.least <= number <= self.most:
            most = f" and at most {self.most:g}" if math.isfinite(self.most) else ""
            raise ValueError(f"at least {self.least:g}{most}")
        return int(number) if self.kind == "count" else number


DAY = 86_400
FIELDS = (
    Field(
        "engine",
        "Engine that acts",
        "Rules count against thresholds; likelihood weighs the whole tree.",
        "choice",
        choices=(("rules", "Rules"), ("likelihood", "Likelihood")),
    ),
    Field(
        "min_transformers",
        "Transformers with reports",
        "So many transformers below a device must have reports before it is predicted open.",
        "count",
        1,
        10000,
    ),
    Field(
        "min_fraction",
        "Share of transformers",
        "And such a share of all transformers below it (0.3 is 30 %).",
        "share",
        0,
        1,
    ),
    Field(
        "min_branches",
        "Branches with reports",
        "Reports must come from so many direct branches; from fewer, the branch itself is the better guess.",
        "count",
        1,
        100,
    ),
    Field(
        "min_reports_for_transformer",
        "Reports for a transformer",
        "So many customers of one transformer must report before it is predicted; fewer are single services.",
        "number",
        0.001,
        10000,
    ),
    Field(
        "min_customer_share",
        "Share of customers",
        "Such a share of the customers below must have reported. Empty: not asked for.",
        "share",
        0,
        1,
        is_optional=True,
    ),
    Field(
        "backbone_min_transformers",
        "Backbone: transformers",
        "The same for devices with another protective device below them. Empty: as everywhere.",
        "count",
        1,
        10000,
        is_optional=True,
    ),
    Field(
        "backbone_min_fraction",
        "Backbone: share of transformers",
        "Likewise the share. Empty: as everywhere.",
        "share",
        0,
        1,
        is_optional=True,
    ),
    Field(
        "hold_time_calls_s",
        "Hold calls (s)",
        "A group of calls waits so long for more before it is first shown.",
        "seconds",
        0,
        DAY,
    ),
    Field(
        "hold_time_gasps_s",
        "Hold meters and crews (s)",
        "The same for last gasps, pings and crews, who are surer and come in floods.",
        "seconds",
        0,
        DAY,
    ),
    Field(
        "window_s",
        "Window of one outage (s)",
        "After so long a silence in a tree, further reports are another outage.",
        "seconds",
        1,
        7 * DAY,
    ),
    Field(
        "early_s",
        "Earlier than the outage (s)",
        "A report may be so much older than the outage it joins: clocks in the field differ.",
        "seconds",
        0,
        DAY,
    ),
    Field(
        "late_s",
        "Later than its end (s)",
        "And so much younger than its restoration.",
        "seconds",
        0,
        DAY,
    ),
    Field(
        "freeze_s",
        "Freeze after (s)",
        "A prediction that has not moved for so long is probable: from then on only people move it.",
        "seconds",
        0,
        DAY,
    ),
)
BY_NAME = {field.name: field for field in FIELDS}
_NOT_RULES = ("engine", "freeze_s")


class Wrong(ValueError):
    """Values that cannot be a rule set: complaints by field name."""

    def __init__(self, complaints: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {words}" for name, words in complaints.items()))
        self.complaints = complaints


def defaults() -> dict[str, Any]:
    """Every field of the rule set nobody has changed."""
    found = {name: value for name, value in dataclasses.asdict(RuleSet()).items() if name in BY_NAME}
    return {"engine": "rules", "freeze_s": lifecycle.PROBABLE_AFTER_S} | found


#: The sets there are before anybody has written one. In a storm calls wait longer, and a smaller share is enough to climb.
BUILT_IN: dict[str, dict[str, Any]] = {
    "normal": defaults(),
    "storm": defaults()
    | {"min_fraction": 0.2, "hold_time_calls_s": 300.0, "hold_time_gasps_s": 60.0, "freeze_s": 3600.0},
}


def check(values: Mapping[str, Any]) -> dict[str, Any]:
    """A whole rule set from values as typed; what is not given is as by default.

    Raises:
        Wrong: with a complaint for each field.
    """
    complaints = {name: "is unknown; known: " + ", ".join(BY_NAME) for name in values if name not in BY_NAME}
    found = defaults()
    for name in BY_NAME.keys() & values.keys():
        try:
            found[name] = BY_NAME[name].read(values[name])
        except ValueError as wrong:
            complaints[name] = str(wrong)
    if complaints:
        raise Wrong(complaints)
    return found


def shown(value: Any) -> Any:
    """A value as a person types it.

    >>> shown(120.0), shown(0.3), shown("rules")
    (120, 0.3, 'rules')
    """
    return int(value) if isinstance(value, float) and value == int(value) else value


def fields_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """What differs between two sets: label, before, after."""
    return [
        (field.label, shown(before.get(field.name)), shown(after.get(field.name)))
        for field in FIELDS
        if before.get(field.name) != after.get(field.name)
    ]


@dataclass(frozen=True, slots=True)
class InForce:
    """A rule set as prediction uses it."""

    name: str
    version: int  # 0: as built in
    values: tuple[tuple[str, Any], ...]

    @classmethod
    def of(cls, name: str, version: int, values: Mapping[str, Any]) -> InForce:
        """From the values of a version; what an older version does not know is as by default."""
        return cls(name, version, tuple(sorted((defaults() | dict(values)).items())))

    @property
    def label(self) -> str:
        """How an explanation names it."""
        return f"{self.name}, version {self.version}" if self.version else f"{self.name}, as built in"

    @property
    def rules(self) -> RuleSet:
        """The numbers for the engine."""
        return RuleSet(name=self.label, **{name: value for name, value in self.values if name not in _NOT_RULES})

    @property
    def engine(self) -> str:
        """Which engine acts."""
        return str(dict(self.values)["engine"])

    def chooser(self, engine: str = "") -> Callable[[Scores], Choice]:
        """The engine that acts, or the one of this name, with the numbers of the set."""
        return ENGINES[engine or self.engine]

    @property
    def freeze_s(self) -> float:
        """When a prediction is left alone."""
        return float(dict(self.values)["freeze_s"])


@dataclass(frozen=True, slots=True)
class Course:
    """Which sets held one after the other, each since a moment; the first holds before it too."""

    turns: tuple[tuple[dt.datetime, InForce], ...]

    @classmethod
    def always(cls, rules: InForce) -> Course:
        """One set, whenever."""
        return cls(((dt.datetime.min.replace(tzinfo=dt.UTC), rules),))

    def at(self, moment: dt.datetime) -> InForce:
        """The set that held then."""
        place = bisect.bisect_right([since for since, _ in self.turns], moment)
        return self.turns[max(place - 1, 0)][1]

    @property
    def sets(self) -> list[InForce]:
        """All of them, each once."""
        return list(dict.fromkeys(rules for _, rules in self.turns))

    @property
    def label(self) -> str:
        """What they are called, in their order."""
        return ", then ".join(dict.fromkeys(rules.label for _, rules in self.turns))


# Which set an area follows


@dataclass(frozen=True, slots=True)
class Window:
    """A part of each day in which a set is in force; one that ends before it begins goes over midnight."""

    begin: dt.time
    end: dt.time
    name: str

    def covers(self, time: dt.time) -> bool:
        """Whether that time of day lies in it.

        >>> Window(dt.time(22), dt.time(6), "storm").covers(dt.time(23)), Window(dt.time(6), dt.time(22), "day").covers(dt.time(22))
        (True, False)
        """
        if self.begin <= self.end:
            return self.begin <= time < self.end
        return time >= self.begin or time < self.end


@dataclass(frozen=True, slots=True)
class Plan:
    """How an area chooses its set by itself: by the rate of evidence, else by the clock, else the normal one.

    `on_rate` and `off_rate` are reports of darkness in ten minutes; an `on_rate` of None never switches by rate.
    """

    normal: str = "normal"
    busy: str = "storm"
    windows: Sequence[Window] = ()
    on_rate: int | None = None
    off_rate: int = 0
    calm_after_s: float = CALM_AFTER_S


@dataclass(frozen=True, slots=True)
class Wanted:
    """The set an area should follow, how that was decided, and since when evidence has been few (None: it is not)."""

    name: str
    how: str  # clock, rate, plan
    why: str
    calm_since: dt.datetime | None


def wanted(
    plan: Plan, *, is_busy: bool, rate: int, calm_since: dt.datetime | None, at: dt.datetime, time: dt.time
) -> Wanted:
    """What the plan asks for at a moment; `time` is the utility's time of day, `is_busy` whether rate chose the present set.

    The rate has hysteresis: it begins at `on_rate`, and ends only after `calm_after_s` below `off_rate`.
    """
    if plan.on_rate is not None:
        if rate >= plan.on_rate:
            return Wanted(plan.busy, "rate", f"{rate} reports in ten minutes, {plan.on_rate} are enough", None)
        if is_busy:
            since = (calm_since or at) if rate <= plan.off_rate else None
            if since is None or (at - since).total_seconds() < plan.calm_after_s:
                return Wanted(plan.busy, "rate", f"{rate} reports in ten minutes, calm at {plan.off_rate}", since)
    for window in plan.windows:
        if window.covers(time):
            return Wanted(window.name, "clock", f"from {window.begin:%H:%M} to {window.end:%H:%M}", None)
    return Wanted(plan.normal, "plan", "nothing speaks for another set", None)
