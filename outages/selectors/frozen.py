"""Frozen reports, the latest first."""

from django.db.models import QuerySet

from adms.core.errors import NotFound
from outages.models import FrozenReport


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
        raise NotFound(f"no report {report_id}", report=report_id)
    return found
