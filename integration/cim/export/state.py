"""State variables (IEC 61970-456) of a power-flow result: voltages of buses, flows of injections, tap steps, sections.

A result phase by phase becomes its positive sequence: (Va + a Vb + a^2 Vc) / 3.
"""

from __future__ import annotations

import cmath
import math
from collections import defaultdict

from integration.cim.export.operated import copied
from integration.cim.models import identity, making_branches
from integration.cim.models.maker import Maker
from integration.cim.models.store import Record, Store
from integration.cim.models.units import units_of
from network.domain.draft import ModelDraft
from network.domain.identity import derived_mrid
from network.domain.physics.results import PowerFlowResult

_TURN = {"A": 1, "B": cmath.rect(1, 2 * math.pi / 3), "C": cmath.rect(1, -2 * math.pi / 3)}
_FLOWS = {
    "EnergyConsumer": ("EnergyConsumer.p", "EnergyConsumer.q"),
    "ExternalNetworkInjection": ("ExternalNetworkInjection.p", "ExternalNetworkInjection.q"),
    "EquivalentInjection": ("EquivalentInjection.p", "EquivalentInjection.q"),
    "PowerElectronicsConnection": ("PowerElectronicsConnection.p", "PowerElectronicsConnection.q"),
    "SynchronousMachine": ("RotatingMachine.p", "RotatingMachine.q"),
    "AsynchronousMachine": ("RotatingMachine.p", "RotatingMachine.q"),
}
_FLOWS |= dict.fromkeys(("ConformLoad", "NonConformLoad", "StationSupply"), _FLOWS["EnergyConsumer"])


def with_state(store: Store, draft: ModelDraft, result: PowerFlowResult) -> Store:
    """A copy of the records (with topology) and the state of the result; unchanged where it did not converge."""
    if not result.converged:
        return store
    new = copied(store)
    maker = Maker(new, draft, units_of(store), making_branches.Electrics())
    for mrid, voltage in _positive_sequence(result).items():
        node = draft.nodes.get(mrid)
        record = new.objects.get(identity.key(mrid))
        bus = record.refs.get("ConnectivityNode.TopologicalNode") if record else None
        if node and bus and identity.key(derived_mrid(bus, "SvVoltage")) not in new.objects:
            text = {
                "SvVoltage.v": abs(voltage) * node.nominal_v / maker.units.volt,
                "SvVoltage.angle": math.degrees(cmath.phase(voltage)),
            }
            maker.make("SvVoltage", derived_mrid(bus, "SvVoltage"), "", text, {"SvVoltage.TopologicalNode": bus})
    for key, record in list(new.objects.items()):
        _add(maker, key, record)
    new.close()
    return new


def _positive_sequence(result: PowerFlowResult) -> dict[str, complex]:
    """Per unit, by node; nodes with only some of their phases are left out."""
    phases: dict[str, dict[str, complex]] = defaultdict(dict)
    for bus in result.buses:
        phases[bus.mrid][bus.phase] = cmath.rect(bus.v_pu, math.radians(bus.angle_deg))
    found = {}
    for mrid, by_phase in phases.items():
        if "ABC" in by_phase:
            found[mrid] = by_phase["ABC"]
        elif by_phase.keys() >= _TURN.keys():
            found[mrid] = sum((by_phase[phase] * turn for phase, turn in _TURN.items()), start=0j) / 3
    return found


def _add(maker: Maker, key: str, record: Record) -> None:
    """What the state says of one object besides voltages."""
    if record.cls == "Terminal":
        owner = maker.store.objects.get(record.refs.get("Terminal.ConductingEquipment", ""))
        names = _FLOWS.get(owner.cls) if owner else None
        if owner and names and all(name in owner.text for name in names):
            text = {f"SvPowerFlow.{name[-1]}": owner.text[name] for name in names}
            maker.make("SvPowerFlow", derived_mrid(key, "SvPowerFlow"), "", text, {"SvPowerFlow.Terminal": key})
    elif "TapChanger.step" in record.text:
        text = {"SvTapStep.position": record.text["TapChanger.step"]}
        maker.make("SvTapStep", derived_mrid(key, "SvTapStep"), "", text, {"SvTapStep.TapChanger": key})
    elif "ShuntCompensator.sections" in record.text:
        text = {"SvShuntCompensatorSections.sections": record.text["ShuntCompensator.sections"]}
        refs = {"SvShuntCompensatorSections.ShuntCompensator": key}
        maker.make("SvShuntCompensatorSections", derived_mrid(key, "SvSections"), "", text, refs)
