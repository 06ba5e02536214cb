"""Write a generated utility as CIM100 RDF/XML, object by object, so that a million customers need no more memory than ten.

Three files, which import_model reads together: `network.xml` (containers, equipment, terminals, limits, measurements),
`geography.xml` (locations) and `customers.xml` (usage points, meters, agreements). Large ones are compressed.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from integration.cim.models import generated_equipment as equipment
from integration.cim.models.store import Store, load
from integration.cim.xml import open_model_files
from network.domain import generation
from network.domain.findings import Findings
from network.domain.generation import Utility, parts
from network.domain.grid.arrays import Bool, Byte

#: From so many customers on the files are compressed: 20 MB of XML otherwise.
COMPRESSED_FROM = 20_000
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<rdf:RDF xmlns:cim="http://iec.ch/TC57/CIM100#" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
)
_TAIL = "</rdf:RDF>\n"
_CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """A part of a utility: numbers of its substations, None for all of them."""

    stations: list[int] | None = None
    with_customers: bool = True


def write(utility: Utility, folder: Path, *, progress: Callable[[str], None], stands: Byte | None = None) -> list[Path]:
    """Write the files into a folder, made if need be; equal utilities give equal bytes.

    Args:
        utility: what is written.
        folder: where.
        progress: told what is being done.
        stands: phase bits by branch, where switches do not stand as they normally do.

    Raises:
        OSError: the folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end = ".xml.gz" if utility.people.consumer.size >= COMPRESSED_FROM else ".xml"
    columns = generation.columns(utility)
    parts: dict[str, Iterable[str]] = {
        "network": equipment.objects(utility, columns, stands=stands),
        "geography": equipment.locations(columns),
        "customers": _customers(utility),
    }
    paths = []
    for name, objects in parts.items():
        path = folder / f"{name}{end}"
        progress(f"writing {path}")
        _write(path, objects)
        paths.append(path)
    return paths


def _write(path: Path, objects: Iterable[str]) -> None:
    is_packed = path.suffix == ".gz"
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 1, raw, mtime=0) if is_packed else raw as file:
        file.write(_HEAD.encode())
        chunk: list[str] = []
        for one in objects:
            chunk.append(one)
            if len(chunk) >= _CHUNK:
                file.write("".join(chunk).encode())
                chunk.clear()
        file.write("".join([*chunk, _TAIL]).encode())


def records(utility: Utility, wanted: Wanted) -> Store:
    """The records of a utility, or of the part of it that belongs to some substations, without writing a file.

    Args:
        utility: all of it.
        wanted: which stations, and whether with customers.
    """
    columns = generation.columns(utility)
    mrids = generation.point_mrids(utility)
    served = np.ones(utility.consumers["node"].size, np.bool_)
    part = utility
    if wanted.stations is not None:
        served = parts.of_stations(utility, columns, wanted.stations).consumers
        part, columns, mrids = parts.part(utility, columns, mrids, wanted.stations)
    files = [
        ("network.xml", equipment.objects(part, columns, point_mrids=mrids)),
        ("geography.xml", equipment.locations(columns)),
    ]
    if wanted.with_customers:
        files.append(("customers.xml", _customers(utility, served)))
    packed = [(name, "".join([_HEAD, *objects, _TAIL]).encode()) for name, objects in files]
    return load(open_model_files(packed), Findings())


def _customers(utility: Utility, served: Bool | None = None) -> Iterator[str]:
    for one in generation.households(utility):
        if served is not None and not served[one.consumer]:
            continue
        letters = equipment.CODES[one.phases]
        need = f"<cim:Customer.specialNeed>{one.critical}</cim:Customer.specialNeed>" if one.critical else ""
        customer, place, contract = (f"{one.mrid}-{kind}" for kind in ("c", "l", "a"))
        yield (
            f'<cim:UsagePoint rdf:about="urn:uuid:{one.mrid}"><cim:IdentifiedObject.name>{one.name}</cim:IdentifiedObject.name>'
            f'<cim:UsagePoint.phaseCode rdf:resource="http://iec.ch/TC57/CIM100#PhaseCode.{letters}"/>'
            f'<cim:UsagePoint.Equipments rdf:resource="urn:uuid:{one.consumer_mrid}"/>'
            f'<cim:UsagePoint.ServiceLocation rdf:resource="#_{place}"/></cim:UsagePoint>\n'
            f'<cim:ServiceLocation rdf:ID="_{place}"><cim:StreetDetail.addressGeneral>{escape(one.address)}'
            f"</cim:StreetDetail.addressGeneral><cim:TelephoneNumber.localNumber>{one.phone}</cim:TelephoneNumber.localNumber>"
            "</cim:ServiceLocation>\n"
            f'<cim:Customer rdf:ID="_{customer}"><cim:IdentifiedObject.name>{escape(one.customer_name)}'
            f"</cim:IdentifiedObject.name>{need}</cim:Customer>\n"
            f'<cim:CustomerAgreement rdf:ID="_{contract}"><cim:IdentifiedObject.name>{one.account_number}'
            f'</cim:IdentifiedObject.name><cim:CustomerAgreement.Customer rdf:resource="#_{customer}"/>'
            f'<cim:CustomerAgreement.UsagePoints rdf:resource="urn:uuid:{one.mrid}"/></cim:CustomerAgreement>\n'
            f'<cim:Meter rdf:about="urn:uuid:{one.meter_mrid}"><cim:IdentifiedObject.name>{one.meter_number}'
            f"</cim:IdentifiedObject.name><cim:Asset.serialNumber>{one.meter_number}</cim:Asset.serialNumber>"
            f'<cim:EndDevice.UsagePoint rdf:resource="urn:uuid:{one.mrid}"/></cim:Meter>\n'
        )
