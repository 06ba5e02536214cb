"""Failed logins, as django-axes counts them."""

import datetime as dt

from axes.models import AccessAttempt
from django.db.models import Sum


def failures_from(address: str, *, since: dt.datetime) -> int:
    """Failed logins from one network address since then, under whatever names."""
    attempts = AccessAttempt.objects.filter(ip_address=address, attempt_time__gte=since)
    return attempts.aggregate(n=Sum("failures_since_start"))["n"] or 0
