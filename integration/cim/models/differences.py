"""Difference models (IEC 61970-552, dm:DifferenceModel): what changed since a model, applied to its records or refused as a whole.

    preconditions       must hold                                        rdf:Description or a typed object
    reverseDifferences  must be there, and goes                          a typed object goes with all of it
    forwardDifferences  comes; no value may be in its place any more     a typed object is new

A changed property stands in both, with its old and its new value. Statements are matched by what they mean: numbers as numbers,
booleans in any case, references by identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass, field, replace
from typing import Any

from adms.core import errors
from integration.cim import xml
from integration.cim.models.packing import key_of
from integration.cim.models.store import REPEAT, Keys, LocalNames, Record, Source, Store, read_record
from integration.cim.xml import XmlRefused
from network.domain.findings import Findings

_SECTIONS = {"forwardDifferences": "forward", "reverseDifferences": "reverse", "preconditions": "preconditions"}
_UNTYPED = "Description"
_LISTED = 20
Statements = dict[str, Record]


class DifferenceRefused(errors.Refused):
    """The difference does not fit the model; `data["mismatches"]` says where, each in one line. Nothing was applied."""

    code = "difference_refused"


@dataclass(slots=True)
class Difference:
    """The statements of one difference by object key, its header, and what a store needs to know of its names."""

    forward: Statements = field(default_factory=dict)
    reverse: Statements = field(default_factory=dict)
    preconditions: Statements = field(default_factory=dict)
    header: Record | None = None
    scratch: Store = field(default_factory=lambda: Store(Findings()))


def is_difference(source: Source) -> bool:
    """Whether the first object of these files is a difference; what cannot be read is none."""
    try:
        first = next(_objects(source), None)
    except XmlRefused:
        return False
    return first is not None and first[1].tag.rpartition("}")[2] == "DifferenceModel"


def read_difference(source: Source) -> Difference:
    """One file with one difference.

    Raises:
        XmlRefused: it cannot be read, or is something else.
    """
    found = Difference()
    names, keys = LocalNames(found.scratch.namespaces), Keys()
    for name, element in _objects(source):
        if names[element.tag] != "DifferenceModel" or found.header:
            raise XmlRefused("not_a_difference", element.sourceline, "one dm:DifferenceModel is needed, alone", name)
        found.scratch.files.append(name)
        for child in list(element):
            section = _SECTIONS.get(names[child.tag])
            if section:
                _read_section(child, getattr(found, section), names, keys, found.scratch)
                element.remove(child)
        found.header = read_record(element, 0, names, keys, found.scratch)[1]
    if found.header is None:
        raise XmlRefused("not_a_difference", None, "no dm:DifferenceModel in it", str(source))
    return found


def _objects(source: Source) -> Iterator[tuple[str, Any]]:
    with ExitStack() as opened:
        files = xml.open_model_files([source])
        for file in files:
            opened.enter_context(closing(file.stream))
        for file in files:
            for element in xml.iterate_model(file.stream, file.name):
                yield file.name, element


def _read_section(section: Any, into: Statements, names: LocalNames, keys: Keys, scratch: Store) -> None:
    for element in section:
        key, record = read_record(element, 0, names, keys, scratch)
        known = into.setdefault(key, record)
        if known is not record:
            known.text.update(record.text)
            known.refs.update(record.refs)
            known.cls = record.cls if known.cls == _UNTYPED else known.cls


def apply_difference(store: Store, difference: Difference) -> Store:
    """A new store with the difference applied; the given one stays as it is.

    Raises:
        DifferenceRefused: it does not fit; every mismatch is listed.
    """
    run = _Run(store, difference)
    run.check(difference.preconditions)
    run.check(difference.reverse)
    if not run.mismatches:
        run.take_away()
        run.add()
    if run.mismatches:
        more = f" (and {len(run.mismatches) - 1} more)" if len(run.mismatches) > 1 else ""
        raise DifferenceRefused(f"{run.mismatches[0]}{more}", mismatches=run.mismatches[:_LISTED])
    return run.result()


class _Run:
    """One application: objects are copied before they are changed."""

    def __init__(self, store: Store, difference: Difference) -> None:
        self.store, self.difference = store, difference
        self.objects = {**store.objects, **store.undefined}
        self.extras = dict(store.extras)
        self.mismatches: list[str] = []

    def check(self, statements: Statements) -> None:
        """Every one of these statements must hold."""
        for key, said in statements.items():
            stored = self.objects.get(key)
            if stored is None:
                self._miss(said, "is not in the model")
                continue
            if said.cls not in (_UNTYPED, stored.cls):
                self._miss(said, f"is {stored.cls}, not {said.cls}")
            for name, value in said.text.items():
                if not _holds(stored.text.get(name), value, REPEAT):
                    self._miss(said, _instead(name, value, stored.text.get(name)))
            for name, value in said.refs.items():
                if not _holds(stored.refs.get(name), value, " "):
                    self._miss(said, _instead(name, value, stored.refs.get(name)))

    def take_away(self) -> None:
        """The reverse statements; an object named with its class goes as a whole, unless it comes back by the forward ones."""
        for key, said in self.difference.reverse.items():
            forward = self.difference.forward.get(key)
            if said.cls != _UNTYPED and (forward is None or forward.cls == _UNTYPED):
                del self.objects[key]
                self.extras.pop(key, None)
                continue
            stored = self._own(key)
            _remove(stored.text, said.text, REPEAT)
            _remove(stored.refs, said.refs, " ")

    def add(self) -> None:
        """The forward statements."""
        for key, said in self.difference.forward.items():
            stored = self.objects.get(key)
            if stored is None and said.cls == _UNTYPED:
                self._miss(said, "is not in the model")
            elif stored is None:
                written = said.written.removeprefix("#")
                file = len(self.store.files)
                self.objects[key] = replace(said, file=file, is_definition=True, written=written)
            elif said.cls not in (_UNTYPED, stored.cls):
                self._miss(said, f"is {stored.cls}, not {said.cls}")
            else:
                self._add_to(self._own(key), said)
            if key in self.difference.scratch.extras:
                self.extras[key] = self.difference.scratch.extras[key]

    def result(self) -> Store:
        """The store of what there is now; the header of the difference stays among its objects."""
        scratch, header = self.difference.scratch, self.difference.header
        new = Store(Findings(), objects=self.objects, files=[*self.store.files, *scratch.files], extras=self.extras)
        new.repeated = self.store.repeated
        new.namespaces = {**scratch.namespaces, **self.store.namespaces}
        new.enumerations = {**scratch.enumerations, **self.store.enumerations}
        if header is not None:
            kept = replace(header, file=len(self.store.files), is_definition=True)
            new.objects[key_of(kept)] = kept
            self._check_base(new, kept)
        new.close()
        return new

    def _own(self, key: str) -> Record:
        """A copy to be changed; the same one if asked again."""
        stored = self.objects[key]
        if stored is (self.store.objects.get(key) or self.store.undefined.get(key)):
            stored = self.objects[key] = replace(stored, text=dict(stored.text), refs=dict(stored.refs))
        return stored

    def _add_to(self, stored: Record, said: Record) -> None:
        for name, value in said.text.items():
            present = stored.text.get(name)
            if present is not None and not _holds(present, value, REPEAT):
                self._miss(said, f"{name} is {_shown(present)} already, and the reverse does not take it away")
            stored.text[name] = value
        for name, value in said.refs.items():
            present = stored.refs.get(name)
            if present is not None and _holds(present, value, " "):
                continue
            if present is not None and not name.endswith("s"):  # CIM names associations to many in the plural
                self._miss(said, f"{name} is {present} already, and the reverse does not take it away")
            stored.refs[name] = f"{present} {value}" if present else value

    def _miss(self, said: Record, text: str) -> None:
        file = self.difference.scratch.files[0]
        self.mismatches.append(f"{file}, line {said.line}: {said.id}: {text}")

    def _check_base(self, new: Store, header: Record) -> None:
        """Say so where it was made for another model; its statements have matched all the same."""
        known = {key_of(one) for one in new.objects.values() if one.cls in ("FullModel", "DifferenceModel")}
        for base in header.refs.get("Model.Supersedes", "").split():
            if base not in known:
                text = f"it supersedes {base}, which is not the model that was imported"
                new.findings.add("warning", "difference_base", text, cim_class=header.cls, line=header.line)


def _holds(present: str | None, value: str, between: str) -> bool:
    """Whether every value that is said is among the present ones."""
    if present is None:
        return False
    if present == value:
        return True
    kept = {_meant(one) for one in present.split(between)}
    return all(_meant(one) in kept for one in value.split(between))


def _meant(value: str) -> str | float:
    try:
        return float(value)
    except ValueError:
        return value.lower() if value.lower() in ("true", "false") else value


def _remove(present: dict[str, str], said: dict[str, str], between: str) -> None:
    for name, value in said.items():
        gone = {_meant(one) for one in value.split(between)}
        left = [one for one in present[name].split(between) if _meant(one) not in gone]
        if left:
            present[name] = between.join(left)
        else:
            del present[name]


def _instead(name: str, value: str, present: str | None) -> str:
    there = "it has none" if present is None else f"it is {_shown(present)}"
    return f"{name} should be {_shown(value)}, {there}"


def _shown(value: str) -> str:
    return repr(value.replace(REPEAT, ", "))
