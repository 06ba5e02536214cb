"""Rows by COPY: all that was there stays, indexes come back as they were, bytes are bytes."""

import pytest
from django.db import connection

from adms.core import bulk
from metering.models import Customer
from network.models import ModelVersion
from tests.rest import publish

pytestmark = pytest.mark.django_db
FIELDS = ("account_number", "name", "phone", "critical")


def indexes() -> set[tuple[str, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'metering_customer'")
        return set(cursor.fetchall())


def test_an_empty_table_gets_its_indexes_back_and_one_with_rows_keeps_them():
    before = indexes()
    with bulk.trusted(), bulk.unindexed(Customer):
        assert len(indexes()) < len(before)
        assert bulk.copy(Customer, FIELDS, [("1", "Tab\tand\nline", "", ""), ("2", "Back\\slash", "", "")]) == 2
    assert indexes() == before
    with bulk.unindexed(Customer):
        assert indexes() == before
    assert list(Customer.objects.order_by("pk").values_list("name", flat=True)) == ["Tab\tand\nline", "Back\\slash"]


def test_bytes_are_written_whole_and_read_piece_by_piece(monkeypatch: pytest.MonkeyPatch):
    publish()
    version = ModelVersion.objects.get()
    raw = bytes(range(256)) * 10
    bulk.write_bytes(version, "grid", raw)
    monkeypatch.setattr(bulk, "_PIECE", 1000)
    pieces = list(bulk.read_pieces(ModelVersion, "grid", checksum=version.checksum) or ())
    assert (b"".join(pieces), len(pieces)) == (raw, 3)
    assert bulk.read_pieces(ModelVersion, "grid", checksum="none") is None
