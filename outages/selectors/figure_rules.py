"""The rules by which reliability figures are reckoned: settings of the administrator, shown beside every figure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from adms.core import runtime_settings
from outages.domain.interruptions import MOMENTARY_MIN
from outages.domain.major_events import CATASTROPHIC, MAJOR

MOMENTARY = runtime_settings.declare(
    "reliability.momentary_minutes",
    MOMENTARY_MIN,
    unit="min",
    help_=gettext_noop("Up to so many minutes an interruption is momentary (IEEE 1366: 5; 3 in most of Europe)."),
)
BETA = runtime_settings.declare(
    "reliability.med_beta",
    MAJOR,
    help_=gettext_noop(
        "Standard deviations of the logarithms of daily SAIDI beyond which a day is a major event day (IEEE 1366: 2.5)."
    ),
)
CATASTROPHIC_BETA = runtime_settings.declare(
    "reliability.catastrophic_beta",
    CATASTROPHIC,
    help_=gettext_noop(
        "Likewise of a catastrophic day, which is marked beside the major event days; the standard defines none."
    ),
)
YEARS = runtime_settings.declare(
    "reliability.med_years",
    5,
    unit=gettext_noop("years"),
    help_=gettext_noop("Years of daily SAIDI before the period that make the threshold."),
)
DEVIATION = runtime_settings.declare(
    "reliability.med_deviation",
    "sample",
    help_=gettext_noop('Standard deviation of the threshold: "sample" divides by n - 1, "population" by n.'),
)
WORDING = runtime_settings.declare(
    "reliability.wording",
    "ieee",
    help_=gettext_noop(
        'Names and units of the indices: "ieee" (SAIDI in minutes), "british" (CML, CI per 100), "indian" (SAIDI in hours).'
    ),
)
TARGETS = runtime_settings.declare(
    "reliability.monthly_targets",
    {},
    help_=gettext_noop(
        'What a month should not exceed, by index: {"saidi": 7.5, "saifi": 0.1, "caidi": 75, "maifi": 0.5}.'
    ),
)


@dataclass(frozen=True, slots=True)
class Named:
    """An index as a utility calls it: its value is that of IEEE 1366 times `factor`."""

    name: str
    unit: str
    places: int
    factor: float = 1.0


WORDINGS: dict[str, dict[str, Named]] = {
    "ieee": {
        "saidi": Named("SAIDI", "min", 1),
        "saifi": Named("SAIFI", "", 3),
        "caidi": Named("CAIDI", "min", 0),
        "maifi": Named("MAIFI", "", 3),
    },
    "british": {
        "saidi": Named("CML", "min", 1),
        "saifi": Named("CI", "per 100", 1, 100),
        "caidi": Named("CML per CI", "min", 0),
        "maifi": Named("SI", "per 100", 1, 100),
    },
    "indian": {
        "saidi": Named("SAIDI", "h", 2, 1 / 60),
        "saifi": Named("SAIFI", "", 2),
        "caidi": Named("CAIDI", "h", 2, 1 / 60),
        "maifi": Named("MAIFI", "", 2),
    },
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What figures rest on besides the ledger."""

    border_min: float = MOMENTARY_MIN
    beta: float = MAJOR
    catastrophic_beta: float = CATASTROPHIC
    years: int = 5
    is_sample: bool = True
    wording: str = "ieee"
    targets: dict[str, float] = field(default_factory=dict)

    @property
    def names(self) -> dict[str, Named]:
        """The indices by key."""
        return WORDINGS[self.wording]

    def to_json(self) -> dict[str, Any]:
        """As a report keeps them."""
        return {
            "momentary_minutes": self.border_min,
            "med_beta": self.beta,
            "catastrophic_beta": self.catastrophic_beta,
            "med_years": self.years,
            "med_deviation": "sample (n - 1)" if self.is_sample else "population (n)",
            "wording": self.wording,
        }


def rules() -> Rules:
    """The rules in force; an unknown word counts as the default."""
    set_ = runtime_settings.values("reliability.")
    return Rules(
        border_min=float(set_[MOMENTARY]),
        beta=float(set_[BETA]),
        catastrophic_beta=float(set_[CATASTROPHIC_BETA]),
        years=int(set_[YEARS]),
        is_sample=set_[DEVIATION] != "population",
        wording=set_[WORDING] if set_[WORDING] in WORDINGS else "ieee",
        targets=set_[TARGETS] or {},
    )
