"""Households by the column and one by one: the same rows, whatever a name is written with."""

import numpy as np
import pytest
from django.db import IntegrityError, transaction

from adms.core import bulk_columns, clock
from adms.core.actors import Actor
from metering.models import Customer, Meter, UsagePoint
from metering.services import households
from metering.services.customer_departures import Departure, record_departures
from metering.services.customer_records import CustomerRecord, record_customers
from metering.services.households import Household
from network.models import ModelVersion
from network.selectors import state
from tests.rest import publish

pytestmark = pytest.mark.django_db
CIS = Actor("cis", grants=frozenset({("INT", None)}))
AWKWARD = ("Tab\tand\nline", "Back\\slash\\N", "Übergröße", "", "\r")


@pytest.fixture
def area() -> int:
    publish()
    return state.areas_of(ModelVersion.objects.get().pk)[0]


def told(area: int) -> list[Household]:
    return [
        Household(
            mrid=f"p{number}",
            name=f"point {number}",
            equipment_mrid="T1",
            node=number + 9,
            area_id=area,
            phases=7,
            address=address,
            account_number=f"OTHER-{number}",
            customer_name=f"{address} & Co",
            phone="",
            critical="",
            meter_mrid=f"m{number}",
            meter_number=f"M{number}",
            is_synthetic=number % 2 == 0,
        )
        for number, address in enumerate(AWKWARD)
    ]


def columns(rows: list[Household]) -> dict[str, np.ndarray]:
    made = {}
    for place, field in enumerate(Household._fields):
        values = [row[place] for row in rows]
        made[field] = np.array([one.encode() for one in values] if isinstance(values[0], str) else values)
    return made


def stored() -> list[list[tuple]]:
    points = UsagePoint.objects.filter(model_key="other").order_by("mrid")
    fields = (
        "mrid",
        "name",
        "node",
        "area_id",
        "phases",
        "address",
        "customer__name",
        "is_synthetic",
        "equipment_mrid",
    )
    return [
        list(points.values_list(*fields)),
        list(Meter.objects.filter(usage_point__model_key="other").order_by("mrid").values_list("mrid", "number")),
        list(
            Customer.objects.filter(account_number__startswith="OTHER").order_by("account_number").values_list("name")
        ),
    ]


def test_columns_and_rows_store_the_same(area):
    assert households.load(model="other", households=told(area)) == len(AWKWARD)
    by_rows = stored()
    assert [row[5] for row in by_rows[0]] == list(AWKWARD)
    Meter.objects.all().delete()
    UsagePoint.objects.all().delete()
    Customer.objects.all().delete()
    assert households.load_columns(model="other", columns=columns(told(area))) == len(AWKWARD)
    assert stored() == by_rows


def test_a_point_that_is_named_no_more_is_kept_without_a_place(area):
    households.load_columns(model="other", columns=columns(told(area)))
    households.load_columns(model="other", columns=columns(told(area)[1:]))
    assert dict(UsagePoint.objects.filter(model_key="other").values_list("mrid", "node")) == {
        "p0": -1,
        **{f"p{place}": place + 9 for place in range(1, len(AWKWARD))},
    }


def test_two_points_of_one_mrid_are_refused_and_nothing_is_stored(area):
    twice = [*told(area), told(area)[0]._replace(account_number="A9", meter_mrid="m9", meter_number="M9")]
    Meter.objects.all().delete()
    UsagePoint.objects.all().delete()
    with pytest.raises(IntegrityError), transaction.atomic():
        households.load_columns(model="other", columns=columns(twice))
    assert not UsagePoint.objects.filter(model_key="other").exists()


def test_a_column_of_another_kind_is_refused_by_name():
    with pytest.raises(TypeError, match="column node is of float64"):
        bulk_columns.copy_columns("metering_customer", {"node": np.zeros(2)})


def test_a_file_that_does_not_know_customers_leaves_them_as_the_customer_system_told(area):
    first = told(area)[0]
    households.load(model="other", households=[first])
    Customer.objects.filter(account_number=first.account_number).update(phone="+49 7221 000000", critical="hospital")
    nameless = first._replace(customer_name="", address="")
    households.load(model="other", households=[nameless])
    households.load(model="other", households=[nameless._replace(account_number="")])
    customer = UsagePoint.objects.select_related("customer").get(mrid=first.mrid).customer
    assert customer is not None
    assert (customer.name, customer.phone, customer.critical) == (first.customer_name, "+49 7221 000000", "hospital")
    households.load(model="other", households=[first._replace(customer_name="Renamed", critical="water")])
    customer.refresh_from_db()
    assert (customer.name, customer.phone, customer.critical) == ("Renamed", "+49 7221 000000", "water")


def test_a_file_changes_nothing_where_the_customer_system_has_said_who_is_there(area):
    gone, stays, _, _, elsewhere = told(area)
    households.load(model="other", households=[gone, stays, elsewhere])
    at = clock.now()
    point = {one.mrid: one.pk for one in UsagePoint.objects.filter(model_key="other")}
    departure = Departure(point[gone.mrid], gone.account_number)
    assert not record_departures(actor=CIS, departures=[departure], source="CIS", at=at)
    record = CustomerRecord(point[stays.mrid], "OTHER-NEW", name="Newcomer", phone="1", address="New Street 1")
    assert not record_customers(actor=CIS, records=[record], source="CIS", at=at)
    households.load(
        model="other", households=[gone._replace(node=3), stays, elsewhere._replace(customer_name="Renamed")]
    )
    rows = UsagePoint.objects.filter(model_key="other").order_by("mrid").select_related("customer")
    assert [(one.node, one.address, one.customer and one.customer.name) for one in rows] == [
        (3, gone.address, None),
        (stays.node, "New Street 1", "Newcomer"),
        (elsewhere.node, elsewhere.address, "Renamed"),
    ]
    assert not Customer.objects.filter(account_number=gone.account_number).exists()


def test_a_customer_told_at_one_place_is_not_renamed_by_a_file_at_another(area):
    one, other = told(area)[:2]
    other = other._replace(account_number=one.account_number)
    households.load(model="other", households=[one, other])
    point = UsagePoint.objects.get(mrid=one.mrid)
    record = CustomerRecord(point.pk, one.account_number, name="As CIS has it")
    assert not record_customers(actor=CIS, records=[record], source="CIS", at=clock.now())
    households.load(model="other", households=[one, other._replace(customer_name="As the file has it")])
    assert Customer.objects.get(account_number=one.account_number).name == "As CIS has it"
