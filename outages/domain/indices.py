"""IEEE 1366 indices from the steps of interruptions.

>>> from outages.domain.interruptions import Steps
>>> found = compute(Steps.of(event=[1, 2], duration_min=[60.0, 1.0], customers=[500, 1000]), Base(customers_served=1000))
>>> found.saifi, found.saidi_min, found.caidi_min, found.maifi, found.asai
(0.5, 30.0, 60.0, 1.0, None)
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from outages.domain import customer_indices, interruptions, momentaries
from outages.domain.interruptions import MOMENTARY_MIN

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from outages.domain.customer_indices import Shares
    from outages.domain.interruptions import Steps


@dataclass(frozen=True, slots=True)
class Base:
    """What the indices are related to.

    Attributes:
        customers_served: as of the period.
        connected_kva: connected load served; None when unknown.
        period_h: hours of the period, for ASAI; None when unknown.
        momentary_min: up to so many minutes an interruption is momentary.
        customers_affected: distinct customers with a sustained interruption, where the steps do not say who was out.
    """

    customers_served: float
    connected_kva: float | None = None
    period_h: float | None = None
    momentary_min: float = MOMENTARY_MIN
    customers_affected: int | None = None

    def __post_init__(self) -> None:
        given = [self.customers_served, *([] if self.connected_kva is None else [self.connected_kva])]
        if not all(0 < value < math.inf for value in given):
            raise ValueError("customers served and connected load are positive numbers")
        if not 0 <= self.momentary_min < math.inf:
            raise ValueError("the border of momentary interruptions is a number of minutes from 0 up")
        if self.customers_affected is not None and self.customers_affected < 0:
            raise ValueError("customers affected are not negative")


@dataclass(frozen=True, slots=True)
class Basic:
    """What numbers of customers and lengths alone tell; see `Indices`, and `momentary`: customers interrupted briefly."""

    ci: int
    cmi: float
    momentary: int
    saifi: float
    saidi_min: float
    caidi_min: float | None
    asai: float | None
    maifi: float


def basic(
    customers: NDArray[np.int64], duration_min: NDArray[np.float64], sustained: NDArray[np.bool_], base: Base
) -> Basic:
    """The indices most asked for, of steps given by their customers, minutes and whether they are sustained."""
    served = base.customers_served
    ci = int(customers[sustained].sum())
    cmi = float((customers * duration_min)[sustained].sum())
    momentary = int(customers.sum()) - ci
    return Basic(
        ci=ci,
        cmi=cmi,
        momentary=momentary,
        saifi=ci / served,
        saidi_min=cmi / served,
        caidi_min=_ratio(cmi, ci),
        asai=None if not base.period_h else 1 - cmi / (served * base.period_h * 60),
        maifi=momentary / served,
    )


@dataclass(frozen=True, slots=True)
class Indices:
    """Each None where the input cannot give it.

    Attributes:
        ci, cmi: customers interrupted (sustained) and their minutes.
        saifi, saidi_min, caidi_min: sustained interruptions and minutes a customer served; minutes an interruption.
        ctaidi_min, caifi: minutes and interruptions a customer interrupted.
        asai: share of the time with supply.
        asifi, asidi_min: as SAIFI and SAIDI, by connected load.
        maifi, maifi_e: momentary interruptions and momentary interruption events a customer served.
        cemi, cemi_or_more, cemsmi, celid_s, celid_t: shares of customers, see `customer_indices`.
    """

    ci: int
    cmi: float
    saifi: float
    saidi_min: float
    caidi_min: float | None
    ctaidi_min: float | None
    caifi: float | None
    asai: float | None
    asifi: float | None
    asidi_min: float | None
    maifi: float
    maifi_e: float
    cemi: Shares | None
    cemi_or_more: Shares | None
    cemsmi: Shares | None
    celid_s: Shares | None
    celid_t: Shares | None

    def to_json(self) -> dict[str, Any]:
        """By name, numbers unrounded."""
        return {name: getattr(self, name) for name in _NAMES}


_NAMES = tuple(field.name for field in dataclasses.fields(Indices))


def compute(steps: Steps, base: Base) -> Indices:
    """The indices of these steps."""
    sustained = interruptions.is_sustained(steps.duration_min, base.momentary_min)
    served = base.customers_served
    plain = basic(steps.customers, steps.duration_min, sustained, base)
    known = None if steps.who is None else customer_indices.shares(steps, served, base.momentary_min)
    affected = base.customers_affected if known is None else known.customers
    return Indices(
        ci=plain.ci,
        cmi=plain.cmi,
        saifi=plain.saifi,
        saidi_min=plain.saidi_min,
        caidi_min=plain.caidi_min,
        ctaidi_min=_ratio(plain.cmi, affected),
        caifi=_ratio(plain.ci, affected),
        asai=plain.asai,
        asifi=_by_load(steps.kva[sustained], base.connected_kva),
        asidi_min=_by_load((steps.kva * steps.duration_min)[sustained], base.connected_kva),
        maifi=plain.maifi,
        maifi_e=momentaries.customers_in_events(steps, base.momentary_min) / served,
        cemi=known.cemi if known else None,
        cemi_or_more=known.cemi_or_more if known else None,
        cemsmi=known.cemsmi if known else None,
        celid_s=known.celid_s if known else None,
        celid_t=known.celid_t if known else None,
    )


def _ratio(part: float, whole: float | None) -> float | None:
    return part / whole if whole else None


def _by_load(kva: NDArray[np.float64], connected_kva: float | None) -> float | None:
    """None when the load of a single step is unknown: a sum over the others would look better than it is."""
    if connected_kva is None or np.isnan(kva).any():
        return None
    return float(kva.sum() / connected_kva)
