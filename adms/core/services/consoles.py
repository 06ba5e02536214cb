"""Which of a person's consoles holds control: the one their lease was last used from, for as long as it is signed in there.

A lease is a person's, but a person operates at one place at a time: what is left signed in somewhere else must not be able to move the
network in their name. The session table says whether a console is still signed in; it is not asked while nobody has moved.
"""

import datetime as dt

from django.contrib.sessions.models import Session
from django.db.models import F, Func, Value
from django.db.models.functions import Left

from adms.core.actors import Actor
from adms.core.models import AreaLease
from adms.core.services.authority import SESSION_DIGITS


def holds_elsewhere(*, actor: Actor, lease: AreaLease, at: dt.datetime) -> bool:
    """Whether control of the area is at another console of the holder, who is still signed in there.

    A lease that was taken by a token is at no console; a token of the holder is not the console that has control.
    """
    return bool(lease.session) and lease.session != actor.session and is_signed_in(lease.session, at=at)


def is_signed_in(digest: str, *, at: dt.datetime) -> bool:
    """Whether the session of this digest (`authority.actor_for`) has neither been ended nor run out."""
    hashed = Func(Func(F("session_key"), Value("UTF8"), function="convert_to"), function="sha256")
    hexadecimal = Func(hashed, Value("hex"), function="encode")
    found = Session.objects.filter(expire_date__gt=at).annotate(digest=Left(hexadecimal, SESSION_DIGITS))
    return bool(digest) and found.filter(digest=digest).exists()


def name(lease: AreaLease) -> str:
    """What the console is called in words: its address."""
    return lease.console or "?"
