"""Lists arrive in PostgreSQL as they were, whatever their values look like."""

import datetime as dt
import uuid

import pytest
from django.db import DataError, connection, transaction

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=dt.UTC)
TEXTS = ["", "NULL", "null", "a b", 'say "no"', "back\\slash", "{1,2}", "a,b", "it's", "%s", "Ωhm", "\n", "\u2003"]


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text[]", TEXTS),
        ("text[]", [None, "a", None]),
        ("bigint[]", [0, -1, 2**40]),
        ("int[]", []),
        ("bool[]", [True, False]),
        ("float8[]", [0.1, -1e300, 5e-324, float("inf"), float("-inf")]),
        ("timestamptz[]", [NOON, NOON - dt.timedelta(days=400), NOON.astimezone(dt.timezone(dt.timedelta(hours=-7)))]),
        ("uuid[]", [uuid.UUID(int=7)]),
        ("int[]", [[1, 2], [3, 4]]),
    ],
)
def test_a_list_arrives_as_it_was(kind: str, values: list) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}", [values])
        assert cursor.fetchone()[0] == values


def test_nul_is_refused() -> None:
    with transaction.atomic(), connection.cursor() as cursor, pytest.raises(DataError, match="NUL"):
        cursor.execute("SELECT %s::text[]", [["a", "b\x00c"]])
