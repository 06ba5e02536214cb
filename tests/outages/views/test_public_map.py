"""The public outage map: what it tells, what it never tells, and that nothing behind it is needed to hand it out (X07)."""

import datetime as dt
import gzip
import json
import os
import subprocess
import sys

import pytest
from django.test import Client

from adms.core import clock
from adms.core.models import Setting
from metering.models import Customer, Meter, UsagePoint
from outages.domain import public_map as domain
from outages.models import Outage
from outages.services import planned, planned_announcing, public_map
from tests.cast import ANNA, person


@pytest.fixture
def folder(tmp_path, settings):
    settings.PUBLIC_DIR = tmp_path / "public"
    return settings.PUBLIC_DIR


def allow(key, value):
    Setting.objects.create(key=key, value=value, changed_by="test", changed_at=clock.now())


def figures(folder):
    return json.loads((folder / "outages.json").read_bytes())


def test_an_outage_is_told_in_bands_and_squares(outage, folder):
    at = clock.now()
    Outage.objects.update(etr_at=at + dt.timedelta(hours=1), etr_source="crew", cause="tree", x=1_260.0, y=740.0)
    public_map.write(at=at)
    told = figures(folder)
    (one,) = told["outages"]
    assert (one["customers"], one["status"], one["cause"]) == ("1-9", "Reported", "Tree on the line")
    assert (one["etr_by"], one["is_planned"], one["place"]) == ("crew", False, [1_250.0, 750.0])
    assert told["summary"] == {"outages": 1, "planned": 0, "customers": "1-9"}
    etr = dt.datetime.fromisoformat(one["etr_at"])
    assert etr.minute % 5 == 0
    assert dt.timedelta(0) <= etr - (at + dt.timedelta(hours=1)) < dt.timedelta(minutes=5)


def test_nothing_of_any_customer_is_in_any_file(outage, folder):
    public_map.write(at=clock.now())
    everything = "".join(path.read_text() for path in folder.iterdir() if path.suffix == ".json")
    secrets = {value for row in Customer.objects.values_list("name", "phone", "account_number") for value in row}
    secrets |= {value for row in UsagePoint.objects.values_list("mrid", "name", "address") for value in row}
    secrets |= set(Meter.objects.values_list("mrid", flat=True))
    secrets |= {"Ida Weber", outage.mrid, outage.device_mrid, outage.device_name}
    secrets = {value for value in secrets if len(value) > 2}
    assert len(secrets) > 60
    assert [value for value in secrets if value in everything] == []
    assert len(figures(folder)["outages"]) == 1


def test_a_small_outage_is_only_counted_by_area(outage, folder):
    Outage.objects.update(customers_out=4)
    public_map.write(at=clock.now())
    told = figures(folder)
    assert told["outages"] == []
    assert [(one["outages"], one["small"], one["customers"]) for one in told["areas"]] == [(1, 1, "1-9")]
    allow("public_map.smallest", 1)
    public_map.write(at=clock.now())
    assert len(figures(folder)["outages"]) == 1


def test_what_is_over_or_unproven_is_not_told_and_a_passed_estimate_neither(outage, folder):
    at = clock.now()
    Outage.objects.update(etr_at=at - dt.timedelta(minutes=1), etr_source="machine")
    public_map.write(at=at)
    assert (figures(folder)["outages"][0]["etr_at"], figures(folder)["outages"][0]["etr_by"]) == (None, "")
    for state in ("restored", "cancelled", "verify"):
        Outage.objects.update(state=state)
        public_map.write(at=at)
        assert figures(folder)["outages"] == []


def test_planned_work_is_marked_and_causes_can_be_kept_back(outage, folder):
    Outage.objects.update(kind="planned", cause="planned")
    allow("public_map.tells_cause", value=False)
    public_map.write(at=clock.now())
    (one,) = figures(folder)["outages"]
    assert (one["is_planned"], one["cause"]) == (True, "")


def test_planned_work_is_announced_once_its_customers_were_told_and_only_some_days_before(network, folder):
    at = clock.now()
    window = {"begins_at": at + dt.timedelta(days=3), "ends_at": at + dt.timedelta(days=3, hours=2)}
    row = planned.request(
        actor=ANNA, model="story", devices=[planned.Wanted("SW1")], purpose="Replace a pole", at=at, **window
    )
    planned.approve(actor=person("sue", "SOP"), planned_id=row.pk, at=at)
    public_map.write(at=at)
    assert figures(folder)["announced"] == []
    planned_announcing.announce(actor=ANNA, planned_id=row.pk, at=at)
    public_map.write(at=at)
    (one,) = figures(folder)["announced"]
    assert (one["customers"], one["area"], one["level"]) == ("10-49", row.area.name, 2)
    assert [dt.datetime.fromisoformat(one[name]) for name in ("begins_at", "ends_at")] == list(window.values())
    assert (one["network"], one["place"]) == (0, None)  # this network has no coordinates
    told = (folder / "outages.json").read_text()
    assert not any(word in told for word in ("Replace a pole", row.mrid, "SW1"))
    allow("public_map.announced_days", 2)
    public_map.write(at=at)
    assert figures(folder)["announced"] == []
    public_map.write(at=at + dt.timedelta(days=1))
    assert len(figures(folder)["announced"]) == 1
    planned.cancel(actor=ANNA, planned_id=row.pk, reason="No pole came", at=at + dt.timedelta(days=1))
    public_map.write(at=at + dt.timedelta(days=1))
    assert figures(folder)["announced"] == []


def test_only_what_changed_is_written_and_never_half(outage, folder):
    at = clock.now()
    assert public_map.write(at=at) == 5
    ground = (folder / "service_area.json").stat().st_mtime_ns
    assert public_map.write(at=at + dt.timedelta(minutes=1)) == 1
    assert (folder / "service_area.json").stat().st_mtime_ns == ground
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == []
    assert gzip.decompress((folder / "outages.json.gz").read_bytes()) == (folder / "outages.json").read_bytes()


def test_switched_off_the_figures_are_taken_away(outage, folder):
    public_map.write(at=clock.now())
    allow("public_map.is_on", value=False)
    public_map.write(at=clock.now())
    assert Client().get("/public/outages.json").status_code == 404
    assert Client().get("/public/").status_code == 200


def test_the_sweeper_writes_once_a_period(outage, folder):
    from outages import subscribers

    subscribers._public_map.due_at = dt.datetime.min.replace(tzinfo=dt.UTC)
    at = clock.now()
    subscribers.write_public_map(at)
    subscribers.write_public_map(at + dt.timedelta(seconds=59))
    assert figures(folder)["generated_at"] == at.isoformat(timespec="seconds")
    subscribers.write_public_map(at + dt.timedelta(seconds=61))
    assert figures(folder)["generated_at"] != at.isoformat(timespec="seconds")


def test_the_file_is_cacheable_by_everybody_and_read_from_anywhere(outage, folder):
    public_map.write(at=clock.now())
    answer = Client().get("/public/outages.json")
    assert answer.headers["Cache-Control"].startswith("public, max-age=30")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Set-Cookie" not in answer.headers and "Cookie" not in answer.headers.get("Vary", "")
    again = Client().get("/public/outages.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    packed = Client().get("/public/outages.json", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.content) == answer.content
    assert Client().post("/public/outages.json").status_code == 405


@pytest.mark.parametrize(
    "name", ["../secret_key", "%2e%2e/secret_key", "nothing.json", ".hidden.json", "outages.json.gz"]
)
def test_nothing_else_is_handed_out(folder, name):
    folder.mkdir(parents=True)
    (folder.parent / "secret_key").write_text("secret")
    assert Client().get(f"/public/{name}").status_code == 404


def test_it_is_handed_out_while_the_database_is_down(tmp_path):
    """A process whose database is nowhere: readiness fails, the map does not."""
    folder = tmp_path / "public"
    folder.mkdir()
    (folder / "outages.json").write_text('{"format":1}')
    script = (
        "import django; django.setup()\n"
        "from django.test import Client\n"
        "c = Client(raise_request_exception=False)\n"
        "print(c.get('/public/outages.json').status_code, c.get('/readyz').status_code)\n"
    )
    nowhere = {"DATABASE_URL": "postgresql://nobody@/none?host=/nonexistent", "REDIS_URL": "redis://127.0.0.1:1"}
    surroundings = (
        os.environ | nowhere | {"VAR_DIR": str(tmp_path), "SECRET_KEY": "x" * 60, "ALLOWED_HOSTS": "testserver"}
    )
    ran = subprocess.run(
        [sys.executable, "-c", script], env=surroundings, check=False, capture_output=True, text=True, timeout=90
    )
    assert ran.stdout.split() == ["200", "503"], ran.stderr[-2000:]


def test_the_menu_leads_there(outage):
    from tests.people import Person, text

    page = Person("DSP").get("/outages/")
    assert 'href="/public/"' in page.content.decode()
    assert "Public outage map" in text(page)


def test_cells_of_degrees_are_about_square_on_the_ground():
    cells = domain.Cells.of(1_000, latitude=60.0)
    assert cells.width == pytest.approx(2 * cells.height, rel=1e-6)
    assert cells.middle(None, 1.0) is None
    assert cells.middle(float("nan"), 1.0) is None
