"""Write down by which words each message is found: some at a time, the latest first, behind whoever sends them."""

from __future__ import annotations

import json

from django.db import connection, transaction

from integration.cim import words

#: So many messages of each kind in a round, and so many bytes of each: the sweeper has more urgent things to do.
BATCH, BYTES = 40, 64 * 1024
#: The column of the bytes, and what else a message is known by.
_TABLES = {
    "integration_inboxmessage": ("body", "ARRAY[message_id, correlation_id, verb, noun]"),
    "integration_outboxmessage": ("body", "ARRAY[message_id::text, object_key, cause, verb, noun]"),
    "integration_quarantine": ("excerpt", "ARRAY[message_id, code, reason] || ARRAY(SELECT jsonb_array_elements_text(details))"),
}  # fmt: skip


def write(*, most: int = BATCH) -> int:
    """Go over messages nobody has gone over yet; how many."""
    return sum(_write(table, body, more, most) for table, (body, more) in _TABLES.items())


@transaction.atomic
def _write(table: str, body: str, more: str, most: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, substr({body}, 1, %s), {more} FROM {table} WHERE words IS NULL"  # noqa: S608 - names of our own
            " ORDER BY id DESC LIMIT %s FOR NO KEY UPDATE SKIP LOCKED",
            [BYTES, most],
        )
        found = [(pk, json.dumps(words.of(bytes(data), known))) for pk, data, known in cursor.fetchall()]
        if found:
            cursor.execute(
                f"UPDATE {table} AS m SET words ="  # noqa: S608
                " array_to_tsvector(ARRAY(SELECT DISTINCT jsonb_array_elements_text(t.words::jsonb)))"
                " FROM unnest(%s::bigint[], %s::text[]) AS t(id, words) WHERE m.id = t.id",
                [[pk for pk, _ in found], [told for _, told in found]],
            )
    return len(found)
