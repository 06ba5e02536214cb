"""Records of a draft: what a file of CIM would say of it. For networks that came as something else, and for what completion added.

    Substation -- VoltageLevel (made per voltage) -- ConnectivityNode -- Terminal -- equipment

Everything is written in the units of the store it goes into; a new store is CGMES: kV, MW and km.
"""

from __future__ import annotations

from typing import Any

from integration.cim.models import identity, making_branches, making_customers, making_injections, own
from integration.cim.models.maker import Maker
from integration.cim.models.packing import key_of
from integration.cim.models.store import REPEAT, Record, Store
from integration.cim.models.units import CGMES
from network.domain.draft import Container, ModelDraft, Node
from network.domain.findings import Findings
from network.domain.identity import derived_mrid

_PARENT_BY_CLASS = {
    "SubGeographicalRegion": "SubGeographicalRegion.Region",
    "Substation": "Substation.Region",
    "VoltageLevel": "VoltageLevel.Substation",
    "Line": "Line.Region",
    "Feeder": "Feeder.NormalEnergizingSubstation",
}
_PROFILES = (
    "http://entsoe.eu/CIM/EquipmentCore/3/1", "http://entsoe.eu/CIM/EquipmentOperation/3/1",
    "http://entsoe.eu/CIM/SteadyStateHypothesis/1/1",
)  # fmt: skip


def records_of(draft: ModelDraft, electrics: making_branches.Electrics | None = None) -> Store:
    """A store from which the same draft can be read.

    Args:
        draft: of any origin.
        electrics: impedances by mRID where they are known better than by the draft's attributes.
    """
    store = Store(Findings(), files=[draft.source or draft.name])
    header = {"Model.profile": REPEAT.join(_PROFILES), "Model.modelingAuthoritySet": "urn:tieline:made"}
    mrid = derived_mrid("made", draft.mrid or draft.name)
    model = Record(mrid, "FullModel", 0, 0, is_definition=True, text=header, refs={}, written=f"urn:uuid:{mrid}")
    store.objects[key_of(model)] = model
    maker = Maker(store, draft, CGMES, electrics or making_branches.Electrics())
    _make_regions(maker)
    for container in draft.containers.values():
        make_container(maker, container)
    for node in draft.nodes.values():
        if node.mrid not in maker.stars:
            make_node(maker, node)
    making_branches.make_all(maker, draft.branches.values())
    for injection in draft.injections.values():
        making_injections.make(maker, injection)
    making_customers.make_all(maker)
    _make_coordinate_system(maker)
    store.close()
    return store


def _make_regions(maker: Maker) -> None:
    """A substation must have a region; where the draft has none, one is made."""
    region = maker.make("GeographicalRegion", maker.derived("region"), "Region", {own.MADE: "true"})
    refs = {"SubGeographicalRegion.Region": region}
    maker.region = maker.make("SubGeographicalRegion", maker.derived("subregion"), "Region", {own.MADE: "true"}, refs)


def make_container(maker: Maker, container: Container) -> None:
    """A substation, voltage level, bay, line, feeder or region with its parent."""
    name = _PARENT_BY_CLASS.get(container.cim_class, "")
    parent = maker.draft.containers.get(container.parent_mrid)
    if container.cim_class == "Bay" and parent is not None:
        name = f"Bay.{parent.cim_class}"
    refs = {name: identity.key(container.parent_mrid)} if name and parent is not None else {}
    if container.cim_class == "Substation" and not refs and maker.region:
        refs = {name: maker.region}
    if container.cim_class == "VoltageLevel":
        refs["VoltageLevel.BaseVoltage"] = maker.base_voltage(maker.level_volts.get(container.mrid, 0.0))
    maker.make(container.cim_class, container.mrid, container.name, {}, refs)


def make_node(maker: Maker, node: Node) -> None:
    """A ConnectivityNode in a voltage level; its place stands in our own words, for CIM locates equipment only."""
    refs = {"ConnectivityNode.ConnectivityNodeContainer": _level(maker, node)}
    text: dict[str, Any] = {} if node.x is None or node.y is None else {own.X: node.x, own.Y: node.y}
    maker.make("ConnectivityNode", node.mrid, node.name, text, refs)


def _level(maker: Maker, node: Node) -> str:
    """Key of the voltage level of a node: the one it is in, else one made for its container and voltage."""
    container = maker.draft.containers.get(node.container_mrid)
    if container is not None and maker.level_volts.get(container.mrid) == node.nominal_v:
        return identity.key(container.mrid)
    mrid = maker.derived("level", node.container_mrid, f"{node.nominal_v:g}")
    key = identity.key(mrid)
    if key not in maker.store.objects:
        is_substation = container is not None and container.cim_class == "Substation"
        refs = {
            "VoltageLevel.Substation": identity.key(container.mrid) if container and is_substation else _outside(maker),
            "VoltageLevel.BaseVoltage": maker.base_voltage(node.nominal_v),
            own.CONTAINER: identity.key(container.mrid) if container else "",
        }
        name = f"{container.name if container else maker.draft.name} {node.nominal_v / 1000.0:g} kV"
        maker.make("VoltageLevel", mrid, name, {own.MADE: "true"}, refs)
    return key


def _outside(maker: Maker) -> str:
    """The substation of what stands in none: CGMES knows no node outside of one."""
    mrid = maker.derived("outside")
    if identity.key(mrid) not in maker.store.objects:
        maker.make("Substation", mrid, maker.draft.name, {own.MADE: "true"}, {"Substation.Region": maker.region})
    return identity.key(mrid)


def _make_coordinate_system(maker: Maker) -> None:
    if maker.draft.crs.startswith("EPSG:"):
        urn = f"urn:ogc:def:crs:EPSG::{maker.draft.crs.removeprefix('EPSG:')}"
        maker.make("CoordinateSystem", maker.derived("crs"), maker.draft.crs, {"CoordinateSystem.crsUrn": urn})
