"""Fragments made once for many: never older than what one was told of, nor than one's own action."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any, cast

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from adms.core import browser, parts, sharing
from adms.core.actors import Actor
from adms.core.feeds import Changed, UiFeed
from tests.people import Person

ANNA = SimpleNamespace(actor=Actor("anna", frozenset({("OPR", None)})))
BEA = SimpleNamespace(actor=Actor("bea", frozenset({("OPR", None)})))
VISITOR = SimpleNamespace(actor=Actor("vic", frozenset({("VIS", None)})))


class Maker:
    """Counts how often it made something."""

    def __init__(self) -> None:
        self.made = 0

    def ask(self, who: Any, name: str, *given: str) -> int:
        """What this person is shown: the number of the making."""
        return int(browser.together(cast("browser.Request", who), name, self._make, *given).content)

    def _make(self) -> HttpResponse:
        self.made += 1
        return HttpResponse(str(self.made))


@pytest.fixture
def following() -> Iterator[None]:
    sharing.changed()
    sharing.followed()
    yield
    sharing.left()


def test_where_nobody_follows_the_log_everybody_gets_a_new_one() -> None:
    sharing.left()
    maker = Maker()
    assert [maker.ask(ANNA, "a"), maker.ask(BEA, "a")] == [1, 2]


def test_between_two_changes_one_serves_all_with_the_same_rights(following: None) -> None:
    maker = Maker()
    assert [maker.ask(ANNA, "b"), maker.ask(BEA, "b"), maker.ask(ANNA, "b", "other")] == [1, 1, 2]
    assert maker.ask(VISITOR, "b") == 3
    sharing.changed()
    assert [maker.ask(BEA, "b"), maker.ask(ANNA, "b")] == [4, 4]


def test_who_waits_for_a_making_that_is_still_true_is_not_made_another(following: None) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made = []
    key = parts.Key("slow", frozenset(), ())

    def make() -> bytes:
        made.append(1)
        begun.set()
        go_on.wait(10)
        return b"once"

    with ThreadPoolExecutor(3) as people:
        first = people.submit(parts.once, key, make)
        begun.wait(10)
        others = [people.submit(parts.once, key, make) for _ in range(2)]
        go_on.set()
        assert [one.result(10) for one in (first, *others)] == [b"once"] * 3
    assert len(made) == 1


def test_what_ticks_is_made_again_though_nothing_changed(following: None, monkeypatch: pytest.MonkeyPatch) -> None:
    maker = Maker()
    monkeypatch.setattr(sharing, "OLDEST_S", 0.0)
    assert [maker.ask(ANNA, "c"), maker.ask(ANNA, "c")] == [1, 2]


@pytest.mark.django_db
def test_whoever_acts_is_shown_nothing_that_was_made_before(following: None) -> None:
    maker = Maker()
    maker.ask(ANNA, "d")
    Client().post("/login/", {"username": "nobody", "password": "wrong"})
    assert maker.ask(ANNA, "d") == 2


@pytest.mark.django_db
def test_a_session_is_written_once_a_minute() -> None:
    anna = Person("OPR")
    anna.get("/calls/")
    with CaptureQueriesContext(connection) as queries:
        answer = anna.get("/calls/")
    assert answer.status_code == 200
    assert not [one for one in queries if 'UPDATE "django_session"' in one["sql"]]
    session = anna.client.session
    session["used_at"] = session["used_at"] - 61
    session.save()
    with CaptureQueriesContext(connection) as queries:
        answer = anna.get("/calls/")
    assert len([one for one in queries if 'UPDATE "django_session"' in one["sql"]]) == 1
    assert "sessionid" in answer.cookies


@pytest.mark.django_db
def test_where_many_listen_they_are_asked_to_spread() -> None:
    feed = UiFeed()
    told = Changed(frozenset({"outages"}), {"north": 7})
    assert json.loads(feed.encode(told)) == {"type": "changed", "seq": {"north": 7}, "topics": ["outages"]}
    feed.pace_s = 5.0
    assert json.loads(feed.encode(told))["spread_s"] == 2.0


def test_so_many_are_kept_and_no_more(following: None) -> None:
    maker = Maker()
    asked = [str(number) for number in range(parts.MOST_KEPT + 50)]
    for given in asked:
        maker.ask(ANNA, "c", given)
    assert len(parts._made) == len(parts._making) == parts.MOST_KEPT
    assert maker.ask(ANNA, "c", asked[-1]) == len(asked)  # kept
    assert maker.ask(ANNA, "c", asked[0]) == len(asked) + 1  # made anew
