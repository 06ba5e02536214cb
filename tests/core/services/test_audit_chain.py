"""The chain over the audit trail, and the eight ways to tamper with it."""

import datetime as dt
import json
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from adms.core.models import AuditEntry, AuditLink
from adms.core.services import audit, audit_heads
from tests.cast import ANNA, NOON, after

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heads(tmp_path: Path, settings: Any) -> Path:
    path = tmp_path / "heads.jsonl"
    settings.AUDIT_HEADS = str(path)
    return path


@pytest.fixture
def trail(heads: Path) -> Path:
    """Ten entries, written in three transactions; their head is published."""
    for start in (0, 4, 7):
        with transaction.atomic():
            for place in range(start, {0: 4, 4: 7, 7: 10}[start]):
                audit.record(
                    actor=ANNA, action="operate", object_=f"switch {place}", area="north", result="refused" if place % 3 else "ok",
                    before={"closed": 7, "why": "ä"}, after=None, reason="test", at=after(place),
                )  # fmt: skip
    head = audit_heads.head()
    assert head is not None
    audit_heads.publish(head=head, path=heads, at=after(60))
    return heads


def verdict() -> dict[str, Any]:
    out = StringIO()
    call_command("verify_audit", "--json", stdout=out)
    document: dict[str, Any] = json.loads(out.getvalue())
    return document


def as_superuser(*statements: str) -> None:
    """What somebody with all rights over the database can do: the triggers are off."""
    with connection.cursor() as cursor:
        for table in ("core_auditentry", "core_auditlink"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in statements:
            cursor.execute(statement)
        for table in ("core_auditentry", "core_auditlink"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")


def test_a_trail_nobody_touched_is_sound(trail: Path) -> None:
    assert verdict() == {"ok": True, "rows": 10, "first_bad": None, "published_heads": 1}
    assert [one.number for one in AuditLink.objects.order_by("number")] == list(range(1, 11))


def test_an_empty_trail_is_sound(heads: Path) -> None:
    assert verdict()["ok"]


def test_what_is_rolled_back_leaves_no_link(trail: Path) -> None:
    with transaction.atomic():
        audit.record(actor=ANNA, action="operate", at=NOON)
        transaction.set_rollback(True)
    assert verdict() == {"ok": True, "rows": 10, "first_bad": None, "published_heads": 1}


@pytest.mark.parametrize("statement", ["UPDATE core_auditlink SET digest = ''", "DELETE FROM core_auditlink"])
def test_the_database_itself_refuses_to_change_links(trail: Path, statement: str) -> None:
    with pytest.raises(Exception, match="append-only"), connection.cursor() as cursor:
        cursor.execute(statement)


SWAP = """UPDATE core_auditentry a SET actor = 'tom', object = b.object, result = b.result FROM core_auditentry b
WHERE (a.id, b.id) IN (({2}, {7}), ({7}, {2}))"""
REORDER = """UPDATE core_auditlink SET number = CASE number WHEN 3 THEN -4 ELSE -3 END WHERE number IN (3, 4);
UPDATE core_auditlink SET number = -number WHERE number < 0"""
INSERT = """INSERT INTO core_auditentry (recorded_at, actor, way, action, object, area, result, reason, request_id)
VALUES (now(), 'anna', 'browser', 'operate', '', '', 'ok', '', '')"""
#: What is done, and the link at which it is found.
TAMPERING: dict[str, tuple[str, int | None]] = {
    "an entry edited": ("UPDATE core_auditentry SET result = 'ok' WHERE id = {4}", 5),
    "an entry deleted": ("DELETE FROM core_auditentry WHERE id = {4}", 5),
    "an entry deleted with its link": (
        "DELETE FROM core_auditentry WHERE id = {4}; DELETE FROM core_auditlink WHERE number = 5",
        6,
    ),
    "an entry inserted": (INSERT, None),
    "links reordered": (REORDER, 3),
    "two entries swapped": (SWAP, 3),
    "the time of an entry changed": (
        "UPDATE core_auditentry SET recorded_at = recorded_at - interval '1 hour' WHERE id = {8}",
        9,
    ),
    "the tail cut": ("DELETE FROM core_auditentry WHERE id >= {7}; DELETE FROM core_auditlink WHERE number >= 8", 10),
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_past_the_triggers_is_found(trail: Path, name: str) -> None:
    statement, first = TAMPERING[name]
    ids = list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))
    as_superuser(statement.format(*ids))
    found = verdict()
    assert not found["ok"]
    assert found["first_bad"]["number"] == first


def test_a_clock_set_back_is_found_though_the_chain_itself_holds(trail: Path) -> None:
    early = {"early": AuditLink.objects.get(number=10).linked_at - dt.timedelta(hours=1)}
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER core_auditentry_link")
        entry = audit.record(actor=ANNA, action="operate", at=NOON)
        cursor.execute(
            "INSERT INTO core_auditlink SELECT 11, e.id, tieline_audit_digest(e, 11, %(early)s, "
            "(SELECT digest FROM core_auditlink WHERE number = 10)), %(early)s FROM core_auditentry e WHERE e.id = %(id)s",
            early | {"id": entry.pk},
        )
        cursor.execute("ALTER TABLE core_auditentry ENABLE TRIGGER core_auditentry_link")
    found = verdict()["first_bad"]
    assert (found["number"], found["why"]) == (11, "the clock of the database was set back")


def test_an_old_backup_put_back_and_written_on_is_found(trail: Path) -> None:
    as_superuser("DELETE FROM core_auditentry WHERE object = 'switch 9'; DELETE FROM core_auditlink WHERE number = 10")
    audit.record(actor=ANNA, action="operate", object_="another history", at=NOON)
    assert AuditLink.objects.count() == 10
    found = verdict()["first_bad"]
    assert found["number"] == 10
    assert "another head of this number was published" in found["why"]


def test_heads_are_published_once_a_minute_and_only_when_the_chain_has_grown(
    trail: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_heads, "_published", [])
    before = len(audit_heads.published(trail))
    told = [audit_heads.publish_due(at=after(second)) for second in (100, 130, 161)]
    audit.record(actor=ANNA, action="operate", at=NOON)
    told += [audit_heads.publish_due(at=after(second)) for second in (170, 222)]
    assert told == [1, 0, 0, 0, 1]
    assert len(audit_heads.published(trail)) == before + 2
    assert verdict()["ok"]


def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"number": 1}\n')
    for name, text in (("bad.jsonl", "line 1 is no published head"), ("none.jsonl", "no such file")):
        with pytest.raises(CommandError, match=text) as refused:
            call_command("verify_audit", "--heads", str(tmp_path / name))
        assert refused.value.returncode == 2


def test_writers_side_by_side_make_one_chain(trail: Path) -> None:
    import threading

    def write() -> Iterator[None]:
        for _ in range(25):
            with transaction.atomic():
                audit.record(actor=ANNA, action="operate", at=NOON)
                audit.record(actor=ANNA, action="tag", at=NOON)
        connection.close()
        yield

    threads = [threading.Thread(target=lambda: list(write())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert verdict() == {"ok": True, "rows": 210, "first_bad": None, "published_heads": 1}
