"""The fields of a rule set: what each is called, what it does and may be, by group, in the order in which they are shown.

>>> BY_NAME["calls_rate"].read("0.25"), BY_NAME["ask_after_restoration"].read("0.2")
(0.25, '0.2')
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, Literal

from network.domain.phrases import Complaint, gettext_noop
from outages.domain import sampling
from outages.domain.prediction.hazards import Hazards
from outages.domain.prediction.sources import USUAL, Asked, Volunteered

#: Groups as they are shown, and what each is about.
GROUPS: dict[str, tuple[str, str]] = {
    "decide": (gettext_noop("How it decides"), ""),
    "ask": (
        gettext_noop("Meters asked"),
        gettext_noop("Whom prediction asks by itself; questions of people have limits of their own."),
    ),
    "sources": (
        gettext_noop("Sources, for the engine that weighs"),
        gettext_noop(
            "How far each is believed before there is evidence. "
            "What evidence shows moves it: a strength says how much moves it half way."
        ),
    ),
    "hazards": (
        gettext_noop("Devices that open, for the engine that weighs"),
        gettext_noop("Only proportions count: twice the number opens twice as often."),
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One number or choice of a rule set: what it is called, what it does, what it may be.

    Attributes:
        title: of a number of a source, what the source is called; it stands before the label.
    """

    name: str
    label: str
    help: str
    kind: Literal["count", "share", "number", "seconds", "choice", "sample"]
    least: float = 0
    most: float = math.inf
    is_optional: bool = False
    choices: tuple[tuple[str, str], ...] = ()
    group: str = "decide"
    title: str = ""

    def read(self, value: Any) -> Any:
        """The value as it is kept.

        Raises:
            Complaint: what is wrong with it.
        """
        if value is None or value == "":
            if self.is_optional:
                return None
            raise Complaint("value_needed")
        if self.kind == "choice":
            if value not in dict(self.choices):
                raise Complaint("choose", codes=[code for code, _ in self.choices])
            return value
        return sampling.read(value) if self.kind == "sample" else self._number(value)

    def _number(self, value: Any) -> float | int:
        try:
            number = float(value) if not isinstance(value, bool) else math.nan
        except (TypeError, ValueError):
            number = math.nan
        if not math.isfinite(number):
            raise Complaint("number_needed")
        if self.kind == "count" and number != int(number):
            raise Complaint("whole_number_needed")
        if not self.least <= number <= self.most:
            if math.isfinite(self.most):
                raise Complaint("least_and_most", least=f"{self.least:g}", most=f"{self.most:g}")
            raise Complaint("least", least=f"{self.least:g}")
        return int(number) if self.kind == "count" else number


#: Attributes of a source of evidence that comes by itself: what each is called and does.
_VOLUNTEERED = {
    "rate": (gettext_noop("share that reports"), gettext_noop("Of those without supply, in the end."), "share"),
    "least": (
        gettext_noop("never fewer than"),
        gettext_noop("Below this the share is not believed to fall: so few are strays."),
        "share",
    ),
    "strength": (
        gettext_noop("strength of the share"),
        gettext_noop("So many customers without supply move it half way to what they show."),
        "number",
    ),
    "stray": (
        gettext_noop("strays in an hour"),
        gettext_noop("Share of those with supply who report all the same."),
        "share",
    ),
    "delay_s": (gettext_noop("mean delay (s)"), gettext_noop("From the loss of supply to the report."), "seconds"),
    "late": (
        gettext_noop("share at any time"),
        gettext_noop("Of the reports, those that come at any time within four hours."),
        "share",
    ),
}
_ASKED = {
    "hit": (gettext_noop("right"), gettext_noop("How often it says so where it is so."), "share"),
    "false": (gettext_noop("wrong"), gettext_noop("How often it says so where it is not."), "share"),
}
_SOURCES = {
    "calls": (gettext_noop("Calls"), _VOLUNTEERED),
    "gasps": (gettext_noop("Last gasps"), _VOLUNTEERED),
    "crew": (gettext_noop("Crew's word"), _ASKED),
    "ping_off": (gettext_noop("Meter without answer"), _ASKED),
    "indicator": (gettext_noop("Fault indicator"), _ASKED),
}
_OVERALL = {
    "stray_strength": (
        gettext_noop("Strength of the strays"),
        gettext_noop("So many stray reports move their share half way to what is seen."),
        "number",
    ),
    "prior": (gettext_noop("Devices that open in an hour"), gettext_noop("Share of all devices."), "share"),
    "prior_strength": (
        gettext_noop("Strength of the devices that open"),
        gettext_noop("So many open devices move it half way."),
        "number",
    ),
    "partial": (
        gettext_noop("Openings on some phases only"),
        gettext_noop("Share of the openings of a device of several phases."),
        "share",
    ),
    "partial_strength": (
        gettext_noop("Strength of the openings on some phases"),
        gettext_noop("So many openings of such devices move it half way."),
        "number",
    ),
}
_HAZARDS = {
    "breaker": gettext_noop("A breaker"),
    "recloser": gettext_noop("A recloser"),
    "fuse": gettext_noop("A fuse"),
    "transformer": gettext_noop("A service transformer"),
    "section": gettext_noop("Each line section behind a device"),
}
_SMALL = 1e-6


def _weighed(name: str, label: str, help_: str, kind: Any, title: str = "") -> Field:
    """A number of a source: shares lie between 0 and 1, others above 0."""
    most = 1 - _SMALL if kind == "share" else 1e6
    return Field(name, label, help_, kind, _SMALL, most, group="sources", title=title)


def _of_sources() -> list[Field]:
    found = [
        _weighed(f"{source}_{name}", label, help_, kind, title)
        for source, (title, attributes) in _SOURCES.items()
        for name, (label, help_, kind) in attributes.items()
    ]
    return found + [_weighed(name, *words) for name, words in _OVERALL.items()]


def _of_hazards() -> list[Field]:
    help_ = gettext_noop("Times a year it opens; a line section adds so much.")
    return [
        Field(f"hazard_{name}", label, help_, "number", 0 if name == "section" else 0.001, 1e6, group="hazards")
        for name, label in _HAZARDS.items()
    ]


DAY = 86_400
FIELDS = (
    Field(
        "engine",
        gettext_noop("Engine that acts"),
        gettext_noop("Rules count against thresholds; likelihood weighs the whole tree."),
        "choice",
        choices=(("rules", gettext_noop("Rules")), ("likelihood", gettext_noop("Likelihood"))),
    ),
    Field(
        "min_transformers",
        gettext_noop("Transformers with reports"),
        gettext_noop("So many transformers below a device must have reports before it is predicted open."),
        "count",
        1,
        10000,
    ),
    Field(
        "min_fraction",
        gettext_noop("Share of transformers"),
        gettext_noop("And such a share of all transformers below it (0.3 is 30 %)."),
        "share",
        0,
        1,
    ),
    Field(
        "min_branches",
        gettext_noop("Branches with reports"),
        gettext_noop(
            "Reports must come from so many direct branches; from fewer, the branch itself is the better guess."
        ),
        "count",
        1,
        100,
    ),
    Field(
        "min_reports_for_transformer",
        gettext_noop("Reports for a transformer"),
        gettext_noop(
            "So many customers of one transformer must report before it is predicted; fewer are single services."
        ),
        "number",
        0.001,
        10000,
    ),
    Field(
        "min_customer_share",
        gettext_noop("Share of customers"),
        gettext_noop("Such a share of the customers below must have reported. Empty: not asked for."),
        "share",
        0,
        1,
        is_optional=True,
    ),
    Field(
        "backbone_min_transformers",
        gettext_noop("Backbone: transformers"),
        gettext_noop("The same for devices with another protective device below them. Empty: as everywhere."),
        "count",
        1,
        10000,
        is_optional=True,
    ),
    Field(
        "backbone_min_fraction",
        gettext_noop("Backbone: share of transformers"),
        gettext_noop("Likewise the share. Empty: as everywhere."),
        "share",
        0,
        1,
        is_optional=True,
    ),
    Field(
        "indicator_factor",
        gettext_noop("Fault indicators"),
        gettext_noop(
            "The nearest one divides the share of transformers by this if it operated, multiplies it if it did not. 1: it says nothing."
        ),
        "number",
        1,
        10,
    ),
    Field(
        "hold_time_calls_s",
        gettext_noop("Hold calls (s)"),
        gettext_noop("A group of calls waits so long for more before it is first shown."),
        "seconds",
        0,
        DAY,
    ),
    Field(
        "hold_time_gasps_s",
        gettext_noop("Hold meters and crews (s)"),
        gettext_noop("The same for last gasps, pings and crews, who are surer and come in floods."),
        "seconds",
        0,
        DAY,
    ),
    Field(
        "window_s",
        gettext_noop("Window of one outage (s)"),
        gettext_noop("After so long a silence in a tree, further reports are another outage."),
        "seconds",
        1,
        7 * DAY,
    ),
    Field(
        "early_s",
        gettext_noop("Earlier than the outage (s)"),
        gettext_noop("A report may be so much older than the outage it joins: clocks in the field differ."),
        "seconds",
        0,
        DAY,
    ),
    Field(
        "late_s",
        gettext_noop("Later than its end (s)"),
        gettext_noop("And so much younger than its restoration."),
        "seconds",
        0,
        DAY,
    ),
    Field(
        "freeze_s",
        gettext_noop("Freeze after (s)"),
        gettext_noop("A prediction that has not moved for so long is probable: from then on only people move it."),
        "seconds",
        0,
        DAY,
    ),
    Field(
        "ask_on_prediction",
        gettext_noop("Asked when an outage is predicted"),
        gettext_noop(
            "Of those who did not report: all, transformer (one at each), a share at each transformer such as 0.2, or none."
        ),
        "sample",
        group="ask",
    ),
    Field(
        "ask_after_restoration",
        gettext_noop("Asked after a restoration"),
        gettext_noop("Of those whose meters did not say so themselves: likewise."),
        "sample",
        group="ask",
    ),
    Field(
        "ask_most",
        gettext_noop("At most so many in one round"),
        gettext_noop("Empty: as many as the setting ping.most_meters allows, which always holds."),
        "count",
        1,
        1_000_000,
        is_optional=True,
        group="ask",
    ),
    Field(
        "ask_not_again_s",
        gettext_noop("Not again within (s)"),
        gettext_noop(
            "A meter asked so lately is not asked again because of a prediction. Empty: as the setting ping.not_again_s says."
        ),
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
