"""`manage.py generate_network`: written as files that our own door takes without a word, or published with all its customers."""

import json

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from adms.core import actors, clock
from integration.cim.models import generated, reading
from integration.services import utilities
from metering.models import Customer, Meter, UsagePoint
from metering.selectors import supply
from network.domain import gate, generation
from network.domain.grid import assemble, compile_grid, to_blob
from network.models import Equipment, TelemetryPoint
from network.selectors import devices, display, feeders, search, state, traces
from tests.people import Person, text

ACTOR = actors.system("test")


def answer(capsys, *words):
    call_command("generate_network", *words, "--json")
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("style", ["american", "european"])
def test_its_files_pass_the_gate_and_compile_to_the_same_grid(tmp_path, style):
    utility = generation.generate(2_500, 4, style)
    paths = generated.write(utility, tmp_path, progress=lambda _: None)
    draft = reading.read_files([str(path) for path in paths])
    assert [finding for finding in [*draft.findings, *gate.check(draft)] if finding.severity != "info"] == []
    assert to_blob(compile_grid(draft)) == to_blob(assemble(generation.columns(utility)))
    assert len(draft.usage_points) == 2_500
    assert {one.critical for one in draft.usage_points.values()} == {"", "life_support", "hospital", "water"}


def test_the_same_seed_writes_the_same_bytes_and_needs_no_database(tmp_path, capsys):
    told = answer(capsys, "--customers", "20000", "--seed", "3", "--out", str(tmp_path / "one"))
    answer(capsys, "--customers", "20000", "--seed", "3", "--out", str(tmp_path / "two"))
    assert {"model", "nodes", "switches", "transformers", "customers"} <= set(told)
    assert told["customers"] == 20_000
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["customers.xml.gz", "geography.xml.gz", "network.xml.gz"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


@pytest.mark.parametrize(
    "words", [("--customers", "0", "--seed", "1"), ("--customers", "10", "--seed", "-1"), ("--seed", "1")]
)
def test_bad_numbers_end_with_two(words, capsys):
    with pytest.raises((SystemExit, Exception)) as refused:
        call_command("generate_network", *words)
    code = getattr(refused.value, "returncode", None) or getattr(refused.value, "code", None)
    assert code == 2


@pytest.mark.django_db
def test_a_published_utility_is_operated_with_its_customers_feeders_and_map():
    utility = generation.generate(3_000, 1)
    published = utilities.publish(actor=ACTOR, utility=utility, at=clock.now())
    present = state.present(published.key)
    assert published.customers == 3_000 == supply.customers_served(published.key)
    assert (Customer.objects.count(), Meter.objects.count()) == (3_000, 3_000)
    nodes = list(UsagePoint.objects.values_list("node", flat=True))
    assert present.grid.node_customers[nodes].all()
    listed = feeders.feeders(model=published.key)
    assert sum(one.customers for one in listed) == 3_000
    assert sum(one.customers_without_supply for one in listed) == 0
    assert {one.name for one in listed} == set(utility.substations.feeder_name)
    assert len(display.geometry(present)) > 10_000
    assert display.plane(published.key).states.size == present.grid.branch_count
    rows = Equipment.objects.filter(version_id=present.version_id)
    assert rows.count() == present.grid.branch_count + present.grid.injection_node.size
    row = rows.filter(cim_class="Recloser").first()
    assert present.grid.branch_mrid_text(row.index) == row.mrid
    assert row.feeder in {one.name for one in listed}
    assert TelemetryPoint.objects.filter(version_id=present.version_id, kind="fault_indicator").exists()


@pytest.mark.django_db
def test_the_control_room_shows_a_published_utility_and_finds_its_things():
    utility = generation.generate(1_500, 1)
    published = utilities.publish(actor=ACTOR, utility=utility, at=clock.now())
    operator = Person("SOP")
    assert published.name in text(operator.get("/"))
    feeder = utility.substations.feeder_name[0]
    assert feeder in text(operator.fetch("/find/", q=feeder.split()[0]))
    switch = utility.branches["name"][utility.branches["code"] == 4][0].decode()
    assert search.find(switch)[0].name == switch
    row = next(generation.households(utility))
    for said in (row.account_number, row.meter_number, row.customer_name, row.address, row.name, row.mrid):
        hits = search.find(said, 50)
        assert row.mrid in {one.mrid for one in hits}, said
    told = traces.trace(devices.device(published_breaker(published.key)), direction="down")
    assert told.customers > 0
    assert all(share.customers for share in told.by_phase.values())


def published_breaker(key):
    grid = state.present(key).grid
    return grid.branch_mrid_text(int(np.flatnonzero(grid.is_feeder_head)[0]))


@pytest.mark.django_db
def test_published_again_it_is_a_new_version_of_the_same_model_and_doubles_nobody():
    utility = generation.generate(200, 1)
    first, second = (utilities.publish(actor=ACTOR, utility=utility, at=clock.now()) for _ in range(2))
    assert (first.number, second.number, first.key) == (1, 2, second.key)
    assert UsagePoint.objects.filter(model_key=first.key, node__gte=0).count() == 200


@pytest.mark.django_db
def test_published_again_it_rewrites_no_customer_who_is_where_they_were():
    utility = generation.generate(200, 1)
    utilities.publish(actor=ACTOR, utility=utility, at=clock.now())
    before = places_of_rows()
    utilities.publish(actor=ACTOR, utility=utility, at=clock.now())
    assert places_of_rows() == before


def places_of_rows():
    """Where PostgreSQL keeps each row: a row that is written again has another place."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 'p', id, ctid::text FROM metering_usagepoint UNION ALL SELECT 'm', id, ctid::text FROM metering_meter"
        )
        return set(cursor.fetchall())
