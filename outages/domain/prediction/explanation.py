"""The explanation of a prediction as data: what was counted, against which threshold, what stopped the climb, what else was weighed.

It is stored with the prediction and told by `outages.selectors.prediction_words`. Devices are indices while the engine runs;
`to_json` takes a function that gives them the names they are stored under, since an index holds for one version of the model only.

>>> check = Check("fraction", value=2 / 3, threshold=0.3, passed=True)
>>> Explanation(kind="device", device=3, phases=7, customers=40, transformers=3, evidence=(11, 12), checks=(check,)).to_json()["device"]
3
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: A device: its index in the tree, or the name it is stored under.
Device = int | str

#: The fields of an explanation that are stored as they are.
_PLAIN = ("kind", "phases", "customers", "transformers", "usage_point", "confidence", "rule_set", "engine")

#: The conditions, in the order in which they are told.
CONDITIONS = (
    "opened",  # SCADA or a crew says it is open: nothing else is asked
    "live",  # facts that say it is live: none allowed
    "closed",  # telemetered and closed: not allowed
    "transformers",  # distinct transformers with reports
    "fraction",  # their share of the transformers below
    "indicator",  # what the nearest fault indicator at or above it makes of the share that is asked for
    "branches",  # direct branches with reports
    "customer_share",  # share of the customers below that reported
    "reports",  # reports at the transformer itself
    "calls",  # what calls add to the likelihood of "open"; likewise the next ones
    "gasps",
    "crews",
    "pings",  # without answer
    "no_calls",  # customers who have not called though some would have by now
    "no_gasps",
    "operated",  # fault indicators at it or above that operated, and those that did not
    "silent",
    "price",  # what one more open device costs
    "likelihood",  # the sum, against the best explanation by what is below
)


@dataclass(frozen=True, slots=True)
class Check:
    """One condition held against its threshold.

    Attributes:
        key: one of CONDITIONS.
        value: what was counted.
        threshold: what the rules ask for: at least this, or for "live" and "closed" at most this.
        passed: whether the condition allows the device to be open.
        of: the whole of which `value` is a share or part, where there is one.
        evidence: ids of what was counted, where it is not the reports of the explanation itself.
        devices: the devices concerned (who answered), likewise.
        rate: the learned share by which a likelihood was judged.
    """

    key: str
    value: float
    threshold: float
    passed: bool
    of: float | None = None
    evidence: tuple[int, ...] = ()
    devices: tuple[Device, ...] = ()
    rate: float | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that was weighed and not chosen.

    Attributes:
        device: which.
        relation: "above" or "below" the chosen one.
        reported: transformers below it with reports (weighted).
        transformers: transformers below it.
        share: the one of the other.
        customers: customers below it.
        reports: how many usage points below it reported.
        checks: every condition; those with `passed` false are why it was not chosen.
        evidence: ids of reports below it, the first fifty.
    """

    device: Device
    relation: str
    reported: float
    transformers: int
    share: float
    customers: int
    reports: int
    checks: tuple[Check, ...]
    evidence: tuple[int, ...] = ()

    @property
    def failed(self) -> tuple[Check, ...]:
        """Why it was not chosen."""
        return tuple(check for check in self.checks if not check.passed)


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why one prediction was made.

    Attributes:
        kind, device, usage_point, phases, customers, transformers, confidence: the prediction.
        evidence: ids of the reports it rests on.
        checks: every condition of the chosen device.
        stopped_by: the next device above, with the conditions that kept the climb from going on; None at the source.
        alternatives: other devices above and below, with their scores.
        rule_set, engine: by which it was decided.
    """

    kind: str
    device: Device
    phases: int
    customers: int
    transformers: int
    evidence: tuple[int, ...]
    checks: tuple[Check, ...]
    usage_point: int = -1
    confidence: str = "predicted"
    stopped_by: Candidate | None = None
    alternatives: tuple[Candidate, ...] = ()
    rule_set: str = "normal"
    engine: str = "rules"

    def to_json(self, identify: Callable[[int], Device] = int) -> dict[str, Any]:
        """Plain lists, dicts and numbers; `identify` turns the index of a device into the name it is stored under.

        Field by field: a storm makes thousands of them, and the general way of dataclasses takes ten times as long.
        """
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "device": _name(self.device, identify),
            "evidence": list(self.evidence),
            "checks": [_check(one, identify) for one in self.checks],
            "stopped_by": self.stopped_by and _candidate(self.stopped_by, identify),
            "alternatives": [_candidate(one, identify) for one in self.alternatives],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Explanation:
        """What `to_json` wrote."""
        stopped_by = document["stopped_by"]
        return cls(
            **{
                **document,
                "evidence": tuple(document["evidence"]),
                "checks": _read_checks(document["checks"]),
                "stopped_by": stopped_by and _read_candidate(stopped_by),
                "alternatives": tuple(_read_candidate(one) for one in document["alternatives"]),
            }
        )


def _name(device: Device, identify: Callable[[int], Device]) -> Device:
    return identify(device) if isinstance(device, int) else device


def _check(one: Check, identify: Callable[[int], Device]) -> dict[str, Any]:
    return {
        "key": one.key,
        "value": one.value,
        "threshold": one.threshold,
        "passed": one.passed,
        "of": one.of,
        "evidence": list(one.evidence),
        "devices": [_name(device, identify) for device in one.devices],
        "rate": one.rate,
    }


def _candidate(one: Candidate, identify: Callable[[int], Device]) -> dict[str, Any]:
    return {
        "device": _name(one.device, identify),
        "relation": one.relation,
        "reported": one.reported,
        "transformers": one.transformers,
        "share": one.share,
        "customers": one.customers,
        "reports": one.reports,
        "checks": [_check(check, identify) for check in one.checks],
        "evidence": list(one.evidence),
    }


def _read_checks(checks: list[dict[str, Any]]) -> tuple[Check, ...]:
    return tuple(
        Check(**{**check, "evidence": tuple(check["evidence"]), "devices": tuple(check["devices"])}) for check in checks
    )


def _read_candidate(document: dict[str, Any]) -> Candidate:
    return Candidate(
        **{**document, "evidence": tuple(document["evidence"]), "checks": _read_checks(document["checks"])}
    )
