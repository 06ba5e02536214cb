"""How long the legs of past work took."""

import datetime as dt

from workforce.models import Assignment


def first_on_site(*, subjects: list[str]) -> dict[str, dict[str, dt.datetime | None]]:
    """Per subject the moments of the assignment that was on site first: assigned, on site, made safe, ended."""
    rows = Assignment.objects.filter(work_order__subject__in=subjects, on_site_at__isnull=False).order_by("-on_site_at")
    fields = ("assigned_at", "on_site_at", "made_safe_at", "ended_at")
    return {
        subject: dict(zip(fields, moments, strict=True))
        for subject, *moments in rows.values_list("work_order__subject", *fields)
    }
