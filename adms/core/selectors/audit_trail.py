"""The audit trail as an auditor reads it: newest first, narrowed by what came of it and by words; a page at a time, never counted."""

import datetime as dt

from django.db.models import Q

from adms.core import audit_words
from adms.core.models import AuditEntry

PAGE = 100
#: Words are looked for in entries of so many days.
SEARCHED = dt.timedelta(days=30)


def entries(
    *, result: str = "", text: str = "", before: int | None = None, most: int = PAGE + 1, at: dt.datetime
) -> list[AuditEntry]:
    """The newest entries, `most` of them: one more than a page, so that the reader knows whether there are older ones.

    Args:
        result: only these; "" for all.
        text: words, each of which the actor, action, object, area, reason or request must have; of the last 30 days then.
        before: only entries older than this one.
        most: so many of them at most; one more than a page by itself.
        at: now.
    """
    found = AuditEntry.objects.order_by("-pk")
    if result:
        found = found.filter(result=result)
    if text.strip():
        found = found.filter(recorded_at__gte=at - SEARCHED)
    for word in text.split():
        found = found.filter(
            Q(actor__iexact=word)
            | Q(action__icontains=word)
            | Q(action__in=audit_words.codes_of(word))
            | Q(object__icontains=word)
            | Q(area__iexact=word)
            | Q(reason__icontains=word)
            | Q(request_id=word)
        )
    if before is not None:
        found = found.filter(pk__lt=before)
    return list(found[:most])
