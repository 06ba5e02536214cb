"""Where the switches stand, put into records; and what that changes, as a difference for those who keep the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from integration.cim.models import identity, making_branches
from integration.cim.models.differences import Difference
from integration.cim.models.maker import Maker
from integration.cim.models.store import Record, Store
from integration.cim.models.units import CGMES
from network.domain import phases as ph
from network.domain.draft import Branch, ModelDraft
from network.domain.findings import Findings


def as_operated(store: Store, draft: ModelDraft, closed: Mapping[str, int], *, normal: bool = False) -> Store:
    """A copy of the records with these positions.

    Args:
        store: the records.
        draft: made of them.
        closed: phase bits by mRID of a switch; who is not named stays.
        normal: whether the positions shall be the normal ones from now on (Switch.normalOpen) instead of the present ones.
    """
    new = copied(store)
    parts = _parts(store)
    maker = Maker(new, draft, CGMES, making_branches.Electrics())
    for mrid, branch in draft.branches.items():
        stood = branch.normal_closed_phases if normal else branch.closed_phases
        stands = closed.get(mrid, stood) & branch.phases
        if branch.is_switch and stands != stood and identity.key(mrid) in new.objects:
            _set(maker, branch, stands, parts.get(identity.key(mrid), []), normal=normal)
    new.close()
    return new


def copied(store: Store) -> Store:
    """A store with the same records, to be changed."""
    new = Store(Findings(), objects={**store.objects, **store.undefined}, files=store.files)
    new.repeated, new.extras = store.repeated, store.extras
    new.namespaces, new.enumerations = store.namespaces, dict(store.enumerations)
    return new


def own(store: Store, key: str) -> Record:
    """A record of a copied store, to be changed."""
    record = store.objects[key]
    store.objects[key] = replace(record, text=dict(record.text), refs=dict(record.refs))
    return store.objects[key]


def _parts(store: Store) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, part in store.of_class("SwitchPhase"):
        found.setdefault(part.refs.get("SwitchPhase.Switch", ""), []).append(key)
    return found


def _set(maker: Maker, branch: Branch, stands: int, parts: list[str], *, normal: bool) -> None:
    key = identity.key(branch.mrid)
    record, name = own(maker.store, key), "Switch.normalOpen" if normal else "Switch.open"
    is_split = stands not in (0, branch.phases)
    if name in record.text or not (parts or is_split):
        record.text[name] = "false" if stands else "true"
    for part_key in parts:
        part = own(maker.store, part_key)
        bits = ph.parse(part.text.get("SwitchPhase.phaseSide1", ""))
        if normal:
            part.text["SwitchPhase.normalOpen"] = "false" if bits & stands else "true"
        else:
            part.text["SwitchPhase.closed"] = "true" if bits & stands else "false"
    if is_split and not parts:
        now, usual = (branch.closed_phases, stands) if normal else (stands, branch.normal_closed_phases)
        for letter in ph.text(branch.phases):
            making_branches.make_switch_phase(maker, branch.mrid, letter, now, usual)


def difference_between(before: Store, after: Store) -> Difference:
    """What leads from one set of records to the other: applied to the one it gives the other."""
    found = Difference()
    found.scratch.namespaces, found.scratch.enumerations = after.namespaces, after.enumerations
    old, new = {**before.objects, **before.undefined}, {**after.objects, **after.undefined}
    for key, record in old.items():
        other = new.get(key)
        if other is None:
            found.reverse[key] = record
        elif other is not record:
            gone, come = _only_in(record, other), _only_in(other, record)
            if gone.text or gone.refs:
                found.reverse[key] = gone
            if come.text or come.refs:
                found.forward[key] = come
    found.forward |= {key: record for key, record in new.items() if key not in old}
    return found


def _only_in(one: Record, other: Record) -> Record:
    text = {name: value for name, value in one.text.items() if other.text.get(name) != value}
    refs = {name: value for name, value in one.refs.items() if other.refs.get(name) != value}
    return replace(one, cls="Description", text=text, refs=refs)
