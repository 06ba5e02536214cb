"""The jobs of one crew, with what its people must know of each."""

from typing import Any

from django.utils.translation import gettext

from adms.core.actors import Actor
from adms.core.errors import NotFound
from outages.models import Call, Evidence, Outage
from outages.selectors import callers
from workforce.selectors import crews


def crew_of(actor: Actor) -> Any:
    """The crew whose telephone this is, with its live assignments.

    Raises:
        NotFound: no crew is linked to the account.
    """
    found = next((crew for crew in crews.crews() if crew.user_id is not None and crew.user_id == actor.user_id), None)
    if found is None:
        raise NotFound(gettext("no crew is linked to this account"))
    return found


def outages_of(crew: Any) -> dict[int, Outage]:
    """The outages it is sent to, by number."""
    subjects = [assignment.work_order.subject.partition(":") for assignment in crew.live]
    numbers = [int(number) for kind, _, number in subjects if kind == "outage"]
    return {row.pk: row for row in Outage.objects.select_related("area").filter(pk__in=numbers)}


def hazards(outage_ids: list[int]) -> dict[int, str]:
    """What callers warned of, by outage."""
    told = Evidence.objects.filter(outage_id__in=outage_ids, kind="call").values_list("reference", "outage_id")
    outage_by_call = {int(reference.partition(":")[2]): outage for reference, outage in told}
    calls = Call.objects.filter(pk__in=outage_by_call).exclude(hazard="").order_by("-priority")
    found: dict[int, str] = {}
    for pk, hazard in calls.values_list("pk", "hazard"):
        found.setdefault(outage_by_call[pk], callers.hazard_words(hazard))
    return found
