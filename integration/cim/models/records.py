"""The records behind a draft: those of its files, and over them what completion added."""

from __future__ import annotations

import json
from dataclasses import replace

from integration.cim.models import identity, making, making_branches, making_customers, making_injections, own, packing
from integration.cim.models.maker import Maker
from integration.cim.models.packing import Kept
from integration.cim.models.reader import draft_of
from integration.cim.models.store import Record, Store
from integration.cim.models.units import units_of
from network.domain import completion
from network.domain.draft import Branch, ModelDraft
from network.domain.findings import Findings


def of_draft(draft: ModelDraft) -> Kept:
    """What its reader kept; made of the draft where it kept nothing."""
    store = draft.kept if isinstance(draft.kept, Store) else making.records_of(draft)
    return Kept(store, draft.name, draft.mrid, dict(draft.completion))


def packed(draft: ModelDraft) -> bytes:
    """The blob to be stored beside the version."""
    return packing.pack(of_draft(draft))


def rebuilt(kept: Kept) -> ModelDraft:
    """The draft of kept records, completed as it was."""
    draft = draft_of(kept.store, name=kept.name, mrid=kept.mrid)
    if kept.completion:
        completion.complete(draft, kept.completion["seed"], customers=kept.completion["customers"])
    return draft


def completed(kept: Kept) -> tuple[Store, ModelDraft]:
    """Records with what completion added, and their draft; the kept records themselves where nothing was added."""
    draft = rebuilt(kept)
    if not kept.completion:
        return kept.store, draft
    return overlaid(kept.store, draft_of(kept.store, name=kept.name, mrid=kept.mrid), draft), draft


def overlaid(store: Store, before: ModelDraft, after: ModelDraft) -> Store:
    """A copy of the records of `before` that says `after`: equipment added, ends and containers moved."""
    new = Store(Findings(), objects=dict(store.objects), files=store.files, undefined={})
    new.objects |= store.undefined
    new.repeated, new.extras = store.repeated, store.extras
    new.namespaces, new.enumerations = store.namespaces, dict(store.enumerations)
    is_urn = any(record.written.startswith("urn:") for _, record in store.of_class("Terminal"))
    maker = Maker(new, after, units_of(store), making_branches.Electrics(), is_urn=is_urn)
    _add(maker, before)
    _Mover(new, before, after).move()
    new.close()
    return new


def _add(maker: Maker, before: ModelDraft) -> None:
    after = maker.draft
    for container in after.containers.values():
        if container.mrid not in before.containers:
            making.make_container(maker, container)
    for node in after.nodes.values():
        if node.mrid not in before.nodes and node.mrid not in maker.stars:
            making.make_node(maker, node)
    making_branches.make_all(maker, (one for one in after.branches.values() if one.mrid not in before.branches))
    for injection in after.injections.values():
        if injection.mrid not in before.injections:
            making_injections.make(maker, injection)
    known = before.usage_points
    making_customers.make_customers(maker, (one for one in after.usage_points.values() if one.mrid not in known))
    points = after.telemetry_points.values()
    making_customers.make_points(maker, (one for one in points if one.mrid not in before.telemetry_points))


class _Mover:
    """Re-hangs what was there: an end on another node, an object in another container."""

    def __init__(self, store: Store, before: ModelDraft, after: ModelDraft) -> None:
        self.store, self.before, self.after = store, before, after
        self.terminals: dict[str, list[str]] = {}
        for key, record in store.objects.items():
            if record.cls == "Terminal":
                self.terminals.setdefault(record.refs.get("Terminal.ConductingEquipment", ""), []).append(key)

    def move(self) -> None:
        """Everything that differs between the drafts."""
        for mrid, branch in self.before.branches.items():
            now = self.after.branches[mrid]
            self._run(branch, now)
            for old, new in ((branch.from_node, now.from_node), (branch.to_node, now.to_node)):
                self._rehang(str(branch.attributes.get("star_of", mrid)), old, new)
        for mrid, injection in self.before.injections.items():
            self._rehang(mrid, injection.node, self.after.injections[mrid].node)
        for kind in ("nodes", "branches", "injections"):
            for mrid, one in getattr(self.before, kind).items():
                self._contain(mrid, one.container_mrid, getattr(self.after, kind)[mrid].container_mrid)

    def _rehang(self, mrid: str, old: str, new: str) -> None:
        if old == new:
            return
        key = identity.key(mrid)
        tank = self.store.objects.get(key)
        if tank is not None and tank.cls == "TransformerTank":
            key = tank.refs.get("TransformerTank.PowerTransformer", key)
        for terminal in self.terminals.get(key, ()):
            record = self.store.objects[terminal]
            if record.refs.get("Terminal.ConnectivityNode") == identity.key(old):
                self._own(terminal).refs["Terminal.ConnectivityNode"] = identity.key(new)

    def _run(self, branch: Branch, now: Branch) -> None:
        """A device at the end of a line took a piece of its course."""
        key = identity.key(branch.mrid)
        if branch.points != now.points and key in self.store.objects:
            self._own(key).text[own.COURSE] = json.dumps(now.points)

    def _contain(self, mrid: str, old: str, new: str) -> None:
        key = identity.key(mrid)
        if old != new and new and key in self.store.objects:
            self._own(key).refs[own.CONTAINER] = identity.key(new)

    def _own(self, key: str) -> Record:
        record = self.store.objects[key]
        self.store.objects[key] = replace(record, text=dict(record.text), refs=dict(record.refs))
        return self.store.objects[key]
