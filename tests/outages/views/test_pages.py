"""Every page and fragment renders: with an outage, and with nothing at all."""

import pytest

from tests.people import Person, text

pytestmark = pytest.mark.django_db

PAGES = (
    "/",
    "/outages/",
    "/outages/?show=all&q=F1+9",
    "/outages/side/",
    "/outages/intake/",
    "/outages/kpis/",
    "/find/?q=F1",
    "/find/?q=we",
    "/dispatch/",
    "/dispatch/outages/",
    "/dispatch/lanes/",
    "/dispatch/command/?command=a+1+c12",
    "/calls/",
    "/calls/?show=waiting&q=weber",
    "/calls/new/",
    "/calls/customers/?q=we",
    "/reliability/",
    "/reliability/?month=2026-03",
    "/reliability/?month=2026&med=with",
    "/reliability/?from=2026-01-01&to=2026-01-31",
    "/reliability/method/",
    "/reliability/rows/?index=saidi",
    "/reliability/rows.csv",
    "/reliability/feeder/",
)
OF_AN_OUTAGE = ("", "confirm/", "etr/", "restore/", "complete/", "cancel/", "assign/")


@pytest.fixture
def haas() -> Person:
    """A senior operator, who may do nearly everything."""
    return Person("SOP", name="haas")


@pytest.mark.parametrize("address", PAGES)
def test_a_page_renders_with_an_outage(address, outage, haas):
    text(haas.get(address))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_renders_with_nothing_in_it(address, network, haas):
    text(haas.get(address))


@pytest.mark.parametrize("address", PAGES)
def test_a_page_renders_without_a_network(address, db, haas):
    text(haas.get(address))


@pytest.mark.parametrize("address", OF_AN_OUTAGE)
def test_a_dialog_of_an_outage_renders(address, outage, haas):
    assert "F1" in text(haas.get(f"/outages/{outage.pk}/{address}"))


@pytest.mark.parametrize("address", ["crews/", "assign/?crew=c12"])
def test_the_board_asks_for_crews_of_an_outage(address, outage, haas):
    assert "Trouble 12" in text(haas.get(f"/dispatch/{outage.pk}/{address}"))


@pytest.mark.parametrize("address", ["/", "/outages/", "/dispatch/", "/calls/", "/reliability/", "/find/?q=ab", "/crew/"])
def test_nobody_sees_a_page_without_signing_in(address, client, db):
    assert client.get(address)["Location"].startswith("/login/?next=%2F")


@pytest.mark.parametrize("address", ["/outages/", "/dispatch/", "/calls/", "/reliability/", "/find/?q=ab"])
def test_a_page_tells_who_may_not_see_it(address, network):
    page = text(Person("CRW").get(address), 403)
    assert "it needs: " in page
    assert "Traceback" not in page
