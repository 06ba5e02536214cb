"""Rule sets: the numbers by which the engine decides. Each is data an administrator edits; none is a constant in code.

>>> RuleSet().with_changes(name="storm", min_fraction=0.2).min_fraction
0.2
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RuleSet:
    """When reports below a device predict it open.

    Attributes:
        name: what the rule set is called ("normal", "storm", ...).
        min_transformers: distinct transformers below the device that must have reports.
        min_fraction: and their share of the transformers below it.
        min_branches: direct branches of the device that must have reports; with fewer, the branch is the better candidate.
        min_reports_for_transformer: reports (distinct usage points, weighted) that predict a transformer; fewer are single services.
        min_customer_share: share of the customers below that must have reported; None asks for none.
        backbone_min_transformers: `min_transformers` of devices with a protective device below them; None: the same as elsewhere.
        backbone_min_fraction: likewise `min_fraction`.
        indicator_factor: a fault indicator that operated divides the share asked for behind it by this, one that did not
            multiplies it; 1: indicators say nothing.
        hold_time_calls_s: how long a group of calls waits for more before it is first predicted.
        hold_time_gasps_s: likewise for meters and crews, who are surer and come in floods.
        window_s: reports of one tree further apart in time than this are separate outages.
        early_s: a report may be so much older than the known outage it belongs to: clocks in the field differ.
        late_s: and so much younger than its end.
    """

    name: str = "normal"
    min_transformers: int = 2
    min_fraction: float = 0.3
    min_branches: int = 2
    min_reports_for_transformer: float = 2
    min_customer_share: float | None = None
    backbone_min_transformers: int | None = None
    backbone_min_fraction: float | None = None
    indicator_factor: float = 2.0
    hold_time_calls_s: float = 120.0
    hold_time_gasps_s: float = 30.0
    window_s: float = 3600.0
    early_s: float = 900.0
    late_s: float = 0.0

    def __post_init__(self) -> None:
        for name in ("min_fraction", "min_customer_share", "backbone_min_fraction"):
            share = getattr(self, name)
            if share is not None and not 0 <= share <= 1:
                raise ValueError(f"{name} is a share between 0 and 1, not {share}")
        if self.indicator_factor < 1:
            raise ValueError("indicator_factor is 1 or more")
        times = (self.hold_time_calls_s, self.hold_time_gasps_s, self.window_s, self.early_s, self.late_s)
        if min(times) < 0:
            raise ValueError("times are not negative")

    def asked(self, *, is_backbone: bool) -> tuple[int, float]:
        """Transformers and share of transformers asked for at a device."""
        least, share = (self.backbone_min_transformers, self.backbone_min_fraction) if is_backbone else (None, None)
        return (self.min_transformers if least is None else least, self.min_fraction if share is None else share)

    def with_changes(self, **changes: Any) -> RuleSet:
        """The same rules but for these."""
        return dataclasses.replace(self, **changes)
