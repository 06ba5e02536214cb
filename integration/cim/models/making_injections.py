"""Records of sources, consumers, machines and shunts, each with its terminal."""

from __future__ import annotations

from typing import Any

from integration.cim.models import identity, own
from integration.cim.models.maker import Maker
from integration.cim.models.making_branches import common
from network.domain.draft import Injection
from network.domain.identity import derived_mrid

_P = {
    "EnergySource": ("EnergySource.activePower", "EnergySource.reactivePower"),
    "SynchronousMachine": ("RotatingMachine.p", "RotatingMachine.q"),
    "AsynchronousMachine": ("RotatingMachine.p", "RotatingMachine.q"),
    "ExternalNetworkInjection": ("ExternalNetworkInjection.p", "ExternalNetworkInjection.q"),
    "EquivalentInjection": ("EquivalentInjection.p", "EquivalentInjection.q"),
    "PowerElectronicsConnection": ("PowerElectronicsConnection.p", "PowerElectronicsConnection.q"),
}
_LOAD = ("EnergyConsumer.p", "EnergyConsumer.q")
_PRODUCERS = ("SynchronousMachine", "PowerElectronicsConnection")
_REGULATING = ("ExternalNetworkInjection", "SynchronousMachine")


def make(maker: Maker, injection: Injection) -> None:
    """One piece of equipment on one node."""
    volts = maker.draft.nodes[injection.node].nominal_v
    is_known = injection.container_mrid in maker.draft.containers
    refs = {
        "Equipment.EquipmentContainer": identity.key(injection.container_mrid) if is_known else "",
        "ConductingEquipment.BaseVoltage": maker.base_voltage(volts),
    }
    text = {**common(injection), own.HOLDS_SUPPLY: "true" if injection.holds_supply else None}
    text |= _shunt(maker, injection, volts) if injection.cim_class.endswith("Compensator") else _power(maker, injection)
    if injection.cim_class == "EnergyConsumer":
        text["EnergyConsumer.customerCount"] = injection.customer_count
    if injection.cim_class in _REGULATING:
        control = derived_mrid(injection.mrid, "control")
        refs["RegulatingCondEq.RegulatingControl"] = identity.key(control)
        text |= {
            "RegulatingCondEq.controlEnabled": True,
            f"{injection.cim_class}.referencePriority": _priority(injection),
        }
        _make_control(maker, injection, control, volts)
    maker.make(injection.cim_class, injection.mrid, injection.name, text, refs)
    maker.terminal(injection.mrid, 1, injection.node, injection.phases)


def _power(maker: Maker, injection: Injection) -> dict[str, Any]:
    p, q = _P.get(injection.cim_class, _LOAD)
    sign = -1.0 if injection.cim_class in _PRODUCERS and not maker.units.is_cgmes else 1.0
    return {p: maker.power(sign * injection.p_kw), q: maker.power(sign * injection.q_kvar)}


def _shunt(maker: Maker, injection: Injection, volts: float) -> dict[str, Any]:
    """One section that takes at nominal voltage what the draft says."""
    per_volt = 1000.0 / volts**2 if volts else 0.0
    return {
        "ShuntCompensator.nomU": volts / maker.units.volt,
        "ShuntCompensator.sections": 1,
        "ShuntCompensator.normalSections": 1,
        "ShuntCompensator.maximumSections": 1,
        "LinearShuntCompensator.bPerSection": -injection.q_kvar * per_volt,
        "LinearShuntCompensator.gPerSection": injection.p_kw * per_volt,
    }


def _priority(injection: Injection) -> int:
    return 1 if injection.is_source else 0


def _make_control(maker: Maker, injection: Injection, mrid: str, volts: float) -> None:
    """Voltage is held at the terminal of the machine; 1 per unit where nobody said another."""
    said = injection.attributes.get("ext_grid.vm_pu", injection.attributes.get("gen.vm_pu", 1.0))
    text = {
        "RegulatingControl.mode": "voltage",
        "RegulatingControl.enabled": True,
        "RegulatingControl.discrete": False,
        "RegulatingControl.targetValue": float(said) * volts / maker.units.volt,
    }
    terminal = identity.key(derived_mrid(injection.mrid, "terminal", "1"))
    maker.make("RegulatingControl", mrid, injection.name, text, {"RegulatingControl.Terminal": terminal})
