"""Crews as the dispatch board shows them: ranked for an outage, and in lanes by how far they are."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from adms.core.actors import Actor
from adms.core.errors import NotFound
from network.selectors import versions
from outages.domain import command_line
from outages.models import Outage
from outages.selectors import outages
from outages.selectors.outages import GOING_ON
from outages.views import people
from workforce.domain import ranking
from workforce.domain.ranking import Candidate
from workforce.selectors import crews

FREE, SENT, EN_ROUTE, ON_SITE, OTHER = "free", "sent", "en_route", "on_site", "other"
LANES = (
    (FREE, _("Free"), _("No crew is free.")),
    (SENT, _("Sent, not under way"), _("No crew waits to accept.")),
    (EN_ROUTE, _("En route"), _("Nobody is on the way.")),
    (ON_SITE, _("On site"), _("Nobody is on site.")),
    (OTHER, _("Suspended, off shift"), _("Nobody.")),
)
LANE_OF = {
    "assigned": SENT,
    "accepted": SENT,
    "en_route": EN_ROUTE,
    "on_site": ON_SITE,
    "made_safe": ON_SITE,
    "suspended": OTHER,
}
#: The job a crew is really at is the one furthest on.
FURTHEST = ("on_site", "made_safe", "en_route", "accepted", "assigned", "suspended")
#: Where a crew can be moved by hand, by the lane it is in: (lane, words).
MOVES = {
    FREE: ((OTHER, _("Off shift")),),
    SENT: ((EN_ROUTE, _("En route")), (ON_SITE, _("On site")), (FREE, _("Release"))),
    EN_ROUTE: ((ON_SITE, _("On site")), (OTHER, _("Suspend")), (FREE, _("Release"))),
    ON_SITE: ((OTHER, _("Suspend")), (FREE, _("Done"))),
    OTHER: ((FREE, _("On shift")),),
}
SUSPENDED_MOVES = ((EN_ROUTE, _("En route")), (ON_SITE, _("On site")), (FREE, _("Release")))
FAR_MIN = 60


def lanes(actor: Actor, at: dt.datetime) -> dict[str, Any]:
    """Every crew in the lane of what it is doing."""
    shown: dict[str, list[dict[str, Any]]] = {key: [] for key, *_ in LANES}
    for crew in crews.crews():
        shown[lane_of(crew)].append(_crew(actor, crew))
    address = reverse("outages:dispatch_move")
    return {
        "lanes": [
            {"key": key, "label": label, "empty": empty, "move_url": address, "crews": shown[key]}
            for key, label, empty in LANES
        ],
        "now": at,
    }


def job_of(crew: Any) -> Any | None:
    """The assignment a crew is really at."""
    return min(crew.live, key=lambda one: FURTHEST.index(one.state), default=None)


def lane_of(crew: Any) -> str:
    """Where it stands on the board."""
    job = job_of(crew)
    if job is not None:
        return LANE_OF[job.state]
    return FREE if crew.shift == "on" else OTHER


def _crew(actor: Actor, crew: Any) -> dict[str, Any]:
    job, lane = job_of(crew), lane_of(crew)
    may_move = actor.may("dispatch_crew", crew.area.key) or (job is not None and actor.may("report_work"))
    moves = SUSPENDED_MOVES if job is not None and lane == OTHER else MOVES[lane]
    return {
        "key": crew.key,
        "name": crew.name,
        "kind": crew.get_kind_display(),
        "area": crew.area.name,
        "job": job and _job(job),
        "since": people.since(job) if job else None,
        "note": _note(crew),
        "can_move": may_move,
        "moves": [{"to": to, "label": label} for to, label in moves] if may_move else [],
    }


def _job(job: Any) -> dict[str, Any]:
    number = outage_of(job)
    address = reverse("outages:outage_page", args=[number]) if number else ""
    title = f"{number} {job.work_order.title.rpartition(' at ')[2]}" if number else job.work_order.title
    return {"outage": number, "title": title, "url": address}


def _note(crew: Any) -> str:
    waiting = len(crew.live) - 1
    parts = [str(_("+%(jobs)s waiting")) % {"jobs": waiting} if waiting > 0 else "", crew.unavailable_reason]
    if crew.shift != "on":
        parts.insert(0, crew.get_shift_display().lower())
    return " · ".join(part for part in parts if part)


def outage_of(assignment: Any) -> int | None:
    """The outage an assignment is for, if it is for one."""
    kind, _, number = assignment.work_order.subject.partition(":")
    return int(number) if kind == "outage" else None


def ranked(actor: Actor, found: Outage) -> list[dict[str, Any]]:
    """All crews for one outage, the best first; those that cannot be sent say why."""
    by_key = {crew.key: crew for crew in crews.crews()}
    summary = versions.versions(model=found.model_key, state="published").values_list("summary", flat=True).first()
    is_geographic = (summary or {}).get("crs") == "EPSG:4326"
    order = ranking.rank(_candidate(crew, found, is_geographic=is_geographic) for crew in by_key.values())
    why_not = _why_not(actor, found)
    best = next((one.key for one in order if one.can_take), "")
    return [_row(one, by_key[one.key], found, why_not, is_best=one.key == best) for one in order]


def _why_not(actor: Actor, found: Outage) -> str:
    """Why nobody can be sent at all."""
    if found.state not in GOING_ON:
        return str(_("the outage is %(state)s")) % {"state": found.get_state_display().lower()}
    return "" if actor.may("dispatch_crew", found.area.key) else str(_("needs a dispatcher"))


def _candidate(crew: Any, found: Outage, *, is_geographic: bool) -> Candidate:
    place = (crew.x, crew.y) if crew.x is not None and crew.y is not None else None
    work = (found.x, found.y) if found.x is not None and found.y is not None else None
    return Candidate(
        key=crew.key,
        is_on_shift=crew.shift == "on",
        is_on_it=any(outage_of(one) == found.pk for one in crew.live),
        is_same_area=crew.area_id == found.area_id,
        jobs=len(crew.live),
        distance_km=ranking.distance_km(place, work, is_geographic=is_geographic),
    )


def _row(one: Candidate, crew: Any, found: Outage, why_not: str, *, is_best: bool) -> dict[str, Any]:
    arrival = ranking.arrival_min(one.distance_km)
    can_take = one.can_take and not why_not
    return {
        "key": one.key,
        "name": crew.name,
        "members": _names(crew.members),
        "skills": _skills(crew),
        "state": _state(crew),
        "arrival_min": arrival,
        "arrival_share": min(1.0, (arrival or 0) / FAR_MIN),
        "shift_left": "—",
        "is_best": is_best and can_take,
        "can_take": can_take,
        "reason": why_not or (_("is on it") if one.is_on_it else crew.unavailable_reason or _("off shift")),
        "verb": _("Assign next") if one.jobs else _("Assign"),
        "assign_url": f"{reverse('outages:dispatch_assign', args=[found.pk])}?crew={one.key}",
    }


def _names(members: Sequence[dict[str, Any]]) -> str:
    return ", ".join(str(member.get("name", "")) for member in members)


def _skills(crew: Any) -> str:
    known = {skill for member in crew.members for skill in member.get("qualifications", ())}
    return ", ".join([crew.get_kind_display(), *sorted(known)])


def _state(crew: Any) -> str:
    job = job_of(crew)
    if job is None:
        return str(_("Free") if crew.shift == "on" else crew.get_shift_display())
    return f"{job.get_state_display()} {outage_of(job) or job.work_order.title}"


def crew_called(name: str) -> Any:
    """The crew of this key, however it is spelt.

    Raises:
        NotFound: there is none.
    """
    wanted = command_line.plain(name)
    found = next((crew for crew in crews.crews() if command_line.plain(crew.key) == wanted), None)
    if found is None:
        raise NotFound(str(_("no crew is called %(name)s")) % {"name": name}, crew=name)
    return found


def outage_for(actor: Actor, text: str) -> Outage | None:
    """The outage a page was opened for; none where the number means nothing."""
    if not (text.isdecimal() and len(text) < 10):
        return None
    return outages.outages(actor, going_on=True).filter(pk=int(text)).first()
