"""Which network the control room opens."""

import pytest

from tests.builders.network import NetworkBuilder
from tests.cast import publish
from tests.people import Person

pytestmark = pytest.mark.django_db


def opened(person: Person, address: str) -> str:
    return person.client.get(address).context["model"]["key"]


def test_the_one_with_most_customers_until_a_person_has_chosen_another(network) -> None:
    small = publish(NetworkBuilder("aaa").source("S").breaker("CB").line("L").transformer("T").customers(1).draft()).key
    anna = Person("OPR")
    assert opened(anna, "/") == network.key
    assert opened(anna, f"/?model={small}") == small
    assert opened(anna, "/") == small
    assert opened(anna, "/?model=nowhere") == network.key
    assert opened(Person("OPR"), "/") == network.key
