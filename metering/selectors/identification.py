"""Usage points by whatever another system calls them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import Q

from metering.models import Meter, UsagePoint


@dataclass(frozen=True, slots=True)
class Found:
    """Usage point ids by mRID, by (unique) name, and by account number of the customer or K number of the connection."""

    mrids: dict[str, int]
    names: dict[str, int]
    accounts: dict[str, list[int]]

    def by_point(self, mrid: str, names: Iterable[str]) -> int | None:
        """The usage point of this mRID, else of the first name that is known."""
        if mrid in self.mrids:
            return self.mrids[mrid]
        return next((self.names[name] for name in names if name in self.names), None)

    def by_account(self, account_numbers: Iterable[str]) -> list[int]:
        """The usage points of the first account number that is known."""
        return next((self.accounts[number] for number in account_numbers if number in self.accounts), [])


def find_usage_points(
    *, mrids: Iterable[str] = (), names: Iterable[str] = (), account_numbers: Iterable[str] = ()
) -> Found:
    """Look up many at once; a name that two usage points have finds neither."""
    by_name: dict[str, list[int]] = defaultdict(list)
    by_account: dict[str, list[int]] = defaultdict(list)
    for name, pk in UsagePoint.objects.filter(name__in=list(names)).values_list("name", "pk"):
        by_name[name].append(pk)
    asked = list(account_numbers)
    for column in ("customer__account_number", "k_number"):
        rows = (
            UsagePoint.objects.filter(**{f"{column}__in": asked}).order_by("pk") if asked else UsagePoint.objects.none()
        )
        for number, pk in rows.values_list(column, "pk"):
            if pk not in by_account[str(number)]:
                by_account[str(number)].append(pk)
    return Found(
        mrids=dict(UsagePoint.objects.filter(mrid__in=list(mrids)).values_list("mrid", "pk")),
        names={name: pks[0] for name, pks in by_name.items() if len(pks) == 1},
        accounts=dict(by_account),
    )


def areas_of_points(pks: Collection[int]) -> dict[int, str]:
    """Control area of each usage point."""
    return dict(UsagePoint.objects.filter(pk__in=pks).values_list("pk", "area__key"))


def areas_of_meters(named: Collection[str]) -> dict[str, str]:
    """Control area of each meter, by its number and by its mRID, of those that hang on a usage point."""
    found: dict[str, str] = {}
    rows = Meter.objects.filter(Q(number__in=named) | Q(mrid__in=named), usage_point__isnull=False)
    for number, mrid, area in rows.values_list("number", "mrid", "usage_point__area__key"):
        found |= {number: area, mrid: area}
    return found
