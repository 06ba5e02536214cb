"""All records of a model as one CIM100 file: what came from several profiles stands together at each object.

The units stay those of the files. They are said the way the files said them: with a header of profiles they are kV, MW and km,
without one V, W and m.
"""

from __future__ import annotations

import datetime as dt
from typing import BinaryIO

from integration.cim.export.names import CIM100, Names
from integration.cim.export.writing import DocumentWriter, header
from integration.cim.models.store import REPEAT, Record, Store
from network.domain.identity import derived_mrid

_HEADERS = ("FullModel", "DifferenceModel")


def write_cim100(store: Store, stream: BinaryIO, *, name: str, at: dt.datetime) -> dict[str, int]:
    """Write every object to the stream; how many there are of each class. `at` is the time of the export."""
    counts: dict[str, int] = {}
    with DocumentWriter(stream, Names(store.namespaces, CIM100), store) as document:
        if head := merged_header(store, name, at):
            document.write("", head)
        for records in (store.objects, store.undefined):
            for key, record in records.items():
                if record.cls not in _HEADERS:
                    document.write(key, record)
                    counts[record.cls] = counts.get(record.cls, 0) + 1
        for record in store.repeated:
            document.write("", record)
    return dict(sorted(counts.items()))


def merged_header(store: Store, name: str, at: dt.datetime) -> Record | None:
    """One header in the place of those of the files, which it supersedes; none where the files had none."""
    headers = [record for _, record in store.of_class("FullModel")]
    profiles = {one for record in headers for one in record.text.get("Model.profile", "").split(REPEAT) if one}
    if not profiles:
        return None
    literals = {
        "Model.created": written(at),
        "Model.description": f"{name}, exported whole",
        "Model.profile": REPEAT.join(sorted(profiles)),
    }
    mrid = derived_mrid("export", name, "cim100", at.isoformat())
    return header(mrid, literals, supersedes=[record.id for record in headers if record.id])


def written(at: dt.datetime) -> str:
    """An xs:dateTime in UTC."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
