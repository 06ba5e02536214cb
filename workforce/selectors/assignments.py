"""Who is, or was, on which work."""

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from workforce.models import Assignment, Crew, WorkOrder
from workforce.models.work import LIVE


def assignments(
    actor: Actor, *, crew: str = "", subject: str = "", state: str = "", area: str = "", is_live: bool | None = None
) -> QuerySet[Assignment]:
    """Assignments the actor may see, newest first: the network's all, else those of their own crew."""
    found = Assignment.objects.select_related("crew", "work_order__area").order_by("-assigned_at", "-pk")
    exact = {"crew__key": crew, "work_order__subject": subject, "state": state, "work_order__area__key": area}
    found = found.filter(**{key: value for key, value in exact.items() if value})
    if is_live is not None:
        found = found.filter(state__in=LIVE) if is_live else found.exclude(state__in=LIVE)
    return found if actor.may("see_network") else found.filter(crew__user_id=_own(actor))


def assignment(actor: Actor, assignment_id: int) -> Assignment:
    """One assignment.

    Raises:
        NotFound: none, or none the actor may see.
    """
    found = assignments(actor).filter(pk=assignment_id).first()
    if found is None:
        raise NotFound(_("no such assignment"), assignment=assignment_id)
    return found


def visible_crews(actor: Actor, *, area: str = "", shift: str = "") -> set[str]:
    """Keys of the crews the actor may see: all, else their own."""
    rows = Crew.objects.filter(Q() if actor.may("see_network") else Q(user_id=_own(actor)))
    exact = {"area__key": area, "shift": shift}
    return set(rows.filter(**{key: value for key, value in exact.items() if value}).values_list("key", flat=True))


def work_order_of(subject: str) -> int:
    """The work order for a subject such as "outage:12".

    Raises:
        NotFound: there is none.
    """
    found = WorkOrder.objects.filter(subject=subject).values_list("pk", flat=True).first()
    if found is None:
        raise NotFound(_("no work order for %(subject)s") % {"subject": subject}, subject=subject)
    return found


def _own(actor: Actor) -> int:
    return -1 if actor.user_id is None else actor.user_id
