"""Parts of pages handed out without asking Django: only to whom Django would give them, and only while they are true."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from adms.core import live, parts, sharing
from adms.core.models import RoleGrant
from adms.middleware import HandOut
from tests.people import Person

pytestmark = pytest.mark.django_db
KPIS = "/outages/kpis/"


@pytest.fixture(autouse=True)
def following() -> Iterator[None]:
    sharing.changed()
    sharing.followed()
    yield
    sharing.left()
    parts.seen({})


class Browser:
    """What a browser asks HandOut for, and whether Django was asked behind it."""

    def __init__(self, who: Person) -> None:
        self.session = who.client.session.session_key or ""
        self.headers = [(b"hx-request", b"true"), (b"cookie", f"theme=night; sessionid={self.session}".encode())]

    def ask(self, path: str = KPIS, query: str = "", **changed: Any) -> tuple[dict[str, str], bytes] | None:
        """Headers and body that were handed out; None where Django was asked."""
        scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": self.headers}
        sent: list[Any] = []

        async def django(*_: Any) -> None:
            sent.append(None)

        async def send(message: Any) -> None:
            sent.append(message)

        async def receive() -> Any:
            raise AssertionError("a GET has no body that anybody would read")

        asyncio.run(HandOut(django)(scope | changed, receive, send))
        if sent == [None]:
            return None
        start, body = sent
        assert start["status"] == 200
        assert len(dict(start["headers"])) == len(start["headers"]), "each header once"
        return {name.decode(): value.decode() for name, value in start["headers"]}, body["body"]


def look(*people: Person) -> None:
    """The hub looks at the sessions of its sockets."""
    live._still_valid([(one.user.pk, one.client.session.session_key or "", "here") for one in people])


def test_what_django_answered_is_handed_out_as_it_was_without_a_query() -> None:
    anna = Person("OPR")
    first = anna.fetch(KPIS)
    look(anna)
    with CaptureQueriesContext(connection) as queries:
        handed = Browser(anna).ask()
    assert handed is not None
    assert not queries.captured_queries
    headers, body = handed
    assert body == first.content
    assert headers.pop("content-length") == str(len(body))
    assert headers.pop("x-request-id") != first["X-Request-ID"]
    assert headers == {
        name.lower(): value for name, value in first.items() if name not in {"X-Request-ID", "Content-Length"}
    }
    assert "default-src" in headers["content-security-policy"]
    assert "no-store" in headers["cache-control"]


def test_what_was_made_since_is_told_with_its_own_length() -> None:
    anna, bea = Person("OPR"), Person("OPR")
    first = anna.fetch(KPIS)
    look(anna, bea)
    key = next(way.key for way in parts._ways.values() if way.key.name == "kpis")
    sharing.changed()
    parts.once(key, lambda: first.content + b"and more")
    handed = Browser(anna).ask()
    assert handed is not None
    assert handed[0]["content-length"] == str(len(first.content) + len(b"and more"))


def test_only_what_was_asked_for_by_whom_the_hub_has_seen() -> None:
    anna, bea = Person("OPR"), Person("OPR")
    anna.fetch(KPIS)
    browser = Browser(anna)
    assert browser.ask() is None, "the hub has not looked at the session"
    look(anna, bea)
    assert browser.ask() is not None
    assert Browser(bea).ask() is None, "Django has given her nothing yet"
    bea.fetch("/alarms/bar/")
    assert Browser(bea).ask() is not None, "who has her rights was given this part at this address"
    assert browser.ask("/outages/side/") is None
    assert browser.ask(query="model=other") is None
    assert browser.ask(method="POST") is None
    assert browser.ask(headers=browser.headers[1:]) is None, "a browser without htmx gets pages"
    assert browser.ask(headers=browser.headers[:1]) is None, "nobody without a session"
    assert browser.ask(type="websocket") is None


def test_nothing_older_than_the_latest_change() -> None:
    anna = Person("OPR")
    anna.fetch(KPIS)
    look(anna)
    sharing.changed()
    assert Browser(anna).ask() is None
    anna.fetch(KPIS)
    assert Browser(anna).ask() is not None
    anna.post("/login/", username="nobody", password="wrong")
    assert Browser(anna).ask() is None, "somebody acted"


def test_rights_that_changed_are_seen_at_the_next_look_of_the_hub() -> None:
    anna, bea = Person("OPR"), Person("OPR")
    for one in (anna, bea):
        one.fetch(KPIS)
    look(anna, bea)
    RoleGrant.objects.filter(user=anna.user).update(role="VIS")
    look(anna, bea)
    assert Browser(anna).ask() is None
    assert Browser(bea).ask() is not None
    bea.user.is_password_first = True
    bea.user.save()
    look(anna, bea)
    assert Browser(bea).ask() is None, "she has to make her own password first"


def test_nobody_who_was_disabled_or_signed_out() -> None:
    anna, bea = Person("OPR"), Person("OPR")
    for one in (anna, bea):
        one.fetch(KPIS)
    look(anna, bea)
    gone, signed_out = Browser(anna), Browser(bea)
    bea.client.logout()
    anna.fetch(KPIS)  # signing out was an action of somebody
    assert gone.ask() is not None
    assert signed_out.ask() is None
    anna.user.is_active = False
    anna.user.save()
    look(anna)
    assert gone.ask() is None


def test_what_was_seen_long_ago_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    anna = Person("OPR")
    anna.fetch(KPIS)
    look(anna)
    assert Browser(anna).ask() is not None
    with monkeypatch.context() as patch:
        patch.setattr(parts, "KNOWN_S", 0.0)
        assert Browser(anna).ask() is None, "Django has to see a session now and then, so that it does not run out"
    with monkeypatch.context() as patch:
        patch.setattr(parts, "GOOD_FOR_S", 0.0)
        assert Browser(anna).ask() is None, "the hub has to look at it every few seconds"


def test_so_many_ways_are_kept_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "MOST_WAYS", 3)
    key = parts.Key("part", frozenset(), ())
    for number in range(5):
        parts.reached(f"/{number}/", "", key, ())
    assert [path for path, _, _ in parts._ways] == ["/2/", "/3/", "/4/"]


def test_whoever_has_to_set_up_a_second_factor_first_is_given_nothing() -> None:
    anna, bea, visitor = Person("OPR"), Person("OPR"), Person("VIS")
    anna.fetch(KPIS)
    session = bea.client.session
    session["second_factor_wanted"] = True
    session.save()
    assert bea.fetch(KPIS).status_code == 204
    look(anna, bea, visitor)
    assert Browser(bea).ask() is None
    assert Browser(visitor).ask() is None, "other rights are another part"
    assert Browser(anna).ask() is not None


class Busy:
    """Django, which takes a while to make a part; what comes in between is given to it by number."""

    def __init__(self, who: Person, made: Callable[[int], bytes]) -> None:
        self.key = next(way.key for way in parts._ways.values() if way.key.name == "kpis")
        self.headers = Browser(who).headers
        self.made, self.asked = made, 0
        self.bodies: list[bytes] = []
        self.hand_out = HandOut(self.django)

    async def django(self, _scope: Any, _receive: Any, send: Any) -> None:
        self.asked += 1
        await asyncio.sleep(0.01)
        began, number = time.monotonic(), self.asked
        await asyncio.sleep(0.05)
        content = self.made(number)
        if content:
            with parts._lock:
                parts._keep(self.key, began, content)
        await send({"type": "http.response.body", "body": content})

    async def ask(self, after_s: float = 0.0) -> None:
        """One browser."""
        scope = {"type": "http", "method": "GET", "path": KPIS, "query_string": b"", "headers": self.headers}

        async def send(message: Any) -> None:
            if "body" in message:
                self.bodies.append(message["body"])

        await asyncio.sleep(after_s)
        await self.hand_out(scope, _nothing, send)


async def _nothing() -> Any:
    raise AssertionError("a GET has no body that anybody would read")


def _told(busy: Busy, *asks: Coroutine[Any, Any, None]) -> list[bytes]:
    async def all_of_them() -> None:
        await asyncio.gather(*asks)

    asyncio.run(all_of_them())
    assert not busy.hand_out._asked, "nobody waits for ever"
    return busy.bodies


def asked_by_anna(made: Callable[[int], bytes]) -> Busy:
    """She was let in, and something has changed since."""
    anna = Person("OPR")
    anna.fetch(KPIS)
    look(anna)
    sharing.changed()
    return Busy(anna, made)


def test_of_many_who_ask_at_once_django_is_asked_by_one() -> None:
    busy = asked_by_anna(lambda number: b"%d" % number)
    assert _told(busy, *(busy.ask(n / 1000) for n in range(50))) == [b"1"] * 50
    assert busy.asked == 1


def test_whoever_asks_after_a_change_waits_for_what_was_begun_after_it() -> None:
    busy = asked_by_anna(lambda number: b"%d" % number)

    async def change() -> None:
        await asyncio.sleep(0.03)
        sharing.changed()

    early, late = (busy.ask() for _ in range(3)), (busy.ask(0.04) for _ in range(3))
    assert _told(busy, *early, change(), *late) == [b"1"] * 3 + [b"2"] * 3
    assert busy.asked == 2


def test_where_django_makes_nothing_everybody_gets_its_own_answer() -> None:
    busy = asked_by_anna(lambda _number: b"")
    assert _told(busy, *(busy.ask() for _ in range(6))) == [b""] * 6
    assert busy.asked == 6
