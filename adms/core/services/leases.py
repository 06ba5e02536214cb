"""Authority over control areas: take it, hand it over, give it back, break the glass. Two holders are impossible by the table itself.

A lease is held by a person, from whichever of their accounts, and used from one console at a time (`consoles`): another one takes it
over by `move_here` first. Everything here is on the audit trail and told to every browser. Operating needs the lease: `hold` is what
the control gate asks.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from adms.core import days, runtime_settings
from adms.core.actors import Actor
from adms.core.control_events import AuthorityChanged, ControlAlarm
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import AreaLease, ControlArea, User
from adms.core.services import areas, audit, authority, consoles, events

ACTION, BREAK = "take_area", "break_glass"
LEASE = runtime_settings.declare(
    "control.area_lease_s",
    43_200,
    unit="s",
    help_=gettext_noop("How long a control area stays with who holds it without being used; then it is free."),
)
FIRST_TAKES = runtime_settings.declare(
    "control.first_operation_takes_area",
    True,  # noqa: FBT003 - the value of a setting
    help_=gettext_noop(
        "Whether the first operation in an area nobody holds takes it, for who holds no other; else it is taken by itself first."
    ),
)
#: Seen again so soon after, it is not written down anew.
SEEN_EVERY = dt.timedelta(seconds=60)


class AreaHeld(Refused):
    """Somebody else has authority over the area, or nobody has; `data["cause"]` is the IEC 61850 AddCause word."""

    code = "area_not_held"


@dataclass(frozen=True, slots=True)
class Held:
    """Who holds an area, as a page or another system is told."""

    area: str
    name: str
    holder: str
    label: str
    since: dt.datetime | None
    offered_to: str = ""
    person: str = ""
    session: str = ""  # digest of the session that used it last; empty for a token
    console: str = ""


def of_area(area_id: int, at: dt.datetime) -> AreaLease | None:
    """The lease of an area that has not run out."""
    return AreaLease.objects.filter(area_id=area_id, ended_at=None, expires_at__gt=at).first()


def present(*, at: dt.datetime) -> list[Held]:
    """Every control area and who holds it now."""
    rows = {row.area_id: row for row in AreaLease.objects.filter(ended_at=None, expires_at__gt=at)}
    told = []
    for area in ControlArea.objects.order_by("key"):
        lease = rows.get(area.pk)
        if lease is None:
            told.append(Held(area.key, area.name, "", "", None))
        else:
            told.append(
                Held(
                    area.key, area.name, lease.holder, lease.label, lease.since, lease.offered_to, lease.person,
                    lease.session, lease.console,
                )
            )  # fmt: skip
    return told


def verbs_of(actor: Actor, held: Held) -> tuple[str, ...]:
    """What the actor may do about an area now, by the verbs of its page."""
    if held.offered_to == actor.name:
        return ("accept", "decline")
    if held.person == actor.identity:
        here = ("here",) if held.session and held.session != actor.session else ()
        return (*here, "decline" if held.offered_to else "offer", "give-back")
    if not held.holder and actor.may(ACTION, held.area):
        return ("take",)
    if held.holder and actor.may(BREAK, held.area):
        return ("break",)
    return ()


def verb_words() -> dict[str, str]:
    """What each verb is called."""
    return {
        "take": _("Take control"),
        "offer": _("Hand over"),
        "accept": _("Accept"),
        "decline": _("Withdraw the offer"),
        "give-back": _("Give back"),
        "here": _("Take control to this console"),
        "break": _("Break the glass"),
    }


def done_words() -> dict[str, str]:
    """What each verb has done, told to whoever did it."""
    return {
        "take": _("You hold %(area)s now"),
        "offer": _("%(area)s is offered; you hold it until it is accepted"),
        "accept": _("You hold %(area)s now"),
        "decline": _("The offer of %(area)s is withdrawn"),
        "give-back": _("Nobody holds %(area)s now"),
        "here": _("You hold %(area)s at this console now"),
        "break": _("You took %(area)s from its holder"),
    }


def refusal(*, actor: Actor, area: ControlArea, at: dt.datetime) -> AreaHeld | None:
    """Why the actor may not operate in an area for want of its lease; None where they may, or their first operation takes it."""
    lease = of_area(area.pk, at)
    if lease is not None and lease.person != actor.identity:
        return _held(lease, area)
    if lease is not None:
        return _elsewhere(lease, area) if consoles.holds_elsewhere(actor=actor, lease=lease, at=at) else None
    other = _others_of(actor, area, at)
    if runtime_settings.get(FIRST_TAKES, area.key) and other is None:
        return None
    words = _("nobody holds %(area)s: take control of it first") % {"area": area.name}
    if other is not None:
        words += _("; you hold %(area)s") % {"area": other.area.name}
    return AreaHeld(words, cause="no-access-authority", area=area.key)


def lock_person(*, actor: Actor, area: ControlArea, at: dt.datetime) -> None:
    """Before an area is locked in which the actor's first operation may take the lease."""
    if of_area(area.pk, at) is None:
        _lock_person(actor)


@transaction.atomic
def hold(*, actor: Actor, area: ControlArea, at: dt.datetime) -> AreaLease:
    """The actor's lease of an area, used now; taken with this operation where nobody holds it and they hold no other.

    Raises:
        AreaHeld: somebody else holds it, control is at another console, or it has to be taken by itself first.
    """
    lock_person(actor=actor, area=area, at=at)
    areas.lock([area.pk])
    why = refusal(actor=actor, area=area, at=at)
    if why is not None:
        raise why
    lease = of_area(area.pk, at)
    if lease is None:
        return _begin(actor, area, AreaLease.Taken.FIRST, "", at)
    if at - lease.seen_at >= SEEN_EVERY or lease.session != actor.session:
        _seen(actor, lease, at)
    return lease


@transaction.atomic
def take(*, actor: Actor, area: str, reason: str = "", at: dt.datetime) -> AreaLease:
    """Take an area that nobody holds. Who holds another one already says why: the rule is a hand-over, but nobody is there to give it.

    Raises:
        NotFound: no such area.
        NotAuthorised: no operator of that area.
        AreaHeld: somebody holds it.
        Invalid: a second area without a reason.
    """
    found = _area(area)
    authority.require(actor=actor, action=ACTION, area=area)
    _lock_person(actor)
    areas.lock([found.pk])
    lease = of_area(found.pk, at)
    if lease is not None:
        if lease.person == actor.identity:
            return lease
        raise _held(lease, found)
    other = _others_of(actor, found, at)
    if other is not None and len(reason.strip()) < 3:
        raise Invalid(
            _("you hold %(name)s: a second area comes by hand-over, or with a reason where nobody hands it over")
            % {"name": other.area.name},
            field="reason",
        )
    return _begin(actor, found, AreaLease.Taken.FREE, reason, at)


@transaction.atomic
def move_here(*, actor: Actor, area: str, at: dt.datetime) -> AreaLease:
    """Take control of an area one holds from another console to this one; nothing moves where it is here already.

    Raises:
        NotFound: no such area.
        NotAuthorised: no operator of that area (any more).
        AreaHeld: the actor does not hold it.
    """
    found = _area(area)
    authority.require(actor=actor, action=ACTION, area=area)
    areas.lock([found.pk])
    lease = _own(actor, found, at)
    if lease.session == actor.session:
        return lease
    _seen(actor, lease, at)
    events.publish(area_id=found.pk, facts=[AuthorityChanged(found.key, "move_area", actor.name, at)], at=at)
    return lease


@transaction.atomic
def break_glass(*, actor: Actor, area: str, reason: str, at: dt.datetime) -> AreaLease:
    """Take an area from who holds it: with a reason, and an alarm to everybody.

    Raises:
        NotFound: no such area.
        NotAuthorised: not one who may.
        Invalid: no reason.
    """
    found = _area(area)
    authority.require(actor=actor, action=BREAK, area=area)
    if len(reason.strip()) < 3:
        raise Invalid(_("breaking the glass needs a reason"), field="reason")
    _lock_person(actor)
    areas.lock([found.pk])
    lease = of_area(found.pk, at)
    if lease is not None and lease.person == actor.identity:
        return lease
    if lease is not None:
        _finish(lease, "broken", at)
    made = _begin(actor, found, AreaLease.Taken.BROKEN, reason, at)
    whom = lease.label or lease.holder if lease else "nobody"
    alarm = ControlAlarm(
        "glass_broken", found.key, f"{actor.label or actor.name} took {found.name} from {whom}: {reason}", at
    )
    events.publish(area_id=found.pk, facts=[alarm], at=at)
    return made


@transaction.atomic
def offer(*, actor: Actor, area: str, to: str, at: dt.datetime) -> AreaLease:
    """Ask another operator to take over the area one holds. Until they accept it stays where it is.

    Raises:
        NotFound: no such area or account.
        AreaHeld: the actor does not hold it.
        Invalid: the other one is no operator of it, or is the same person.
    """
    found = _area(area)
    areas.lock([found.pk])
    lease = _own(actor, found, at)
    user = User.objects.filter(username=to, is_active=True).first()
    if user is None:
        raise NotFound(_("no account %(to)s") % {"to": to}, account=to)
    other = authority.actor_for(user, way="system")
    if other.identity == actor.identity:
        raise Invalid(_("that is yourself"), field="to")
    if not other.may(ACTION, area):
        raise Invalid(_("%(to)s may not operate in %(name)s") % {"to": to, "name": found.name}, field="to")
    lease.offered_to, lease.offered_at = to, at
    lease.save(update_fields=["offered_to", "offered_at"])
    _tell(actor, "offer_area", found, {"to": to}, "", at)
    return lease


@transaction.atomic
def accept(*, actor: Actor, area: str, at: dt.datetime) -> AreaLease:
    """Take over an area that was offered.

    Raises:
        NotFound: no such area.
        NotAuthorised: not an operator of it (any more).
        AreaHeld: it was not offered to the actor.
    """
    found = _area(area)
    authority.require(actor=actor, action=ACTION, area=area)
    areas.lock([found.pk])
    lease = of_area(found.pk, at)
    if lease is None or lease.offered_to != actor.name:
        raise AreaHeld(
            _("%(area)s is not offered to you") % {"area": found.name}, cause="no-access-authority", area=area
        )
    _finish(lease, "handed", at)
    return _begin(actor, found, AreaLease.Taken.HANDED, f"from {lease.holder}", at)


@transaction.atomic
def decline(*, actor: Actor, area: str, at: dt.datetime) -> AreaLease:
    """Say no to an offer, or take one's own offer back.

    Raises:
        AreaHeld: there is no offer that concerns the actor.
    """
    found = _area(area)
    areas.lock([found.pk])
    lease = of_area(found.pk, at)
    if lease is None or not lease.offered_to or (lease.offered_to != actor.name and lease.person != actor.identity):
        raise AreaHeld(
            _("no offer of %(area)s concerns you") % {"area": found.name}, cause="no-access-authority", area=area
        )
    lease.offered_to, lease.offered_at = "", None
    lease.save(update_fields=["offered_to", "offered_at"])
    _tell(actor, "decline_area", found, None, "", at)
    return lease


@transaction.atomic
def give_back(*, actor: Actor, area: str, at: dt.datetime) -> AreaLease:
    """Leave an area to nobody.

    Raises:
        AreaHeld: the actor does not hold it.
    """
    found = _area(area)
    areas.lock([found.pk])
    lease = _own(actor, found, at)
    _finish(lease, "given_back", at)
    _tell(actor, "give_back_area", found, None, "", at)
    return lease


@transaction.atomic
def free(*, actor: Actor, holder: str, at: dt.datetime) -> int:
    """Leave every area of an account that is no more to nobody; the number of them. For who administers accounts."""
    held = AreaLease.objects.filter(holder=holder, ended_at=None).select_related("area").order_by("area")
    areas.lock([lease.area_id for lease in held])
    for lease in held:
        _finish(lease, "given_back", at)
        _tell(actor, "give_back_area", lease.area, {"of": holder}, "", at)
    return len(held)


def _area(key: str) -> ControlArea:
    found = ControlArea.objects.filter(key=key).first()
    if found is None:
        raise NotFound(_("no control area %(key)s") % {"key": key}, area=key)
    return found


def _lock_person(actor: Actor) -> None:
    """Two takings of one person go one after the other, else each would see the person hold nothing; before any area's lock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"lease:{actor.identity}"])


def _others_of(actor: Actor, area: ControlArea, at: dt.datetime) -> AreaLease | None:
    """Another area the person holds."""
    found = AreaLease.objects.filter(person=actor.identity, ended_at=None, expires_at__gt=at).exclude(area=area)
    return found.select_related("area").order_by("pk").first()


def _held(lease: AreaLease, area: ControlArea) -> AreaHeld:
    who = lease.label or lease.holder
    return AreaHeld(
        _("%(area)s is held by %(who)s since %(since)s; they hand it over, a senior operator can break the glass")
        % {"area": area.name, "who": who, "since": days.in_words(lease.since, "%H:%M")},
        cause="no-access-authority",
        area=area.key,
        holder=lease.holder,
    )


def _elsewhere(lease: AreaLease, area: ControlArea) -> AreaHeld:
    return AreaHeld(
        _("control of %(area)s is at your other console %(console)s: take it to this one first")
        % {"area": area.name, "console": consoles.name(lease)},
        cause="locked-by-other-client",
        area=area.key,
        holder=lease.holder,
    )


def _own(actor: Actor, area: ControlArea, at: dt.datetime) -> AreaLease:
    lease = of_area(area.pk, at)
    if lease is None or lease.person != actor.identity:
        raise AreaHeld(_("you do not hold %(area)s") % {"area": area.name}, cause="no-access-authority", area=area.key)
    return lease


def _begin(actor: Actor, area: ControlArea, taken: str, reason: str, at: dt.datetime) -> AreaLease:
    _clear_expired(area, at)
    try:
        with transaction.atomic():
            lease = AreaLease.objects.create(
                area=area,
                holder=actor.name,
                person=actor.identity,
                label=actor.label[:200],
                session=actor.session,
                console=actor.console,
                taken=taken,
                reason=reason[:400],
                since=at,
                seen_at=at,
                expires_at=at + dt.timedelta(seconds=runtime_settings.get(LEASE, area.key)),
            )
    except IntegrityError:
        raise AreaHeld(
            _("%(area)s was just taken") % {"area": area.name}, cause="no-access-authority", area=area.key
        ) from None
    _tell(actor, "take_area", area, {"taken": taken, "session": actor.session, "console": actor.console}, reason, at)
    return lease


def _clear_expired(area: ControlArea, at: dt.datetime) -> None:
    AreaLease.objects.filter(area=area, ended_at=None, expires_at__lte=at).update(ended_at=at, ended="expired")


def _finish(lease: AreaLease, ended: str, at: dt.datetime) -> None:
    lease.ended_at, lease.ended = at, ended
    lease.save(update_fields=["ended_at", "ended"])


def _seen(actor: Actor, lease: AreaLease, at: dt.datetime) -> None:
    """Used again; another session or console of the same person is on record."""
    if lease.session != actor.session:
        before = {"session": lease.session, "console": lease.console}
        after = {"session": actor.session, "console": actor.console}
        audit.record(
            actor=actor, action="move_area", object_=lease.area.key, area=lease.area.key, before=before, after=after, at=at
        )  # fmt: skip
    lease.session, lease.console, lease.seen_at = actor.session, actor.console, at
    lease.expires_at = at + dt.timedelta(seconds=runtime_settings.get(LEASE, lease.area.key))
    lease.save(update_fields=["session", "console", "seen_at", "expires_at"])


def _tell(
    actor: Actor, action: str, area: ControlArea, after: dict[str, str] | None, reason: str, at: dt.datetime
) -> None:
    audit.record(actor=actor, action=action, object_=area.key, area=area.key, after=after, reason=reason, at=at)
    events.publish(area_id=area.pk, facts=[AuthorityChanged(area.key, action, actor.name, at)], at=at)
