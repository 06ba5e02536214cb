"""What the files say, before anybody asks what it means: objects by identity, with their literals, references and places.

Several files of one model flow into one store. `rdf:ID` (or `rdf:about="urn:uuid:..."` where nobody else defined the object) defines;
`rdf:about` in another file adds to it and overrides it, in whichever order the files come: a steady state tops its equipment.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from integration.cim import xml
from integration.cim.models import classes, identity
from integration.cim.xml import XmlRefused
from network.domain.findings import Findings

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_ID, _ABOUT, _RESOURCE = f"{_RDF}ID", f"{_RDF}about", f"{_RDF}resource"
_PROGRESS_EVERY = 20_000
REPEAT = "\x1f"  # between the values of a repeated literal; XML cannot carry it, so no value holds it

Progress = Callable[[str], None]
Source = Path | str | tuple[str, bytes]


@dataclass(slots=True)
class Record:
    """One object: properties are named "Class.attribute"; several references of one are joined by a blank, literals by REPEAT."""

    id: str
    cls: str
    file: int
    line: int
    is_definition: bool
    text: dict[str, str]
    refs: dict[str, str]
    written: str = ""  # its identifier as it stands in the file: "_A1" of rdf:ID, "#_A1" or "urn:uuid:A1" of rdf:about
    no_numbers: set[str] | None = None  # properties that were asked for as numbers and are none

    @property
    def name(self) -> str:
        """Its name, else its identifier; no longer than we store."""
        return (self.text.get("IdentifiedObject.name") or self.id)[:120]

    def number(self, name: str, default: float | None = None) -> float | None:
        """A numeric property; what is no finite number counts as not said, and is noted for `Store.report_no_numbers`."""
        said = self.text.get(name)
        if said is None:
            return default
        try:
            value = float(said)
        except ValueError:
            value = math.nan
        if math.isfinite(value):
            return value
        self.no_numbers = {name} | (self.no_numbers or set())
        return default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """A boolean property, however it is capitalised."""
        value = self.text.get(name)
        return default if value is None else value.lower() in ("true", "1")


@dataclass(slots=True)
class Store:
    """All objects by key, and by class in the order of their first appearance; beside them what is only kept for the way out."""

    findings: Findings
    objects: dict[str, Record] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    undefined: dict[str, Record] = field(default_factory=dict)  # spoken about, defined in no file
    repeated: list[Record] = field(default_factory=list)  # second definitions with other content
    extras: dict[str, list[Any]] = field(
        default_factory=dict
    )  # by key: compounds and empty properties, as (name, parts)
    namespaces: dict[str, str] = field(default_factory=dict)  # of classes and properties, by local name
    enumerations: dict[str, str] = field(default_factory=dict)  # by property: what stands before its values
    _by_class: dict[str, list[tuple[str, Record]]] = field(default_factory=dict)

    def of_class(self, *classes: str) -> Iterator[tuple[str, Record]]:
        """Key and record of every object of these classes."""
        for cls in classes:
            yield from self._by_class.get(cls, ())

    def follow(self, record: Record, name: str) -> Record | None:
        """The object a reference points to."""
        target = record.refs.get(name)
        return self.objects.get(target) if target else None

    def classes(self) -> dict[str, int]:
        """How many objects there are of each class."""
        return {cls: len(records) for cls, records in sorted(self._by_class.items())}

    def find(self, severity: str, code: str, text: str, record: Record) -> None:
        """Report what is wrong with an object, with its line, and its file where there are several."""
        where = f" [{self.files[record.file]}]" if len(self.files) > 1 else ""
        self.findings.add(severity, code, text + where, cim_class=record.cls, object_=_object(record), line=record.line)

    def close(self) -> None:
        """All files are in: set aside what nobody defined, index the rest, look for references into the void."""
        self._set_aside_undefined()
        for key, record in self.objects.items():
            self._by_class.setdefault(record.cls, []).append((key, record))
        self._report_dangling()

    def report_no_numbers(self) -> None:
        """What the builders asked for as a number and did not get: text is an error, NaN and infinity are remarked."""
        for record in self.objects.values():
            for name in sorted(record.no_numbers or ()):
                said = record.text[name].replace(REPEAT, ", ")
                severity = "warning" if _is_float(said) else "error"
                self.find(
                    severity, "not_a_number", f"{name} is {said[:40]!r}, no number: it counts as not said", record
                )

    def _set_aside_undefined(self) -> None:
        undefined = Counter(record.cls for record in self.objects.values() if not record.is_definition)
        for cls, count in undefined.items():
            text = f"{count} objects are spoken about, but no file defines them"
            self.findings.add("warning", "undefined_object", text, cim_class=cls)
        if undefined:
            self.undefined = {key: record for key, record in self.objects.items() if not record.is_definition}
            self.objects = {key: record for key, record in self.objects.items() if record.is_definition}

    def _report_dangling(self) -> None:
        objects = self.objects
        for record in objects.values():
            for name, target in record.refs.items():
                if target not in objects and record.cls != "FullModel":
                    for one in target.split():
                        if one not in objects:
                            severity = "error" if name in _STRUCTURAL else "warning"
                            self.find(
                                severity, "dangling_reference", f"{name} points to {one}, which is not there", record
                            )


#: References the network cannot be built without.
_STRUCTURAL = frozenset(
    {
        "Terminal.ConductingEquipment",
        "Terminal.ConnectivityNode",
        "PowerTransformerEnd.PowerTransformer",
        "TransformerEnd.Terminal",
        "TransformerTank.PowerTransformer",
        "TransformerTankEnd.TransformerTank",
        "ACLineSegmentPhase.ACLineSegment",
        "SwitchPhase.Switch",
        "EnergyConsumerPhase.EnergyConsumer",
    }
)


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _object(record: Record) -> str:
    name = record.text.get("IdentifiedObject.name")
    return f"{name} ({record.id})" if name else record.id


def load(files: list[xml.ModelFile], findings: Findings, progress: Progress | None = None) -> Store:
    """Read every file to its end.

    Raises:
        XmlRefused: at the first file that is not well-formed, or is no RDF/XML; nothing is kept then.
    """
    store = Store(findings)
    names, keys = LocalNames(store.namespaces), Keys()
    with ExitStack() as opened:  # whatever ends it, those behind are closed as well
        for file in files:
            opened.enter_context(closing(file.stream))
        for index, file in enumerate(files):
            _load_one(store, index, file, names, keys, progress)
    store.close()
    return store


def _load_one(
    store: Store, index: int, file: xml.ModelFile, names: LocalNames, keys: Keys, progress: Progress | None
) -> None:
    store.files.append(file.name)
    with closing(file.stream):
        for count, element in enumerate(xml.iterate_model(file.stream, file.name)):
            if not count:
                _require_rdf(element, file.name)
            key, record = read_record(element, index, names, keys, store)
            if record.cls == "DifferenceModel":
                raise XmlRefused(
                    "difference_model", record.line, "a set of differences is not a model by itself", file.name
                )
            if key in store.objects:
                _merge(store, key, record)
            else:
                store.objects[key] = record
            if progress and count % _PROGRESS_EVERY == _PROGRESS_EVERY - 1:
                progress(f"{file.name}: {count + 1:,} objects")


class LocalNames(dict[str, str]):
    """Qualified to local names; each is split once, its namespace noted, and the same string shared by every record."""

    def __init__(self, namespaces: dict[str, str]) -> None:
        super().__init__()
        self._namespaces = namespaces

    def __missing__(self, tag: str) -> str:
        namespace, _, local = tag.rpartition("}")
        self._namespaces.setdefault(local, namespace[1:])
        self[tag] = local
        return local


class Keys(dict[str, str]):
    """Written identifiers to keys, shared, too; "" for a value of an enumeration."""

    def __missing__(self, written: str) -> str:
        key = self[written] = "" if identity.is_enumeration(written) else identity.key(written)
        return key


def _require_rdf(element: Any, name: str) -> None:
    root = element.getparent()
    if root.tag != f"{_RDF}RDF":
        raise XmlRefused("not_rdf", root.sourceline, f"the root is {root.tag}, not rdf:RDF", name)


def read_record(element: Any, file: int, names: LocalNames, keys: Keys, store: Store) -> tuple[str, Record]:
    """Key and content of one object; without any identifier its place serves as one."""
    written = element.get(_ID)
    is_definition = written is not None
    if written is None:
        written = element.get(_ABOUT) or ""
        is_definition = not written.startswith("#")
    line = element.sourceline
    bare = identity.stripped(written)
    key = (keys.get(written) or identity.key_of(bare)) if written else f"{file}:{line}"
    if written.startswith("urn:"):
        keys[written] = key  # references to it are written alike, and share the string
    text: dict[str, str] = {}
    refs: dict[str, str] = {}
    for child in element:  # the hot loop of every import: a text is more common than a reference
        name = names[child.tag]
        value = child.text
        if value is not None and (value := value.strip()):
            text[name] = value if name not in text else _joined(name, value, text)
        elif (resource := child.get(_RESOURCE)) is None:
            store.extras.setdefault(key, []).append(_nested(child, name, text, names))
        elif target := keys[resource]:
            refs[name] = target if name not in refs else f"{refs[name]} {target}"
        else:
            value = identity.enumeration(resource)
            text[name] = value if name not in text else _joined(name, value, text)
            if name not in store.enumerations:
                store.enumerations[name] = resource[: len(resource) - len(value)]
    return key, Record(bare, names[element.tag], file, line, is_definition, text, refs, written)


def _joined(name: str, value: str, text: dict[str, str]) -> str:
    """Repeated literals are joined; except that some exporters write g0ch under the name of b0ch."""
    if name == "ACLineSegment.b0ch":
        text["ACLineSegment.g0ch"] = value
        return text[name]
    return f"{text[name]}{REPEAT}{value}"


def _nested(element: Any, name: str, text: dict[str, str], names: LocalNames) -> list[Any]:
    """A compound (an address) or an empty property: its shape as [name, text or None, parts].

    The leaves of a compound count as literals of the object, too.
    """
    parts = []
    for child in element:
        own = names[child.tag]
        parts.append(_nested(child, own, text, names))
        if not len(child) and child.text and child.text.strip():
            text.setdefault(own, child.text.strip())
    return [name, (element.text or "").strip() or None, parts]


def _merge(store: Store, key: str, new: Record) -> None:
    old = store.objects[key]
    if new.is_definition and old.is_definition and (new.file == old.file or new.cls == old.cls):
        _repeat(store, old, new)
    elif new.is_definition and not old.is_definition:
        new.text.update(old.text)
        new.refs.update(old.refs)
        store.objects[key] = new
    else:
        old.text.update(new.text)
        old.refs.update(new.refs)


def _repeat(store: Store, old: Record, new: Record) -> None:
    """Two definitions: the same again is no harm, another content is an error; the first one stays."""
    differing = [
        name for name, value in (new.text | new.refs).items() if (old.text | old.refs).get(name, value) != value
    ]
    if old.cls != new.cls:
        differing.append(f"class {old.cls} or {new.cls}")
    if differing:
        text = f"defined again with other content than on line {old.line}: {', '.join(differing[:5])}"
        severity = "error" if new.cls in classes.TAKEN else "warning"
        store.find(severity, "duplicate_id", text, new)
        store.repeated.append(new)
        return
    old.text.update(new.text)
    old.refs.update(new.refs)
