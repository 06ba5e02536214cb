"""Namespaces of the way out: every edition of CIM becomes the one that is asked for, extensions stay what they are."""

from __future__ import annotations

import re

CIM100 = "http://iec.ch/TC57/CIM100#"
CIM16 = "http://iec.ch/TC57/2013/CIM-schema-cim16#"
MD = "http://iec.ch/TC57/61970-552/ModelDescription/1#"
DM = "http://iec.ch/2002/schema/CIM_difference_model#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
OWN = "urn:tieline:cim:2026#"  # ours: what no standard has a word for
_CIM = re.compile(
    r"https?://iec\.ch/TC57/(\d{4}/CIM-schema-cim\d+|CIM100)#|https?://cim\.ucaiug\.io/(CIM\d+/draft|ns)#"
)
_MD = re.compile(r"https?://iec\.ch/TC57/61970-552/ModelDescription(/1)?#")
_PREFIXES = {
    MD: "md",
    DM: "dm",
    RDF: "rdf",
    OWN: "tieline",
    "http://iec.ch/TC57/CIM100-European#": "eu",
    "http://entsoe.eu/CIM/SchemaExtension/3/1#": "entsoe",
}


def is_cim(namespace: str) -> bool:
    """Whether it is CIM itself, of whatever year.

    >>> is_cim("http://iec.ch/TC57/2013/CIM-schema-cim16#"), is_cim("http://iec.ch/TC57/CIM100-European#")
    (True, False)
    """
    return _CIM.fullmatch(namespace) is not None


class Names:
    """Prefixed names of one document; `cim` is the namespace that every edition is written as."""

    def __init__(self, namespaces: dict[str, str], cim: str = CIM100) -> None:
        self.cim = cim
        self._namespaces = namespaces
        self._prefixes = {cim: "cim", RDF: "rdf", MD: "md"}
        self._names: dict[str, str] = {}
        for namespace in {*namespaces.values(), OWN}:
            self._prefixes.setdefault(self._written(namespace), _PREFIXES.get(namespace) or f"x{len(self._prefixes)}")

    def declarations(self) -> str:
        """The xmlns attributes of the root."""
        return " ".join(f'xmlns:{prefix}="{namespace}"' for namespace, prefix in self._prefixes.items())

    def prefixed(self, local: str) -> str:
        """A class or property with its prefix."""
        known = self._names.get(local)
        if known is None:
            namespace = self._written(self._namespaces.get(local) or _namespace_of(local))
            known = self._names[local] = f"{self._prefixes.get(namespace, 'cim')}:{local}"
        return known

    def resource(self, prefix: str, value: str) -> str:
        """The resource of an enumeration's value: `prefix` is what stood before it in the files."""
        if value.startswith("http"):
            return value
        namespace, mark, kind = prefix.partition("#")
        return f"{self._written(namespace + mark)}{kind}{value}"

    def _written(self, namespace: str) -> str:
        if not namespace or is_cim(namespace):
            return self.cim
        return MD if _MD.fullmatch(namespace) else namespace


def _namespace_of(local: str) -> str:
    """Of a name no file had: model headers are of md:, ours are of our own namespace, the rest is CIM."""
    if local in ("FullModel", "Model") or local.startswith("Model."):
        return MD
    return OWN if local.startswith("Tieline.") or local[:1].islower() else ""
