"""What a rule set holds, in the words of whoever edits it, and which set an area follows at a moment.

>>> check({"min_transformers": "3"})["min_transformers"]
3
>>> [(field.label, was, now) for field, was, now in fields_changed({"min_fraction": 0.3}, {"min_fraction": 0.2})]
[('Share of transformers', 0.3, 0.2)]
"""

from __future__ import annotations

import bisect
import dataclasses
import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from network.domain.phrases import Complaint, Phrase, phrase
from outages.domain import lifecycle, rule_fields
from outages.domain.prediction.engine import by_rules
from outages.domain.prediction.likelihood import Likelihood, by_likelihood
from outages.domain.prediction.rules import RuleSet
from outages.domain.prediction.sources import USUAL
from outages.domain.rule_fields import BY_NAME, FIELDS, GROUPS, Field

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from outages.domain.prediction.choice import Choice
    from outages.domain.prediction.scores import Scores

__all__ = ["BY_NAME", "FIELDS", "GROUPS", "Course", "Field", "InForce", "Plan", "Wanted", "Window", "Wrong"]

#: The engines by the word a rule set names them with.
ENGINES: dict[str, Callable[[Scores], Choice]] = {"rules": by_rules, "likelihood": by_likelihood}
#: How long evidence must have stayed below the lower rate before an area is calm again.
CALM_AFTER_S = 1800


_OF_RULES = frozenset(RuleSet.__dataclass_fields__) - {"name"}


class Wrong(ValueError):
    """Values that cannot be a rule set: complaints by field name, whose words are in `outages.selectors.rule_words`."""

    def __init__(self, complaints: dict[str, Phrase]) -> None:
        super().__init__("; ".join(f"{name}: {told['code']}" for name, told in complaints.items()))
        self.complaints = complaints


def defaults() -> dict[str, Any]:
    """Every field of the rule set nobody has changed."""
    found = {name: value for name, value in dataclasses.asdict(RuleSet()).items() if name in BY_NAME}
    return {"engine": "rules", "freeze_s": lifecycle.PROBABLE_AFTER_S} | found | rule_fields.defaults()


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
    complaints = {name: phrase("unknown_field", known=list(BY_NAME)) for name in values if name not in BY_NAME}
    found = defaults()
    for name in [name for name in BY_NAME if name in values]:
        try:
            found[name] = BY_NAME[name].read(values[name])
        except Complaint as wrong:
            complaints[name] = wrong.told
    complaints = complaints or _contradictions(found)
    if complaints:
        raise Wrong(complaints)
    return found


def _contradictions(found: dict[str, Any]) -> dict[str, Phrase]:
    """What does not go together, by field."""
    names = [name.removesuffix("_hit") for name in BY_NAME if name.endswith("_hit")]
    return {f"{name}_hit": phrase("says_nothing") for name in names if found[f"{name}_hit"] <= found[f"{name}_false"]}


def shown(value: Any) -> Any:
    """A value as a person types it.

    >>> shown(120.0), shown(0.3), shown("rules")
    (120, 0.3, 'rules')
    """
    return int(value) if isinstance(value, float) and value == int(value) else value


def fields_changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[Field, Any, Any]]:
    """What differs between two sets: field, before, after."""
    return [
        (field, shown(before.get(field.name)), shown(after.get(field.name)))
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
        return RuleSet(name=self.label, **{name: value for name, value in self.values if name in _OF_RULES})

    @property
    def engine(self) -> str:
        """Which engine acts."""
        return str(dict(self.values)["engine"])

    def chooser(self, engine: str = "") -> Callable[[Scores], Choice]:
        """The engine that acts, or the one of this name, with the numbers of the set."""
        name = engine or self.engine
        if name != "likelihood":
            return ENGINES[name]
        values = dict(self.values)
        return Likelihood(USUAL.with_changes(rule_fields.source_changes(values)), rule_fields.hazards(values))

    def get(self, name: str) -> Any:
        """One number of the set."""
        return dict(self.values)[name]

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
    why: Phrase
    calm_since: dt.datetime | None


def wanted(
    plan: Plan, *, is_busy: bool, rate: int, calm_since: dt.datetime | None, at: dt.datetime, time: dt.time
) -> Wanted:
    """What the plan asks for at a moment; `time` is the utility's time of day, `is_busy` whether rate chose the present set.

    The rate has hysteresis: it begins at `on_rate`, and ends only after `calm_after_s` below `off_rate`.
    """
    if plan.on_rate is not None:
        if rate >= plan.on_rate:
            return Wanted(plan.busy, "rate", phrase("many_reports", reports=rate, enough=plan.on_rate), None)
        if is_busy:
            since = (calm_since or at) if rate <= plan.off_rate else None
            if since is None or (at - since).total_seconds() < plan.calm_after_s:
                return Wanted(plan.busy, "rate", phrase("not_calm", reports=rate, calm=plan.off_rate), since)
    for window in plan.windows:
        if window.covers(time):
            between = phrase("between", begin=f"{window.begin:%H:%M}", end=f"{window.end:%H:%M}")
            return Wanted(window.name, "clock", between, None)
    return Wanted(plan.normal, "plan", phrase("usual"), None)
