"""A difference as a document: dm:DifferenceModel with reverse and forward statements."""

from __future__ import annotations

import datetime as dt
from typing import BinaryIO

from integration.cim.export.cim100 import written
from integration.cim.export.names import CIM100, DM, RDF, Names
from integration.cim.export.writing import DocumentWriter
from integration.cim.models.differences import Difference, Statements
from integration.cim.models.store import Store
from network.domain.identity import derived_mrid


def write_difference(difference: Difference, base: Store, stream: BinaryIO, *, name: str, at: dt.datetime) -> int:
    """Write it to the stream; how many objects it speaks of. `base` is what it is a difference to, which it supersedes."""
    names = Names({**base.namespaces, "Description": RDF}, CIM100)
    headers = [record.id for _, record in base.of_class("FullModel", "DifferenceModel") if record.id]
    with DocumentWriter(stream, names, _both(difference, base)) as document:
        mrid = derived_mrid("export", name, "difference", at.isoformat())
        document.raw(f'<dm:DifferenceModel xmlns:dm="{DM}" rdf:about="urn:uuid:{mrid}">\n')
        document.raw(f"  <md:Model.created>{written(at)}</md:Model.created>\n")
        for header in headers:
            document.raw(f'  <md:Model.Supersedes rdf:resource="urn:uuid:{header}"/>\n')
        _write(document, "reverseDifferences", difference.reverse)
        _write(document, "forwardDifferences", difference.forward)
        document.raw("</dm:DifferenceModel>\n")
    return len(difference.reverse.keys() | difference.forward.keys())


def _write(document: DocumentWriter, section: str, statements: Statements) -> None:
    document.raw(f'  <dm:{section} rdf:parseType="Statements">\n')
    for key, record in statements.items():
        document.write(key, record, about=True)
    document.raw(f"  </dm:{section}>\n")


def _both(difference: Difference, base: Store) -> Store:
    """Where references are looked up: what is new, and what was there."""
    store = Store(base.findings, objects={**base.objects, **difference.forward}, undefined=base.undefined)
    store.enumerations = {**difference.scratch.enumerations, **base.enumerations}
    return store
