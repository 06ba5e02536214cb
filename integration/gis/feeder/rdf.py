"""RDF/XML of CIM100, object by object."""

from __future__ import annotations

from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from network.domain.identity import derived_mrid

_CIM = "http://iec.ch/TC57/CIM100#"
_HEAD = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    f'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:cim="{_CIM}">\n'
)


@dataclass(slots=True, frozen=True)
class Ref:
    """A reference to another object by its mRID."""

    mrid: str


@dataclass(slots=True, frozen=True)
class Enum:
    """A value of an enumeration, such as "PhaseCode.ABC"."""

    value: str


Value = str | float | bool | Ref | Enum


@dataclass(slots=True)
class Document:
    """Collects objects; `feeder` is part of every identifier."""

    feeder: str
    parts: list[str] = field(default_factory=list)

    def mrid(self, cls: str, name: str) -> str:
        """Of an object by its class and name."""
        return derived_mrid(self.feeder, cls, name)

    def add(self, cls: str, name: str, values: dict[str, Value], *, key: str = "") -> str:
        """An object with its properties, by their whole names; its mRID. `key` tells objects of one name apart."""
        mrid = self.mrid(cls, key or name)
        lines = [f'<cim:{cls} rdf:about="urn:uuid:{mrid}">']
        lines += [_property(label, value) for label, value in {"IdentifiedObject.name": name, **values}.items()]
        self.parts.append("\n".join([*lines, f"</cim:{cls}>"]))
        return mrid

    def text(self) -> bytes:
        """The whole document."""
        return (_HEAD + "\n".join(self.parts) + "\n</rdf:RDF>\n").encode()


def _property(label: str, value: Value) -> str:
    if isinstance(value, Ref):
        return f'  <cim:{label} rdf:resource="urn:uuid:{value.mrid}"/>'
    if isinstance(value, Enum):
        return f'  <cim:{label} rdf:resource="{_CIM}{value.value}"/>'
    text = str(value).lower() if isinstance(value, bool) else repr(value) if isinstance(value, float) else str(value)
    return f"  <cim:{label}>{escape(text)}</cim:{label}>"
