"""Every page and fragment renders: with an outage, with nothing at all, and not for those who may not see it."""

import pytest

from tests.people import Person, text

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/outages/",
    "/outages/?show=all&q=F1",
    "/outages/?show=nonsense&page=77&area=nowhere&q=%00",
    "/outages/side/",
    "/outages/intake/",
    "/outages/kpis/",
    "/find/?q=F1",
    "/find/?q=1",
    "/find/?q=we",
    "/dispatch/",
    "/dispatch/outages/",
    "/dispatch/lanes/",
    "/dispatch/crews/",
    "/dispatch/command/?command=a+1+c12",
    "/calls/",
    "/calls/?show=waiting&q=weber",
    "/calls/new/",
    "/calls/customers/?q=we",
    "/reliability/",
    "/reliability/?month=2026-03",
    "/reliability/?month=2026&med=with",
    "/reliability/?month=2026-13&area=nowhere",
    "/reliability/?from=2026-01-01&to=2026-01-31",
    "/reliability/?from=2026-02-31&to=1",
    "/reliability/method/",
    "/reliability/restoration-times/",
    "/reliability/restoration-times/?month=2026-03&area=nowhere",
    "/reliability/rows/?index=saidi",
    "/reliability/rows.csv",
    "/reliability/feeder/",
    "/rules/",
    "/rules/sets/all/normal/",
    "/rules/sets/all/not-written-yet/",
)
OF_AN_OUTAGE = ("", "confirm/", "etr/", "restore/", "complete/", "cancel/", "assign/")
HIDDEN = ("/outages/", "/dispatch/", "/calls/", "/reliability/", "/outages/1/", "/outages/1/confirm/")


@pytest.fixture
def haas(db) -> Person:
    """A senior operator, who may do nearly everything."""
    return Person("SOP", name="haas")


def failing(person: Person, addresses) -> dict[str, int]:
    """Pages that do not answer 200."""
    answers = {address: person.get(address).status_code for address in addresses if "%00" not in address}
    return {address: status for address, status in answers.items() if status != 200}


def test_every_page_renders_with_an_outage(outage, haas):
    assert failing(haas, PAGES) == {}
    assert failing(haas, [f"/outages/{outage.pk}/{address}" for address in OF_AN_OUTAGE]) == {}
    assert (
        failing(
            haas,
            [
                f"/dispatch/{outage.pk}/crews/",
                f"/dispatch/{outage.pk}/assign/?crew=c12",
                f"/dispatch/?outage={outage.pk}",
            ],
        )
        == {}
    )


def test_every_page_renders_with_nothing_in_it(network, haas):
    assert failing(haas, PAGES) == {}


def test_every_page_renders_without_a_network(haas):
    assert failing(haas, PAGES) == {}


def test_nothing_is_seen_without_signing_in(client, db):
    told = {address: client.get(address).headers.get("Location", "")[:13] for address in ("/", *HIDDEN)}
    assert set(told.values()) == {"/login/?next="}
    fragment = client.get(
        "/outages/side/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/dispatch/"}
    )
    assert (fragment.status_code, fragment["HX-Redirect"]) == (204, "/login/?next=%2Fdispatch%2F")


def test_a_page_tells_who_could_see_it(network):
    stranger = Person()
    for address in HIDDEN:
        page = text(stranger.get(address), 403)
        assert "it needs: " in page
        assert "Traceback" not in page


def test_a_refused_fragment_says_why_in_a_header_and_is_on_the_audit_trail(network):
    from adms.core.models import AuditEntry

    stranger = Person()
    answer = stranger.fetch("/outages/side/")
    assert answer.status_code == 403
    assert "may not see network" in answer["X-Error"]
    entry = AuditEntry.objects.get(result="refused")
    assert (entry.actor, entry.object, entry.request_id) == (stranger.name, "/outages/side/", answer["X-Request-ID"])


@pytest.mark.parametrize(("role", "home"), [("CRW", "/crew/"), ("ADM", "/messages/"), ("OPR", "")])
def test_everybody_comes_home_to_what_they_may_see(role, home, network):
    answer = Person(role).get("/")
    assert answer.headers.get("Location", "") == home


def test_lists_are_never_cached_and_differ_for_htmx(network, haas):
    answer = haas.get("/outages/")
    assert "no-store" in answer["Cache-Control"]
    assert "HX-Request" in answer["Vary"]
    assert "<html" in text(answer)
    assert "<html" not in text(haas.fetch("/outages/"))


def test_an_empty_list_says_why_it_is_empty(haas):
    assert "Nobody is out, as far as is known" in text(haas.get("/outages/"))
    assert "clear the filter" in text(haas.get("/outages/", q="F1"))
    assert "clear the filter" in text(haas.get("/outages/", show="completed"))
