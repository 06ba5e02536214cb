"""Administering accounts: everything on the trail, nobody their own, the last administrator stays."""

import pytest
from django.contrib.sessions.models import Session

from adms.core.errors import Invalid, NotFound
from adms.core.models import AreaLease, AuditEntry, RoleGrant, User
from adms.core.services import areas, leases, people
from adms.core.services.authority import NotAuthorised, actor_for
from adms.core.services.people import Details, LastAdministrator, OwnAccount
from tests.cast import NOON
from tests.people import Person

pytestmark = pytest.mark.django_db
BERT = Details("Bert", "Novak")


@pytest.fixture
def jo(db) -> Person:
    areas.ensure(key="north", name="North")
    return Person("ADM", name="jo")


def actor(who: Person):
    return actor_for(User.objects.get(pk=who.user.pk), way="browser")


def actions() -> list[str]:
    return list(AuditEntry.objects.filter(actor="jo").order_by("pk").values_list("action", flat=True))


def test_a_new_account_has_no_role_and_a_password_that_is_shown_once(jo):
    user, password = people.create(actor=actor(jo), username="bert", details=BERT, at=NOON)
    assert user.check_password(password)
    assert not user.grants.exists()
    assert actions() == ["create_user"]
    assert password not in str(AuditEntry.objects.values_list("after", flat=True).last())


@pytest.mark.parametrize(
    ("username", "details"), [("jo", BERT), ("no such name!", BERT), ("", BERT), ("bert", Details("", " "))]
)
def test_what_is_no_account_is_refused(jo, username, details):
    with pytest.raises(Invalid):
        people.create(actor=actor(jo), username=username, details=details, at=NOON)
    assert User.objects.count() == 1


def test_roles_are_given_once_and_taken_away(jo):
    people.create(actor=actor(jo), username="bert", details=BERT, at=NOON)
    for _ in range(2):
        people.grant(actor=actor(jo), username="bert", role="OPR", area="north", at=NOON)
    (row,) = RoleGrant.objects.filter(user__username="bert")
    people.revoke(actor=actor(jo), username="bert", grant_id=row.pk, at=NOON)
    assert not RoleGrant.objects.filter(user__username="bert").exists()
    assert actions() == ["create_user", "grant_role", "revoke_role"]


def test_no_role_area_or_account_that_is_not_there(jo):
    Person("OPR", name="ben")
    with pytest.raises(Invalid):
        people.grant(actor=actor(jo), username="ben", role="KING", area="", at=NOON)
    with pytest.raises(NotFound):
        people.grant(actor=actor(jo), username="ben", role="OPR", area="west", at=NOON)
    with pytest.raises(NotFound):
        people.grant(actor=actor(jo), username="nobody", role="OPR", area="", at=NOON)
    with pytest.raises(NotFound):
        people.revoke(actor=actor(jo), username="ben", grant_id=jo.user.grants.get().pk, at=NOON)


OWN = {
    "grant": lambda who: people.grant(actor=who, username="jo", role="SOP", area="", at=NOON),
    "describe": lambda who: people.describe(actor=who, username="jo", details=BERT, at=NOON),
    "deactivate": lambda who: people.deactivate(actor=who, username="jo", reason="tired", at=NOON),
    "renew_password": lambda who: people.renew_password(actor=who, username="jo", at=NOON),
    "end_sessions": lambda who: people.end_sessions(actor=who, username="jo", at=NOON),
}


@pytest.mark.parametrize("verb", OWN)
def test_nobody_administers_their_own_account(jo, verb):
    Person("ADM", name="kim")
    with pytest.raises(OwnAccount):
        OWN[verb](actor(jo))


@pytest.mark.parametrize("verb", OWN)
def test_nor_by_another_account_of_the_same_person(jo, verb):
    second = Person("ADM", name="jo-second")
    User.objects.filter(pk=second.user.pk).update(person="jo")
    with pytest.raises(OwnAccount):
        OWN[verb](actor(second))


@pytest.mark.parametrize("role", ["OPR", "SOP", "DSP", "CRW", "ENG", "MGR", "INT", "AUD"])
@pytest.mark.parametrize("verb", [*OWN, "create"])
def test_no_other_role_administers_accounts(jo, role, verb):
    who = actor(Person(role, name="climber"))
    make = lambda one: people.create(actor=one, username="bert", details=BERT, at=NOON)  # noqa: E731 - as its neighbours
    with pytest.raises(NotAuthorised):
        (OWN | {"create": make})[verb](who)
    assert not User.objects.filter(username="bert").exists()


def test_the_last_administrator_stays(jo):
    kim = Person("ADM", name="kim")
    people.deactivate(actor=actor(jo), username="kim", reason="has left", at=NOON)
    kim.user.refresh_from_db()
    assert not kim.user.is_active
    # Whatever rights kim's actor still carries from a moment ago, jo is the last one now.
    stale = actor(kim)
    row = jo.user.grants.get()
    with pytest.raises(LastAdministrator):
        people.revoke(actor=stale, username="jo", grant_id=row.pk, at=NOON)
    with pytest.raises(LastAdministrator):
        people.deactivate(actor=stale, username="jo", reason="revenge", at=NOON)
    jo.user.refresh_from_db()
    assert jo.user.is_active
    assert jo.user.grants.filter(pk=row.pk).exists()


def test_deactivating_ends_sessions_and_frees_the_areas_held(jo):
    ben = Person("OPR", name="ben")
    leases.take(actor=actor(ben), area="north", at=NOON)
    people.deactivate(actor=actor(jo), username="ben", reason="has left", at=NOON)
    assert ben.get("/outages/").status_code == 302
    assert not AreaLease.objects.filter(ended_at=None).exists()
    entry = AuditEntry.objects.get(action="deactivate_user")
    assert (entry.after, entry.reason) == ({"sessions": 1, "areas": 1, "tokens": 0}, "has left")
    people.activate(actor=actor(jo), username="ben", at=NOON)
    assert User.objects.get(username="ben").is_active


def test_ending_sessions_signs_out_that_account_alone(jo):
    ben, kim = Person("OPR", name="ben"), Person("OPR", name="kim")
    assert people.end_sessions(actor=actor(jo), username="ben", at=NOON) == 1
    assert ben.get("/outages/").status_code == 302
    assert kim.get("/outages/").status_code == 200


def test_a_renewed_password_replaces_the_old_one(jo):
    ben = Person("OPR", name="ben", password="correct-horse-battery")
    password = people.renew_password(actor=actor(jo), username="ben", at=NOON)
    ben.user.refresh_from_db()
    assert ben.user.check_password(password)
    assert not Session.objects.filter(pk=ben.client.session.session_key).exists()


def test_ones_own_password_is_changed_by_who_knows_it(db):
    ben = Person("OPR", name="ben", password="correct-horse-battery")
    with pytest.raises(Invalid, match="present password"):
        people.change_own_password(actor=actor(ben), old="wrong", new="another-long-one-9", at=NOON)
    with pytest.raises(Invalid):
        people.change_own_password(actor=actor(ben), old="correct-horse-battery", new="12345", at=NOON)
    people.change_own_password(actor=actor(ben), old="correct-horse-battery", new="another-long-one-9", at=NOON)
    ben.user.refresh_from_db()
    assert ben.user.check_password("another-long-one-9")
