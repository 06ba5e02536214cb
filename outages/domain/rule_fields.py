"""The fields of a rule set: what each is called, what it does and may be, by group, in the order in which they are shown.

>>> BY_NAME["calls_rate"].read("0.25"), BY_NAME["ask_after_restoration"].read("0.2")
(0.25, '0.2')
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

from outages.domain import sampling
from outages.domain.prediction.hazards import Hazards
from outages.domain.prediction.sources import USUAL, Asked, Volunteered

#: Groups as they are shown, and what each is about.
GROUPS: dict[str, tuple[str, str]] = {
    "decide": ("How it decides", ""),
    "ask": ("Meters asked", "Whom prediction asks by itself; questions of people have limits of their own."),
    "sources": (
        "Sources, for the engine that weighs",
        "How far each is believed before there is evidence. What evidence shows moves it: a strength says how much moves it half way.",
    ),
    "hazards": (
        "Devices that open, for the engine that weighs",
        "Only proportions count: twice the number opens twice as often.",
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One number or choice of a rule set: what it is called, what it does, what it may be."""

    name: str
    label: str
    help: str
    kind: Literal["count", "share", "number", "seconds", "choice", "sample"]
    least: float = 0
    most: float = math.inf
    is_optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    group: str = "decide"

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
        return sampling.read(value) if self.kind == "sample" else self._number(value)

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


#: Attributes of a source of evidence that comes by itself: what each is called and does.
_VOLUNTEERED = {
    "rate": ("share that reports", "Of those without supply, in the end.", "share"),
    "least": ("never fewer than", "Below this the share is not believed to fall: so few are strays.", "share"),
    "strength": (
        "strength of the share",
        "So many customers without supply move it half way to what they show.",
        "number",
    ),
    "stray": ("strays in an hour", "Share of those with supply who report all the same.", "share"),
    "delay_s": ("mean delay (s)", "From the loss of supply to the report.", "seconds"),
    "late": ("share at any time", "Of the reports, those that come at any time within four hours.", "share"),
}
_ASKED = {
    "hit": ("right", "How often it says so where it is so.", "share"),
    "false": ("wrong", "How often it says so where it is not.", "share"),
}
_SOURCES = {
    "calls": ("Calls", _VOLUNTEERED),
    "gasps": ("Last gasps", _VOLUNTEERED),
    "crew": ("Crew's word", _ASKED),
    "ping_off": ("Meter without answer", _ASKED),
    "indicator": ("Fault indicator", _ASKED),
}
_OVERALL = {
    "stray_strength": (
        "Strength of the strays",
        "So many stray reports move their share half way to what is seen.",
        "number",
    ),
    "prior": ("Devices that open in an hour", "Share of all devices.", "share"),
    "prior_strength": ("Strength of the devices that open", "So many open devices move it half way.", "number"),
    "partial": ("Openings on some phases only", "Share of the openings of a device of several phases.", "share"),
    "partial_strength": (
        "Strength of the openings on some phases",
        "So many openings of such devices move it half way.",
        "number",
    ),
}
_HAZARDS = {
    "breaker": "A breaker",
    "recloser": "A recloser",
    "fuse": "A fuse",
    "transformer": "A service transformer",
    "section": "Each line section behind a device",
}
_SMALL = 1e-6


def _weighed(name: str, label: str, help_: str, kind: Any) -> Field:
    """A number of a source: shares lie between 0 and 1, others above 0."""
    return Field(name, label, help_, kind, _SMALL, 1 - _SMALL if kind == "share" else 1e6, group="sources")


def _of_sources() -> list[Field]:
    found = [
        _weighed(f"{source}_{name}", f"{title}: {label}", help_, kind)
        for source, (title, attributes) in _SOURCES.items()
        for name, (label, help_, kind) in attributes.items()
    ]
    return found + [_weighed(name, *words) for name, words in _OVERALL.items()]


def _of_hazards() -> list[Field]:
    help_ = "Times a year it opens; a line section adds so much."
    return [
        Field(f"hazard_{name}", label, help_, "number", 0 if name == "section" else 0.001, 1e6, group="hazards")
        for name, label in _HAZARDS.items()
    ]


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
        "indicator_factor",
        "Fault indicators",
        "The nearest one divides the share of transformers by this if it operated, multiplies it if it did not. 1: it says nothing.",
        "number",
        1,
        10,
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
    Field(
        "ask_on_prediction",
        "Asked when an outage is predicted",
        "Of those who did not report: all, transformer (one at each), a share at each transformer such as 0.2, or none.",
        "sample",
        group="ask",
    ),
    Field(
        "ask_after_restoration",
        "Asked after a restoration",
        "Of those whose meters did not say so themselves: likewise.",
        "sample",
        group="ask",
    ),
    Field(
        "ask_most",
        "At most so many in one round",
        "Empty: as many as the setting ping.most_meters allows, which always holds.",
        "count",
        1,
        1_000_000,
        is_optional=True,
        group="ask",
    ),
    Field(
        "ask_not_again_s",
        "Not again within (s)",
        "A meter asked so lately is not asked again because of a prediction. Empty: as the setting ping.not_again_s says.",
        "seconds",
        0,
        DAY,
        is_optional=True,
        group="ask",
    ),
    *_of_sources(),
    *_of_hazards(),
)
BY_NAME = {field.name: field for field in FIELDS}


def defaults() -> dict[str, Any]:
    """What is asked of meters, believed of sources and of devices where nobody says otherwise."""
    found: dict[str, Any] = {
        "ask_on_prediction": sampling.PER_TRANSFORMER,
        "ask_after_restoration": sampling.ALL,
        "ask_most": None,
        "ask_not_again_s": None,
    }
    for source, (_, attributes) in _SOURCES.items():
        held: Volunteered | Asked = getattr(USUAL, source)
        found |= {f"{source}_{name}": float(getattr(held, name)) for name in attributes}
    found |= {name: float(getattr(USUAL, name)) for name in _OVERALL}
    return found | {f"hazard_{name}": value for name, value in dataclasses.asdict(Hazards()).items()}


def source_changes(values: dict[str, Any]) -> dict[str, Any]:
    """The numbers of the sources as `Sources.with_changes` takes them."""
    by_source: dict[str, Any] = {
        source: {name: values[f"{source}_{name}"] for name in attributes}
        for source, (_, attributes) in _SOURCES.items()
    }
    return by_source | {name: values[name] for name in _OVERALL}


def hazards(values: dict[str, Any]) -> Hazards:
    """How often devices of each kind open."""
    return Hazards(**{name: float(values[f"hazard_{name}"]) for name in _HAZARDS})
