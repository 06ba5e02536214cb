"""One console at a time holds control: what is signed in elsewhere operates nothing until control is taken there."""

import datetime as dt

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from adms.core import clock
from adms.core.actors import Actor
from adms.core.models import AreaLease, AuditEntry, ControlArea, RoleGrant, StoredEvent, User
from adms.core.services import authority, consoles, leases
from adms.core.services.authority import NotAuthorised
from adms.core.services.leases import AreaHeld
from tests.cast import ANNA, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def north():
    return ControlArea.objects.create(key="north", name="North")


def console(address: str, account: str = "anna") -> tuple[Actor, str]:
    """Anna signed in somewhere, and the key of her session there."""
    user, _ = User.objects.get_or_create(username=account, defaults={"person": "anna"})
    RoleGrant.objects.get_or_create(user=user, role="OPR")
    store = SessionStore()
    store["_auth_user_id"] = str(user.pk)
    store.create()
    key = str(store.session_key)
    return authority.actor_for(user, way="browser", session=key, console=address), key


def at_console() -> str:
    return AreaLease.objects.get(ended_at=None).console


def test_a_second_console_operates_only_after_control_was_taken_to_it(north):
    (here, _), (there, _) = console("10.0.0.1"), console("10.0.0.2")
    leases.hold(actor=here, area=north, at=clock.now())
    with pytest.raises(AreaHeld, match=r"at your other console 10\.0\.0\.1") as refused:
        leases.hold(actor=there, area=north, at=clock.now())
    assert refused.value.data["cause"] == "locked-by-other-client"
    leases.move_here(actor=there, area="north", at=clock.now())
    leases.hold(actor=there, area=north, at=clock.now())
    with pytest.raises(AreaHeld, match="take it to this one first"):
        leases.hold(actor=here, area=north, at=clock.now())
    moved = AuditEntry.objects.get(action="move_area")
    assert (moved.before["console"], moved.after["console"]) == ("10.0.0.1", "10.0.0.2")
    assert StoredEvent.objects.filter(name="AuthorityChanged").count() == 2


def test_another_account_of_the_person_is_another_console(north):
    (here, _), (deputy, _) = console("10.0.0.1"), console("10.0.0.1", "anna-deputy")
    leases.take(actor=here, area="north", at=clock.now())
    with pytest.raises(AreaHeld):
        leases.hold(actor=deputy, area=north, at=clock.now())


@pytest.mark.parametrize("how", ["signed out", "run out"])
def test_a_console_that_is_no_longer_signed_in_holds_nothing(north, how):
    (here, key), (there, _) = console("10.0.0.1"), console("10.0.0.2")
    leases.take(actor=here, area="north", at=clock.now())
    if how == "signed out":
        Session.objects.filter(session_key=key).delete()
    else:
        Session.objects.filter(session_key=key).update(expire_date=clock.now() - dt.timedelta(seconds=1))
    leases.hold(actor=there, area=north, at=clock.now())
    assert at_console() == "10.0.0.2"
    assert AuditEntry.objects.filter(action="move_area").count() == 1


def test_a_token_is_not_the_console_that_has_control(north):
    here, _ = console("10.0.0.1")
    leases.take(actor=here, area="north", at=clock.now())
    with pytest.raises(AreaHeld):
        leases.hold(actor=ANNA, area=north, at=clock.now())
    leases.move_here(actor=ANNA, area="north", at=clock.now())
    leases.hold(actor=here, area=north, at=clock.now())  # a token is at no console, so nobody has to be asked


def test_control_is_taken_to_a_console_by_its_holder_alone(north):
    here, _ = console("10.0.0.1")
    leases.take(actor=here, area="north", at=clock.now())
    with pytest.raises(AreaHeld, match="you do not hold"):
        leases.move_here(actor=person("ben", "OPR"), area="north", at=clock.now())
    with pytest.raises(NotAuthorised):
        leases.move_here(actor=person("tom", "DSP"), area="north", at=clock.now())
    assert leases.move_here(actor=here, area="north", at=clock.now()).console == "10.0.0.1"
    assert not AuditEntry.objects.filter(action="move_area").exists()


def test_the_page_offers_to_take_control_here_only_elsewhere(north):
    (here, _), (there, _) = console("10.0.0.1"), console("10.0.0.2")
    leases.take(actor=here, area="north", at=clock.now())
    (held,) = leases.present(at=clock.now())
    assert leases.verbs_of(here, held) == ("offer", "give-back")
    assert leases.verbs_of(there, held) == ("here", "offer", "give-back")


def test_a_digest_of_nothing_is_no_session():
    assert not consoles.is_signed_in("", at=clock.now())
    assert not consoles.is_signed_in("0" * authority.SESSION_DIGITS, at=clock.now())
