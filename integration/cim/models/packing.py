"""All that the files of a model said, as one blob and back: what is stored beside a version for the way out and for differences.

    {"format": 1, "name", "mrid", "completion", "files", "namespaces", "enumerations", "extras",
     "objects": [[written, class, file, line, is_definition, literals, references], ...], "repeated": [the same]}

Identity is not stored: it follows from what is written. JSON, because it must be readable by the next release and by people; packed
by zlib at its fastest level.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import Any

import orjson

from integration.cim.models import identity
from integration.cim.models.store import Record, Store
from network.domain.findings import Findings

FORMAT = 1


@dataclass(slots=True)
class Kept:
    """Records with what else a draft needs to be built of them again."""

    store: Store
    name: str
    mrid: str
    completion: dict[str, Any] = field(default_factory=dict)


def pack(kept: Kept) -> bytes:
    """The blob."""
    store = kept.store
    rows = [_row(record) for records in (store.objects, store.undefined) for record in records.values()]
    content = {
        "format": FORMAT,
        "name": kept.name,
        "mrid": kept.mrid,
        "completion": kept.completion,
        "files": store.files,
        "namespaces": store.namespaces,
        "enumerations": store.enumerations,
        "extras": store.extras,
        "objects": rows,
        "repeated": [_row(record) for record in store.repeated],
    }
    return zlib.compress(orjson.dumps(content), 1)


def unpack(blob: bytes) -> Kept:
    """What was packed. References into the void are among the findings of its store again.

    Raises:
        ValueError: a later release has written it.
    """
    content = orjson.loads(zlib.decompress(blob))
    if content["format"] != FORMAT:
        raise ValueError(f"records of format {content['format']}, this release reads {FORMAT}")
    store = Store(Findings())
    for name in ("files", "namespaces", "enumerations", "extras"):
        setattr(store, name, content[name])
    for row in content["objects"]:
        record = _record(row)
        store.objects[key_of(record)] = record
    store.repeated = [_record(row) for row in content["repeated"]]
    store.close()
    return Kept(store, content["name"], content["mrid"], content["completion"])


def key_of(record: Record) -> str:
    """Its key in a store; an object without identifier is known by its place."""
    return identity.key(record.written) if record.written else f"{record.file}:{record.line}"


def _row(record: Record) -> list[Any]:
    return [
        record.written, record.cls, record.file, record.line, record.is_definition, record.text, record.refs,
    ]  # fmt: skip


def _record(row: list[Any]) -> Record:
    written, cls, file, line, is_definition, text, refs = row
    return Record(identity.stripped(written), cls, file, line, is_definition, text, refs, written)
