"""A CGMES set: equipment, steady state, topology, state, layout and places as documents of their own.

    EQ  <--depends--  SSH, TP, DL, GL        SV  --depends-->  SSH, TP

Every object is defined (rdf:ID) in one document; where another says something of it, it says so by rdf:about. The edition is 2.4.15
unless another is asked for: it is what others read, pandapower's converter for one takes no line of 3.0. What only 3.0 knows
(Switch.locked, Equipment.inService) is written all the same. Identifiers are "_" and the identifier, as both editions want it.
"""

from __future__ import annotations

import datetime as dt
from contextlib import ExitStack
from pathlib import Path

from integration.cim.export import profiles
from integration.cim.export.cim100 import written
from integration.cim.export.names import CIM16, Names
from integration.cim.export.profiles import DL, EQ, EQ_BD, GL, MORE, SSH, SV, TP, TP_BD
from integration.cim.export.writing import DocumentWriter, header
from integration.cim.models.store import Record, Store
from network.domain.identity import derived_mrid

_HEADERS = ("FullModel", "DifferenceModel")
_DEPENDS = {EQ: (EQ_BD,), SSH: (EQ,), TP: (EQ,), SV: (SSH, TP), DL: (EQ,), GL: (EQ,), TP_BD: (EQ_BD,), MORE: (EQ,)}
_MRID = "IdentifiedObject.mRID"


def write_cgmes(
    store: Store, folder: Path, *, name: str, at: dt.datetime, edition: str = CIM16, with_more: bool = True
) -> tuple[list[Path], dict[str, int]]:
    """Write the documents that have content, and always EQ, SSH and TP, into the folder.

    Args:
        store: records in kV, MW and km.
        folder: that exists.
        name: of the set; the documents are NAME_EQ.xml and so on.
        at: the time of the export.
        edition: the namespace of CIM16 (CGMES 2.4.15) or CIM100 (CGMES 3.0).
        with_more: whether customers, assets and whatever else is no CGMES become a document of their own, NAME_MORE.xml.

    Returns:
        The paths, in the order of the documents; how many objects of each class there are.
    """
    return _Set(store, folder, name, at, edition, with_more=with_more).write()


class _Set:
    """One set: where each object and property goes, and the documents that are open."""

    def __init__(
        self, store: Store, folder: Path, name: str, at: dt.datetime, edition: str, *, with_more: bool
    ) -> None:
        self.store, self.folder, self.name, self.at = store, folder, name, at
        self.edition, self.with_more = edition, with_more
        self.steady, self.topology = profiles.steady_state(self.edition), profiles.topology()
        self.document_of = profiles.document_of(store, edition)
        self.kinds = self._kinds()
        self.counts: dict[str, int] = {}

    def write(self) -> tuple[list[Path], dict[str, int]]:
        paths = {kind: self.folder / f"{self.name}_{kind}.xml" for kind in self.kinds}
        with ExitStack() as stack:
            documents = {}
            for kind, path in paths.items():
                stream = stack.enter_context(path.open("wb"))
                names = Names(self.store.namespaces, self.edition)
                writer = DocumentWriter(stream, names, self.store, as_uuid=True)
                documents[kind] = stack.enter_context(writer)
                documents[kind].write("", self._header(kind))
            self._write_objects(documents)
        return list(paths.values()), dict(sorted(self.counts.items()))

    def _write_objects(self, documents: dict[str, DocumentWriter]) -> None:
        for records in (self.store.objects, self.store.undefined):
            for key, record in records.items():
                if record.cls not in _HEADERS:
                    self._write_object(documents, key, record)
        for record in self.store.repeated:
            if self.document_of(record) in documents:
                documents[self.document_of(record)].write("", record)

    def _write_object(self, documents: dict[str, DocumentWriter], key: str, record: Record) -> None:
        home = self.document_of(record)
        if home not in documents:
            return
        self.counts[record.cls] = self.counts.get(record.cls, 0) + 1
        names = [*record.text, *record.refs]
        steady = [name for name in names if name in self.steady]
        topology = [name for name in names if name in self.topology]
        if home not in (EQ, EQ_BD) or not (steady or topology):
            documents[home].write(key, record)
            return
        elsewhere = {*steady, *topology}
        documents[home].write(key, record, only=[name for name in names if name not in elsewhere], with_extras=True)
        identity = [_MRID] if _MRID in record.text else []
        if steady:
            documents[SSH].write(key, record, only=identity + steady, about=True)
        if topology:
            target = TP_BD if home == EQ_BD and TP_BD in documents else TP
            documents[target].write(key, record, only=identity + topology, about=True)

    def _kinds(self) -> list[str]:
        every = [*self.store.objects.values(), *self.store.undefined.values(), *self.store.repeated]
        found = {self.document_of(record) for record in every if record.cls not in _HEADERS}
        found = found | {EQ, SSH, TP} if self.with_more else (found | {EQ, SSH, TP}) - {MORE}
        return [kind for kind in (EQ_BD, TP_BD, EQ, SSH, TP, SV, DL, GL, MORE) if kind in found]

    def _header(self, kind: str) -> Record:
        literals = {
            "Model.scenarioTime": written(self.at),
            "Model.created": written(self.at),
            "Model.description": f"{self.name} {kind}",
            "Model.version": "1",
            "Model.profile": profiles.profiles_of(kind, self.edition, profiles.other_profiles(self.store)),
            "Model.modelingAuthoritySet": self._authority(),
        }
        depends = [self._mrid(one) for one in _DEPENDS.get(kind, ()) if one in self.kinds]
        return header(self._mrid(kind), literals, depends_on=depends)

    def _mrid(self, kind: str) -> str:
        return derived_mrid("export", self.name, kind, self.at.isoformat())

    def _authority(self) -> str:
        said = (one.text.get("Model.modelingAuthoritySet") for _, one in self.store.of_class("FullModel"))
        return next((one for one in said if one), "urn:tieline:export")
