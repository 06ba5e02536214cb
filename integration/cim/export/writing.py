"""Records as RDF/XML, object by object: a model of any size needs the memory of one object.

with DocumentWriter(stream, names, references) as document:
    for key, record in store.objects.items():
        document.write(key, record)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from types import TracebackType
from typing import Any, BinaryIO
from xml.sax.saxutils import escape, quoteattr

from integration.cim.export.names import Names
from integration.cim.models.store import REPEAT, Record, Store

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
Refer = Callable[[str], str]


class DocumentWriter:
    """One rdf:RDF document on a binary stream."""

    def __init__(self, stream: BinaryIO, names: Names, store: Store, *, as_uuid: bool = False) -> None:
        self._stream, self._names, self._store = stream, names, store
        self._as_uuid = as_uuid  # every identifier as rdf:ID="_..." and "#_...", however it was written
        self._is_urn = _is_mostly_urn(store)
        self._enumerations = store.enumerations

    def __enter__(self) -> DocumentWriter:
        self._put(f"{_HEAD}<rdf:RDF {self._names.declarations()}>\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._put("</rdf:RDF>\n")

    def write(
        self,
        key: str,
        record: Record,
        *,
        only: Iterable[str] | None = None,
        about: bool = False,
        with_extras: bool = False,
    ) -> None:
        """One object: all of it, or only some properties; `about` where another document defines it."""
        wanted = None if only is None else set(only)
        known = self._store.extras.get(key, ())
        extras = known if wanted is None or with_extras else ()
        leaves = {leaf for extra in known for leaf in _leaves(extra)}
        parts = [f"<{self._names.prefixed(record.cls)}{self._identifier(record, about=about)}>\n"]
        for name, value in record.text.items():
            if name not in leaves and (wanted is None or name in wanted):
                parts += [self._literal(name, one) for one in value.split(REPEAT)]
        for name, value in record.refs.items():
            if wanted is None or name in wanted:
                parts += [self._reference(name, one) for one in value.split(" ")]
        parts += [f"  {self._nested(extra)}\n" for extra in extras]
        parts.append(f"</{self._names.prefixed(record.cls)}>\n")
        self._put("".join(parts))

    def raw(self, text: str) -> None:
        """Marks around objects, such as the sections of a difference."""
        self._put(text)

    def _put(self, text: str) -> None:
        self._stream.write(text.encode())

    def _identifier(self, record: Record, *, about: bool) -> str:
        if not record.written:
            return ""
        own = self.refer_to(record)
        if about or not record.is_definition or not own.startswith("#"):
            return f" rdf:about={quoteattr(own)}"
        return f" rdf:ID={quoteattr(own[1:])}"

    def refer_to(self, record: Record) -> str:
        """How others point to an object: "#_..." or "urn:uuid:...", as its author wrote it."""
        if record.written.startswith("urn:") and (record.cls in _HEADERS or not self._as_uuid):
            return record.written
        if self._as_uuid or record.written.startswith("#"):
            return f"#_{record.id}"
        return f"#{record.written}"

    def _resource(self, key: str) -> str:
        target = self._store.objects.get(key) or self._store.undefined.get(key)
        if target is not None and target.written:
            return self.refer_to(target)
        return f"urn:uuid:{key}" if self._is_urn and not self._as_uuid else f"#_{key}"

    def _literal(self, name: str, value: str) -> str:
        prefixed = self._names.prefixed(name)
        if name in self._enumerations:
            return f"  <{prefixed} rdf:resource={quoteattr(self._names.resource(self._enumerations[name], value))}/>\n"
        return f"  <{prefixed}>{escape(value)}</{prefixed}>\n"

    def _reference(self, name: str, key: str) -> str:
        resource = f"urn:uuid:{key}" if name.startswith("Model.") else self._resource(key)
        return f"  <{self._names.prefixed(name)} rdf:resource={quoteattr(resource)}/>\n"

    def _nested(self, extra: list[Any]) -> str:
        name, text, parts = extra
        prefixed = self._names.prefixed(name)
        inside = escape(text or "") + "".join(self._nested(part) for part in parts)
        return f"<{prefixed}>{inside}</{prefixed}>" if inside else f"<{prefixed}/>"


_HEADERS = ("FullModel", "DifferenceModel")


def _leaves(extra: list[Any]) -> Iterable[str]:
    name, _, parts = extra
    if not parts:
        yield name
    for part in parts:
        yield from _leaves(part)


def _is_mostly_urn(store: Store) -> bool:
    first = next((record for record in store.objects.values() if record.cls not in _HEADERS), None)
    return first is not None and first.written.startswith("urn:")


def header(
    mrid: str, literals: dict[str, str], *, depends_on: Iterable[str] = (), supersedes: Iterable[str] = ()
) -> Record:
    """An md:FullModel; `literals` by "Model.attribute", repeated ones joined by REPEAT."""
    refs = {"Model.DependentOn": " ".join(depends_on), "Model.Supersedes": " ".join(supersedes)}
    record = Record(mrid, "FullModel", 0, 0, is_definition=True, text=literals, refs={}, written=f"urn:uuid:{mrid}")
    return replace(record, refs={name: value for name, value in refs.items() if value})
