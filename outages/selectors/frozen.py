"""Frozen reports, the latest first."""

from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from adms.core.errors import NotFound
from outages.models import FrozenReport, Interruption


def reports(*, area: str = "") -> QuerySet[FrozenReport]:
    """All of them without their tables, or those of one area."""
    found = FrozenReport.objects.select_related("area", "restates").prefetch_related("restated_by").defer("document")
    return found.filter(area__key=area) if area else found


def report(report_id: int) -> FrozenReport:
    """One with its tables.

    Raises:
        NotFound: there is none.
    """
    found = FrozenReport.objects.select_related("area", "restates").filter(pk=report_id).first()
    if found is None:
        raise NotFound(_("no report %(report_id)s") % {"report_id": report_id}, report=report_id)
    return found


def covering(rows: Collection[Interruption]) -> list[str]:
    """Names of frozen reports, of the rows' areas or of all, that reach into the time in which the rows began."""
    if not rows:
        return []
    begun = [row.began_at for row in rows]
    told = FrozenReport.objects.filter(Q(area=None) | Q(area__in={row.area_id for row in rows}))
    told = told.filter(begin__lte=max(begun), end__gt=min(begun))
    return list(told.order_by("made_at", "pk").values_list("name", flat=True))
