"""When two spellings name one object, and what an enumeration says.

`rdf:ID="_<uuid>"`, `rdf:about="#_<uuid>"` and `rdf:resource="urn:uuid:<UUID>"` are the same object: the prefix does not count, and
UUIDs are compared without case and dashes. Anything that is not a UUID is compared as written.
"""

from __future__ import annotations

import re

_DASHLESS = re.compile(r"[0-9a-fA-F]{32}")


def stripped(written: str) -> str:
    """The identifier as its author wrote it, without prefix: what we show and send as mRID.

    >>> stripped("#_A1B2"), stripped("urn:uuid:A1B2"), stripped("_A1B2")
    ('A1B2', 'A1B2', 'A1B2')
    """
    bare = written.removeprefix("urn:uuid:")
    return bare.rpartition("#")[2].removeprefix("_")


def key(written: str) -> str:
    """What identifies the object in look-ups.

    >>> key("urn:uuid:6C62C905-6FC7-653D-9F1E-1340F974A587") == key("#_6c62c9056fc7653d9f1e1340f974a587")
    True
    >>> key("#_Line-A") == key("#_line-a")
    False
    """
    return key_of(stripped(written))


def key_of(bare: str) -> str:
    """The same of an identifier without its prefix."""
    if len(bare) == 36 and bare[8] == "-" and bare[23] == "-":
        return bare.lower()
    if len(bare) == 32 and _DASHLESS.fullmatch(bare):
        low = bare.lower()
        return f"{low[:8]}-{low[8:12]}-{low[12:16]}-{low[16:20]}-{low[20:]}"
    return bare


def is_enumeration(resource: str) -> bool:
    """Whether a resource is a value of an enumeration instead of an object, whatever year its namespace has.

    >>> is_enumeration("http://iec.ch/TC57/CIM100#PhaseCode.A"), is_enumeration("http://example.org/model#_a1")
    (True, False)
    """
    return resource.startswith("http") and not resource.rpartition("#")[2].startswith("_")


def enumeration(resource: str) -> str:
    """The value alone.

    >>> enumeration("http://iec.ch/TC57/2013/CIM-schema-cim16#PhaseCode.ABC")
    'ABC'
    """
    fragment = resource.rpartition("#")[2]
    return fragment.rpartition(".")[2] if "/" not in fragment else resource
