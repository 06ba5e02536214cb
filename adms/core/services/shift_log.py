"""The shift log: entries of people and of Tieline itself, corrections as new versions. Nothing is ever changed or deleted."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from adms.core.actors import Actor
from adms.core.errors import Invalid, NotFound, Refused
from adms.core.models import ControlArea, ShiftEntry
from adms.core.services import audit, authority

WRITE = "write_shift_log"
LONGEST = 2000
#: How far ahead of its writing an entry may have happened: clocks of people differ a little.
AHEAD = dt.timedelta(minutes=5)
BY_HAND = frozenset({ShiftEntry.Kind.NOTE, ShiftEntry.Kind.NEXT})


class Corrected(Refused):
    """Somebody else has corrected the entry since it was read."""

    code = "already_corrected"
    status = 409


@dataclass(frozen=True, slots=True)
class New:
    """What somebody writes: about what, in words and as an address of the console, and whether the next shift is to read it."""

    area: str
    text: str
    is_for_next: bool = False
    about: str = ""
    link: str = ""
    occurred_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Automatic:
    """What Tieline writes, keyed by the event (`reference`), so that a repeat writes nothing."""

    area: str
    kind: str
    text: str
    reference: str
    occurred_at: dt.datetime
    about: str = ""
    link: str = ""


@transaction.atomic
def write(*, actor: Actor, new: New, at: dt.datetime) -> ShiftEntry:
    """Add an entry.

    Raises:
        NotFound: no such area.
        NotAuthorised: not of the desk there.
        Invalid: nothing in it, too long, a link that leaves the console, or in the future.
    """
    area = _area(new.area)
    authority.require(actor=actor, action=WRITE, area=area.key)
    occurred_at = new.occurred_at or at
    if occurred_at > at + AHEAD:
        raise Invalid(_("that lies in the future"), field="occurred_at")
    row = ShiftEntry.objects.create(
        area=area,
        kind=ShiftEntry.Kind.NEXT if new.is_for_next else ShiftEntry.Kind.NOTE,
        text=_text(new.text),
        about=new.about[:120],
        link=_link(new.link),
        author=actor.name,
        author_label=actor.label[:200],
        occurred_at=occurred_at,
        recorded_at=at,
    )
    audit.record(actor=actor, action=WRITE, object_=f"shift:{row.entry}", area=area.key, after=_told(row), at=at)
    return row


@transaction.atomic
def correct(*, actor: Actor, entry: uuid.UUID, seen: int, text: str, reason: str, at: dt.datetime) -> ShiftEntry:
    """Add a new version of an entry; `seen` is the version that was read.

    Raises:
        NotFound: no such entry.
        NotAuthorised: not of the desk there.
        Invalid: nothing in it or no reason; or Tieline wrote it: then a note of one's own says what is wrong.
        Corrected: there is a later version.
    """
    latest = ShiftEntry.objects.filter(entry=entry).select_related("area").order_by("-version").first()
    if latest is None:
        raise NotFound(_("no entry %(entry)s") % {"entry": entry}, entry=str(entry))
    authority.require(actor=actor, action=WRITE, area=latest.area.key)
    if latest.is_automatic:
        raise Invalid(_("Tieline wrote this itself: write a note that says what is wrong"), field="text")
    if len(reason.strip()) < 3:
        raise Invalid(_("say why it is corrected"), field="reason")
    later = Corrected(_("it was corrected meanwhile: read the latest version first"), version=latest.version)
    if latest.version != seen:
        raise later
    row = ShiftEntry(
        entry=entry,
        version=seen + 1,
        area=latest.area,
        kind=latest.kind,
        text=_text(text),
        about=latest.about,
        link=latest.link,
        author=actor.name,
        author_label=actor.label[:200],
        reason=reason.strip()[:300],
        occurred_at=latest.occurred_at,
        recorded_at=at,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise later from None
    audit.record(
        actor=actor, action="correct_shift_log", object_=f"shift:{entry}", area=row.area.key, before=_told(latest), after=_told(row),
        reason=row.reason, at=at,
    )  # fmt: skip
    return row


def write_automatic(*, entries: Sequence[Automatic], at: dt.datetime) -> None:
    """What events tell, in one statement; those written before are left as they are."""
    areas = dict(ControlArea.objects.filter(key__in={one.area for one in entries}).values_list("key", "pk"))
    ShiftEntry.objects.bulk_create(
        (
            ShiftEntry(
                area_id=areas[one.area],
                kind=one.kind,
                text=one.text[:LONGEST],
                about=one.about[:120],
                link=one.link,
                occurred_at=one.occurred_at,
                recorded_at=at,
                reference=one.reference,
            )
            for one in entries
            if one.area in areas
        ),
        ignore_conflicts=True,
    )


def _area(key: str) -> ControlArea:
    found = ControlArea.objects.filter(key=key).first()
    if found is None:
        raise NotFound(_("no control area %(key)s") % {"key": key}, area=key)
    return found


def _text(text: str) -> str:
    told = text.replace("\0", "").strip()
    if not told:
        raise Invalid(_("an entry says something"), field="text")
    if len(told) > LONGEST:
        raise Invalid(_("an entry has %(most)d letters at most") % {"most": LONGEST}, field="text")
    return told


def _link(link: str) -> str:
    """An address of the console only: a log is clicked years later."""
    if link and (not link.startswith("/") or link.startswith("//") or "\\" in link or len(link) > 300):
        raise Invalid(_("a link leads inside the console"), field="link")
    return link


def _told(row: ShiftEntry) -> dict[str, str | int]:
    return {"version": row.version, "kind": row.kind, "text": row.text, "about": row.about}
